using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>A state is cited, and its address shows the same for ever.</summary>
public sealed partial class CitingTests(Stage stage) : WritingTests(stage)
{
    [Theory]
    [InlineData("iso-iec-42001", "iso-iec-42001--european-adoption", "en")]
    [InlineData("un-high-level-advisory-body-on-ai", "un-high-level-advisory-body-on-ai--interim-report", "zh")]
    public async Task An_item_that_is_cited_corrected_and_opened_again_shows_the_same_state_and_says_that_it_changed(
        string slug,
        string update,
        string language
    )
    {
        var words = Phrasebook.For(language);
        var page = await OpenAsync($"/items/{slug}?lang={language}", 360, script: false);
        await page.Locator(".cite:not(.embed-this) > summary").ClickAsync();
        var address = await page.Locator("#cite-address").GetAttributeAsync("href");
        address.ShouldNotBeNull().ShouldContain("&hash=");
        await Expect(page.Locator(".cite:not(.embed-this) .copy").First).ToBeHiddenAsync();
        var hash = Hash().Match(address).Groups[1].Value;
        foreach (var form in new[] { "plain", "bibtex", "csl" })
            (await page.Locator("#cite-" + form).TextContentAsync())!.ShouldContain(hash, Case.Sensitive, form);
        await ShouldFitAsync(page);
        await page.GotoAsync(address);
        await Expect(page.Locator(".cited")).ToContainTextAsync(words["cited.same"]);
        await Expect(page.Locator(".cited .since")).ToHaveTextAsync(words["cited.nothing"]);
        var before = await StateAsync(page);

        await Tracker.PostAsync(
            $"items/{slug}/updates/{update}/corrections",
            new
            {
                kind = "replace",
                newValues = new { note = new { en = "Something else happened.", zh = "实际情况不同。" } },
                reason = new { en = "The source says so.", zh = "来源如此。" },
            },
            Tracker.Ann
        );

        await page.ReloadAsync();
        await Expect(page.Locator(".cited")).ToContainTextAsync(words["cited.same"]);
        await Expect(page.Locator(".cited .since")).ToContainTextAsync(words["cited.since"]);
        (await StateAsync(page)).ShouldBe(before);
        await ShouldFitAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = words["cited.since.see"] }).ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync(words["event.correction_made"]);
        await page.GotoAsync($"/items/{slug}?lang={language}");
        await Expect(page.Locator("#u-" + update)).ToContainTextAsync(language == "zh" ? "实际情况不同。" : "Something else happened.");

        // Somebody who alters the address is told.
        await page.GotoAsync(address.Replace(hash, new string('a', 64), StringComparison.Ordinal));
        await Expect(page.Locator(".cited")).ToContainTextAsync(words["cited.other"]);
        await Expect(page.Locator(".cited")).ToContainTextAsync(hash);
    }

    [Fact]
    public async Task A_citation_is_read_by_those_who_cite()
    {
        var page = await OpenAsync("/items/eu-ai-act?asOf=2025-01-31&knownAt=2025-02-01", script: false);
        await page.Locator(".cite:not(.embed-this) > summary").ClickAsync();
        var address = (await page.Locator("#cite-address").GetAttributeAsync("href"))!;
        address.ShouldContain("asOf=2025-01-31&knownAt=2025-02-01T23%3A59%3A59.999999Z&hash=");
        var plain = (await page.Locator("#cite-plain").TextContentAsync())!;
        plain.ShouldContain(
            "“EU AI Act”. In force since 1 August 2024; as of 31 January 2025, as known at 2025-02-01T23:59:59.999999Z. " + address
        );
        var csl = JsonNode.Parse((await page.Locator("#cite-csl").TextContentAsync())!)![0]!;
        ((string)csl["title"]!, (string)csl["URL"]!, (string)csl["type"]!).ShouldBe(("EU AI Act", address, "webpage"));
        csl["issued"]!["date-parts"]![0]!.AsArray().Select(n => (int)n!).ShouldBe([2025, 2, 1]);
        var bibtex = (await page.Locator("#cite-bibtex").TextContentAsync())!;
        bibtex.ShouldStartWith("@misc{commitments-tracker-eu-ai-act-20250201,");
        bibtex.ShouldContain("  url = {" + address + "},");
        bibtex.Count(c => c == '{').ShouldBe(bibtex.Count(c => c == '}'));
    }

    [Fact]
    public async Task One_button_copies_a_citation()
    {
        var page = await OpenAsync("/items/eu-ai-act");
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.GetByRole(AriaRole.Link, new() { Name = "Cite this state" }).ClickAsync();
        await Expect(page.Locator("#cite-bibtex")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy: BibTeX" }).ClickAsync();
        await Expect(page.Locator("[data-copy=cite-bibtex]")).ToHaveTextAsync("Copied");
        (await page.EvaluateAsync<string>("() => navigator.clipboard.readText()")).ShouldBe(
            await page.Locator("#cite-bibtex").TextContentAsync()
        );
    }

    [Fact]
    public async Task The_dashboard_and_the_record_are_cited_too()
    {
        var page = await OpenAsync("/?asOf=2025-03-01&knownAt=2025-06-01", script: false);
        await page.Locator(".cite:not(.embed-this) > summary").ClickAsync();
        await page.Locator("#cite-address").ClickAsync();
        new Uri(page.Url).AbsolutePath.ShouldBe("/forums/waic-2024-ai-governance-forum");
        await Expect(page.Locator(".cited")).ToContainTextAsync("This is the state that was cited.");
        (await page.Locator(".cited .since a").GetAttributeAsync("href"))!.ShouldContain("/changes?from=2025-06-01&to=2026-11-24");

        await page.GotoAsync("/items/coe-framework-convention-on-ai/history?knownAt=2026-05-01");
        await page.Locator(".cite:not(.embed-this) > summary").ClickAsync();
        await page.Locator("#cite-address").ClickAsync();
        await Expect(page.Locator(".cited")).ToContainTextAsync("This is the state that was cited.");
        (await page.Locator(".event").CountAsync()).ShouldBe(11);
    }

    [Fact]
    public async Task What_was_recorded_in_the_last_minute_has_no_hash_yet()
    {
        if ((await Tracker.TryGetAsync("items/cited-fresh")).Status == 404)
            await Tracker.RecordAsync("cited-fresh");
        var page = await OpenAsync("/items/cited-fresh", script: false);
        await page.Locator(".cite:not(.embed-this) > summary").ClickAsync();
        await Expect(page.Locator(".cite .notice")).ToContainTextAsync("within the last minute");
        (await page.Locator("#cite-address").GetAttributeAsync("href"))!.ShouldNotContain("hash");
    }

    /// <summary>What the page says of the item itself.</summary>
    private static Task<string> StateAsync(IPage page) =>
        page.EvaluateAsync<string>(
            "() => ['header.title', '.standing', '.stepper', '.two-clocks', '.lanes', '#proof ~ *', '.lineage, "
                + ".related'].map(s => [...document.querySelectorAll(s)].map(e => e.textContent.replace(/\\s+/g, ' "
                + "')).join('|')).join('\\n')"
        );

    [GeneratedRegex("hash=([0-9a-f]{64})")]
    private static partial Regex Hash();
}
