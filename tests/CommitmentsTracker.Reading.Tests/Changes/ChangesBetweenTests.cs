using System.Globalization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;

namespace CommitmentsTracker.Reading.Tests.Changes;

/// <summary>What changed between two dates of the real forum, held against the oracle.</summary>
public sealed class ChangesBetweenTests(TheForum forum) : IClassFixture<TheForum>
{
    private const string Slug = "waic-2024-ai-governance-forum";

    private Caller Anyone => forum.Tracker.Anyone;

    [Theory]
    [InlineData("2024-07-09", "2024-07-10")]
    [InlineData("2024-07-10", "2024-08-31")]
    [InlineData("2024-07-10", "2026-11-24")]
    [InlineData("2024-08-01", "2024-10-31")]
    [InlineData("2024-09-19", "2024-09-20")]
    [InlineData("2025-12-15", "2026-01-14")]
    [InlineData("2026-05-01", "2026-05-31")]
    [InlineData("2026-04-08", "2026-05-20")]
    [InlineData("2026-07-20", "2026-08-04")]
    [InlineData("2026-08-04", "2026-08-05")]
    [InlineData("2026-10-25", "2026-11-24")]
    public async Task It_equals_the_oracle(string from, string to) =>
        await Anyone.ShouldChangeAsTheOracleSaysAsync(TheForum.Oracle.Value, Day(from), Day(to));

    [Fact]
    public async Task It_equals_the_oracle_at_60_random_pairs_of_days()
    {
        var random = Dice.New();
        var first = new DateOnly(2024, 7, 4).DayNumber;
        for (var i = 0; i < 60; i++)
        {
            var from = random.Next(first, Day("2026-11-24").DayNumber);
            var to = Math.Min(from + (random.Next(2) == 0 ? random.Next(40) : random.Next(900)), Day("2026-11-24").DayNumber);
            await Anyone.ShouldChangeAsTheOracleSaysAsync(TheForum.Oracle.Value, DateOnly.FromDayNumber(from), DateOnly.FromDayNumber(to));
        }
    }

    [Fact]
    public async Task The_known_stories_have_their_causes()
    {
        await ShouldTellAsync("2024-09-01", "2024-09-30", "un-resolution-ai-capacity-building", "corrected", "correction", "2024-07-01");
        await ShouldTellAsync("2026-05-01", "2026-05-31", "coe-framework-convention-on-ai", "corrected", "correction", "2025-11-01");
        await ShouldTellAsync("2026-04-01", "2026-04-30", "coe-framework-convention-on-ai", "moved_forward", "late_fact", "2025-11-01");
        await ShouldTellAsync(
            "2025-12-15",
            "2026-01-14",
            "think-tank-books-event-at-world-bank",
            "became_overdue",
            "deadline",
            "2026-01-01"
        );
        await ShouldTellAsync("2026-07-20", "2026-08-04", "eu-ai-act", "became_overdue", "deadline", "2026-08-03");
        await ShouldTellAsync("2026-07-20", "2026-08-10", "eu-ai-act", "news", "fact", "2026-07-27");
        await ShouldTellAsync("2025-11-01", "2025-11-30", "china-ai-law", "moved_back", "late_fact", "2025-05");
        await ShouldTellAsync("2024-07-09", "2024-07-10", "eu-ai-act", "new", "recorded", on: null);
    }

    [Fact]
    public async Task A_cause_names_its_entry_in_the_history()
    {
        var items = Items(await ReadAsync("from=2024-07-10&to=2026-11-24"));
        items.Count.ShouldBeGreaterThan(60);
        foreach (var item in items.Where((x, i) => i % 5 == 0 && x["cause"]!["version"] is not null))
        {
            var cause = item["cause"]!;
            var entry = (await Anyone.GetAsync($"items/{item["slug"]}/history")).Should(200).Json["events"]!
                .AsArray()
                .Single(e => (int)e!["version"]! == (int)cause["version"]!)!;
            ((string)entry["recordedAt"]!).ShouldBe((string)cause["recordedAt"]!, (string)item["slug"]!);
            var kind = (string)cause["kind"]!;
            ((string)entry["type"]!).ShouldBe(
                kind switch
                {
                    "recorded" => "item_recorded",
                    "correction" => (string?)entry["event"]!["correctionId"] is null ? "correction_made" : "correction_confirmed",
                    "dispute" => (string)entry["type"]!,
                    _ => "update_logged",
                }
            );
            if (kind is "fact" or "late_fact" or "review")
                ((string)entry["event"]!["id"]!).ShouldBe((string)cause["update"]!);
        }
    }

