using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Deadlines;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Parties;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Reading.Tests.Counts;

/// <summary>Counts by party, theme and forum, what is said about parties, and deadlines, on both clocks.</summary>
public sealed class PartyCountTests(TheForum forum) : IClassFixture<TheForum>
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Tracker.Start.UtcDateTime);

    private AskedClocks Now => AskedClocks.OfNow(Tracker.Start);

    [Fact]
    public async Task Counts_by_party_theme_and_forum_equal_the_oracle_at_100_random_D_and_K_and_now()
    {
        foreach (var (day, known) in BothClocks.Random(Dice.New(), TheForum.Oracle.Value, 100, Tracker.Start))
            await forum.Tracker.CountsShouldAgreeAsync(TheForum.Oracle.Value, new AskedClocks(day, known, Tracker.Start, true));
        await forum.Tracker.CountsShouldAgreeAsync(TheForum.Oracle.Value, Now);
    }

    [Fact]
    public async Task Updates_by_lane_equal_the_oracle_for_every_party()
    {
        var random = Dice.New();
        var parties = (await forum.Tracker.RowsAsync("select slug from parties order by 1")).ToArray();
        foreach (var (day, known) in BothClocks.Random(random, TheForum.Oracle.Value, 60, Tracker.Start))
            await forum.Tracker.UpdatesShouldAgreeAsync(
                TheForum.Oracle.Value,
                parties[random.Next(parties.Length)],
                new AskedClocks(day, known, Tracker.Start, true)
            );
        foreach (var party in parties)
            await forum.Tracker.UpdatesShouldAgreeAsync(TheForum.Oracle.Value, party, Now);
    }

    [Fact]
    public async Task Deadlines_equal_the_oracle_and_keep_the_precision_they_were_named_with()
    {
        foreach (var (day, known) in BothClocks.Random(Dice.New(), TheForum.Oracle.Value, 60, Tracker.Start))
            await forum.Tracker.DeadlinesShouldAgreeAsync(TheForum.Oracle.Value, new AskedClocks(day, known, Tracker.Start, true));
        var (deadlines, more) = await forum
            .Tracker.Get<DeadlineCalendar>()
            .ReadAsync(new ItemFilter(), new DateOnly(2020, 1, 1), new DateOnly(2030, 1, 1), Now, TestContext.Current.CancellationToken);
        more.ShouldBeFalse();
        deadlines
            .Select(d => $"{d.Item.Slug} {d.Due}")
            .ShouldBe([
                "frontier-ai-book-formal-launch 2024-07-15",
                "california-sb-1047 2024-08",
                "global-digital-compact 2024-09-22",
                "think-tank-books-event-at-world-bank 2025",
                "global-call-for-ai-red-lines 2026",
                "eu-ai-act 2028-08-02",
            ]);
    }

    [Fact]
    public async Task A_filter_by_party_or_theme_counts_that_party_or_theme_alone()
    {
        var counts = forum.Tracker.Get<ItemCounts>();
        var all = await counts.ByPartyAsync(new ItemFilter(), Now, TestContext.Current.CancellationToken);
        var unu = await counts.ByPartyAsync(new ItemFilter { Parties = ["unu"] }, Now, TestContext.Current.CancellationToken);
        unu.Order(Comparer<ItemCount>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))
            .ShouldBe(
                all.Where(c => c.Of == "unu").Order(Comparer<ItemCount>.Create((a, b) => string.CompareOrdinal(a.ToString(), b.ToString())))
            );
        unu.Count.ShouldBeGreaterThan(2);
        (
            await counts.ByThemeAsync(new ItemFilter { Themes = ["science-evidence"] }, Now, TestContext.Current.CancellationToken)
        ).ShouldAllBe(c => c.Of == "science-evidence");
    }

    [Fact]
    public void A_rate_counts_testable_commitments_for_which_the_party_is_responsible_and_nothing_else()
    {
        ItemCount Count(PartyRole role, ItemKind kind, Status status, Testability testability, TimeSignal time, int n) =>
            new("unu", role, kind, status, time, testability, n);
        var figures = new PartyFigures([
            Count(PartyRole.Any, ItemKind.Commitment, Status.Delivered, Testability.Testable, TimeSignal.MetLate, 9),
            Count(PartyRole.Responsible, ItemKind.Commitment, Status.Delivered, Testability.Testable, TimeSignal.MetLate, 2),
            Count(PartyRole.Responsible, ItemKind.Commitment, Status.Underway, Testability.Partly, TimeSignal.Overdue, 3),
            Count(PartyRole.Responsible, ItemKind.Commitment, Status.Delivered, Testability.NotTestable, TimeSignal.NoDeadline, 4),
            Count(PartyRole.Responsible, ItemKind.Proposal, Status.Implemented, Testability.Testable, TimeSignal.Overdue, 1),
            Count(PartyRole.Addressee, ItemKind.Commitment, Status.Underway, Testability.Testable, TimeSignal.Overdue, 5),
        ]);
        (
            figures.Commitments,
            figures.Testable,
            figures.PartlyTestable,
            figures.NotTestable,
            figures.Delivered,
            figures.Overdue,
            figures.Items
        ).ShouldBe((9, 5, 3, 4, 2, 4, 9));
        (PartyFigures.None.Testable, PartyFigures.None.Items).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData("/parties/no-such-party", 404)]
    [InlineData("/themes/no-such-theme", 404)]
    [InlineData("/parties/unu?forum=no-such-forum", 400)]
    [InlineData("/themes/science-evidence?forum=no-such-forum", 400)]
    [InlineData("/calendar?forum=no-such-forum", 400)]
    [InlineData("/parties?sort=nonsense", 400)]
    [InlineData("/parties?type=alien", 400)]
    [InlineData("/parties?page=0", 400)]
    [InlineData("/parties?page=999", 400)]
    [InlineData("/compare?party=no-such-party", 400)]
    [InlineData("/compare?item=no-such-item&item=iso-iec-42001", 400)]
    [InlineData("/compare?party=unu&item=iso-iec-42001", 400)]
    [InlineData("/compare?party=unu&party=china&party=cac&party=baidu&party=intel", 400)]
    [InlineData("/compare?date=2025-02-31&date=2025-03-01", 400)]
    [InlineData("/compare?date=2025-02-01&date=2099-01-01", 400)]
    [InlineData("/compare?date=2025-02-01&date=2025-03-01&date=2025-04-01", 400)]
    [InlineData("/compare?date=2025-02-01", 200)]
    [InlineData("/compare?item=iso-iec-42001&knownAt=2025-01-01", 200)]
    [InlineData("/calendar?asOf=0001-01-01", 200)]
    [InlineData("/parties?q=%26%7C%21", 200)]
    public async Task An_address_without_an_answer_says_so(string path, int status) =>
        (await forum.Tracker.Anyone.GetAsync(path)).Should(status).MediaType.ShouldBe("text/html");

    [Fact]
    public async Task Two_dates_are_compared_as_the_summary_counts_them()
    {
        var page = (await forum.Tracker.Anyone.GetAsync("/compare?date=2024-12-31&date=2026-11-24&lang=en")).Should(200).Body;
        foreach (var day in new[] { "2024-12-31", "2026-11-24" })
        {
            var summary = (await forum.Tracker.Anyone.GetAsync($"summary?asOf={day}")).Should(200).Json;
            var total = summary["statuses"]!.AsArray().Where(s => (string)s!["kind"]! != "commitment").Sum(s => (int)s!["items"]!);
            System
                .Text.RegularExpressions.Regex.IsMatch(page, $@"<td data-label=""[^""]*"">\s*{total}\s*</td>")
                .ShouldBeTrue($"{total} on {day}");
        }
    }
}

