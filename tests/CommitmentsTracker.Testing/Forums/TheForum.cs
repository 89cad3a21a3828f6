using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Hosting;

namespace CommitmentsTracker.Testing.Forums;

/// <summary>A tracker with the forum of the seeds, and the oracle of the same files. Nobody writes to it.</summary>
public sealed class TheForum : IAsyncLifetime
{
    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "seeds", "waic-2024");

    public static readonly Lazy<OracleForum> Oracle = new(() => OracleForum.Load(Folder));

    public Tracker Tracker { get; private set; } = null!;
    public ImportReport Report { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Tracker = await Tracker.StartAsync();
        Report = await Tracker.ImportAsync(Folder);
    }

    public ValueTask DisposeAsync() => Tracker.DisposeAsync();
}

/// <summary>Questions on both clocks, and how the API is held against the oracle.</summary>
public static class BothClocks
{
    /// <summary>Random questions whose K lies on, just before or just after a recorded time.</summary>
    public static IEnumerable<(DateOnly Day, DateTimeOffset KnownAt)> Random(
        Random random,
        OracleForum oracle,
        int count,
        DateTimeOffset now
    )
    {
        var times = oracle.RecordedTimes.Where(t => t < now.AddSeconds(-1)).ToList();
        var (today, first) = (now.DayOf().DayNumber, new DateOnly(2023, 6, 1).DayNumber);
        for (var i = 0; i < count; i++)
        {
            var known = times[random.Next(times.Count)].AddMicroseconds(random.Next(-1, 2));
            var day =
                random.Next(3) == 0
                    ? Math.Clamp(known.DayOf().DayNumber + random.Next(-40, 40), first, today)
                    : random.Next(first, today + 1);
            yield return (DateOnly.FromDayNumber(day), known);
        }
    }

    /// <summary>The query string of a question.</summary>
    public static string Query(DateOnly day, DateTimeOffset? knownAt) =>
        $"asOf={day:yyyy-MM-dd}" + (knownAt is { } k ? $"&knownAt={k.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}" : "");

    /// <summary>All rows of the list, page by page.</summary>
    public static async Task<List<JsonNode>> EveryItemAsync(this Caller api, string query, int limit = 200)
    {
        var rows = new List<JsonNode>();
        for (string? cursor = null; ; )
        {
            var page = (await api.GetAsync($"items?{query}&limit={limit}" + (cursor is null ? "" : "&cursor=" + cursor))).Should(200).Json;
            rows.AddRange(page["items"]!.AsArray()!);
            ((int)page["total"]!).ShouldBeGreaterThanOrEqualTo(rows.Count);
            if ((cursor = (string?)page["nextCursor"]) is null)
            {
                ((int)page["total"]!).ShouldBe(rows.Count);
                return rows;
            }
        }
    }

    public static string Describe(OracleAnswer a) =>
        $"{a.Slug}: {a.Kind} {a.Status} since {a.StatusSince}, stalled at {a.StalledAt}; due {a.Due:O}: {a.Time}; last "
        + $"{a.LastActivity:O}: {a.Freshness}; {a.Confidence}; awaiting {a.Awaiting}; flags [{string.Join(",", a.Flags)}]";

    /// <summary>A row of the list, in the same words.</summary>
    public static string Describe(JsonNode r) =>
        $"{r["slug"]}: {r["kind"]} {r["status"]} since {r["statusSince"]}, stalled at {r["stalledAt"]}; due {r["dueOn"]}: "
        + $"{r["signals"]!["time"]}; last {r["lastActivity"]}: {r["signals"]!["freshness"]}; {r["signals"]!["confidence"]}; "
        + $"awaiting {r["awaitingConfirmation"]}; flags [{string.Join(",", r["flags"]!.AsArray())}]";

    /// <summary>A single item's answer, in the same words.</summary>
    public static string DescribeItem(JsonNode i)
    {
        var due = (string?)i["due"]?["date"];
        var row = i.DeepClone();
        row["dueOn"] = due is null ? null : Rules.LastDay(due).ToString("O");
        return Describe(row);
    }

