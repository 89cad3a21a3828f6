using System.Globalization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>How pages speak of what changed.</summary>
public static class ChangeWords
{
    /// <summary>How many items changed; those that were only reviewed did not.</summary>
    public static int Changed(ComparisonView view) => view.Groups.Where(g => g.Group != ChangeGroup.Reviewed).Sum(g => g.Items.Count);

    /// <summary>How many items changed, how many in which way, and how many were reviewed with nothing new.</summary>
    public static string Sentence(Phrasebook words, ComparisonView view) =>
        Joined(
            words,
            Changed(view) is var changed and > 0
                ? words.Say("changes.sentence", words.Count("changes.items", changed), Listed(words, view))
                : words["changes.none"],
            view
        );

    /// <summary>The same without the number of all; empty if nothing changed and nothing was reviewed.</summary>
    public static string Parts(Phrasebook words, ComparisonView view) =>
        Joined(words, Changed(view) > 0 ? Listed(words, view) + words["sentence.stop"] : "", view);

    private static string Joined(Phrasebook words, string changed, ComparisonView view)
    {
        var reviewed = view.Total - Changed(view);
        return reviewed == 0 ? changed : changed + (changed == "" ? "" : words["sentence.gap"]) + words.Count("changes.reviewed", reviewed);
    }

    private static string Listed(Phrasebook words, ComparisonView view) =>
        string.Join(
            words["changes.comma"],
            view.Groups.Where(g => g.Group != ChangeGroup.Reviewed)
                .Select(g => words.Count($"changes.count.{g.Group.Word()}", g.Items.Count))
        );

    /// <summary>A day as addresses write it.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>An instant as addresses write it: the day if it is its end.</summary>
    public static string Known(DateTimeOffset instant) =>
        instant == Instants.EndOf(instant.DayOf())
            ? Day(instant.DayOf())
            : instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
