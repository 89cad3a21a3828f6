using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Everything can be read and found without JavaScript.</summary>
public sealed class WithoutScriptTests(Stage stage) : ReadingTests(stage)
{
    [Fact]
    public async Task One_finds_what_became_of_the_scientific_panel()
    {
        var page = await OpenAsync("/", script: false);
        await page.Locator("#site-q").FillAsync("scientific committee");
        await page.Locator("#site-q").PressAsync("Enter");
        page.Url.ShouldContain("/items?q=scientific+committee");

        await page.Locator(".filters").GetByRole(AriaRole.Link, new() { Name = "Proposals" }).ClickAsync();
        page.Url.ShouldContain("kind=proposal");
        page.Url.ShouldContain("q=scientific");
        await page.GetByRole(AriaRole.Link, new() { Name = "IPCC-style scientific committee on AI under the UN" }).ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("IPCC-style scientific committee on AI under the UN");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Implemented");
        await Expect(page.Locator(".standing .now")).ToContainTextAsync("since 1 July 2026");
        await Expect(page.Locator(".stepper [aria-current=step]")).ToContainTextAsync("Implemented");
    }

    [Fact]
    public async Task Both_clocks_are_set_by_the_form_and_lead_back_to_now()
    {
        var page = await OpenAsync("/items/ipcc-style-scientific-panel-under-un", script: false);
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);

        await page.Locator(".clocks > summary").ClickAsync();
        await page.GetByLabel("What was true on").FillAsync("2025-06-30");
        await page.GetByLabel("As known on").FillAsync("2025-12-31");
        await page.Locator(".clocks").GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();

        page.Url.ShouldContain("asOf=2025-06-30");
        page.Url.ShouldContain("knownAt=2025-12-31");
        await Expect(page.Locator(".then")).ToContainTextAsync("You are looking at 30 June 2025 as known on 31 Dec 2025");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("In negotiation");

