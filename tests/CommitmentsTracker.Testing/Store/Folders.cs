using System.Text.Json;

namespace CommitmentsTracker.Testing.Store;

/// <summary>Compares folders.</summary>
public static class Folders
{
    public static void ShouldBeEqual(string first, string second)
    {
        static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Names(second).ShouldBe(Names(first));
        foreach (var name in Names(first))
        {
            var (a, b) = (File.ReadAllLines(Path.Combine(first, name)), File.ReadAllLines(Path.Combine(second, name)));
            for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
                b[i].ShouldBe(a[i], $"{name}, line {i + 1}");
            File.ReadAllBytes(Path.Combine(second, name)).ShouldBe(File.ReadAllBytes(Path.Combine(first, name)), name);
        }
    }
}
