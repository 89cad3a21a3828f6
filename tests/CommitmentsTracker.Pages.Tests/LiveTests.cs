using System.Diagnostics;
using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What was recorded while a page is open is offered, and moves nothing.</summary>
public sealed class LiveTests(Stage stage) : WritingTests(stage)
{
    private const string Item = "live-item";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if ((await Tracker.TryGetAsync("items/" + Item)).Status == 404)
            await Tracker.RecordAsync(Item);
        await StreamsAsync(0, "streams of earlier tests have ended");
    }

    [Fact]
    public async Task A_new_change_is_offered_and_nothing_that_is_read_moves()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai", 768);
        await StreamsAsync(1, "the page listens");
        await page.Mouse.WheelAsync(0, 700);
        await page.WaitForFunctionAsync("() => scrollY > 600");
        var before = await LayoutAsync(page);
        await Expect(page.Locator(".live")).ToBeHiddenAsync();

        await Tracker.ProgressAsync(Item, "The first thing");
        await Expect(page.Locator(".live")).ToHaveTextAsync("1 new change. Show it");
        await Expect(page.Locator(".live")).ToBeVisibleAsync();
        await Tracker.ProgressAsync(Item, "The second thing");
        await Expect(page.Locator(".live")).ToHaveTextAsync("2 new changes. Show them");
        (await LayoutAsync(page)).ShouldBe(before);

        await page.Locator(".live").ClickAsync();
        await Expect(page.Locator("[data-live]")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_change_is_offered_within_a_second_of_its_commit()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai", 360);
        await StreamsAsync(1, "the page listens");
        // Seen by the browser itself, so that nobody's asking counts.
        await page.EvaluateAsync(
            "() => new MutationObserver(() => { window.offeredAt ??= Date.now(); "
                + "}).observe(document.querySelector('[data-live]'), { attributes: true })"
        );
        await Tracker.ProgressAsync(Item, "Something quick");
        var committed = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await page.WaitForFunctionAsync("() => window.offeredAt");
        (await page.EvaluateAsync<double>("() => window.offeredAt") - committed).ShouldBeLessThan(1_000);
    }

    [Fact]
    public async Task The_offer_leads_to_the_change_and_keeps_the_question()
    {
        var page = await OpenAsync($"/items/{Item}?lang=zh", 360);
        await StreamsAsync(1, "the page listens");
        await Tracker.ProgressAsync(Item, "Something to be seen at once");
        await page.Locator(".live").ClickAsync();
        await Expect(page.Locator(".lanes")).ToContainTextAsync("Something to be seen at once");
        page.Url.ShouldContain("lang=zh");
    }

    [Fact]
    public async Task Pages_of_one_browser_share_one_stream()
    {
        var browser = await BrowserAsync();
        var one = await browser.NewPageAsync();
        await one.GotoAsync("/items/" + Item);
        await StreamsAsync(1, "the first page listens");
        var other = await browser.NewPageAsync();
        await other.GotoAsync("/");
        var third = await browser.NewPageAsync();
        await third.GotoAsync("/items");
        await Tracker.ProgressAsync(Item, "Seen by three pages");
        foreach (var page in new[] { one, other, third })
            await Expect(page.Locator(".live")).ToHaveTextAsync("1 new change. Show it");
        Tracker.OpenStreams.ShouldBe(1);

        // The page that listened goes; another one takes over and misses nothing.
        await one.CloseAsync();
        await Tracker.ProgressAsync(Item, "Seen by two pages");
        foreach (var page in new[] { other, third })
            await Expect(page.Locator(".live")).ToHaveTextAsync("2 new changes. Show them");
        await StreamsAsync(1, "one page listens");
    }

    [Fact]
    public async Task A_page_that_nobody_sees_does_not_listen()
    {
        var page = await OpenAsync("/items/" + Item);
        await StreamsAsync(1, "the page listens");
        await HideAsync(true);
        await StreamsAsync(0, "the hidden page does not listen");
        await Tracker.ProgressAsync(Item, "Recorded while nobody looked");
        await HideAsync(false);
        await Expect(page.Locator(".live")).ToHaveTextAsync("1 new change. Show it");
        await StreamsAsync(1, "the page listens again");

        Task HideAsync(bool hidden) =>
            page.EvaluateAsync(
                "hidden => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden }); "
                    + "document.dispatchEvent(new Event('visibilitychange')); }",
                hidden
            );
    }

    [Theory]
    [InlineData("/items/coe-framework-convention-on-ai?knownAt=2026-05-01")]
    [InlineData("/?asOf=2025-01-01&knownAt=2025-06-01")]
    public async Task A_page_of_the_past_is_offered_nothing(string path)
    {
        var page = await OpenAsync(path);
        await Expect(page.Locator("[data-live]")).ToHaveCountAsync(0);
        Tracker.OpenStreams.ShouldBe(0);
    }

    /// <summary>Where everything in the content stands, and how far the page is scrolled.</summary>
    private static Task<string> LayoutAsync(IPage page) =>
        page.EvaluateAsync<string>(
            "() => scrollX + ' ' + scrollY + ' ' + [...document.querySelectorAll('main, main *')].map(e => { const b = "
                + "e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height].map(Math.round).join(','); }).join(' ')"
        );

    private async Task StreamsAsync(int wanted, string what)
    {
        var waited = Stopwatch.StartNew();
        while (Tracker.OpenStreams != wanted)
        {
            if (waited.Elapsed > TimeSpan.FromSeconds(10))
                Assert.Fail($"{what}: {Tracker.OpenStreams} streams are open, not {wanted}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