    [Fact]
    public async Task What_was_learned_after_K_is_unknown_on_both_dates()
    {
        // Known on 1 May 2026 the convention was thought to be in force since November; the correction of 20 May is not told.
        var view = await ReadAsync("from=2026-04-15&to=2026-06-30&asOf=2026-06-30&knownAt=2026-05-01");
        Items(view)
            .Where(i => (string)i["slug"]! == "coe-framework-convention-on-ai")
            .ShouldAllBe(i => (string)i["after"]!["status"]! == "in_force");
        Items(view)
            .ShouldAllBe(i =>
                (string?)i["cause"]!["recordedAt"] == null || string.CompareOrdinal((string)i["cause"]!["recordedAt"]!, "2026-05-02") < 0
            );
        ((string)view["knownTo"]!).ShouldBe("2026-05-01T23:59:59.999999Z");
        ((string)view["knownFrom"]!).ShouldBe("2026-04-15T23:59:59.999999Z");
    }

    [Fact]
    public async Task Filters_narrow_it()
    {
        var all = Items(await ReadAsync("from=2024-07-10&to=2026-11-24"));
        foreach (
            var (filter, of) in new (string, Func<JsonNode, bool>)[]
            {
                ("kind=instrument", i => (string)i["kind"]! == "instrument"),
                ($"forum={Slug}", _ => true),
            }
        )
            Items(await ReadAsync($"from=2024-07-10&to=2026-11-24&{filter}"))
                .Select(i => (string)i["slug"]!)
                .ShouldBe(all.Where(of).Select(i => (string)i["slug"]!), filter);
        foreach (var (name, value) in new[] { ("theme", "frontier-safety"), ("party", "china") })
        {
            var listed = (await Anyone.EveryItemAsync($"{name}={value}")).Select(i => (string)i["slug"]!).ToHashSet();
            listed.ShouldNotBeEmpty();
            Items(await ReadAsync($"from=2024-07-10&to=2026-11-24&{name}={value}"))
                .Select(i => (string)i["slug"]!)
                .ShouldBe(all.Select(i => (string)i["slug"]!).Where(listed.Contains), $"{name}={value}");
        }

        (await Anyone.GetAsync("changes/between?forum=nowhere")).ShouldRefuse(400, "unknown-forum", "forum");
    }

    [Theory]
    [InlineData("from=2026-11-25", "future", "from")]
    [InlineData("to=2026-11-25", "future", "to")]
    [InlineData("to=2026-06-02&asOf=2026-06-01", "future", "to")]
    [InlineData("from=2026-06-02&to=2026-06-01", "range", "from")]
    [InlineData("from=2026-02-30", "format", "from")]
    [InlineData("to=2026-06", "format", "to")]
    [InlineData("status=adopted", "unknown-parameter", "status")]
    [InlineData("from=2026-06-01&from=2026-06-02", "repeated", "from")]
    public async Task Bad_input_is_refused_by_field_and_rule(string query, string rule, string field) =>
        (await Anyone.GetAsync("changes/between?" + query)).ShouldRefuse(400, rule, field);

    [Fact]
    public async Task Without_dates_it_is_the_last_30_days()
    {
        var view = await ReadAsync("");
        ((string)view["from"]!, (string)view["to"]!, view["knownTo"]).ShouldBe(("2026-10-25", "2026-11-24", null));
        var asOf = await ReadAsync("asOf=2025-03-31");
        ((string)asOf["from"]!, (string)asOf["to"]!).ShouldBe(("2025-03-01", "2025-03-31"));
    }

