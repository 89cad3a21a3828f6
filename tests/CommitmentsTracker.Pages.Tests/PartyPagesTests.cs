using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Parties, themes, forums, the calendar and comparisons: every number is the list behind it, without script.</summary>
public sealed class PartyPagesTests(Stage stage) : ReadingTests(stage)
{
    [Fact]
    public async Task One_finds_a_party_and_what_it_promised()
    {
        var page = await OpenAsync("/", script: false);
        await page.Locator(".places").GetByRole(AriaRole.Link, new() { Name = "Parties" }).ClickAsync();
        await page.Locator("#q").FillAsync("tsinghua governance");
        await page.Locator(".find").GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        await page.Locator(".parties .c-name a").First.ClickAsync();
        page.Url.ShouldContain("/parties/tsinghua-i-aiig");

        var promised = (await Tracker.GetAsync("items?party=tsinghua-i-aiig&kind=commitment&limit=200"))["items"]!
            .AsArray()
            .Where(i =>
                i!["responsible"]!.AsArray().Any(p => (string)p! == "tsinghua-i-aiig")
                && (string)i["signals"]!["testability"]! != "not_testable"
            )
            .ToList();
        promised.Count.ShouldBeGreaterThan(3);
        await Expect(page.Locator(".rate"))
            .ToHaveTextAsync(
                $"{promised.Count(i => (string)i!["status"]! == "delivered")} of {promised.Count} testable commitments delivered"
            );
        await Expect(page.Locator(".party")).ToContainTextAsync("Those not testable do not count in the rate.");
        await Expect(page.Locator(".good-mark")).ToContainTextAsync($"It made {promised.Count} promises that can be tested");
    }

    [Theory]
    [InlineData("/parties", ".parties td:nth-child(2) a")]
    [InlineData("/parties?asOf=2025-03-01&knownAt=2025-06-01", ".parties td:nth-child(2) a")]
    [InlineData("/parties/china", ".bars .key a")]
    [InlineData("/themes/un-multilateral?asOf=2025-06-30", ".board-lane h3 a")]
    [InlineData("/", ".matrix td a")]
    [InlineData("/?asOf=2025-03-01&knownAt=2025-06-01", ".matrix td a")]
    [InlineData("/forums", ".forums .inline a")]
    public async Task A_number_is_the_length_of_the_list_behind_it(string path, string links)
    {
        var page = await OpenAsync(path, script: false);
        var found = await page.Locator(links)
            .EvaluateAllAsync<string[][]>("all => all.map(a => [a.getAttribute('href'), (a.querySelector('.n') ?? a).textContent])");
        found.Length.ShouldBeGreaterThan(2);
        // Every n-th of them, so that a page with two hundred numbers takes no longer than one with ten.
        foreach (var link in found.Where((_, i) => i % Math.Max(1, found.Length / 12) == 0))
        {
            link[0].ShouldStartWith("/items?");
            var listed = await (await page.Context.APIRequest.GetAsync(Tracker.Address + link[0])).TextAsync();
            System
                .Text.RegularExpressions.Regex.Match(listed, @"<p class=""count"" role=""status"">\s*<strong>(\d+)")
                .Groups[1]
                .Value.ShouldBe(Number(link[1]).ToString(), link[0]);
        }
    }

    [Fact]
    public async Task What_a_party_says_itself_stands_beside_what_others_found()
    {
        var page = await OpenAsync("/parties/tsinghua-i-aiig", script: false);
        var lanes = page.Locator(".sides > section");
        await Expect(lanes).ToHaveCountAsync(2);
        await Expect(lanes.Nth(0).Locator("h3")).ToContainTextAsync("Found by others");
        await Expect(lanes.Nth(1).Locator("h3")).ToContainTextAsync("Said by the party itself");
        var (left, right) = ((await lanes.Nth(0).BoundingBoxAsync())!, (await lanes.Nth(1).BoundingBoxAsync())!);
        right.X.ShouldBeGreaterThanOrEqualTo(left.X + left.Width);
        right.Y.ShouldBe(left.Y, 1);
        // Each update leads to its place on the page of its item, in the lane it stands in here.
        foreach (var (lane, name) in new[] { (0, "independent"), (1, "self") })
        {
            await page.GotoAsync("/parties/tsinghua-i-aiig");
            await page.Locator(".sides > section").Nth(lane).Locator(".what > a").First.ClickAsync();
            var update = page.Locator("#" + new Uri(page.Url).Fragment[1..]);
            await Expect(update).ToHaveClassAsync(new System.Text.RegularExpressions.Regex($@"\b{name}\b"));
        }
    }

    [Fact]
    public async Task A_party_that_promised_nothing_has_no_rate()
    {
        var page = await OpenAsync("/parties/governments", script: false);
        await Expect(page.Locator(".rate")).ToContainTextAsync("no commitment");
        await Expect(page.Locator(".good-mark")).ToHaveCountAsync(0);
        (await page.Locator(".party").InnerTextAsync()).ShouldNotContain("%");
    }