        await page.Locator(".then").GetByRole(AriaRole.Link, new() { Name = "Back to now" }).ClickAsync();
        page.Url.ShouldNotContain("asOf");
        page.Url.ShouldNotContain("knownAt");
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Implemented");
    }

    [Fact]
    public async Task The_clocks_stay_set_on_the_way_through_the_pages()
    {
        var page = await OpenAsync("/?asOf=2025-06-30&knownAt=2025-12-31", script: false);
        await page.Locator(".places").GetByRole(AriaRole.Link, new() { Name = "All items" }).ClickAsync();
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
        await page.Locator(".tools").GetByRole(AriaRole.Link, new() { Name = "中文" }).ClickAsync();
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
        await page.Locator(".items .c-item a").First.ClickAsync();
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
        await page.Locator("#site-q").FillAsync("联合国");
        await page.Locator("#site-q").PressAsync("Enter");
        await Expect(page.Locator(".then")).ToBeVisibleAsync();
        page.Url.ShouldContain("asOf=2025-06-30");
        page.Url.ShouldContain("knownAt=2025-12-31");
        page.Url.ShouldContain("lang=zh");
    }

    [Fact]
    public async Task A_wrong_date_is_named_beside_its_field()
    {
        var page = await OpenAsync("/items?asOf=2025-02-31", script: false);
        await Expect(page.Locator("#asOf")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#asOf")).ToHaveValueAsync("2025-02-31");
        await Expect(page.Locator("#asOf-hint")).ToHaveTextAsync("Write a day that exists, as 2025-09-01.");
        await page.GetByRole(AriaRole.Link, new() { Name = "Show the page without it" }).ClickAsync();
        await Expect(page.Locator(".items tbody tr")).ToHaveCountAsync(40);
    }

    [Fact]
    public async Task Filters_of_one_kind_add_up_and_filters_of_two_kinds_narrow()
    {
        var page = await OpenAsync("/items?status=adopted&status=in_force&kind=instrument", script: false);
        var all = await Tracker.GetAsync("items?status=adopted&status=in_force&kind=instrument&limit=200");
        var total = (int)all["total"]!;
        total.ShouldBeGreaterThan(10);
        Number(await page.Locator(".count > strong").TextContentAsync()).ShouldBe(total);
        (await page.Locator(".items tbody tr").CountAsync()).ShouldBe(Math.Min(40, total));

        // Each chip that is on takes itself away, and the page then counts as the API does.
        await page.Locator(".count .chip.on", new() { HasText = "Adopted" }).ClickAsync();
        page.Url.ShouldNotContain("adopted");
        Number(await page.Locator(".count > strong").TextContentAsync())
            .ShouldBe((int)(await Tracker.GetAsync("items?status=in_force&kind=instrument"))["total"]!);
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear all filters" }).ClickAsync();
        Number(await page.Locator(".count > strong").TextContentAsync()).ShouldBe(136);
    }

    [Fact]
    public async Task What_a_chip_promises_is_what_it_gives()
    {
        var page = await OpenAsync("/items?kind=instrument", script: false);
        var chips = await page.Locator(".filters .chip:not(.on)")
            .EvaluateAllAsync<string[][]>(
                "all => all.map(a => [a.getAttribute('href'), a.querySelector('.n').textContent, "
                    + "a.closest('.filter-row').querySelector('h2').textContent])"
            );
        chips.Length.ShouldBeGreaterThan(10);
        foreach (var chip in chips.Where(c => c[2] != "Kind"))
        {
            var listed = await page.Context.APIRequest.GetAsync(Tracker.Address + chip[0]);
            var text = await listed.TextAsync();
            var shown = System
                .Text.RegularExpressions.Regex.Match(text, @"<p class=""count"" role=""status"">\s*<strong>(\d+)")
                .Groups[1]
                .Value;
            shown.ShouldBe(chip[1], chip[0]);
        }
    }

    [Fact]
    public async Task The_pager_walks_all_items_exactly_once()
    {
        var page = await OpenAsync("/items?sort=slug", script: false);
        var seen = new List<string>();
        for (var pages = 1; ; pages++)
        {
            pages.ShouldBeLessThan(10);
            seen.AddRange(
                await page.Locator(".items .c-item a").EvaluateAllAsync<string[]>("all => all.map(a => new URL(a.href).pathname)")
            );
            var next = page.Locator(".pager a[rel=next]");
            if (await next.CountAsync() == 0)
                break;
            await next.ClickAsync();
        }

        seen.Count.ShouldBe(136);
        seen.ShouldBeUnique();
        seen.ShouldBe(seen.Order(StringComparer.Ordinal).ToList());
        await page.GetByRole(AriaRole.Link, new() { Name = "First page" }).ClickAsync();
        page.Url.ShouldNotContain("cursor");
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("since")]
    [InlineData("due")]
    [InlineData("slug")]
    public async Task The_order_that_was_chosen_is_that_of_the_API(string sort)
    {
        var page = await OpenAsync("/items?kind=commitment", script: false);
        await page.Locator("#sort").SelectOptionAsync(sort);
        await page.Locator(".find").GetByRole(AriaRole.Button, new() { Name = "Search" }).ClickAsync();
        page.Url.ShouldContain("kind=commitment");
        await Expect(page.Locator("#sort")).ToHaveValueAsync(sort);
        var shown = await page.Locator(".items .c-item a")
            .EvaluateAllAsync<string[]>("all => all.map(a => new URL(a.href).pathname.slice(7))");
        var asked = await Tracker.GetAsync($"items?kind=commitment&sort={sort}&limit=40");
        shown.ShouldBe(asked["items"]!.AsArray().Select(i => (string)i!["slug"]!));
        shown.Length.ShouldBe(23);
    }

    [Fact]
    public async Task An_empty_list_says_why_and_where_to_go()
    {
        var page = await OpenAsync("/items?asOf=1950-01-01", script: false);
        await Expect(page.Locator(".empty")).ToContainTextAsync("No item matches on 1 January 1950");
        await page.Locator(".empty").GetByRole(AriaRole.Link, new() { Name = "Back to now" }).ClickAsync();
        await Expect(page.Locator(".items tbody tr")).ToHaveCountAsync(40);
    }

    [Fact]
    public async Task The_theme_is_chosen_and_stays()
    {
        var page = await OpenAsync("/items?kind=commitment", script: false);
        await page.GetByRole(AriaRole.Link, new() { Name = "Dark" }).ClickAsync();
        new Uri(page.Url).Query.ShouldContain("kind=commitment");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await page.GotoAsync("/method");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }
}
