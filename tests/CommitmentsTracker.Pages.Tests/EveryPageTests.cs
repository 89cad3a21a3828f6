using System.Text.RegularExpressions;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What holds for every page in a language.</summary>
public abstract partial class EveryPageTests(Stage stage, string language) : ReadingTests(stage)
{
    private static readonly (string Path, int Status)[] Pages =
    [
        ("/", 200),
        ("/?asOf=2025-03-01&knownAt=2025-06-01", 200),
        ("/?asOf=1950-01-01", 200),
        ("/forums/no-such-forum", 404),
        ("/items", 200),
        ("/items?q=scientific&status=adopted&signal=stale", 200),
        ("/items?q=scientific+%E8%81%94%E5%90%88%E5%9B%BD&view=cards&group=party", 200),
        ("/items?view=cards&group=theme&kind=instrument", 200),
        ("/items?view=list", 400),
        ("/items?asOf=1950-01-01", 200),
        ("/items?kind=nonsense", 400),
        ("/items?asOf=tomorrow", 400),
        ("/items/ipcc-style-scientific-panel-under-un", 200),
        ("/items/coe-framework-convention-on-ai", 200),
        ("/items/coe-framework-convention-on-ai?knownAt=2026-05-01", 200),
        ("/items/think-tank-books-event-at-world-bank", 200),
        ("/items/un-resolution-ai-capacity-building/history", 200),
        ("/items/no-such-item", 404),
        ("/items/un-resolution-ai-capacity-building?asOf=2024-06-30", 404),
        ("/items/iso-iec-42001?knownAt=2025-01-01", 404),
        ("/items/iso-iec-42001/history?knownAt=2025-01-01", 404),
        ("/items/eu-ai-act?asOf=2025-01-31&knownAt=2025-02-01&hash=0000000000000000000000000000000000000000000000000000000000000000", 200),
        ("/items/eu-ai-act?hash=nonsense", 400),
        ("/items/global-digital-compact", 200),
        ("/items/coe-framework-convention-on-ai/history?knownAt=2026-05-01", 200),
        ("/changes", 200),
        ("/changes?from=2024-07-10&to=2026-11-24", 200),
        ("/changes?from=2026-11-24&to=2026-11-24&theme=frontier-safety", 200),
        ("/changes?asOf=2025-06-01&knownAt=2025-03-01", 200),
        ("/changes?from=2026-11-25", 400),
        ("/changes?kind=nonsense", 400),
        ("/corrections", 200),
        ("/corrections?knownAt=2024-01-01", 200),
        ("/corrections?forum=nowhere", 400),
        ("/parties", 200),
        ("/parties?q=university&type=organisation&sort=promises&asOf=2025-03-01&knownAt=2025-06-01", 200),
        ("/parties?sort=nonsense", 400),
        ("/parties/tsinghua-i-aiig", 200),
        ("/parties/european-union?asOf=2025-03-01&knownAt=2025-06-01", 200),
        ("/parties/united-nations?asOf=1950-01-01", 200),
        ("/parties/no-such-party", 404),
        ("/themes/un-multilateral", 200),
        ("/themes/science-evidence?asOf=1950-01-01", 200),
        ("/themes/no-such-theme", 404),
        ("/forums", 200),
        ("/calendar", 200),
        ("/calendar?asOf=2024-09-01", 200),
        ("/calendar?asOf=1950-01-01", 200),
        ("/compare", 200),
        ("/compare?party=unu&party=china&party=european-union&party=tsinghua-i-aiig", 200),
        ("/compare?item=coe-framework-convention-on-ai&item=eu-ai-act&find=treaty", 200),
        ("/compare?date=2024-12-31&date=2026-11-23", 200),
        ("/compare?party=unu&item=eu-ai-act", 400),
        ("/subscribe?theme=science-evidence", 200),
        ("/embed/forums/waic-2024-ai-governance-forum", 200),
        ("/embed/forums/waic-2024-ai-governance-forum?block=nonsense", 400),
        ("/embed/items/eu-ai-act?asOf=2025-03-01&knownAt=2025-06-01", 200),
        ("/embed/changes", 200),
        ("/method", 200),
        ("/data", 200),
        ("/data?asOf=2025-03-01&knownAt=2025-06-01", 200),
        ("/tip?item=eu-ai-act", 200),
        ("/tip", 200),
        ("/tip?item=nowhere", 404),
        ("/tip/receipt/nonsense", 404),
        ("/desk/sign-in", 200),
        ("/no-such-page", 404),
    ];

