using CommitmentsTracker.Domain.Writing;
using SkiaSharp;

namespace CommitmentsTracker.Server.Sharing;

/// <summary>
/// The fonts that preview images are written with: those of this machine, or in the folder <c>fonts</c> of the data
/// folder. A character that no font has is left out; a language whose characters none has is not written at all.
/// </summary>
public sealed class PreviewFonts : IDisposable
{
    // Better ones first. The second name is that of the bold weight, where it has a file of its own.
    private static readonly (string Regular, string? Bold)[] Known =
    [
        ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
        ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
        ("SourceHanSansSC-Regular.otf", "SourceHanSansSC-Bold.otf"),
        ("wqy-microhei.ttc", null),
        ("wqy-zenhei.ttc", null),
        ("DroidSansFallbackFull.ttf", null),
        ("DroidSansFallback.ttf", null),
        ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
        ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
        ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ];

    private static readonly Dictionary<string, string> Sample = new(StringComparer.Ordinal)
    {
        ["en"] = "Aag19",
        ["zh"] = "承诺提议状态论坛",
    };

    private readonly Lazy<List<Face>> _faces;
    private readonly ILogger _log;
    private int _warned;

    /// <summary>Reads the fonts below the folders when the first image is drawn.</summary>
    public PreviewFonts(IReadOnlyList<string> folders, ILogger<PreviewFonts> log)
    {
        _log = log;
        _faces = new(() => Read(folders));
    }

    /// <summary>Where the fonts of a machine lie, and those that were fetched for the tracker alone.</summary>
    public static IReadOnlyList<string> FoldersOf(string dataFolder) =>
        [
            Path.Combine(dataFolder, "fonts"),
            "/usr/local/share/fonts",
            "/usr/share/fonts",
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share", "fonts"),
        ];

    /// <summary>
    /// The language that can be written: the one wished for, or another one if no font has its characters; null if
    /// there is no font at all. The log says once what is missing.
    /// </summary>
    public string? LanguageFor(string wished)
    {
        string[] languages = [wished, .. Sample.Keys.Where(l => l != wished)];
        var found = languages.FirstOrDefault(l => _faces.Value.Any(f => Sample[l].EnumerateRunes().All(f.Has)));
        if (found != wished && Interlocked.Exchange(ref _warned, 1) == 0)
            _log.LogWarning(
                "No font for preview images in {Language} is on this machine{Instead}. Debian has one in the package fonts-wqy-microhei.",
                wished,
                found is null ? ", so there are none" : $", so they are written in {found}"
            );
        return found;
    }

    /// <summary>The text in pieces, each with the first font that has its characters.</summary>
    public IEnumerable<(string Text, SKFont Font)> Pieces(string text, float size, bool bold)
    {
        var (from, at, current) = (0, 0, (Face?)null);
        foreach (var rune in text.EnumerateRunes())
        {
            // A font that fits goes on: a space between two Chinese words is not set in another one.
            var face = current?.Has(rune) == true ? current : _faces.Value.FirstOrDefault(f => f.Has(rune));
            if (face != current)
            {
                if (current is not null)
                    yield return (text[from..at], current.Font(size, bold));
                (from, current) = (at, face);
            }

            at += rune.Utf16SequenceLength;
        }

        if (current is not null)
            yield return (text[from..], current.Font(size, bold));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_faces.IsValueCreated)
            return;
        foreach (var face in _faces.Value)
            face.Dispose();
    }

    private static List<Face> Read(IReadOnlyList<string> folders)
    {
        var files = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var folder in folders.Where(Directory.Exists))
        foreach (
            var file in Directory.EnumerateFiles(
                folder,
                "*.?t?",
                new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }
            )
        )
            files.TryAdd(Path.GetFileName(file), file);
        var faces = new List<Face>();
        foreach (var (regular, bold) in Known)
            if (files.TryGetValue(regular, out var file) && Open(file) is { } typeface)
                faces.Add(new Face(typeface, bold is not null && files.TryGetValue(bold, out var strong) ? Open(strong) : null));
        return faces;
    }

    /// <summary>Of a collection the face for mainland China, where it has one: the others draw some characters otherwise.</summary>
    private static SKTypeface? Open(string file)
    {
        var first = SKTypeface.FromFile(file);
        if (first is null || !first.FamilyName.Contains(" CJK ", StringComparison.Ordinal))
            return first;
        for (var i = 1; SKTypeface.FromFile(file, i) is { } next; i++)
        {
            if (next.FamilyName.EndsWith(" CJK SC", StringComparison.Ordinal))
            {
                first.Dispose();
                return next;
            }

            next.Dispose();
        }

        return first;
    }

    private sealed class Face(SKTypeface regular, SKTypeface? bold) : IDisposable
    {
        private readonly SKFont _glyphs = new(regular);

        public bool Has(System.Text.Rune rune) => _glyphs.ContainsGlyph(rune.Value);

        /// <summary>Of this weight; made bold where the font has no such weight.</summary>
        public SKFont Font(float size, bool strong) =>
            new(strong && bold is not null ? bold : regular, size) { Embolden = strong && bold is null, Subpixel = true };

        public void Dispose()
        {
            _glyphs.Dispose();
            regular.Dispose();
            bold?.Dispose();
        }
    }
}
