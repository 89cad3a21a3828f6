using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What a picture says is said in words and figures too, and can be read.</summary>
public sealed class LookTests(Stage stage) : ReadingTests(stage)
{
    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_bar_has_a_table_with_the_same_numbers(string language)
    {
        var page = await OpenAsync("/?lang=" + language);
        var figures = page.Locator(".bars figure");
        (await figures.CountAsync()).ShouldBe(2);
        foreach (var figure in await figures.AllAsync())
        {
            await figure.Locator("summary").ClickAsync();
            var table = await figure
                .Locator("tbody tr")
                .EvaluateAllAsync<string[]>("all => all.map(r => r.cells[0].textContent.trim() + ' ' + r.cells[1].textContent)");
            var key = await figure
                .Locator(".key li")
                .EvaluateAllAsync<string[]>(
                    "all => all.map(l => l.querySelector('.status').textContent.trim() + ' ' + l.querySelector('.n').textContent)"
                );
            key.ShouldBe(table);
            (await figure.Locator("svg > rect.segment").CountAsync()).ShouldBe(table.Length);
            // The bar is as long as its share, to a tenth of a per cent.
            var widths = await figure
                .Locator("svg > rect.segment")
                .EvaluateAllAsync<double[]>("all => all.map(r => parseFloat(r.getAttribute('width')))");
            var counts = table.Select(r => Number(r[(r.LastIndexOf(' ') + 1)..])).ToList();
            for (var i = 0; i < widths.Length; i++)
                widths[i].ShouldBe(100.0 * counts[i] / counts.Sum(), 0.1);
            Number(await figure.Locator("tfoot td").First.TextContentAsync()).ShouldBe(counts.Sum());
            foreach (var row in table)
                (await figure.Locator("desc").TextContentAsync())!.ShouldContain(row);
        }
    }

    [Fact]
    public async Task The_picture_of_status_over_time_has_a_table_with_the_same_numbers()
    {
        var page = await OpenAsync("/");
        foreach (var figure in await page.Locator(".multiples figure").AllAsync())
        {
            await figure.Locator("summary").ClickAsync();
            var heads = (await figure.Locator("thead th").AllTextContentsAsync()).Skip(1).SkipLast(1).ToList();
            (await figure.Locator("path.layer > title").AllTextContentsAsync()).ShouldBe(heads);
            var rows = await figure
                .Locator("tbody tr")
                .EvaluateAllAsync<string[][]>("all => all.map(r => [...r.cells].map(c => c.textContent))");
            rows.Length.ShouldBeGreaterThan(24);
            foreach (var row in rows)
                row.Skip(1).SkipLast(1).Sum(Number).ShouldBe(Number(row[^1]));
            // The labels at the right edge are the newest row, without its zeros.
            var labels = await figure.Locator("text.edge-label").EvaluateAllAsync<string[]>("all => all.map(t => t.textContent.trim())");
            labels
                .Order()
                .ShouldBe(heads.Select((h, i) => (h, n: rows[0][i + 1])).Where(p => p.n != "0").Select(p => $"{p.h} {p.n}").Order());
        }
    }

