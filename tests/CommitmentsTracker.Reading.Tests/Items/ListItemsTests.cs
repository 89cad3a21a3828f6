using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Reading.Tests.Items;

/// <summary>The list: filters, paging, caching.</summary>
public sealed class ListItemsTests(TheForum forum) : IClassFixture<TheForum>
{
    private Caller Anyone => forum.Tracker.Anyone;

    [Theory]
    [InlineData("kind=commitment", "kind", "commitment")]
    [InlineData("kind=commitment,proposal", "kind", "commitment proposal")]
    [InlineData("kind=commitment&kind=instrument", "kind", "commitment instrument")]
    [InlineData("status=in_force", "status", "in_force")]
    [InlineData("forum=waic-2024-ai-governance-forum", "forum", "waic-2024-ai-governance-forum")]
    public async Task A_filter_shows_what_it_names_and_nothing_else(string query, string field, string allowed)
    {
        var all = await Anyone.EveryItemAsync("limit=200".Replace("limit=200", "sort=slug", StringComparison.Ordinal));
        var shown = await Anyone.EveryItemAsync(query);
        shown.Count.ShouldBe(all.Count(i => allowed.Split(' ').Contains((string)i[field]!)));
        shown.Count.ShouldBeGreaterThan(0);
        shown.ShouldAllBe(i => allowed.Split(' ').Contains((string)i[field]!));
    }

