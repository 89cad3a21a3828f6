using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Sharing;
using CommitmentsTracker.Testing.Forums;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SkiaSharp;

namespace CommitmentsTracker.Server.Tests.Sharing;

/// <summary>The images that stand for pages where their addresses are shared.</summary>
[Collection(nameof(SharedDesk))]
public sealed class PreviewTests(SharedDesk desk)
{
    private static readonly SKColor Paper = SKColor.Parse("#FAF9F6");

    [Theory]
    [InlineData("forums/harbour-2025.png")]
    [InlineData("parties/port-authority.png")]
    [InlineData("themes/water.png")]
    [InlineData("changes.png")]
    [InlineData("items.png")]
    [InlineData("items.png?kind=commitment&theme=water&q=Keep")]
    [InlineData("pages/method.png")]
    public async Task An_image_has_the_size_of_cards_and_words_of_its_language(string path)
    {
        await desk.Tracker.Ann.RecordAsync();
        using var english = await ImageAsync(path + (path.Contains('?') ? "&" : "?") + "lang=en");
        using var chinese = await ImageAsync(path + (path.Contains('?') ? "&" : "?") + "lang=zh");
        (english.Width, english.Height).ShouldBe((1200, 630));
        Differing(english, chinese).ShouldBeGreaterThan(2_000);
        Inked(english).ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public async Task The_image_of_an_item_follows_its_status_and_the_clocks()
    {
        var slug = await desk.Tracker.Ann.RecordAsync();
        var path = $"items/{slug}.png?lang=en";
        using var announced = await ImageAsync(path);
        Has(announced, "#D5DEE8").ShouldBeTrue("the chip of an announced item");
        await desk.Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-04-01"));
        using var underway = await ImageAsync(path);
        Has(underway, "#5C8BBA").ShouldBeTrue("the chip of one under way");
        using var then = await ImageAsync(path + "&asOf=2025-03-15");
        Has(then, "#D5DEE8").ShouldBeTrue("as it was before");
    }

    [Fact]
    public async Task Each_lets_the_reader_keep_it_until_something_changes()
    {
        var slug = await desk.Tracker.Ann.RecordAsync();
        var path = $"/preview/items/{slug}.png?lang=en";
        var first = (await desk.Tracker.Anyone.GetAsync(path)).Should(200);
        first.MediaType.ShouldBe("image/png");
        (await desk.Tracker.Anyone.GetAsync(path, ("If-None-Match", first.ETag!))).Should(304);
        await desk.Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-04-01"));
        (await desk.Tracker.Anyone.GetAsync(path, ("If-None-Match", first.ETag!))).Should(200).ETag.ShouldNotBe(first.ETag);
    }

    [Theory]
    [InlineData("items/no-such-item.png", 404)]
    [InlineData("parties/no-such-party.png", 404)]
    [InlineData("themes/no-such-theme.png", 404)]
    [InlineData("forums/no-such-forum.png", 404)]
    [InlineData("forums/harbour-2025.png?asOf=tomorrow", 400)]
    [InlineData("changes.png?from=2025-13-01", 404)]
    [InlineData("items.png?kind=wish", 404)]
    [InlineData("pages/desk.png", 404)]
    public async Task What_is_not_there_has_no_image(string path, int status) =>
        (await desk.Tracker.Anyone.GetAsync("/preview/" + path)).Should(status);

    [Fact]
    public async Task A_page_names_its_image_on_its_own_clocks()
    {
        var slug = await desk.Tracker.Ann.RecordAsync();
        var page = (await desk.Tracker.Anyone.GetAsync($"/items/{slug}?lang=zh&asOf=2025-06-01")).Should(200).Body;
        page.ShouldContain(
            $"<meta property=\"og:image\" content=\"http://localhost/preview/items/{slug}.png?lang=zh&amp;asOf=2025-06-01\""
        );
        page.ShouldContain("summary_large_image");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/items?theme=water")]
    [InlineData("/changes")]
    [InlineData("/compare")]
    [InlineData("/parties")]
    [InlineData("/calendar")]
    [InlineData("/method")]
    [InlineData("/corrections")]
    [InlineData("/data")]
    [InlineData("/subscribe")]
    [InlineData("/forums")]
    public async Task Every_page_names_an_image_that_is_there(string path)
    {
        await desk.Tracker.Ann.RecordAsync();
        var page = (await desk.Tracker.Anyone.GetAsync(path)).Should(200).Body;
        var image = System.Net.WebUtility.HtmlDecode(page.Split("<meta property=\"og:image\" content=\"http://localhost")[1].Split('"')[0]);
        (await desk.Tracker.Anyone.GetAsync(image)).Should(200).MediaType.ShouldBe("image/png");
    }

    [Fact]
    public void Every_character_of_the_interface_is_written_by_a_font_that_has_it()
    {
        using var fonts = new PreviewFonts(PreviewFonts.FoldersOf(Path.GetTempPath()), NullLogger<PreviewFonts>.Instance);
        foreach (var book in Phrasebook.Languages.Select(Phrasebook.For))
        {
            fonts.LanguageFor(book.Language).ShouldBe(book.Language, "a font with Chinese characters, such as fonts-noto-cjk");
            foreach (var key in book.Keys)
            {
                // The ends of lines are no characters to draw.
                var phrase = book[key].ReplaceLineEndings("");
                var pieces = fonts.Pieces(phrase, 20, bold: false).ToList();
                string.Concat(pieces.Select(p => p.Text)).ShouldBe(phrase, key);
                foreach (var (text, font) in pieces)
                    using (font)
                        font.GetGlyphs(text).ShouldAllBe(glyph => glyph != 0, key);
            }
        }
    }

    [Fact]
    public void Without_a_Chinese_font_the_words_are_English_and_the_log_says_so_once()
    {
        var folder = Directory.CreateTempSubdirectory("preview-fonts-");
        try
        {
            var latin = new DirectoryInfo("/usr/share/fonts").EnumerateFiles("DejaVuSans.ttf", SearchOption.AllDirectories).First();
            latin.CopyTo(Path.Combine(folder.FullName, latin.Name));
            var log = new Warnings();
            using var fonts = new PreviewFonts([folder.FullName], log);
            fonts.LanguageFor("zh").ShouldBe("en");
            fonts.LanguageFor("zh").ShouldBe("en");
            fonts.LanguageFor("en").ShouldBe("en");
            log.Said.ShouldHaveSingleItem().ShouldContain("fonts-wqy-microhei");
            // What no font has is left out, not drawn as a box.
            var pieces = fonts.Pieces("AI 人工智能", 20, bold: true).ToList();
            string.Concat(pieces.Select(p => p.Text)).ShouldBe("AI ");
            foreach (var (_, font) in pieces)
                font.Dispose();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Without_any_font_there_is_no_image()
    {
        using var fonts = new PreviewFonts(["/no/such/folder"], NullLogger<PreviewFonts>.Instance);
        fonts.LanguageFor("en").ShouldBeNull();
    }

    [Theory]
    [InlineData("A convention on AI", 10, "A|convention|on AI")]
    [InlineData("一、二《三四》五", 4, "一、二|《三四》|五")]
    [InlineData("人工智能（AI）论坛", 5, "人工智能|（AI）论|坛")]
    [InlineData("Unbreakable", 4, "Unbr|eaka|ble")]
    public void Lines_break_where_the_language_breaks_them(string text, int width, string lines) =>
        string.Join('|', LineBreaks.Of(text, line => line.Length <= width)).ShouldBe(lines);

    private async Task<SKBitmap> ImageAsync(string path)
    {
        using var answer = await desk.Tracker.Client.GetAsync(
            new Uri("/preview/" + path, UriKind.Relative),
            TestContext.Current.CancellationToken
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static int Differing(SKBitmap a, SKBitmap b) => a.Pixels.Zip(b.Pixels).Count(p => p.First != p.Second);

    private static int Inked(SKBitmap image) => image.Pixels.Count(p => p != Paper);

    private static bool Has(SKBitmap image, string colour) => image.Pixels.Count(p => p == SKColor.Parse(colour)) > 500;

    private sealed class Warnings : ILogger<PreviewFonts>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Said.Add(formatter(state, exception));
    }
}
