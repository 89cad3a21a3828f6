using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Everything is reached by the keyboard alone, and one always sees where one is.</summary>
public sealed class KeyboardTests(Stage stage) : ReadingTests(stage)
{
    [Fact]
    public async Task The_first_stop_leads_past_the_bar_to_the_content()
    {
        var page = await OpenAsync("/items");
        await page.Keyboard.PressAsync("Tab");
        (await FocusAsync(page)).ShouldBe("Skip to the content");
        await ShouldBeSeenAsync(page);
        await page.Keyboard.PressAsync("Enter");
        new Uri(page.Url).Fragment.ShouldBe("#main");
        await page.Keyboard.PressAsync("Tab");
        (await page.EvaluateAsync<bool>("() => document.activeElement.closest('main') !== null")).ShouldBeTrue();
    }

    [Fact]
    public async Task One_searches_filters_and_opens_an_item()
    {
        var page = await OpenAsync("/");
        await TabToAsync(page, "#site-q");
        await page.Keyboard.TypeAsync("scientific committee");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/items?q=scientific*");

        await TabToAsync(page, ".filters .chip[href*='kind=proposal']");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/items?*kind=proposal*");

        await TabToAsync(page, ".items .c-item a[href*='ipcc-style']");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync("IPCC-style scientific committee on AI under the UN");
    }

    [Fact]
    public async Task One_sets_the_clock()
    {
        var page = await OpenAsync("/items/ipcc-style-scientific-panel-under-un");
        await TabToAsync(page, ".clocks > summary");
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, "#asOf");
        // A date field takes its parts in the order of the browser's own language.
        await page.Keyboard.TypeAsync("06302025");
        await TabToAsync(page, ".clocks .button");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**asOf=2025-06-30**");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("In negotiation");
        await TabToAsync(page, ".then a");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("/", 1440)]
    [InlineData("/items", 1440)]
    [InlineData("/items", 360)]
    [InlineData("/data", 360)]
    [InlineData("/items/coe-framework-convention-on-ai", 1440)]
    [InlineData("/items/coe-framework-convention-on-ai", 360)]
    [InlineData("/items/un-resolution-ai-capacity-building/history", 1440)]
    [InlineData("/changes", 1440)]
    [InlineData("/corrections", 360)]
    [InlineData("/desk/sign-in", 360)]
    public async Task Focus_is_visible_at_every_stop(string path, int width)
    {
        var page = await OpenAsync(path, width);
        var stops = await page.EvaluateAsync<int>(
            "() => document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex=\"0\"]').length"
        );
        for (var stop = 0; stop < Math.Min(stops, 60); stop++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("() => document.activeElement === document.body"))
                break;
            await ShouldBeSeenAsync(page);
        }
    }

    private static Task<string> FocusAsync(IPage page) => page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()");
}