    [Fact]
    public async Task Themes_parties_and_signals_narrow_the_list_as_their_rows_say()
    {
        var all = await Anyone.EveryItemAsync("");
        var theme = (string)all[0]["themes"]![0]!;
        (await Anyone.EveryItemAsync($"theme={theme}")).Count.ShouldBe(
            all.Count(i => i["themes"]!.AsArray().Any(t => (string)t! == theme))
        );
        var party = (string)all[0]["proposer"]!;
        var named = await Anyone.EveryItemAsync($"party={party}");
        named.Select(i => (string)i["slug"]!).ShouldContain((string)all[0]["slug"]!);
        foreach (
            var (signal, group) in new[]
            {
                ("stale", "freshness"),
                ("never_reviewed", "freshness"),
                ("overdue", "time"),
                ("no_deadline", "time"),
                ("confirmed", "confidence"),
                ("not_testable", "testability"),
            }
        )
            (await Anyone.EveryItemAsync($"signal={signal}")).Count.ShouldBe(
                all.Count(i => (string)i["signals"]![group]! == signal),
                signal
            );
        // Words of one signal widen, words of two narrow.
        (await Anyone.EveryItemAsync("signal=stale,never_reviewed,confirmed")).Count.ShouldBe(
            all.Count(i =>
                (string)i["signals"]!["freshness"]! is "stale" or "never_reviewed" && (string)i["signals"]!["confidence"]! == "confirmed"
            )
        );
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("since")]
    [InlineData("due")]
    [InlineData("slug")]
    public async Task Every_order_pages_through_everything_once(string sort)
    {
        var all = await Anyone.EveryItemAsync($"sort={sort}", 200);
        var paged = await Anyone.EveryItemAsync($"sort={sort}", 7);
        paged.Select(i => (string)i["slug"]!).ShouldBe(all.Select(i => (string)i["slug"]!));
        paged.Count.ShouldBe(136);
        string Key(JsonNode i) =>
            sort switch
            {
                "slug" => (string)i["slug"]!,
                "due" => (string?)i["dueOn"] ?? "9999",
                "since" => Oracle.Rules.LastDay((string)i["statusSince"]!).ToString("O"),
                _ => new[] { Oracle.Rules.LastDay((string)i["statusSince"]!).ToString("O"), (string?)i["lastActivity"] ?? "" }.Max(
                    StringComparer.Ordinal
                )!,
            };
        var keys = all.Select(Key).ToList();
        keys.ShouldBe(sort is "latest" or "since" ? keys.OrderDescending(StringComparer.Ordinal) : keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_page_holds_50_items_unless_asked_otherwise() =>
        (await Anyone.GetAsync("items")).Should(200).Json["items"]!.AsArray().Count.ShouldBe(50);

    [Fact]
    public async Task A_search_finds_names_aliases_and_both_languages()
    {
        (await Anyone.EveryItemAsync("q=" + Uri.EscapeDataString("人工智能"))).Count.ShouldBeGreaterThan(10);
        (await Anyone.EveryItemAsync("q=framework%20convention"))
            .Select(i => (string)i["slug"]!)
            .ShouldContain("coe-framework-convention-on-ai");
        (await Anyone.EveryItemAsync("q=Alibaba"))
            .Select(i => (string)i["slug"]!)
            .ShouldContain("tsinghua-alibaba-governance-report-final-release");
        (await Anyone.EveryItemAsync("q=%26%7C!%27%3A*%28")).ShouldBeEmpty();
        (await Anyone.EveryItemAsync("q=%27%20or%201%3D1--")).Count.ShouldBeLessThan(136);
    }

    [Theory]
    [InlineData("items?asOf=2025-01-01&knownAt=2025-01-01&forum=waic-2024-ai-governance-forum", true)]
    [InlineData("items?asOf=2025-01-01&knownAt=2025-01-01", false)]
    [InlineData("items?knownAt=2025-01-01&forum=waic-2024-ai-governance-forum", true)]
    [InlineData("items?asOf=2025-01-01&forum=waic-2024-ai-governance-forum", false)]
    [InlineData("items?asOf=2025-01-01&knownAt=2026-11-24T08:59:30Z&forum=waic-2024-ai-governance-forum", false)]
    [InlineData("items/eu-ai-act?asOf=2025-01-01&knownAt=2025-01-01", true)]
    [InlineData("items/eu-ai-act?asOf=2025-01-01&knownAt=2026-11-24T08:58:00Z", true)]
    [InlineData("items/eu-ai-act?asOf=2025-01-01&knownAt=2026-11-24", false)]
    [InlineData("items/eu-ai-act", false)]
    [InlineData("items/eu-ai-act?asOf=2025-01-01", false)]
    [InlineData("items/eu-ai-act/history?asOf=2025-01-01&knownAt=2025-01-01", true)]
    [InlineData("summary?asOf=2025-01-01&knownAt=2025-01-01&forum=waic-2024-ai-governance-forum", true)]
    [InlineData("summary?asOf=2025-01-01&knownAt=2025-01-01", false)]
    [InlineData("timeline?asOf=2025-01-01&knownAt=2025-01-01&forum=waic-2024-ai-governance-forum", true)]
    [InlineData("changes", false)]
    public async Task Only_what_can_never_change_is_sent_as_immutable(string path, bool immutable)
    {
        var answer = (await Anyone.GetAsync(path)).Should(200);
        answer.IsImmutable.ShouldBe(immutable);
        answer.ETag.ShouldNotBeNull();
        var again = await Anyone.GetAsync(path, ("If-None-Match", answer.ETag!));
        (again.Status, again.Body).ShouldBe((304, ""));
        again.ETag.ShouldBe(answer.ETag);
    }

    [Theory]
    [InlineData("items/eu-ai-act?asOf=2025-01-01&knownAt=2020-01-01")]
    [InlineData("items/nothing?asOf=2025-01-01&knownAt=2025-01-01")]
    [InlineData("/items/eu-ai-act?asOf=2025-01-01&knownAt=2025-01-01")]
    public async Task Refusals_and_pages_are_never_immutable(string path) => (await Anyone.GetAsync(path)).IsImmutable.ShouldBeFalse();
}

/// <summary>Paging while others write.</summary>
public sealed class PagingWhileWritingTests : IAsyncLifetime
{
    private readonly SharedDesk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_cursor_pins_both_clocks()
    {
        var tracker = _desk.Tracker;
        var slugs = new List<string>();
        for (var i = 0; i < 9; i++)
            slugs.Add(await tracker.Ann.RecordAsync(madeOn: $"2025-04-0{i + 1}"));
        tracker.Time.Advance(TimeSpan.FromHours(1));
        var seen = new List<string>();
        for (string? cursor = null; ; )
        {
            var page = (await tracker.Anyone.GetAsync("items?limit=2" + (cursor is null ? "" : "&cursor=" + cursor))).Should(200);
            page.IsImmutable.ShouldBeFalse();
            ((int)page.Json["total"]!).ShouldBe(9);
            ((string)page.Json["asOf"]!).ShouldBe("2026-11-24");
            seen.AddRange(page.Json["items"]!.AsArray().Select(i => (string)i!["slug"]!));
            // Between the pages time goes on, past midnight at last, items move to the top, come and go.
            tracker.Time.Advance(TimeSpan.FromHours(4));
            await tracker.Ann.LogAsync(slugs[0], Harbour.Update("progress", "2026-11-20"));
            await tracker.Ann.RecordAsync();
            if (slugs.Skip(1).Except(seen).LastOrDefault() is { } unseen)
                (await tracker.Ann.PostAsync($"items/{unseen}/retraction", new { reason = Harbour.Text("Gone.") })).Status.ShouldBeOneOf(
                    201,
                    410
                );
            if ((cursor = (string?)page.Json["nextCursor"]) is null)
                break;
        }

        seen.ShouldBe(slugs.AsEnumerable().Reverse());
    }

    [Fact]
    public async Task Counting_stops_at_a_thousand_and_says_so()
    {
        var tracker = _desk.Tracker;
        await tracker.ImportAsync(ManyItems.Folder("many-2025", 1_001));
        var page = (await tracker.Anyone.GetAsync("items?forum=many-2025&limit=1")).Should(200).Json;
        ((int)page["total"]!, (bool)page["totalIsLowerBound"]!).ShouldBe((1_000, true));
        var one = (await tracker.Anyone.GetAsync("items?forum=many-2025&limit=1&q=gate-1000")).Should(200).Json;
        ((int)one["total"]!, (bool)one["totalIsLowerBound"]!).ShouldBe((1, false));
    }
}
