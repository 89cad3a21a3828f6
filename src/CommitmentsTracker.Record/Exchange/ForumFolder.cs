using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>
/// A forum as a folder of JSON files: the one format that import reads and export writes, and whose shapes the API
/// shares. Rows take effect by recorded time, then in the order of the files below, then in file order.
/// </summary>
public sealed record ForumFolder
{
    /// <summary>Version of the format.</summary>
    public const int Format = 1;

    public required Forum Forum { get; init; }
    public required IReadOnlyList<Theme> Themes { get; init; }
    public required IReadOnlyList<Party> Parties { get; init; }
    public required IReadOnlyList<ItemEntry> Items { get; init; }
    public required IReadOnlyList<UpdateEntry> Updates { get; init; }
    public IReadOnlyList<ConfirmationEntry> Confirmations { get; init; } = [];
    public IReadOnlyList<EvidenceEntry> Evidence { get; init; } = [];
    public IReadOnlyList<TranslationEntry> Translations { get; init; } = [];
    public IReadOnlyList<DisputeEntry> Disputes { get; init; } = [];
    public IReadOnlyList<CorrectionEntry> Corrections { get; init; } = [];
    public IReadOnlyList<DetailsEntry> Details { get; init; } = [];
    public IReadOnlyList<RetractionEntry> Retractions { get; init; } = [];

    /// <summary>The forum folders at a path: itself, or those directly below it, by name.</summary>
    /// <exception cref="ForumFolderException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (File.Exists(Path.Combine(path, "forum.json")))
            return [path];
        string[] below = Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).Where(d => File.Exists(Path.Combine(d, "forum.json"))).Order(StringComparer.Ordinal)]
            : [];
        return below.Length > 0
            ? below
            : throw new ForumFolderException([
                new FolderProblem(path, "forum-folder", "There is no forum.json here, nor in a folder directly below."),
            ]);
    }

    /// <summary>Reads a folder. Every row that cannot be read is named.</summary>
    /// <exception cref="ForumFolderException">A file is missing, or a row cannot be read.</exception>
    public static ForumFolder Read(string folder) =>
        Read(file => Path.Combine(folder, file) is var path && File.Exists(path) ? File.ReadAllText(path) : null);

    /// <summary>Reads the files of a folder, wherever they lie. Every row that cannot be read is named.</summary>
    /// <param name="textOf">The text of a file by its name; null: there is none.</param>
    /// <exception cref="ForumFolderException">A file is missing, or a row cannot be read.</exception>
    public static ForumFolder Read(Func<string, string?> textOf) => FolderReader.Read(textOf);

    /// <summary>Writes the folder, whole or not at all: into a neighbour first, which then takes its place.</summary>
    public void Write(string folder)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var draft = target + ".writing";
        if (Directory.Exists(draft))
            Directory.Delete(draft, true);
        Directory.CreateDirectory(draft);
        foreach (var (name, text) in Files())
            File.WriteAllText(Path.Combine(draft, name), text);
        if (Directory.Exists(target))
        {
            var old = target + ".old";
            Directory.Move(target, old);
            Directory.Move(draft, target);
            Directory.Delete(old, true);
        }
        else
        {
            Directory.Move(draft, target);
        }
    }

    /// <summary>The files of the folder: names and texts.</summary>
    public IReadOnlyList<(string Name, string Text)> Files() => FolderWriter.Files(this);
}