    public static TheoryData<string, int> All
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var (path, status) in Pages)
                all.Add(path, status);
            return all;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_page_is_whole_fits_every_screen_and_asks_nobody_else(string path, int status)
    {
        var page = await (await BrowserAsync()).NewPageAsync();
        var wrong = new List<string>();
        page.Console += (_, m) =>
        {
            // The browser reports the page's own status code as an error.
            if (m.Type is "error" or "warning" && !(status >= 400 && m.Text.Contains($"status of {status}", StringComparison.Ordinal)))
                wrong.Add($"console: {m.Text}");
        };
        page.PageError += (_, e) => wrong.Add($"script: {e}");
        page.RequestFailed += (_, r) =>
        {
            // Leaving a page ends its stream.
            if (!r.Url.Contains("/changes/stream", StringComparison.Ordinal))
                wrong.Add($"failed: {r.Url} {r.Failure}");
        };
        page.Request += (_, r) =>
        {
            if (!r.Url.StartsWith(Tracker.Address, StringComparison.Ordinal) && !r.Url.StartsWith("data:", StringComparison.Ordinal))
                wrong.Add($"elsewhere: {r.Url}");
        };
        page.Response += (_, r) =>
        {
            if (r.Status >= 400 && !r.Request.IsNavigationRequest)
                wrong.Add($"{r.Status}: {r.Url}");
        };

        await ShouldBeWholeAsync(page, path, status, language);
        wrong.ShouldBeEmpty();
    }

    private static async Task ShouldBeWholeAsync(IPage page, string path, int status, string language)
    {
        var answer = await page.GotoAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}lang={language}");

        answer!.Status.ShouldBe(status);
        (await page.Locator("h1").CountAsync()).ShouldBe(1, "one h1");
        (await page.Locator("h1").InnerTextAsync()).Trim().ShouldNotBeEmpty();
        (await page.Locator("html").GetAttributeAsync("lang")).ShouldBe(language == "zh" ? "zh-Hans" : "en");
        (await page.TitleAsync()).Trim().ShouldNotBeEmpty();
        (await page.Locator("head title").CountAsync()).ShouldBe(1, "one title");
        var descriptions = page.Locator("head meta[name=description]");
        (await descriptions.CountAsync()).ShouldBe(1, "one description");
        (await descriptions.GetAttributeAsync("content") ?? "").Trim().ShouldNotBeEmpty();
        (await page.ContentAsync()).ShouldNotContain(Phrasebook.MissingMark);
        var ids = await page.EvaluateAsync<string[]>(
            "() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.filter((id, i) => "
                + "ids.indexOf(id) !== i); }"
        );
        ids.ShouldBeEmpty("ids that stand twice");
        foreach (var width in new[] { 1440, 768, 360 })
        {
            await page.SetViewportSizeAsync(width, 900);
            await ShouldFitAsync(page);
        }

        if (language == "zh")
            (await EnglishWordsAsync(page)).ShouldBeEmpty("English words of the interface on a Chinese page");
    }

    /// <summary>
    /// Phrases of the interface that stand in English on the page: those of the English book, with over three letters
    /// in a row, as whole words. Passed over is what is no interface: code, publishers of sources, and what is marked as
    /// English (titles of sources, quotations, texts without a translation).
    /// </summary>
    private static async Task<IReadOnlyList<string>> EnglishWordsAsync(IPage page)
    {
        var texts = await page.EvaluateAsync<string[]>(
            """
            () => {
              const passed = "script, style, code, pre, textarea, [lang^=en], .evidence .muted";
              const texts = [document.title, document.querySelector("meta[name=description]").content];
              for (const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT); walker.nextNode();) {
                const node = walker.currentNode;
                if (node.data.trim() && !node.parentElement.closest(passed)) texts.push(node.data.trim());
              }
              for (const e of document.querySelectorAll("[title], [aria-label], [placeholder], [alt], [label]"))
                for (const name of ["title", "aria-label", "placeholder", "alt", "label"])
                  if (e.hasAttribute(name) && !e.closest(passed)) texts.push(e.getAttribute(name));
              return texts;
            }
            """
        );
        var found = new List<string>();
        foreach (var text in texts.Distinct())
        foreach (var word in LatinWords().Matches(text).Select(m => m.Value))
            if (WordsOfEnglish.Contains(word))
                found.Add($"{word}: {text}");
        return found;
    }

    private static readonly HashSet<string> WordsOfEnglish = WordsOf("en")
        .Except(WordsOf("zh"), StringComparer.Ordinal)
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> WordsOf(string language) =>
        Phrasebook
            .For(language)
            .Keys.Where(k => !k.StartsWith("date.", StringComparison.Ordinal))
            .SelectMany(k => LatinWords().Matches(Phrasebook.For(language)[k]).Select(m => m.Value));

    /// <summary>Words of over three letters that are no part of a slug, an address or a document symbol.</summary>
    [GeneratedRegex(@"(?<![\p{L}\d/._-])[A-Za-z]{4,}(?![\p{L}\d/_-])")]
    private static partial Regex LatinWords();
}

/// <summary>In English.</summary>
public sealed class EveryEnglishPageTests(Stage stage) : EveryPageTests(stage, "en");

/// <summary>In Chinese.</summary>
public sealed class EveryChinesePageTests(Stage stage) : EveryPageTests(stage, "zh");