    [Fact]
    public async Task Only_two_given_dates_of_one_forum_that_are_past_never_change()
    {
        (await Anyone.GetAsync($"changes/between?from=2026-01-01&to=2026-02-01&forum={Slug}")).Should(200).IsImmutable.ShouldBeTrue();
        foreach (
            var query in new[]
            {
                "from=2026-01-01&to=2026-02-01",
                $"from=2026-01-01&to=2026-11-24&forum={Slug}",
                $"to=2026-02-01&forum={Slug}",
                $"forum={Slug}",
            }
        )
        {
            var answer = (await Anyone.GetAsync("changes/between?" + query)).Should(200);
            answer.IsImmutable.ShouldBeFalse(query);
            (await Anyone.GetAsync("changes/between?" + query, ("If-None-Match", answer.ETag!))).Should(304);
        }
    }

    private async Task ShouldTellAsync(string from, string to, string slug, string group, string cause, string? on)
    {
        var view = await ReadAsync($"from={from}&to={to}");
        var told = view["groups"]!
            .AsArray()
            .SelectMany(g => g!["items"]!.AsArray().Select(i => (Group: (string)g["group"]!, Item: i!)))
            .Single(x => (string)x.Item["slug"]! == slug);
        var at = $"{slug} {from} to {to}: {told.Item.ToJsonString()}";
        (told.Group, (string)told.Item["cause"]!["kind"]!).ShouldBe((group, cause), at);
        if (on is not null)
            ((string)told.Item["cause"]!["occurredOn"]!).ShouldBe(on, at);
    }

    private async Task<JsonNode> ReadAsync(string query) => (await Anyone.GetAsync("changes/between?" + query)).Should(200).Json;

    private static List<JsonNode> Items(JsonNode view) =>
        [
            .. view["groups"]!
                .AsArray()
                .SelectMany(g => g!["items"]!.AsArray())
                .Select(i => i!)
                .OrderBy(i => (string)i["slug"]!, StringComparer.Ordinal),
        ];

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>The same over a history with every kind of event, and in a copy.</summary>
public sealed class ChangesBetweenBusyTests(BusyTracker busy) : IClassFixture<BusyTracker>
{
    [Fact]
    public async Task It_equals_the_oracle_and_a_copy_says_the_same()
    {
        using var scratch = new Scratch();
        var folder = await busy.Tracker.ExportAsync(Harbour.Slug, scratch.Path);
        var oracle = OracleForum.Load(folder);
        await using var copy = await Tracker.StartAsync(time: busy.Tracker.Time);
        (await copy.ImportAsync(folder)).IsCopy.ShouldBeTrue();
        var days = oracle
            .RecordedTimes.Select(t => DateOnly.FromDateTime(t.UtcDateTime))
            .SelectMany(d => new[] { d.AddDays(-1), d })
            .Distinct()
            .Where(d => d <= DateOnly.FromDateTime(busy.Tracker.Time.GetUtcNow().UtcDateTime))
            .ToList();
        var random = Dice.New();
        for (var i = 0; i < 60; i++)
        {
            var (a, b) = (days[random.Next(days.Count)], days[random.Next(days.Count)]);
            var (from, to) = a < b ? (a, b) : (b, a);
            await busy.Tracker.Anyone.ShouldChangeAsTheOracleSaysAsync(oracle, from, to);
            var query = $"changes/between?from={from:yyyy-MM-dd}&to={to:yyyy-MM-dd}&forum={Harbour.Slug}";
            (await copy.Anyone.GetAsync(query)).Body.ShouldBe((await busy.Tracker.Anyone.GetAsync(query)).Body, query);
        }
    }
}

/// <summary>How the comparison is held against the oracle.</summary>
internal static class ChangesOracle
{
    private static readonly string[] Groups =
    [
        "new",
        "moved_forward",
        "moved_back",
        "corrected",
        "became_overdue",
        "news",
        "reviewed",
        "taken_out",
    ];

