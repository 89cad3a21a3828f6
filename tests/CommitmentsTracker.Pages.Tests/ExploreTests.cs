using System.Text.Json.Nodes;
using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Finding on the page of all items, and taking away what was found.</summary>
public sealed class ExploreTests(Stage stage) : ReadingTests(stage)
{
    [Theory]
    [InlineData("status", "")]
    [InlineData("status", "kind=instrument&signal=stale")]
    [InlineData("party", "kind=proposal")]
    [InlineData("theme", "status=adopted&q=safety")]
    [InlineData("theme", "asOf=2025-03-01&knownAt=2025-06-01")]
    public async Task The_bars_follow_the_filters_and_lead_to_what_they_count(string by, string filters)
    {
        var page = await OpenAsync($"/items?group={by}&{filters}", script: false);
        var rows = (await Tracker.GetAsync($"items?limit=200&{filters}"))["items"]!.AsArray();
        var expected = by switch
        {
            "theme" => rows.SelectMany(r => r!["themes"]!.AsArray().Select(t => (string)t!)),
            "status" => rows.Select(r => (string)r!["status"]!),
            // Every role counts, also that of the speaker, which a row does not tell.
            _ => rows.SelectMany(r =>
                r!["responsible"]!
                    .AsArray()
                    .Concat(r["addressees"]!.AsArray())
                    .Select(p => (string)p!)
                    .Append((string)r["proposer"]!)
                    .Distinct()
            ),
        };
        var counts = expected.GroupBy(e => e).ToDictionary(g => g.Key, g => g.Count());
        var bars = await page.Locator(".group-bars li")
            .EvaluateAllAsync<string[][]>(
                "all => all.map(li => [li.querySelector('a').getAttribute('href'), li.querySelector('.n').textContent])"
            );
        bars.Length.ShouldBeGreaterThanOrEqualTo(counts.Count);
        foreach (var bar in bars)
        {
            var value = System.Web.HttpUtility.ParseQueryString(bar[0][bar[0].IndexOf('?', StringComparison.Ordinal)..])[by]!;
            if (by == "party")
                Number(bar[1]).ShouldBeGreaterThanOrEqualTo(counts.GetValueOrDefault(value), value);
            else
                Number(bar[1]).ShouldBe(counts[value], value);
        }

        var largest = page.Locator(".group-bars li").First;
        var number = Number(await largest.Locator(".n").TextContentAsync());
        await largest.Locator("a").ClickAsync();
        Number(await page.Locator(".count > strong").TextContentAsync()).ShouldBe(number);
    }

    [Theory]
    [InlineData("en", "watchdog", "mark:text-is('watchdog')")]
    [InlineData("zh", "核查", "mark:text-is('核查')")]
    [InlineData("en", "白盒", "mark:text-is('白盒')")]
    public async Task A_hit_is_marked_where_it_is_seen(string language, string q, string mark)
    {
        foreach (var view in new[] { "table", "cards" })
        {
            var page = await OpenAsync($"/items?lang={language}&view={view}&q={Uri.EscapeDataString(q)}", script: false);
            await Expect(page.Locator(view == "table" ? ".items " + mark : ".cards " + mark).First).ToBeVisibleAsync();
            await Expect(page.Locator("#sort option[selected]")).ToHaveCountAsync(0);
        }
    }

    [Fact]
    public async Task What_was_found_elsewhere_says_so()
    {
        // In a note of one item, among the sources of another one.
        var page = await OpenAsync("/items?q=Vilnius", script: false);
        await Expect(page.Locator("tr:has(a[href*='coe-framework-convention']) .excerpt"))
            .ToContainTextAsync("Opened for signature in Vilnius");
        await Expect(page.Locator("tr:has(a[href*='coe-framework-convention']) .excerpt mark")).ToHaveTextAsync("Vilnius");
        await Expect(page.Locator(".excerpt.muted")).ToHaveTextAsync("Found among parties, notes, sources or quotations.");

        // Before it happened the note is not there.
        await page.GotoAsync("/items?q=Vilnius&asOf=2024-08-01");
        await Expect(page.Locator("main")).Not.ToContainTextAsync("Opened for signature");
    }