/// <summary>Holds counts, updates and deadlines against the oracle.</summary>
public static class PartyChecks
{
    /// <summary>Counts by party, theme and forum.</summary>
    public static async Task CountsShouldAgreeAsync(this Tracker tracker, OracleForum oracle, AskedClocks clocks)
    {
        var (counts, ct) = (tracker.Get<ItemCounts>(), TestContext.Current.CancellationToken);
        var items = oracle.Portfolio(clocks.AsOf, clocks.KnownAt).Items.Values;
        Lines(await counts.ByPartyAsync(new ItemFilter(), clocks, ct))
            .ShouldBe(Grouped(items.SelectMany(i => Roles(i.Details!).Select(r => (r.Party, r.Role, i)))), clocks.ToString());
        Lines(await counts.ByThemeAsync(new ItemFilter(), clocks, ct))
            .ShouldBe(Grouped(items.SelectMany(i => Slugs(i.Details!, "themes").Select(t => (t, "Any", i)))), clocks.ToString());
        Lines(await counts.ByForumAsync(new ItemFilter(), clocks, ct))
            .ShouldBe(Grouped(items.Select(i => (oracle.Slug, "Any", i))), clocks.ToString());
    }

    /// <summary>Updates by lane of one party.</summary>
    public static async Task UpdatesShouldAgreeAsync(this Tracker tracker, OracleForum oracle, string party, AskedClocks clocks)
    {
        const int shown = 5;
        var lanes = await tracker.Get<PartyUpdates>().ReadAsync(party, [], shown, clocks, TestContext.Current.CancellationToken);
        var told = oracle
            .Portfolio(clocks.AsOf, clocks.KnownAt)
            .Items.Values.SelectMany(i => i.Counted.Select(u => (Item: i, Update: u)))
            .Where(x =>
                (string?)x.Item.Details!["proposer"] == party
                || Slugs(x.Item.Details, "responsible").Contains(party)
                || (string?)x.Update["actor"] == party
                || Slugs(x.Update, "coActors").Contains(party)
            )
            .ToList();
        foreach (var lane in Enum.GetValues<Lane>())
        {
            var expected = told.Where(x => ((string?)x.Update["lane"] ?? "independent") == lane.Word()).ToList();
            var actual = lanes.GetValueOrDefault(lane, PartyLane.Empty);
            actual.Total.ShouldBe(expected.Count, $"{party}, {lane}, {clocks}");
            actual.Latest.Count.ShouldBe(Math.Min(shown, expected.Count));
            // Which of several on one day comes first depends on orders that files leave out; the days do not.
            actual
                .Latest.Select(u => u.Fields.OccurredOn.LastDay)
                .ShouldBe(expected.Select(x => Rules.LastDay((string)x.Update["occurredOn"]!)).OrderDescending().Take(shown));
            foreach (var update in actual.Latest)
                expected.ShouldContain(x =>
                    x.Item.Slug == update.Item
                    && (string?)x.Update["id"] == update.Id
                    && (string?)x.Update["occurredOn"] == update.Fields.OccurredOn.ToString()
                    && (string?)x.Update["note"]!["en"] == update.Fields.Note.En
                );
        }
    }

