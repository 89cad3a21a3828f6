using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What people write is shown as text, whatever it is, and breaks no page.</summary>
public sealed class HostileTextTests(Stage stage) : WritingTests(stage)
{
    private const string Slug = "hostile-item";
    private static readonly string Evil =
        """</title></textarea><script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">"'>"""
        + "<svg onload=window.harmed=1> &lt;b&gt; {0} @x "
        + "\u202Eright to left ";
    private static readonly string LongWord = new('W', 180);
    private static readonly string Text = Evil + LongWord;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if ((await Tracker.TryGetAsync("items/" + Slug)).Status == 200)
            return;
        var both = new { en = Text, zh = Text };
        var source = new
        {
            title = Text,
            publisher = Text,
            identifier = Text,
            url = "https://example.org/" + LongWord + "?q=%22%3E%3Cscript%3E'",
            grade = "primary",
        };
        await Tracker.PostAsync(
            "items",
            new
            {
                slug = Slug,
                kind = "commitment",
                forum = "waic-2024-ai-governance-forum",
                title = both,
                summary = both,
                proposer = "china",
                madeOn = "2024-07-04",
                due = new { date = "2027-06-30", basis = both },
                nextActor = both,
                followUpQuestion = both,
                note = both,
                citations = new[]
                {
                    new
                    {
                        exact = Text,
                        prefix = Text,
                        suffix = Text,
                    },
                },
            },
            Tracker.Ann
        );
        var progress = await Tracker.PostAsync(
            $"items/{Slug}/updates",
            new
            {
                type = "progress",
                occurredOn = "2026-11-01",
                note = both,
                evidence = new[] { source },
            },
            Tracker.Ann
        );
        await Tracker.PostAsync(
            $"items/{Slug}/updates/{progress["id"]}/disputes",
            new { reason = both, evidence = new[] { source } },
            Tracker.Ann
        );
        await Tracker.PostAsync(
            $"items/{Slug}/updates/{progress["id"]}/corrections",
            new
            {
                kind = "replace",
                newValues = new { note = new { en = Text + " corrected" } },
                reason = both,
            },
            Tracker.Ann
        );
        await Tracker.PostAsync(
            $"items/{Slug}/updates",
            new
            {
                type = "status",
                status = "delivered",
                occurredOn = "2026-11-02",
                note = both,
                evidence = new[] { source },
            },
            Tracker.Ann
        );
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/items?q=harmed")]
    [InlineData($"/items/{Slug}")]
    [InlineData($"/items/{Slug}?lang=zh")]
    [InlineData($"/items/{Slug}/history")]
    [InlineData("/parties/china")]
    [InlineData($"/compare?item={Slug}")]
    [InlineData("/changes?from=2026-11-01")]
    [InlineData("/corrections")]
    [InlineData("/desk/queue")]
    [InlineData($"/desk/log?item={Slug}")]
    [InlineData("/desk/log?q=harmed")]
    public async Task It_is_shown_as_text(string path)
    {
        var page = await SignedInAsync(Tracker.Bo);
        await page.GotoAsync(path);
        await Expect(page.Locator("main")).ToContainTextAsync("<script>window.harmed = 1</script>");
        await ShouldBeHarmlessAsync(page);
        foreach (var width in new[] { 1440, 768, 360 })
        {
            await page.SetViewportSizeAsync(width, 900);
            await ShouldFitAsync(page);
        }
    }

    [Theory]
    [InlineData("/items?q=")]
    [InlineData("/items?kind=")]
    [InlineData("/items?asOf=")]
    [InlineData("/items?cursor=")]
    [InlineData("/changes?from=")]
    [InlineData("/changes?party=")]
    [InlineData("/corrections?cursor=")]
    [InlineData("/items/")]
    [InlineData("/parties/")]
    [InlineData("/parties?q=")]
    [InlineData("/compare?find=")]
    [InlineData("/compare?item=%00")]
    [InlineData("/compare?date=")]
    [InlineData("/desk/log?item=")]
    [InlineData("/desk/sign-in?ReturnUrl=")]
    public async Task It_is_shown_as_text_where_the_address_brings_it(string path)
    {
        var page = await SignedInAsync(Tracker.Bo, 360);
        var answer = await page.GotoAsync(path + Uri.EscapeDataString(Evil + "W"));
        answer!.Status.ShouldBeLessThan(500);
        await ShouldBeHarmlessAsync(page);
        await ShouldFitAsync(page);
    }

    [Fact]
    public async Task What_is_typed_comes_back_as_text()
    {
        var page = await SignedInAsync(Tracker.Bo, 360);
        await page.GotoAsync($"/desk/log?item={Slug}");
        await page.Locator("#occurredOn").FillAsync("\"><script>window.harmed = 1</script>");
        await page.Locator("#noteEn").FillAsync(Text);
        await page.Locator("#e0-title").FillAsync(Text);
        await page.Locator("#do-preview").ClickAsync();
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync(Text);
        await Expect(page.Locator("#occurredOn")).ToHaveValueAsync("\"><script>window.harmed = 1</script>");
        await ShouldBeHarmlessAsync(page);
        await ShouldFitAsync(page);
    }

    private static async Task ShouldBeHarmlessAsync(IPage page)
    {
        (await page.EvaluateAsync<bool>("() => 'harmed' in window")).ShouldBeFalse();
        (await page.Locator("img, iframe, object, embed, [onerror], [onload]").CountAsync()).ShouldBe(0);
        (
            await page.Locator("script:not([type='application/ld+json'])")
                .EvaluateAllAsync<string[]>("all => all.map(s => new URL(s.src).pathname)")
        ).ShouldAllBe(s => s.StartsWith("/site.") || s.StartsWith("/passkey.") || s.StartsWith("/desk."));
        (await page.Locator("a[href^='javascript:']").CountAsync()).ShouldBe(0);
    }
}
