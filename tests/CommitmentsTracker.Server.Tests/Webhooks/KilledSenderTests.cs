using CommitmentsTracker.Server.Addresses;
using CommitmentsTracker.Server.Tests.Forums;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.Webhooks;

/// <summary>The real program, killed while it sends; the receivers live on and keep their ledgers.</summary>
public sealed class KilledSenderTests
{
    private const string Token = "the-first-administrator";
    private const int Receivers = 4;
    private const int Kills = 20;
    private const int Writes = 1_000;

    [Fact]
    public async Task No_change_is_lost_and_a_repeat_has_the_same_id()
    {
        var (schema, random) = (TestDatabase.NewSchema(), Dice.New());
        var environment = new Dictionary<string, string> { ["TRACKER_ADMIN_TOKEN"] = Token, [AddressGuard.Setting] = "127.0.0.1/32", ["TRACKER_CHECK_LINKS"] = "off" };
        var receivers = new List<Receiver>();
        try
        {
            for (var n = 0; n < Receivers; n++) receivers.Add(await Receiver.StartAsync());
            var (tried, acknowledged) = (0, 0);
            for (var round = 0; round <= Kills; round++)
            {
                using var program = await ServerProcess.ServeAsync(schema, environment);
                using var client = new HttpClient { BaseAddress = program.Address };
                var api = new Caller(client, Token);
                if (round == 0)
                    foreach (var receiver in receivers) ((string)(await api.PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url })).Should(201).Json["state"]!).ShouldBe("active");
                if (round == Kills)
                {
                    while (acknowledged < Writes)
                    {
                        (await WriteAsync(api, ++tried)).Should(201);
                        acknowledged++;
                    }

                    await Wait.UntilAsync(async () => await AskAsync<long>($"select count(*) from {schema}.deliveries where state <> 'delivered'") == 0
                        && await AskAsync<bool>($"select (select last_no from {schema}.delivery_progress) = (select last_no from {schema}.change_counter)"), "everything delivered", 180);
                    break;
                }

                var writing = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
                {
                    try
                    {
                        while (!program.HasExited)
                            if ((await WriteAsync(api, Interlocked.Increment(ref tried))).Status == 201) Interlocked.Increment(ref acknowledged);
                    }
                    catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                    {
                        // The program died in between.
                    }
                })).ToList();
                var before = acknowledged;
                await Wait.UntilAsync(() => Volatile.Read(ref acknowledged) > before + 3, "the first writes", 60);
                await Task.Delay(random.Next(600), TestContext.Current.CancellationToken);
                await program.KillAsync();
                await Task.WhenAll(writing);
            }

            // Every change has one delivery to each receiver, and each receiver has every one of them.
            var changes = await AskAsync<long>($"select count(*) from {schema}.changes where change_no > (select min(from_no) from {schema}.subscriptions)");
            changes.ShouldBeGreaterThanOrEqualTo(acknowledged);
            (await AskAsync<long>($"select count(*) from {schema}.deliveries")).ShouldBe(changes * Receivers);
            (await AskAsync<long>($"select max(change_no) - count(*) from {schema}.changes")).ShouldBe(0);
            var ids = await IdsAsync(schema);
            var repeats = 0;
            foreach (var receiver in receivers)
            {
                var got = receiver.Notices;
                got.Select(n => n.Id).Distinct().ShouldBe(ids, ignoreOrder: true);
                got.GroupBy(n => n.Id).ShouldAllBe(g => g.All(n => n.Body.SequenceEqual(g.First().Body)));
                repeats += got.Count - ids.Count;
            }

            repeats.ShouldBeLessThanOrEqualTo(Kills * 64, "at most what was on its way at each kill");
            TestContext.Current.TestOutputHelper?.WriteLine($"{changes} changes to {Receivers} receivers over {Kills} kills: {repeats} repeats");
        }
        finally
        {
            foreach (var receiver in receivers) await receiver.DisposeAsync();
        }
    }

    private static Task<Answer> WriteAsync(Caller api, int n)
    {
        var body = Harbour.Item($"told-{n}");
        (body["forum"], body["proposer"], body["responsible"], body["addressees"], body["themes"]) = ("waic-2024-ai-governance-forum", "alibaba-group", new JsonArray(), new JsonArray(), new JsonArray());
        return api.PostAsync("items", body);
    }

    private static async Task<List<string>> IdsAsync(string schema)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"select change_id::text from {schema}.changes where change_no > (select min(from_no) from {schema}.subscriptions)", connection);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var ids = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) ids.Add(reader.GetString(0));
        return ids;
    }

    private static async Task<T> AskAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