    /// <summary>All deadlines in force.</summary>
    public static async Task DeadlinesShouldAgreeAsync(this Tracker tracker, OracleForum oracle, AskedClocks clocks)
    {
        var (deadlines, _) = await tracker
            .Get<DeadlineCalendar>()
            .ReadAsync(new ItemFilter(), DateOnly.MinValue, DateOnly.MaxValue, clocks, TestContext.Current.CancellationToken);
        var expected = oracle
            .Portfolio(clocks.AsOf, clocks.KnownAt)
            .Items.Values.Where(i => i.Due is not null)
            .Select(i =>
                $"{i.Slug} {(string)((i.Counted.LastOrDefault(u => (string?)u["type"] == "deadline") ?? i.Details)!["due"]!["date"]!)} "
                + $"{i.Time}"
            );
        deadlines
            .Select(d => $"{d.Item.Slug} {d.Due} {d.Item.Signals.Time.Word()}")
            .Order(StringComparer.Ordinal)
            .ShouldBe(expected.Order(StringComparer.Ordinal), clocks.ToString());
        deadlines.ShouldAllBe(d => d.Due.LastDay == d.Item.DueOn);
        deadlines.Select(d => d.Due.LastDay).ShouldBe(deadlines.Select(d => d.Due.LastDay).Order());
    }

    private static IEnumerable<(string Party, string Role)> Roles(JsonObject details)
    {
        var (proposer, speaker) = ((string)details["proposer"]!, (string?)details["speaker"]);
        var (responsible, addressees) = (Slugs(details, "responsible"), Slugs(details, "addressees"));
        foreach (var party in new[] { proposer, speaker }.OfType<string>().Concat(responsible).Concat(addressees).Distinct())
            yield return (party, "Any");
        yield return (proposer, "Proposer");
        if (speaker is not null && speaker != proposer)
            yield return (speaker, "Speaker");
        foreach (var party in responsible)
            yield return (party, "Responsible");
        foreach (var party in addressees)
            yield return (party, "Addressee");
    }

    private static List<string> Slugs(JsonObject data, string field) => [.. (data[field] as JsonArray ?? []).Select(s => (string)s!)];

    private static List<string> Lines(IEnumerable<ItemCount> counts) =>
        [
            .. counts
                .Select(c => $"{c.Of} {c.Role}: {c.Kind.Word()} {c.Status.Word()} {c.Time.Word()} {c.Testability.Word()} {c.Items}")
                .Order(StringComparer.Ordinal),
        ];

    private static List<string> Grouped(IEnumerable<(string Of, string Role, OracleAnswer Item)> items) =>
        [
            .. items
                .GroupBy(x =>
                    $"{x.Of} {x.Role}: {x.Item.Kind} {x.Item.Status} {x.Item.Time} {(string?)x.Item.Details!["testability"] ?? "testable"}"
                )
                .Select(g => $"{g.Key} {g.Count()}")
                .Order(StringComparer.Ordinal),
        ];
}
