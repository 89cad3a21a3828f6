using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>One source in words.</summary>
/// <param name="Details">Publisher, identifier, date, grade.</param>
/// <param name="Address">Where it is; null: nowhere that can be followed.</param>
/// <param name="Archived">Where a copy is kept.</param>
public sealed record SourceText(string Title, string Details, string? Address, string? Archived);

/// <summary>
/// A change in the words of one language, the same in mails, feeds and on pages: what changed, when it happened, when we
/// learned it, on what evidence.
/// </summary>
/// <param name="Title">Title of the item.</param>
/// <param name="What">What changed, from what to what, in one line.</param>
/// <param name="More">What else is different since, line by line.</param>
/// <param name="Note">The note in its own words.</param>
/// <param name="Clocks">When it happened and when we learned it.</param>
/// <param name="Marks">Late fact, correction; empty if neither.</param>
/// <param name="Sources">The evidence.</param>
public sealed record ChangeText(
    string Title,
    string What,
    IReadOnlyList<string> More,
    string? Note,
    string Clocks,
    string Marks,
    IReadOnlyList<SourceText> Sources
)
{
    /// <summary>Says a change in a language; what was written in the other one only stands in it.</summary>
    public static ChangeText Of(ChangeView change, Phrasebook words)
    {
        var (told, what) = Telling(change, words);
        return new ChangeText(
            change.Title.In(words.Language),
            what,
            [.. Differences(change, words).Where(d => d.Field != told).Select(d => d.Said)],
            change.Note?.In(words.Language) is { Length: > 0 } note ? note : null,
            change.OccurredOn is { } on
                ? words.Say("notice.clocks", words.Date(on), words.Instant(change.RecordedAt))
                : words.Say("notice.learned", words.Instant(change.RecordedAt)),
            change.Correction is not null
                ? change.CorrectionKind is { } how
                    ? words.Word("notice.correction", how)
                    : words["tag.correction"]
                : change.Late
                    ? words["tag.late"]
                    : "",
            [.. change.Evidence.Select(e => Of(e, words))]
        );
    }

    private static SourceText Of(EvidenceSource source, Phrasebook words) =>
        new(
            source.Title,
            string.Join(
                words["list.comma"],
                new[]
                {
                    source.Publisher,
                    source.Identifier,
                    source.Date is { } on ? words.Date(on) : null,
                    words["grade." + source.Grade.Word()],
                }
                    .OfType<string>()
                    .Where(t => t.Length > 0)
            ),
            Link(source.Url) ?? Link(source.ArchivedUrl),
            Link(source.ArchivedUrl)
        );

    /// <summary>The line that tells most, and the field whose difference it tells.</summary>
    private static (string? Field, string Said) Telling(ChangeView change, Phrasebook words)
    {
        var (was, now, kind) = (change.Before, change.After, Kind(change, words));
        return (was, now) switch
        {
            (null, { } first) => (null, words.Say("notice.at", kind, words.Status(first.Status))),
            ({ } last, null) => (null, words.Say("notice.was", kind, words.Status(last.Status))),
            (null, null) => (null, kind),
            _ when was.Status != now.Status => (
                "status",
                words.Say("notice.moved", kind, words.Status(was.Status), words.Status(now.Status))
            ),
            _ when change.Type == ChangeType.DeadlinePassed && was.DueOn is { } over => (
                "time",
                words.Say("notice.due.over", kind, words.Date(over), words.Status(was.Status))
            ),
            _ when was.DueOn != now.DueOn && now.DueOn is { } due => (
                "due",
                was.DueOn is { } before
                    ? words.Say("notice.due.moved", kind, words.Date(before), words.Date(due))
                    : words.Say("notice.due.set", kind, words.Date(due))
            ),
            _ when was.StatusSince != now.StatusSince => (
                "since",
                words.Say("notice.since", kind, words.Status(now.Status), words.Date(was.StatusSince), words.Date(now.StatusSince))
            ),
            _ => (null, words.Say("notice.same", kind, words.Status(now.Status))),
        };
    }

    private static string Kind(ChangeView change, Phrasebook words) =>
        change.Cause switch
        {
            ChangeCause.UpdateConfirmed or ChangeCause.CorrectionConfirmed => words["notice.confirmed"],
            ChangeCause.UpdateRejected or ChangeCause.CorrectionRejected => words["notice.rejected"],
            ChangeCause.EvidenceAdded => words["notice.source"],
            ChangeCause.TranslationAdded => words["notice.translation"],
            _ => words["change." + change.Type.Word()],
        };

    /// <summary>What is different after the change, the most telling first.</summary>
    private static IEnumerable<(string Field, string Said)> Differences(ChangeView change, Phrasebook words)
    {
        if (change.Before is not { } b || change.After is not { } a)
            yield break;
        if (b.Status != a.Status)
            yield return Said("status", words.Status(b.Status), words.Status(a.Status));
        if (b.DueOn != a.DueOn)
            yield return Said("due", Day(b.DueOn), Day(a.DueOn));
        if (b.StatusSince != a.StatusSince)
            yield return Said("since", words.Date(b.StatusSince), words.Date(a.StatusSince));
        if (b.Time != a.Time)
            yield return Said("time", words.Word("time", b.Time), words.Word("time", a.Time));
        if (b.Confidence != a.Confidence)
            yield return Said("confidence", words.Word("confidence", b.Confidence), words.Word("confidence", a.Confidence));
        if (b.Freshness != a.Freshness)
            yield return Said("freshness", words.Word("freshness", b.Freshness), words.Word("freshness", a.Freshness));
        if (b.Awaiting != a.Awaiting)
            yield return Said("awaiting", words.Number(b.Awaiting), words.Number(a.Awaiting));

        (string, string) Said(string field, string before, string after) =>
            (field, words.Say("notice.difference", words["notice.field." + field], before, after));

        string Day(DateOnly? day) => day is { } d ? words.Date(d) : words["time.no_deadline"];
    }

    /// <summary>An address that is safe to follow.</summary>
    private static string? Link(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? address : null;
}
