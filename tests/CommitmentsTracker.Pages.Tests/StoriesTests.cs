using System.Text;
using System.Text.RegularExpressions;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What readers come for, from the front page to the answer.</summary>
public sealed partial class StoriesTests(Stage stage) : WritingTests(stage)
{
    private const string Panel = "ipcc-style-scientific-panel-under-un";

    [Theory]
    [InlineData("en", "scientific panel", 1440)]
    [InlineData("zh", "科学委员会", 360)]
    public async Task One_finds_what_became_of_the_scientific_panel(string language, string question, int width)
    {
        var words = Phrasebook.For(language);
        var page = await OpenAsync("/?lang=" + language, width);
        await ShouldFitAsync(page);
        await page.Locator("#site-q").FillAsync(question);
        await page.Locator("#site-q").PressAsync("Enter");
        await ShouldFitAsync(page);
        await page.Locator($".items .c-item a[href*='{Panel}']").ClickAsync();
        await ShouldFitAsync(page);

        // Where it stands, since when, how sure that is; then who said so, and what came of it.
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync(words["status.implemented"]);
        await Expect(page.Locator(".standing .now")).ToContainTextAsync(words.Say("status.since", words.Date(new DateOnly(2026, 7, 1))));
        await Expect(page.Locator(".stepper .current")).ToContainTextAsync(words["status.implemented"]);
        await page.Locator(".quick a[href='#updates']").ClickAsync();
        await Expect(page.Locator("#updates")).ToBeInViewportAsync();
        (await page.Locator(".lanes .evidence a[href^='http']").CountAsync()).ShouldBeGreaterThan(2);
        await page.Locator(
                "#lineage ~ * a[href*='independent-international-scientific-panel-on-ai'], section:has(#lineage) "
                    + "a[href*='independent-international-scientific-panel-on-ai']"
            )
            .First.ClickAsync();
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync(words["status.implemented"]);
        page.Url.ShouldContain("lang=" + language);
        await ShouldFitAsync(page);
    }

    [Fact]
    public async Task The_same_by_the_keyboard_alone()
    {
        var page = await OpenAsync("/?lang=en");
        await TabToAsync(page, "#site-q");
        await page.Keyboard.TypeAsync("scientific panel");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/items?q=scientific*");
        await TabToAsync(page, $".items .c-item a[href*='{Panel}']");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Implemented");
        await TabToAsync(page, ".quick a[href='#updates']");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#updates")).ToBeInViewportAsync();
        await TabToAsync(page, ".lanes .evidence a[href^='http']");
        await TabToAsync(page, "section:has(#lineage) a[href*='independent-international-scientific-panel-on-ai']");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Independent International Scientific Panel on AI");
    }

    [Fact]
    public async Task One_sees_what_was_believed_on_1_September_2025()
    {
        var page = await OpenAsync($"/items/{Panel}?lang=en");
        await page.Locator(".clocks > summary").ClickAsync();
        await page.Locator("#asOf").FillAsync("2025-09-01");
        await page.Locator("#knownAt").FillAsync("2025-09-01");
        await page.Locator(".clocks .button").ClickAsync();
        await Expect(page.Locator(".then")).ToContainTextAsync("You are looking at 1 September 2025 as known on 1 Sept 2025.");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("In negotiation");
        await Expect(page.Locator(".standing .now")).ToContainTextAsync("since 14 March 2025");
        foreach (var part in new[] { ".stepper", ".lanes", ".two-clocks" })
            await Expect(page.Locator(part)).Not.ToContainTextAsync("2026");

        // The day is the same wherever one goes from here.
        await page.Locator(".places a").First.ClickAsync();
        await Expect(page.Locator(".then")).ToContainTextAsync("1 September 2025");
        await Expect(page.Locator(".lead")).ToContainTextAsync("1 September 2025");
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to now" }).ClickAsync();
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Implemented");
    }

    [Fact]
    public async Task One_compares_two_dates_and_prints_them()
    {
        var page = await OpenAsync("/?lang=en");
        await page.Locator(".places").GetByRole(AriaRole.Link, new() { Name = "What changed" }).ClickAsync();
        await page.Locator("#from").FillAsync("2026-07-01");
        await page.Locator("#to").FillAsync("2026-07-31");
        await page.Locator("main .find .button").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 1 July 2026 to 31 July 2026");
        await Expect(page.Locator(".changes > li").Filter(new() { HasText = "World AI Cooperation Organization" }))
            .ToContainTextAsync("happened 16 Jul 2026");

        await page.EmulateMediaAsync(new() { Media = Media.Print });
        foreach (var gone in new[] { ".bar", ".find", ".ranges", ".embed-this", ".live" })
            await Expect(page.Locator(gone).First).ToBeHiddenAsync();
        await Expect(page.Locator(".foot")).ToContainTextAsync("Data as of 24 November 2026");
        var pdf = Encoding.Latin1.GetString(
            await page.PdfAsync(
                new()
                {
                    Format = "A4",
                    Margin = new()
                    {
                        Top = "15mm",
                        Bottom = "15mm",
                        Left = "15mm",
                        Right = "15mm",
                    },
                }
            )
        );
        PdfPage().Count(pdf).ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task One_cites_a_state_and_opens_it_again_after_a_correction()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai?lang=en");
        await page.GetByRole(AriaRole.Link, new() { Name = "Cite this state" }).ClickAsync();
        var address = (await page.Locator("#cite-address").GetAttributeAsync("href"))!;
        var hash = Hash().Match(address).Groups[1].Value;
        hash.Length.ShouldBe(64);

        await Tracker.PostAsync(
            "items/coe-framework-convention-on-ai/updates/coe-framework-convention-on-ai--switzerland/corrections",
            new
            {
                kind = "replace",
                newValues = new { note = new { en = "Switzerland signed in Strasbourg.", zh = "瑞士在斯特拉斯堡签署。" } },
                reason = new { en = "The place was missing.", zh = "缺少地点。" },
            },
            Tracker.Ann
        );

        await page.GotoAsync(address);
        await Expect(page.Locator(".cited")).ToContainTextAsync("This is the state that was cited.");
        await Expect(page.Locator(".lanes")).Not.ToContainTextAsync("in Strasbourg");
        (await page.Locator("#cite-address").GetAttributeAsync("href"))!.ShouldContain("hash=" + hash);
        await page.Locator(".cited .since a").ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync("The place was missing.");
        await page.GotoAsync("/items/coe-framework-convention-on-ai?lang=en");
        await Expect(page.Locator(".lanes")).ToContainTextAsync("Switzerland signed in Strasbourg.");
    }

    [GeneratedRegex("hash=([0-9a-f]{64})")]
    private static partial Regex Hash();

    [GeneratedRegex(@"/Type\s*/Page\b(?!s)")]
    private static partial Regex PdfPage();
}
