using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Languages;

namespace CommitmentsTracker.Server.Changes;

/// <summary>How pages speak of what changed.</summary>
public static class ChangeWords
{
    /// <summary>How many items changed, and how many in which way.</summary>
    public static string Sentence(Phrasebook words, ComparisonView view) => view.Total == 0
        ? words["changes.none"]
        : words.Say("changes.sentence", words.Count("changes.items", view.Total), Listed(words, view));

    /// <summary>How many items changed in which way; empty if none did.</summary>
    public static string Parts(Phrasebook words, ComparisonView view) => view.Total == 0 ? "" : Listed(words, view) + words["sentence.stop"];

    private static string Listed(Phrasebook words, ComparisonView view) => words.List(view.Groups.Select(g => words.Count($"changes.count.{g.Group.Word()}", g.Items.Count)));

    /// <summary>A day as addresses write it.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>An instant as addresses write it: the day if it is its end.</summary>
    public static string Known(DateTimeOffset instant) => instant == Instants.EndOf(instant.DayOf())
        ? Day(instant.DayOf())
        : instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