    [Fact]
    public async Task Cards_show_the_same_items_as_the_table_and_the_choice_stays()
    {
        var page = await OpenAsync("/items?kind=commitment&sort=slug", width: 360, script: false);
        var table = await page.Locator(".items .c-item a").EvaluateAllAsync<string[]>("all => all.map(a => new URL(a.href).pathname)");
        await page.GetByRole(AriaRole.Link, new() { Name = "Cards" }).ClickAsync();
        (await page.Locator(".cards h2 a").EvaluateAllAsync<string[]>("all => all.map(a => new URL(a.href).pathname)")).ShouldBe(table);
        await ShouldFitAsync(page);
        await page.Locator("#q").FillAsync("university");
        await page.Locator(".find").GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        page.Url.ShouldContain("view=cards");
        await Expect(page.Locator(".cards li").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_list_is_taken_away_as_it_is_shown_and_subscribed_to_by_the_same_filters()
    {
        var page = await OpenAsync("/items?kind=instrument&status=adopted&status=signed&asOf=2026-01-01&sort=slug", script: false);
        var subscribe = new Uri(
            new Uri(Tracker.Address),
            await page.GetByRole(AriaRole.Link, new() { Name = "Subscribe to this list" }).GetAttributeAsync("href")
        );
        (
            subscribe.AbsolutePath,
            subscribe.Query.Contains("kind=instrument&status=adopted&status=signed", StringComparison.Ordinal)
        ).ShouldBe(("/subscribe", true));
        var download = await page.GetByRole(AriaRole.Link, new() { Name = "Download as CSV" }).GetAttributeAsync("href");
        var file = await page.Context.APIRequest.GetAsync(Tracker.Address + download);
        file.Status.ShouldBe(200);
        var lines = (await file.TextAsync()).TrimEnd().Split("\r\n");
        lines.Length.ShouldBe(1 + Number(await page.Locator(".count > strong").TextContentAsync()));
        lines.Skip(1).ShouldAllBe(l => l.StartsWith("2026-01-01,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_search_of_any_page_answers_within_the_list()
    {
        foreach (var path in new[] { "/", "/data", "/method", "/items/eu-ai-act" })
        {
            var page = await OpenAsync($"{path}?asOf=2026-06-01", script: false);
            await page.Locator("#site-q").FillAsync("watchdog");
            await page.Locator("#site-q").PressAsync("Enter");
            page.Url.ShouldContain("/items?");
            page.Url.ShouldContain("asOf=2026-06-01");
            (await page.Locator(".items .c-item a").First.GetAttributeAsync("href"))!.ShouldStartWith("/items/iaea-like-agency-for-ai");
        }
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task The_data_page_says_what_there_is_and_its_addresses_answer(string language)
    {
        var page = await OpenAsync($"/data?lang={language}&asOf=2026-01-01", script: false);
        foreach (var address in await page.Locator(".files a").EvaluateAllAsync<string[]>("all => all.map(a => a.href)"))
            (await page.Context.APIRequest.GetAsync(address)).Status.ShouldBe(200, address);
        var about = JsonNode.Parse((await page.Locator("head script[type='application/ld+json']").TextContentAsync())!)!;
        ((string)about["@type"]!).ShouldBe("Dataset");
        about["distribution"]!.AsArray().Select(d => (string)d!["encodingFormat"]!).ShouldBe(["text/csv", "application/json"]);
        // Every column of the file is explained, and no other.
        var file = await (await page.Context.APIRequest.GetAsync(Tracker.Address + "/api/v1/items.csv?asOf=1950-01-01")).TextAsync();
        (await page.Locator("#columns ~ .wide tbody th").AllTextContentsAsync()).ShouldBe(file.Trim('\uFEFF', '\r', '\n').Split(','));
        // The cited address shows the list on the clocks of the page.
        var cited = await page.Locator(".citation .address").InnerTextAsync();
        cited.ShouldContain("asOf=2026-01-01");
        (await page.Context.APIRequest.GetAsync(cited)).Status.ShouldBe(200, cited);
    }
}
