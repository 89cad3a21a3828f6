namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>Tests of pages. Every browser context of a test is its own and closed behind it.</summary>
public abstract class PageTests(Stage stage) : IAsyncLifetime
{
    private readonly List<IBrowserContext> _contexts = [];

    /// <summary>The tracker whose pages are seen.</summary>
    protected Tracker Tracker { get; private set; } = null!;

    protected Stage Stage => stage;

    public virtual async ValueTask InitializeAsync() => Tracker = await ChooseAsync();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var context in _contexts)
            await context.CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Which of the two trackers.</summary>
    protected abstract Task<Tracker> ChooseAsync();

    /// <summary>A browser that was never here.</summary>
    protected async Task<IBrowserContext> BrowserAsync(int width = 1440, bool script = true, bool dark = false)
    {
        var context = await (await stage.Browser).NewContextAsync(
            new()
            {
                BaseURL = Tracker.Address,
                Locale = "en-GB",
                ViewportSize = new() { Width = width, Height = 900 },
                JavaScriptEnabled = script,
                ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            }
        );
        context.SetDefaultTimeout(30_000);
        _contexts.Add(context);
        return context;
    }

    /// <summary>A page of a fresh browser.</summary>
    protected async Task<IPage> OpenAsync(string path, int width = 1440, bool script = true, bool dark = false)
    {
        var page = await (await BrowserAsync(width, script, dark)).NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }

    /// <summary>A page of somebody who is signed in.</summary>
    protected async Task<IPage> SignedInAsync(Editor editor, int width = 1440, bool script = true, bool dark = false)
    {
        var browser = await BrowserAsync(width, script, dark);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(await Tracker.LinkAsync(editor));
        await page.Locator("main button").ClickAsync();
        await Expect(page.Locator(".desk-bar")).ToBeVisibleAsync();
        return page;
    }

    /// <summary>Asserts that nothing is wider than the window.</summary>
    protected static async Task ShouldFitAsync(IPage page)
    {
        // Before its style is there, a page is as wide as its widest field.
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!await page.EvaluateAsync<bool>("document.readyState === 'complete'"))
            System.Diagnostics.Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(30), "the page did not load");
        var tooWide = await page.EvaluateAsync<string[]>(
            """
            () => document.documentElement.scrollWidth <= innerWidth ? [] :
              [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                .slice(0, 5).map(e => e.tagName + "." + (e.getAttribute("class") ?? "")
                  + " " + Math.round(e.getBoundingClientRect().right) + ": " + e.textContent.trim().slice(0, 40))
                .concat("scrollWidth " + document.documentElement.scrollWidth)
            """
        );
        tooWide.ShouldBeEmpty($"wider than {page.ViewportSize!.Width} px: {page.Url}");
    }

    protected static async Task TabToAsync(IPage page, string selector)
    {
        for (var stop = 0; stop < 120; stop++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (!await page.EvaluateAsync<bool>("s => document.activeElement.matches(s)", selector))
                continue;
            await ShouldBeSeenAsync(page);
            return;
        }

        Assert.Fail($"{selector} is not reached by the keyboard on {page.Url}");
    }

    /// <summary>Asserts that what has the focus has an outline of its own, lies within the page and is not hidden.</summary>
    protected static async Task ShouldBeSeenAsync(IPage page)
    {
        var wrong = await page.EvaluateAsync<string?>(
            """
            () => {
              const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
              const name = e.outerHTML.slice(0, 120);
              if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) return "no outline: " + name;
              if (box.width < 2 || box.height < 2) return "no size: " + name;
              if (box.right < 0 || box.left > innerWidth || box.bottom < 0 || box.top > innerHeight) return "out of sight: " + name;
              return null;
            }
            """
        );
        wrong.ShouldBeNull(page.Url);
    }

    /// <summary>The figures in a text, without their separators of thousands.</summary>
    protected static int Number(string? text) =>
        int.Parse(new string([.. (text ?? "").Where(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Tests that only read.</summary>
public abstract class ReadingTests(Stage stage) : PageTests(stage)
{
    protected override Task<Tracker> ChooseAsync() => Stage.Reading;
}

/// <summary>Tests that write; one at a time, since they see each other's changes.</summary>
[Collection("Writing")]
public abstract class WritingTests(Stage stage) : PageTests(stage)
{
    protected override Task<Tracker> ChooseAsync() => Stage.Writing;
}