    [Fact]
    public async Task The_two_clock_picture_has_a_table_with_the_same_dates()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai");
        var figure = page.Locator(".two-clocks");
        await figure.Locator("summary").ClickAsync();
        var marks = await figure.Locator("svg.mark").CountAsync();
        (await figure.Locator("tbody tr").CountAsync()).ShouldBe(marks);
        (await figure.Locator("tbody tr.struck").CountAsync()).ShouldBe(await figure.Locator(".strike").CountAsync());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/items?kind=instrument")]
    [InlineData("/items/coe-framework-convention-on-ai")]
    [InlineData("/items/coe-framework-convention-on-ai/history")]
    [InlineData("/changes?from=2024-07-10")]
    [InlineData("/parties/tsinghua-i-aiig")]
    [InlineData("/themes/un-multilateral")]
    [InlineData("/calendar?asOf=2024-09-01")]
    [InlineData("/compare?party=unu&party=china")]
    [InlineData("/method")]
    public async Task A_status_is_always_a_word_and_an_icon(string path)
    {
        var page = await OpenAsync(path);
        var bare = await page.Locator(".status")
            .EvaluateAllAsync<string[]>(
                "all => all.filter(s => !s.querySelector('svg.icon *') || !s.textContent.trim() || "
                    + "s.querySelector('svg').getBoundingClientRect().width < 8 && s.offsetParent).map(s => s.outerHTML)"
            );
        bare.ShouldBeEmpty();
        (await page.Locator(".status").CountAsync()).ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/?asOf=2025-03-01&knownAt=2025-06-01")]
    [InlineData("/items")]
    [InlineData("/items?q=scientific&status=adopted")]
    [InlineData("/items?q=scientific&view=cards&group=theme")]
    [InlineData("/data")]
    [InlineData("/items?asOf=tomorrow")]
    [InlineData("/items/coe-framework-convention-on-ai")]
    [InlineData("/items/think-tank-books-event-at-world-bank")]
    [InlineData("/items/coe-framework-convention-on-ai/history")]
    [InlineData("/changes?from=2024-07-10")]
    [InlineData("/changes?from=2026-11-25")]
    [InlineData("/corrections")]
    [InlineData("/parties")]
    [InlineData("/parties/tsinghua-i-aiig")]
    [InlineData("/themes/un-multilateral")]
    [InlineData("/forums")]
    [InlineData("/calendar?asOf=2024-09-01")]
    [InlineData("/compare?item=coe-framework-convention-on-ai&item=eu-ai-act")]
    [InlineData("/compare?date=2024-12-31&date=2026-11-23")]
    [InlineData("/method")]
    [InlineData("/desk/sign-in?failed=token")]
    [InlineData("/no-such-page")]
    public async Task Text_stands_out_from_its_ground(string path)
    {
        var page = await OpenAsync(path);
        (await page.EvaluateAsync<string[]>(FaintTexts)).ShouldBeEmpty("light");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        (await page.EvaluateAsync<string[]>(FaintTexts)).ShouldBeEmpty("dark");
    }

    /// <summary>
    /// The texts whose contrast with what lies behind them is under 4.5 to 1 (3 to 1 for large ones), as WCAG computes
    /// it. Text in pictures is passed over where a shape of the picture lies behind it: its colours come in pairs.
    /// </summary>
    internal const string FaintTexts = """
        () => {
          const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return { rgb: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
          const light = rgb => {
            const [r, g, b] = rgb.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const over = (top, under) => top.rgb.map((v, i) => v * top.a + under[i] * (1 - top.a));
          const ground = e => {
            const layers = [];
            for (; e; e = e.parentElement) {
              const c = parse(getComputedStyle(e).backgroundColor);
              if (c.a > 0) layers.push(c);
              if (c.a === 1) break;
            }
            return layers.reduceRight((under, top) => over(top, under), [255, 255, 255]);
          };
          const faint = new Map();
          for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
            const node = walker.currentNode, e = node.parentElement;
            if (!node.data.trim() || e.closest("script, style, option, title, desc, .unseen, .segment-number")) continue;
            if (!e.checkVisibility({ opacityProperty: true })) continue;
            const style = getComputedStyle(e), text = parse(e.closest("svg") ? style.fill : style.color), under = ground(e);
            let opacity = 1;
            for (let p = e; p; p = p.parentElement) opacity *= parseFloat(getComputedStyle(p).opacity);
            text.a *= opacity;
            const [a, b] = [light(over(text, under)), light(under)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
            const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700;
            if (ratio < (large ? 3 : 4.5))
              faint.set(e.tagName + "." + (e.getAttribute("class") ?? ""), ratio.toFixed(2) + " " + node.data.trim().slice(0, 30));
          }
          return [...faint].map(([k, v]) => k + ": " + v);
        }
        """;

    [Theory]
    [InlineData("/items/coe-framework-convention-on-ai")]
    [InlineData("/")]
    public async Task Printed_a_page_is_the_content_alone(string path)
    {
        var page = await OpenAsync(path);
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        foreach (var gone in new[] { ".bar", ".skip", ".live" })
            await Expect(page.Locator(gone).First).ToBeHiddenAsync();
        await Expect(page.Locator("h1")).ToBeVisibleAsync();
        await Expect(page.Locator(".foot")).ToContainTextAsync("Data as of 24 November 2026");
        (await page.PdfAsync(new() { Format = "A4" })).Length.ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public async Task Printed_a_page_of_the_past_still_says_which_day_it_shows()
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai?knownAt=2026-05-01");
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(page.Locator("body")).ToContainTextAsync("1 May 2026");
        await Expect(page.Locator(".foot")).ToContainTextAsync("As known on 1 May 2026");
        await Expect(page.Locator(".foot")).ToBeVisibleAsync();
    }
}
