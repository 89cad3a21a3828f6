using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What a reader looks at stays where it is while the page loads.</summary>
public sealed class StillnessTests(Stage stage) : ReadingTests(stage)
{
    [Theory]
    [InlineData("/", 1440)]
    [InlineData("/", 360)]
    [InlineData("/items", 1440)]
    [InlineData("/items", 360)]
    [InlineData("/items/coe-framework-convention-on-ai", 1440)]
    [InlineData("/items/coe-framework-convention-on-ai", 360)]
    [InlineData("/items/coe-framework-convention-on-ai?asOf=2025-09-01&knownAt=2025-09-01", 360)]
    public async Task Nothing_shifts_while_a_page_loads(string path, int width)
    {
        var page = await (await BrowserAsync(width)).NewPageAsync();
        await page.AddInitScriptAsync(
            """
            window.shifts = [];
            new PerformanceObserver((list) => { for (const e of list.getEntries()) if (!e.hadRecentInput) shifts.push(e.value); })
              .observe({ type: "layout-shift", buffered: true });
            """
        );
        await page.GotoAsync(path);
        // Two frames after everything has come, so that the last shift has been told.
        await page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        (await page.EvaluateAsync<bool>("() => PerformanceObserver.supportedEntryTypes.includes('layout-shift')")).ShouldBeTrue();
        (await page.EvaluateAsync<double>("() => shifts.reduce((sum, s) => sum + s, 0)")).ShouldBeLessThan(0.01);
    }
}
