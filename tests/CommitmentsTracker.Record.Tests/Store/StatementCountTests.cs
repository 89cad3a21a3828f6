using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>2,000 items: what an answer costs in statements does not grow with them.</summary>
public sealed class StatementCountTests : IAsyncLifetime
{
    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync();
        await _tracker.ImportAsync(ManyItems.Folder("few-2025", 20));
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task No_answer_needs_more_statements_for_2000_items_than_for_20()
    {
        var few = new Dictionary<string, int>();
        foreach (var (path, most) in Answers("few-2025"))
        {
            few[path] = await StatementsAsync(path);
            few[path].ShouldBeLessThanOrEqualTo(most, path);
        }

        await _tracker.ImportAsync(ManyItems.Folder("many-2025", 2_000));
        // The planner is to know of the new rows, as autovacuum would tell it.
        await using (var analyze = _tracker.Get<Npgsql.NpgsqlDataSource>().CreateCommand("analyze"))
            await analyze.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        foreach (var (path, most) in Answers("many-2025"))
        {
            var statements = await StatementsAsync(path);
            statements.ShouldBe(few[path.Replace("many-2025", "few-2025", StringComparison.Ordinal)], path);
            statements.ShouldBeLessThanOrEqualTo(most, path);
        }

        var slug = "many-2025-gate-7";
        (
            await CountAsync(() => _tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-08-01")), 201)
        ).ShouldBeLessThanOrEqualTo(6, "logging an update");
    }

    /// <summary>Addresses with the most batches that each may send.</summary>
    private static IEnumerable<(string Path, int Most)> Answers(string forum) =>
        [
            ($"items?forum={forum}&limit=20", 1),
            ($"items?forum={forum}&limit=20&q=gate&signal=stale&sort=due", 1),
            ($"items?limit=20&asOf=2025-07-01&knownAt=2025-08-01", 1),
            ($"items/{forum}-gate-3", 1),
            ($"items/{forum}-gate-3?asOf=2025-07-01&knownAt=2025-08-01", 1),
            ($"items/{forum}-gate-3/history", 1),
            ($"summary?forum={forum}", 1),
            ($"summary?forum={forum}&asOf=2025-07-01&knownAt=2025-08-01", 1),
            ($"timeline?forum={forum}&step=week", 1),
            ("changes?limit=20", 1),
            ($"changes/between?forum={forum}&from=2025-07-02&to=2025-08-01&kind=proposal", 1),
            ("/", 10),
            ("/items", 6),
            ($"/items?forum={forum}", 6),
            ($"/items/{forum}-gate-3", 6),
            ($"/items/{forum}-gate-3/history", 6),
            ($"/changes?forum={forum}", 6),
            ($"/corrections?forum={forum}", 6),
            ("/parties", 2),
            ($"/parties?forum={forum}&sort=promises", 2),
            ("/parties/port-authority", 5),
            ("/parties/port-authority?asOf=2025-07-01&knownAt=2025-08-01", 5),
            ("/themes/water", 4),
            ("/forums", 2),
            ("/calendar", 2),
            ("/compare?party=port-authority&party=city", 2),
            ($"/compare?item={forum}-gate-3&item={forum}-gate-6", 3),
            ($"/compare?forum={forum}&date=2025-04-01&date=2025-07-01", 3),
        ];

    /// <summary>What only the workers behind the change log ask, whoever writes.</summary>
    private static readonly string[] Workers =
    [
        "delivery_progress",
        "subscriptions_version",
        "deliveries",
        "from mails",
        "update mails",
        "endpoints",
        "replays",
        "change_words",
        "select item_id, change_no, change from changes where",
        "from subscriptions",
        "from subscribers",
        "id, lang, zone",
        "put_aside",
    ];

    private int _asked;

    /// <summary>Pages are asked for under a new address each time, so that none is answered from the kept ones.</summary>
    private Task<int> StatementsAsync(string path) =>
        CountAsync(
            () =>
                _tracker.Anyone.GetAsync(
                    path.StartsWith('/') ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}asked={++_asked}" : path
                ),
            200
        );

    /// <summary>Counts the commands (batches count once) that Npgsql sends for our schema while something is done.</summary>
    private async Task<int> CountAsync(Func<Task<Answer>> act, int status)
    {
        // The first time names are read and kept.
        (await act()).Should(status);
        var statements = new ConcurrentQueue<string>();
        var ours = new Regex($"Search Path={_tracker.Location.Schema}(;|$)");
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                // Other trackers write at the same time, and the messaging library looks after its own tables.
                if (
                    a.GetTagItem("db.npgsql.data_source") is string source
                    && ours.IsMatch(source)
                    && a.GetTagItem("db.query.text") is string sql
                    && !sql.Contains("wolverine", StringComparison.Ordinal)
                    && !sql.Contains("pg_try_advisory", StringComparison.Ordinal)
                    && !Workers.Any(w => sql.Contains(w, StringComparison.Ordinal))
                )
                    statements.Enqueue(sql);
            },
        };
        ActivitySource.AddActivityListener(listener);
        _tracker.Get<StoreVersions>().Written();
        (await act()).Should(status);
        statements.ShouldNotBeEmpty("statements are seen at all");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("\n", statements.Prepend("----")));
        // The version is asked for a few times a second, however many ask.
        return statements.Count(s => !s.StartsWith("select last_no, (select version", StringComparison.Ordinal));
    }
}