    /// <summary>Both states, the set of items that differ and the groups that follow from the states are those of the oracle.</summary>
    public static async Task ShouldChangeAsTheOracleSaysAsync(this Caller api, OracleForum oracle, DateOnly from, DateOnly to)
    {
        var query = $"changes/between?from={from:yyyy-MM-dd}&to={to:yyyy-MM-dd}&forum={oracle.Slug}";
        var view = (await api.GetAsync(query)).Should(200).Json;
        var (before, after) = (oracle.Portfolio(from, OracleForum.EndOf(from)).Items, oracle.Portfolio(to, OracleForum.EndOf(to)).Items);
        var expected = before
            .Keys.Union(after.Keys)
            .Where(s =>
                Facts(before.GetValueOrDefault(s)) != Facts(after.GetValueOrDefault(s))
                || TurnedOverdue(before.GetValueOrDefault(s), after.GetValueOrDefault(s))
            );
        var told = view["groups"]!
            .AsArray()
            .SelectMany(g => g!["items"]!.AsArray().Select(i => (Group: (string)g["group"]!, Item: i!, Slug: (string)i!["slug"]!)))
            .ToList();
        told.Select(t => t.Slug).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal), query);
        ((int)view["total"]!).ShouldBe(told.Count);
        view["groups"]!.AsArray().Select(g => Array.IndexOf(Groups, (string)g!["group"]!)).ShouldBeInOrder();
        foreach (var (group, item, slug) in told)
        {
            var (was, now) = (before.GetValueOrDefault(slug), after.GetValueOrDefault(slug));
            Describe(item["before"]).ShouldBe(Describe(was), $"{slug} before in {query}");
            Describe(item["after"]).ShouldBe(Describe(now), $"{slug} after in {query}");
            ((bool)item["turnedOverdue"]!).ShouldBe(TurnedOverdue(was, now), $"{slug} in {query}");
            var kind = (string)item["kind"]!;
            string[] allowed =
                was is null ? ["new"]
                : now is null ? ["taken_out"]
                : was.Status != now.Status
                    ?
                    [
                        "corrected",
                        Comparison.IsForward(Word<ItemKind>(kind), Word<Status>(was.Status!), Word<Status>(now.Status!))
                            ? "moved_forward"
                            : "moved_back",
                    ]
                : TurnedOverdue(was, now) ? ["became_overdue"]
                : ["corrected", "news", "reviewed"];
            allowed.ShouldContain(group, $"{slug} in {query}");
            // The cause lies between the two instants, or had been recorded before its day began.
            var cause = item["cause"]!;
            if ((string?)cause["recordedAt"] is not { } text)
            {
                ((string)cause["kind"]!, now!.Due!.Value >= from && now.Due < to).ShouldBe(("deadline", true), $"{slug} in {query}");
                continue;
            }

            var at = DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
            at.ShouldBeLessThanOrEqualTo(OracleForum.EndOf(to), $"{slug} in {query}");
            if (at <= OracleForum.EndOf(from))
                Rules.LastDay((string)cause["occurredOn"]!).ShouldBeGreaterThan(from, $"{slug} in {query}");
            // What made it corrected is a row of the corrections that was effective then.
            if (group == "corrected")
                oracle
                    .Items[slug]
                    .Rows.Any(r => r.Kind is "correction" or "confirmation" && r.RecordedAt == at)
                    .ShouldBeTrue($"{slug} in {query}");
        }
    }

    private static bool TurnedOverdue(OracleAnswer? before, OracleAnswer? after) =>
        before is not null && after is { Time: "overdue" } && before.Time != "overdue" || before is null && after is { Time: "overdue" };

    private static string Facts(OracleAnswer? a) =>
        a is null
            ? "absent"
            : $"{a.Status} {a.StatusSince} {a.StalledAt} {a.Due:O} {(a.Due is null ? null : a.Target)} "
                + $"{(a.Due is null ? null : a.ReachedOn):O} {a.LastActivity:O} {a.Confidence} {a.Awaiting} "
                + $"{string.Join(",", a.Flags)}";

    private static string Describe(OracleAnswer? a) =>
        a is null
            ? "absent"
            : $"{a.Status} {a.StatusSince} {a.Time} {a.Freshness} {a.Confidence} {a.Due:O} {a.Awaiting} {string.Join(",", a.Flags)}";

    private static string Describe(JsonNode? s) =>
        s is null
            ? "absent"
            : $"{s["status"]} {s["statusSince"]} {s["time"]} {s["freshness"]} {s["confidence"]} {s["dueOn"]} {s["awaiting"]} "
                + $"{string.Join(",", s["flags"]!.AsArray())}";

    private static T Word<T>(string word)
        where T : struct, Enum => Words.TryRead<T>(word, out var value) ? value : throw new InvalidOperationException(word);
}
