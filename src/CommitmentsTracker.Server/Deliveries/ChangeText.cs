using System.Globalization;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Languages;

namespace CommitmentsTracker.Server.Deliveries;

/// <summary>A change in the words of one language, line by line: what changed, when it happened, when we learned it, on what evidence.</summary>
/// <param name="Title">Title of the item.</param>
/// <param name="What">What changed, from what to what.</param>
/// <param name="Note">The note in its own words.</param>
/// <param name="Clocks">When it happened and when we learned it.</param>
/// <param name="Marks">Late fact, correction; empty if neither.</param>
/// <param name="Sources">Evidence, with its addresses.</param>
public sealed record ChangeText(string Title, string What, string? Note, string Clocks, string Marks, IReadOnlyList<(string Words, string? Address)> Sources)
{
    /// <summary>Says a change in a language; what was written in the other one only stands in it.</summary>
    public static ChangeText Of(ChangeView change, Phrasebook words)
    {
        var (was, now) = (change.Before, change.After);
        var kind = words["change." + change.Type];
        var what = (was, now) switch
        {
            _ when was?.Status != now?.Status && was is not null && now is not null => words.Say("notice.moved", kind, words.Status(was.Status), words.Status(now.Status)),
            _ when now is not null && was?.DueOn != now.DueOn && was is not null && now.DueOn is { } due =>
                was.DueOn is { } before ? words.Say("notice.due.moved", kind, words.Date(before), words.Date(due)) : words.Say("notice.due.set", kind, words.Date(due)),
            _ when change.Type == "deadline.passed" && was?.DueOn is { } over => words.Say("notice.due.over", kind, words.Date(over), words.Status(was.Status)),
            _ when was is not null && now is not null && was.StatusSince != now.StatusSince => words.Say("notice.since", kind, words.Status(now.Status), words.Date(was.StatusSince), words.Date(now.StatusSince)),
            (null, { } first) => words.Say("notice.at", kind, words.Status(first.Status)),
            ({ } last, null) => words.Say("notice.was", kind, words.Status(last.Status)),
            (_, { } same) => words.Say("notice.same", kind, words.Status(same.Status)),
            _ => kind,
        };
        var clocks = change.OccurredOn is { } on ? words.Say("notice.clocks", words.Date(on), words.Instant(change.RecordedAt)) : words.Say("notice.learned", words.Instant(change.RecordedAt));
        var marks = change.Correction is not null ? words[change.CorrectionKind is { } how ? $"notice.correction.{how.ToString().ToLower(CultureInfo.InvariantCulture)}" : "tag.correction"]
            : change.Late ? words["tag.late"] : "";
        return new ChangeText(change.Title.In(words.Language), what, change.Note?.In(words.Language), clocks, marks,
            [.. change.Evidence.Select(e => (string.Join(words["list.comma"], new[] { e.Title, e.Publisher, e.Identifier }.OfType<string>().Where(s => s.Length > 0)), e.Url ?? e.ArchivedUrl))]);
    }
}
