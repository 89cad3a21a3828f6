using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Delivery.Tests.Deliveries;

/// <summary>Who may read and write the table <c>deliveries</c>, and how its states are written.</summary>
public sealed partial class DeliveriesTableTests
{
    private static readonly string Owner = $"{Path.DirectorySeparatorChar}Deliveries{Path.DirectorySeparatorChar}";

    [Fact]
    public void Only_the_folder_of_deliveries_names_their_table()
    {
        var naming = Sources().Where(s => Names().IsMatch(s.Text)).Select(s => s.Path).ToList();
        naming.ShouldNotBeEmpty("statements are found at all");
        naming.Where(path => !path.Contains(Owner, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void States_are_written_by_their_enum_alone()
    {
        var literals = Words.All<DeliveryState>().Select(word => $"'{word}'").ToList();
        Sources().Where(s => literals.Exists(l => s.Text.Contains(l, StringComparison.Ordinal))).Select(s => s.Path).ShouldBeEmpty();
    }

    /// <summary>Every source file of the program.</summary>
    private static IEnumerable<(string Path, string Text)> Sources([CallerFilePath] string here = "")
    {
        var folder = Path.GetDirectoryName(here)!;
        while (!Directory.Exists(Path.Combine(folder, "src")))
            folder = Path.GetDirectoryName(folder)!;
        return Directory
            .EnumerateFiles(Path.Combine(folder, "src"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".cs" or ".razor")
            .Select(path => (path, File.ReadAllText(path)));
    }

    [GeneratedRegex(@"\b(from|join|into|update|using|table|only)\s+deliveries\b", RegexOptions.IgnoreCase)]
    private static partial Regex Names();
}