    /// <summary>Holds the list, the counts and a few items against the oracle at D and K.</summary>
    public static async Task ShouldAgreeAsync(
        this Caller api,
        OracleForum oracle,
        DateOnly day,
        DateTimeOffset? knownAt,
        Random random,
        int limit = 200
    )
    {
        var query = Query(day, knownAt);
        var expected = oracle.Portfolio(day, knownAt);
        var rows = await api.EveryItemAsync(query, limit);
        rows.Select(Describe)
            .Order(StringComparer.Ordinal)
            .ShouldBe(expected.Items.Values.Select(Describe).Order(StringComparer.Ordinal), query);

        var summary = (await api.GetAsync($"summary?{query}")).Should(200).Json;
        Counts(summary["statuses"]!).ShouldBe(Counts(expected), query);
        ((int)summary["total"]!).ShouldBe(expected.Items.Count);
        foreach (
            var (signal, of) in new (string, Func<OracleAnswer, string>)[]
            {
                ("time", a => a.Time!),
                ("freshness", a => a.Freshness!),
                ("confidence", a => a.Confidence!),
            }
        )
        foreach (var (word, n) in summary[signal]!.AsObject())
            ((int)n!).ShouldBe(expected.Items.Values.Count(a => of(a) == word), $"{signal} {word} at {query}");
        ((int)summary["awaiting"]!).ShouldBe(expected.Items.Values.Count(a => a.Awaiting > 0), query);
        ((int)summary["flagged"]!).ShouldBe(expected.Items.Values.Count(a => a.Flags.Count > 0), query);

        var slug = oracle.Items.Keys.ElementAt(random.Next(oracle.Items.Count));
        await api.ShouldAgreeOnAsync(oracle, slug, day, knownAt);
    }

    /// <summary>Holds one item's address against the oracle.</summary>
    public static async Task ShouldAgreeOnAsync(this Caller api, OracleForum oracle, string slug, DateOnly day, DateTimeOffset? knownAt)
    {
        var query = Query(day, knownAt);
        var said = oracle.Ask(slug, day, knownAt);
        var answer = await api.GetAsync($"items/{slug}?{query}");
        switch (said.Absent)
        {
            case null:
                answer.Should(200);
                DescribeItem(answer.Json).ShouldBe(Describe(said), query);
                answer.Json["updates"]!.AsArray().Select(u => (string)u!["id"]!).ShouldBe(said.Live, query);
                ((string?)answer.Json["title"]!["en"]).ShouldBe((string?)said.Details!["title"]!["en"], query);
                break;
            case "not_yet_recorded":
                answer.ShouldRefuse(404, "not-yet-recorded");
                break;
            case "no_status_yet":
                answer.ShouldRefuse(404, "no-status-yet");
                break;
            case "retracted":
                answer.ShouldRefuse(410, "item-retracted");
                break;
            default:
                answer.Should(307).Location.ShouldBe($"/api/v1/items/{said.MergedInto}?{query}");
                break;
        }
    }

    /// <summary>Holds a timeline against the oracle.</summary>
    public static async Task TimelineShouldAgreeAsync(
        this Caller api,
        OracleForum oracle,
        DateOnly from,
        DateOnly to,
        string step,
        DateTimeOffset knownAt
    )
    {
        var query = $"timeline?from={from:yyyy-MM-dd}&to={to:yyyy-MM-dd}&step={step}&{Query(to, knownAt)}";
        var timeline = (await api.GetAsync(query)).Should(200).Json;
        var points = timeline["points"]!.AsArray();
        points.Count.ShouldBeGreaterThan(0);
        ((string)points[^1]!["day"]!).ShouldBe($"{to:yyyy-MM-dd}");
        ((string)points[0]!["day"]!).ShouldBe($"{from:yyyy-MM-dd}");
        foreach (var point in points)
            Counts(point!["statuses"]!)
                .ShouldBe(
                    Counts(
                        oracle.Portfolio(DateOnly.Parse((string)point["day"]!, System.Globalization.CultureInfo.InvariantCulture), knownAt)
                    ),
                    $"{point["day"]} of {query}"
                );
    }

    private static IEnumerable<string> Counts(JsonNode statuses) =>
        statuses.AsArray().Select(s => $"{s!["kind"]} {s["status"]} {s["items"]}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Counts(OraclePortfolio portfolio) =>
        portfolio.Counts.Select(c => $"{c.Key.Kind} {c.Key.Status} {c.Value}").Order(StringComparer.Ordinal);
}

/// <summary>A random generator whose seed stands in the test's output.</summary>
public static class Dice
{
    /// <summary>TRACKER_TEST_SEED repeats a run.</summary>
    public static Random New()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("TRACKER_TEST_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"TRACKER_TEST_SEED={seed}");
        return new Random(seed);
    }
}