    [Fact]
    public async Task Parties_and_themes_are_reached_from_an_item_and_the_clocks_stay()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai?asOf=2025-06-30&knownAt=2025-12-31", script: false);
        await page.Locator(".whom a").First.ClickAsync();
        page.Url.ShouldContain("/parties/");
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
        await page.GoBackAsync();
        await page.Locator(".kicker a").First.ClickAsync();
        page.Url.ShouldContain("/themes/");
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_theme_keeps_commitments_apart_and_shows_every_stage()
    {
        var page = await OpenAsync("/themes/knowledge-products", script: false);
        var boards = page.Locator("section:has(.board)");
        await Expect(boards).ToHaveCountAsync(2);
        (await boards.Nth(0).Locator(".board-lane h3 .status").AllTextContentsAsync())
            .Take(4)
            .ShouldBe(["Announced", "Formalised", "Under way", "Delivered"]);
        (await boards.Nth(1).Locator(".board-lane h3 .status").AllTextContentsAsync())
            .Take(8)
            .ShouldBe(["Proposed", "Endorsed", "Taken up", "In negotiation", "Adopted", "Signed", "In force", "Implemented"]);
    }

    [Fact]
    public async Task Two_items_are_chosen_compared_and_taken_away_again()
    {
        var page = await OpenAsync("/compare", script: false);
        await Expect(page.Locator(".empty").First).ToContainTextAsync("Nothing is chosen yet");
        await Find("framework convention");
        await page.Locator(".pick a").First.ClickAsync();
        await Expect(page.Locator(".notice")).ToContainTextAsync("One is chosen");
        await Find("scientific committee");
        await page.Locator(".pick a").First.ClickAsync();
        await Expect(page.Locator(".side-by-side thead th")).ToHaveCountAsync(3);

        // Every line says in words whether its values differ.
        foreach (
            var row in await page.Locator(".side-by-side tbody tr:not(.group)")
                .EvaluateAllAsync<string[][]>("all => all.map(r => [...r.querySelectorAll('td')].map(c => c.textContent.trim()))")
        )
            row[^1].ShouldBe(row[0] == row[1] ? "the same" : "different", string.Join(" | ", row));
        await page.Locator(".without").First.ClickAsync();
        await Expect(page.Locator(".side-by-side thead th")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Start anew" }).ClickAsync();
        await Expect(page.Locator(".side-by-side")).ToHaveCountAsync(0);

        async Task Find(string text)
        {
            await page.Locator("#find").FillAsync(text);
            await page.Locator("#find").PressAsync("Enter");
        }
    }

    [Fact]
    public async Task Two_dates_of_a_forum_differ_as_their_numbers_do()
    {
        var page = await OpenAsync("/compare", script: false);
        await page.GetByLabel("First date").FillAsync("2024-12-31");
        await page.GetByLabel("Second date").FillAsync("2026-11-23");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        var rows = await page.Locator(".side-by-side tbody tr:not(.group)")
            .EvaluateAllAsync<string[][]>("all => all.map(r => [...r.querySelectorAll('td')].map(c => c.textContent.trim()))");
        rows.Length.ShouldBeGreaterThan(10);
        foreach (var row in rows)
        {
            var by = Number(row[1]) - Number(row[0]);
            row[2]
                .ShouldBe(
                    by == 0 ? "the same"
                    : by > 0 ? $"{by} more"
                    : $"{-by} fewer"
                );
        }

        rows.ShouldContain(r => r[2].EndsWith("more", StringComparison.Ordinal));
        rows.ShouldContain(r => r[2].EndsWith("fewer", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/compare?party=unu&party=china&party=cac&party=baidu&party=intel", "Four can be compared side by side, not more.")]
    [InlineData("/compare?party=unu&item=eu-ai-act", "not a mixture")]
    [InlineData("/compare?date=2024-12-31", "give a second one")]
    [InlineData("/compare?item=iso-iec-42001&knownAt=2025-01-01", "no state on these clocks")]
    public async Task What_cannot_be_compared_is_said(string path, string why) =>
        await Expect((await OpenAsync(path, script: false)).Locator("main")).ToContainTextAsync(why);

    [Fact]
    public async Task The_calendar_says_what_is_due_when_and_how_exactly_it_is_known()
    {
        var page = await OpenAsync("/calendar", script: false);
        var next = page.Locator("section[aria-labelledby=next] .deadlines li");
        await Expect(next).ToHaveCountAsync(1);
        await Expect(next).ToContainTextAsync("only the year was named; it counts to its end, 31 December 2026");
        await Expect(next.Locator("time").First).ToHaveTextAsync("2026");
        await Expect(page.Locator("section[aria-labelledby=past] .deadlines li")).ToContainTextAsync("Overdue");

        // The past year of a day in September 2024 holds what fell due by then, and says whether it was met.
        await page.GotoAsync("/calendar?asOf=2024-09-25");
        (await page.Locator("section[aria-labelledby=past] .deadlines li time:first-child").AllTextContentsAsync())
            .Where(t => t.Contains("2024", StringComparison.Ordinal))
            .Take(3)
            .ShouldBe(["22 September 2024", "August 2024", "15 July 2024"]);
        await Expect(page.Locator("section[aria-labelledby=past]")).ToContainTextAsync("Met on time");

        await page.GotoAsync("/calendar?asOf=1950-01-01");
        await Expect(page.Locator(".empty")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Every_forum_says_when_and_where_it_was()
    {
        var page = await OpenAsync("/forums", script: false);
        await Expect(page.Locator(".forums")).ToContainTextAsync("4 July 2024 · Room 515, Shanghai World Expo Center");
        await page.Locator(".forums h2 a").ClickAsync();
        page.Url.ShouldContain("/forums/waic-2024-ai-governance-forum");
        await Expect(page.Locator(".kicker").First).ToContainTextAsync("4 July 2024 · Room 515, Shanghai World Expo Center");
        await page.GetByRole(AriaRole.Link, new() { Name = "All deadlines by month" }).ClickAsync();
        page.Url.ShouldContain("/calendar");
    }
}
