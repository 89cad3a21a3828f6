using System.Globalization;
using System.Text.Json.Nodes;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What was true when, and what was known when.</summary>
public sealed class TwoClocksTests(Stage stage) : ReadingTests(stage)
{
    [Fact]
    public async Task A_day_is_told_as_known_then_and_as_known_now()
    {
        var page = await OpenAsync("/items/un-resolution-ai-capacity-building?asOf=2024-06-30&knownAt=2024-09-01");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Adopted");
        await Expect(page.Locator(".standing .now")).ToContainTextAsync("since 25 June 2024");
        await Expect(page.Locator(".standing")).ToContainTextAsync("Disputed");

        await page.Locator(".then").GetByRole(AriaRole.Link, new() { Name = "The same day as known now" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("It had no status by that day");
        await Expect(page.Locator("main")).ToContainTextAsync("1 July 2024");
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at it now" }).ClickAsync();
        await Expect(page.Locator(".standing .now")).ToContainTextAsync("since 1 July 2024");
    }

    [Fact]
    public async Task A_claim_that_was_believed_is_gone_from_now_and_still_there_then()
    {
        var then = await OpenAsync("/items/coe-framework-convention-on-ai?knownAt=2026-05-01");
        await Expect(then.Locator(".standing .status")).ToHaveTextAsync("In force");
        await Expect(then.Locator(".standing .now")).ToContainTextAsync("since 1 November 2025");
        await Expect(then.Locator(".standing")).ToContainTextAsync("Disputed");

        var now = await OpenAsync("/items/coe-framework-convention-on-ai");
        await Expect(now.Locator(".standing .status")).ToHaveTextAsync("Signed");
        await Expect(now.Locator(".standing .now")).ToContainTextAsync("since 5 September 2024");
        await Expect(now.Locator(".standing")).Not.ToContainTextAsync("Disputed");
        await Expect(now.Locator(".two-clocks .strike")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_history_strikes_what_was_corrected_and_says_why()
    {
        var page = await OpenAsync("/items/un-resolution-ai-capacity-building/history");
        var logged = page.Locator("#v-2");
        await Expect(logged.Locator("p").Nth(1).Locator("del")).ToHaveTextAsync("25 June 2024");
        await Expect(logged.Locator("p").Nth(1).Locator("ins")).ToHaveTextAsync("1 July 2024");
        await Expect(logged.Locator(".notice")).ToContainTextAsync("no other source supports 25 June");
        await logged.Locator(".notice a").ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync("Date corrected");

        await page.GotoAsync("/items/coe-framework-convention-on-ai/history");
        var claim = page.Locator(".event.struck");
        await Expect(claim).ToHaveCountAsync(1);
        await Expect(claim.Locator(".cause").First).ToHaveTextAsync("In force");
        (await claim.Locator(".cause").First.EvaluateAsync<string>("e => getComputedStyle(e).textDecorationLine")).ShouldBe("line-through");
        (await claim.Locator(".note del").EvaluateAsync<string>("e => getComputedStyle(e).textDecorationLine")).ShouldBe("line-through");
        await Expect(claim.Locator(".notice")).ToContainTextAsync("cannot have been in force in 2025");
    }

    [Fact]
    public async Task The_history_at_an_instant_ends_there()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai/history?knownAt=2026-05-01");
        await Expect(page.Locator(".event.struck")).ToHaveCountAsync(0);
        (await page.Locator(".event").CountAsync()).ShouldBe(
            (await Tracker.GetAsync("items/coe-framework-convention-on-ai/history?knownAt=2026-05-01"))["events"]!.AsArray().Count
        );
    }

    [Fact]
    public async Task Each_event_links_to_the_item_as_known_then()
    {
        var page = await OpenAsync("/items/un-resolution-ai-capacity-building/history");
        await page.Locator("#v-2").GetByRole(AriaRole.Link, new() { Name = "The item as known then" }).ClickAsync();
        await Expect(page.Locator(".then")).ToContainTextAsync("10 Jul 2024");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Adopted");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_pages_count_as_the_API_does(int seed)
    {
        // Five pairs of days a time, the same in every run; K may lie before, on or after D.
        var random = new Random(seed);
        var first = new DateOnly(2024, 7, 4);
        var days = new DateOnly(2026, 11, 24).DayNumber - first.DayNumber;
        var page = await OpenAsync("/method", script: false);
        for (var i = 0; i < 5; i++)
            await ShouldCountAsTheApiDoesAsync(page, Iso(first.AddDays(random.Next(days))), Iso(first.AddDays(6 + random.Next(days - 6))));

        static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private async Task ShouldCountAsTheApiDoesAsync(IPage page, string asOf, string knownAt)
    {
        var clocks = $"asOf={asOf}&knownAt={knownAt}";
        var summary = await Tracker.GetAsync("summary?forum=waic-2024-ai-governance-forum&" + clocks);
        await page.GotoAsync("/?lang=en&" + clocks);
        foreach (var (figure, kinds) in new[] { ("commitments", new[] { "commitment" }), ("proposals", ["proposal", "instrument"]) })
        {
            var expected = summary["statuses"]!
                .AsArray()
                .Where(s => kinds.Contains((string)s!["kind"]!))
                .GroupBy(s => (string)s!["status"]!)
                .ToDictionary(g => Phrasebook.For("en")["status." + g.Key], g => g.Sum(s => (int)s!["items"]!));
            var key = await page.Locator($".bars figure:has(#{figure}-title) .key li")
                .EvaluateAllAsync<string[][]>(
                    "all => all.map(l => [l.querySelector('.status').textContent.trim(), l.querySelector('.n').textContent])"
                );
            key.ToDictionary(k => k[0], k => Number(k[1])).OrderBy(p => p.Key).ShouldBe(expected.OrderBy(p => p.Key), $"{figure} {clocks}");
        }

        if ((int)summary["total"]! == 0)
            return;
        foreach (
            var (word, count) in new[]
            {
                ("overdue", (int)summary["time"]!["overdue"]!),
                ("never_reviewed", (int)summary["freshness"]!["never_reviewed"]!),
                ("stale", (int)summary["freshness"]!["stale"]!),
                ("disputed", (int)summary["confidence"]!["disputed"]!),
                ("awaiting", (int)summary["awaiting"]!),
            }
        )
            Number(await page.Locator($".attention a[href*='signal={word}'] .n").TextContentAsync()).ShouldBe(count, $"{word} {clocks}");

        // The item that changed most, and one that the pair of days picks.
        foreach (var slug in new[] { "coe-framework-convention-on-ai", await AnyItemAsync(clocks, asOf) })
            await ShouldStandAsTheApiSaysAsync(page, slug, clocks);
    }

    private async Task<string> AnyItemAsync(string clocks, string asOf)
    {
        var items = (await Tracker.GetAsync($"items?sort=slug&limit=200&{clocks}"))["items"]!.AsArray();
        return (string)items[DateOnly.Parse(asOf, CultureInfo.InvariantCulture).DayNumber % items.Count]!["slug"]!;
    }

    private async Task ShouldStandAsTheApiSaysAsync(IPage page, string slug, string clocks)
    {
        var (status, item) = await Tracker.TryGetAsync($"items/{slug}?{clocks}");
        var answer = await page.GotoAsync($"/items/{slug}?lang=en&{clocks}");
        answer!.Status.ShouldBe(status, page.Url);
        if (status != 200)
            return;
        (await page.Locator(".standing .status").TextContentAsync())!.Trim().Split(" · ")[0].ShouldBe(En("status", item["status"]));
        (await page.Locator(".signals .signal").AllTextContentsAsync())
            .Select(t => t.Trim())
            .ShouldBe(new[] { "time", "freshness", "confidence", "testability" }.Select(s => En(s, item["signals"]![s])), page.Url);
        (await page.Locator(".lanes .update").CountAsync()).ShouldBe(item["updates"]!.AsArray().Count, page.Url);
    }

    private static string En(string list, JsonNode? word) => Phrasebook.For("en")[$"{list}.{(string)word!}"];
}
