using System.Collections.Concurrent;
using CommitmentsTracker.Testing.Forums;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.Hosting;

/// <summary>The real program, killed at random moments.</summary>
public sealed class KillingTests
{
    private const string Token = "the-first-administrator";
    private static readonly Dictionary<string, string> WithToken = new() { ["TRACKER_ADMIN_TOKEN"] = Token };

    [Fact]
    public async Task Every_acknowledged_write_survives_and_change_numbers_stay_dense()
    {
        var (schema, random) = (TestDatabase.NewSchema(), Dice.New());
        var acknowledged = new ConcurrentBag<string>();
        var tried = 0;
        for (var round = 0; round < 4; round++)
        {
            using var program = await ServerProcess.ServeAsync(schema, WithToken);
            using var client = new HttpClient { BaseAddress = program.Address };
            var api = new Caller(client, Token);
            var writers = Enumerable
                .Range(0, 4)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        while (!program.HasExited)
                        {
                            var slug = $"killed-{Interlocked.Increment(ref tried)}";
                            try
                            {
                                if ((await api.PostAsync("items", Harbour.ItemOfSeeds(slug))).Status == 201)
                                    acknowledged.Add(slug);
                                if ((await api.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-05-01"))).Status == 201)
                                    acknowledged.Add(slug + " underway");
                            }
                            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
                            {
                                // The program died in between: nothing was acknowledged.
                            }
                        }
                    })
                )
                .ToList();
            var before = acknowledged.Count;
            await Wait.UntilAsync(() => acknowledged.Count > before + 3, "the first writes", 60);
            await Task.Delay(random.Next(1_500), TestContext.Current.CancellationToken);
            await program.KillAsync();
            await Task.WhenAll(writers);
        }

        using var last = await ServerProcess.ServeAsync(schema, WithToken);
        using var reader = new HttpClient { BaseAddress = last.Address };
        var status = (await new Caller(reader, null).EveryItemAsync("")).ToDictionary(i => (string)i["slug"]!, i => (string)i["status"]!);
        foreach (var write in acknowledged)
            status[write.Split(' ')[0]]
                .ShouldBe(acknowledged.Contains(write.Split(' ')[0] + " underway") ? "underway" : status[write.Split(' ')[0]], write);
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(16);
        await ShouldBeWholeAsync(schema);
    }

    [Fact]
    public async Task A_killed_import_leaves_all_of_the_forum_or_nothing()
    {
        using var scratch = new Scratch();
        var folder = Path.Combine(scratch.Path, "many-2025");
        ManyItems.Folder("many-2025", 1_500).Write(folder);
        var (random, killedInside) = (Dice.New(), 0);
        for (var round = 0; round < 4; round++)
        {
            var schema = TestDatabase.NewSchema();
            using (var program = ServerProcess.Start(schema, "import", folder))
            {
                // From the moment at which the rows go into the database.
                await Wait.UntilAsync(
                    () => program.Errors.Contains("Storing", StringComparison.Ordinal) || program.HasExited,
                    "storing",
                    120
                );
                await Task.Delay(random.Next(1_200), TestContext.Current.CancellationToken);
                if (!program.HasExited)
                    killedInside++;
                await program.KillAsync();
            }

            // The session of the killed program may still roll back.
            var items = -1L;
            await Wait.UntilAsync(
                async () => (items = await AskAsync<long>($"select count(*) from {schema}.items")) is 0 or 1_500,
                "all or nothing"
            );
            (await AskAsync<long>($"select count(*) from {schema}.mt_events")).ShouldBe(items * 4);
            (await AskAsync<long>($"select count(*) from {schema}.forums")).ShouldBe(items == 0 ? 0 : 1);
            await ShouldBeWholeAsync(schema);
            if (round > 0)
                continue;
            var again = await ServerProcess.RunAsync(schema, "import", folder);
            again.Code.ShouldBe(0, again.Errors);
            (await AskAsync<long>($"select count(*) from {schema}.items")).ShouldBe(1_500);
        }

        killedInside.ShouldBeGreaterThan(0, "at least one of the imports was killed before its end");
    }

    private static async Task ShouldBeWholeAsync(string schema)
    {
        (await AskAsync<long>($"select last_no - (select count(*) from {schema}.changes) from {schema}.change_counter")).ShouldBe(0);
        (await AskAsync<long>($"select coalesce(max(change_no), 0) - count(*) from {schema}.changes")).ShouldBe(0);
        // No read model without its events, no events without theirs.
        (
            await AskAsync<long>(
                $"select count(*) from {schema}.items i full join (select distinct stream_id from {schema}.mt_events) e on "
                    + "e.stream_id = i.item_id where i.item_id is null or e.stream_id is null"
            )
        ).ShouldBe(0);
        (
            await AskAsync<long>(
                $"select count(*) from {schema}.items i where not exists (select 1 from {schema}.item_spans s where s.item_id = i.item_id)"
            )
        ).ShouldBe(0);
    }

    private static async Task<T> AskAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(TestDatabase.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
