namespace CommitmentsTracker.Architecture.Tests;

/// <summary>A file that people read and write, as it lies in the repository.</summary>
/// <param name="Path">From the repository's folder, with slashes: <c>src/CommitmentsTracker.Domain/Items/Item.cs</c>.</param>
/// <param name="Text">All of it.</param>
public sealed record SourceFile(string Path, string Text)
{
    private static readonly string[] Kinds = [".cs", ".razor", ".sql", ".css", ".js", ".sh"];
    private static readonly string[] Folders = ["src", "tests", "ops"];

    /// <summary>The ending with its dot; <c>.sh</c> for a script without one.</summary>
    public string Kind { get; } = KindOf(Path, Text);

    /// <summary>The lines without their ends.</summary>
    public string[] Lines { get; } = Text.TrimEnd('\n').Split('\n');

    /// <summary>The folder that holds the solution, looked for upwards from the test program.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Every file of src, tests and ops of the judged kinds, in the order of their paths; what builds make is left out.</summary>
    public static IReadOnlyList<SourceFile> All() =>
        [
            .. Folders
                .SelectMany(f => Directory.EnumerateFiles(System.IO.Path.Combine(Repository, f), "*", SearchOption.AllDirectories))
                .Select(f => System.IO.Path.GetRelativePath(Repository, f).Replace('\\', '/'))
                .Where(IsSource)
                .Order(StringComparer.Ordinal)
                .Select(f => new SourceFile(f, File.ReadAllText(System.IO.Path.Combine(Repository, f))))
                .Where(f => Kinds.Contains(f.Kind)),
        ];

    private static bool IsSource(string path) =>
        !path.Split('/').Any(p => p is "bin" or "obj") && (Kinds.Contains(System.IO.Path.GetExtension(path)) || !path.Contains('.'));

    private static string KindOf(string path, string text) =>
        System.IO.Path.GetExtension(path) is { Length: > 0 } ending ? ending
        : text.StartsWith("#!", StringComparison.Ordinal) ? ".sh"
        : "";

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "CommitmentsTracker.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"No CommitmentsTracker.sln above {AppContext.BaseDirectory}.");
    }
}
