using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.EmbeddedPostgres;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;
using Npgsql;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>
/// The real program, killed while it sends, on a PostgreSQL of its own that crashes as well; the receivers are in
/// another process, which lives on, and keep their ledgers.
/// </summary>
public sealed class KilledSenderTests : IAsyncLifetime
{
    private const string Token = "the-first-administrator";
    private const int Kills = 20;
    private const int Writes = 1_000;
    private static readonly int[] CrashesIn = [4, 9, 14];

    private readonly Scratch _scratch = new();
    private readonly List<(Receiver Receiver, string? Wanted)> _receivers = [];
    private PrivateCluster _cluster = null!;
    private int _tried;
    private int _acknowledged;

    public async ValueTask InitializeAsync() =>
        _cluster = await PrivateCluster.StartAsync(
            new ClusterOptions { DataFolder = _scratch.Path },
            new Progress<string>(),
            TestContext.Current.CancellationToken
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var (receiver, _) in _receivers)
            await receiver.DisposeAsync();
        await _cluster.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task No_change_is_lost_or_doubled_and_a_repeat_has_the_same_id()
    {
        var random = Dice.New();
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Tracker"] = _cluster.ConnectionString,
            ["TRACKER_ADMIN_TOKEN"] = Token,
            [AddressGuard.Setting] = "127.0.0.1/32",
            ["TRACKER_CHECK_LINKS"] = "off",
        };
        for (var round = 0; round <= Kills; round++)
        {
            using var program = await ServerProcess.ServeAsync("tracker", environment);
            using var client = new HttpClient { BaseAddress = program.Address, Timeout = TimeSpan.FromSeconds(20) };
            var api = new Caller(client, Token);
            if (round == 0)
                foreach (var wanted in new[] { null, null, "commitment", "proposal" })
                    await SubscribeAsync(api, wanted);
            if (round == Kills)
            {
                while (_acknowledged < Writes)
                    await WriteAsync(api);
                // Asked at once: what is told between two questions would be in neither answer.
                await Wait.UntilAsync(
                    () =>
                        AskAsync<bool>(
                            "select (select last_no from delivery_progress) = (select last_no from change_counter) and not "
                                + "exists (select 1 from deliveries where state <> 'delivered')"
                        ),
                    "everything delivered",
                    180
                );
                break;
            }

            var writing = Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (!program.HasExited)
                        {
                            try
                            {
                                await WriteAsync(api);
                            }
                            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                            {
                                // The program died in between.
                            }
                        }
                    })
                )
                .ToList();
            await MoreAsync("the first writes");
            if (CrashesIn.Contains(round))
            {
                await _cluster.RestartAsync(RestartKind.Crash, TestContext.Current.CancellationToken);
                await MoreAsync("writes after the crash of the database");
            }

            await Task.Delay(random.Next(600), TestContext.Current.CancellationToken);
            await program.KillAsync();
            await Task.WhenAll(writing);
        }

        // Every change is there once, has one delivery to each receiver that wants it, and each of those has it.
        const string told = "from changes where change_no > (select min(from_no) from subscriptions)";
        (await AskAsync<long>("select max(change_no) - count(*) from changes")).ShouldBe(0);
        (await AskAsync<long>("select count(*) - count(distinct (stream_id, version)) from mt_events")).ShouldBe(0);
        (await AskAsync<long>($"select count(*) {told}")).ShouldBeGreaterThanOrEqualTo(_acknowledged);
        var repeats = 0;
        foreach (var (receiver, wanted) in _receivers)
        {
            var ids = await ListAsync($"select change_id::text {told}{(wanted is null ? "" : $" and kind = '{wanted}'")}");
            ids.Count.ShouldBeGreaterThan(Writes / 4);
            var got = receiver.Notices;
            got.Select(n => n.Id).Distinct().ShouldBe(ids, ignoreOrder: true);
            got.GroupBy(n => n.Id).ShouldAllBe(g => g.All(n => n.Body.SequenceEqual(g.First().Body)));
            repeats += got.Count - ids.Count;
        }

        repeats.ShouldBeLessThanOrEqualTo(
            (Kills + CrashesIn.Length) * SendWebhooks.MostInFlight,
            "at most what was on its way at each kill"
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{await AskAsync<long>($"select count(*) {told}")} changes, {_acknowledged} of {_tried} writes acknowledged, "
                + $"{Kills} kills, {CrashesIn.Length} crashes of the database: {repeats} repeats"
        );
    }

    private async Task SubscribeAsync(Caller api, string? kind)
    {
        var receiver = await Receiver.StartAsync();
        _receivers.Add((receiver, kind));
        var filter = kind is null ? null : new { kind = new[] { kind } };
        ((string)(
                    await api.PostAsync(
                        "subscriptions",
                        new
                        {
                            channel = "webhook",
                            url = receiver.Url,
                            filter,
                        }
                    )
                ).Should(201).Json["state"]!).ShouldBe("active");
    }

    private async Task WriteAsync(Caller api)
    {
        var n = Interlocked.Increment(ref _tried);
        if ((await api.PostAsync("items", Harbour.ItemOfSeeds($"told-{n}", n % 2 == 0 ? "commitment" : "proposal"))).Status != 201)
            return;
        Interlocked.Increment(ref _acknowledged);
        var step = n % 2 == 0 ? Harbour.Step("underway", "2025-05-01") : Harbour.Update("progress", "2025-05-01");
        if ((await api.PostAsync($"items/told-{n}/updates", step)).Status == 201)
            Interlocked.Increment(ref _acknowledged);
    }

    private async Task MoreAsync(string what)
    {
        var before = Volatile.Read(ref _acknowledged);
        await Wait.UntilAsync(() => Volatile.Read(ref _acknowledged) > before + 3, what, 60);
    }

    private async Task<T> AskAsync<T>(string sql)
    {
        await using var source = StoreSetup.DataSource(new(_cluster.ConnectionString));
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private async Task<List<string>> ListAsync(string sql)
    {
        await using var source = StoreSetup.DataSource(new(_cluster.ConnectionString));
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var all = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            all.Add(reader.GetString(0));
        return all;
    }
}
