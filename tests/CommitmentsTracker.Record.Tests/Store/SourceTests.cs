using CommitmentsTracker.Record.Streams;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>What only one place of the source may know.</summary>
public sealed class SourceTests
{
    [Fact]
    public void One_place_reads_the_event_tables() => FilesWith("mt_events", "mt_streams").ShouldBe(["ItemStreams.cs"]);

    [Fact]
    public void One_place_appends_to_streams() => FilesWith("Events.Append", "Events.StartStream").ShouldBe(["ItemAppends.cs"]);

    private static List<string> FilesWith(params string[] words) =>
        [
            .. Sources()
                .Where(file => File.ReadAllText(file) is var text && words.Any(w => text.Contains(w, StringComparison.Ordinal)))
                .Select(file => Path.GetFileName(file))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>The files of src, from wherever the tests were built.</summary>
    private static IEnumerable<string> Sources()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "CommitmentsTracker.sln")))
            root = root.Parent ?? throw new DirectoryNotFoundException($"There is no solution above {AppContext.BaseDirectory}.");
        string[] kinds = [".cs", ".razor", ".sql"];
        return Directory
            .EnumerateFiles(Path.Combine(root.FullName, "src"), "*", SearchOption.AllDirectories)
            .Where(file => kinds.Contains(Path.GetExtension(file)));
    }
}
