using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Updates;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>An entry as the fields of the form on which updates are logged, so that taking over fills it in.</summary>
internal static class LogFields
{
    /// <summary>Names and values of the fields. The update gets the entry's id: by it the desk knows where the update came from.</summary>
    public static IEnumerable<(string Name, string Value)> Of(InboxEntry entry)
    {
        (string, string?)[] all =
        [
            (nameof(LogForm.Id), entry.RecordId),
            (nameof(LogForm.Step), "preview"),
            .. entry.Sent.Update is { } fields ? Suggested(fields) : Told(entry),
        ];
        return all.Where(f => !string.IsNullOrEmpty(f.Item2)).Select(f => ("Form." + f.Item1, f.Item2!));
    }

    /// <summary>A tip is progress, said by somebody independent.</summary>
    private static IEnumerable<(string, string?)> Told(InboxEntry entry) =>
        [
            (nameof(LogForm.Type), UpdateType.Progress.Word()),
            (nameof(LogForm.OccurredOn), entry.Sent.OccurredOn?.ToString()),
            (entry.Lang == "zh" ? nameof(LogForm.NoteZh) : nameof(LogForm.NoteEn), entry.Sent.What),
            (nameof(LogForm.Lane), Lane.Independent.Word()),
            .. Source(new EvidenceSource(InboxDesk.HostOf(entry.Sent.Source), Url: entry.Sent.Source), 0),
        ];

    private static IEnumerable<(string, string?)> Suggested(UpdateFields fields) =>
        [
            (nameof(LogForm.Type), fields.Type.Word()),
            (nameof(LogForm.Status), fields.Status?.Word()),
            (nameof(LogForm.Ground), fields.Ground?.Word()),
            (nameof(LogForm.OccurredOn), fields.OccurredOn.ToString()),
            (nameof(LogForm.NoteEn), fields.Note.En),
            (nameof(LogForm.NoteZh), fields.Note.Zh),
            (nameof(LogForm.Actor), fields.Actor),
            (nameof(LogForm.Lane), fields.Lane.Word()),
            (nameof(LogForm.Confidence), fields.Confidence?.Word()),
            .. fields.Due is { } due ? DeadlineOf(due) : [],
            .. fields.Evidence.SelectMany(Source),
        ];

    private static IEnumerable<(string, string?)> DeadlineOf(Deadline due) =>
        [
            (nameof(LogForm.DueDate), due.Date.ToString()),
            (nameof(LogForm.DueTarget), due.Target?.Word()),
            (nameof(LogForm.DueBasisEn), due.Basis?.En),
            (nameof(LogForm.DueBasisZh), due.Basis?.Zh),
        ];

    private static IEnumerable<(string, string?)> Source(EvidenceSource source, int i)
    {
        var at = $"{nameof(LogForm.Evidence)}[{i}].";
        yield return (at + nameof(EvidenceForm.Title), source.Title);
        yield return (at + nameof(EvidenceForm.Publisher), source.Publisher);
        yield return (at + nameof(EvidenceForm.Identifier), source.Identifier);
        yield return (at + nameof(EvidenceForm.Url), source.Url);
        yield return (at + nameof(EvidenceForm.ArchivedUrl), source.ArchivedUrl);
        yield return (at + nameof(EvidenceForm.Date), source.Date?.ToString());
        yield return (at + nameof(EvidenceForm.Grade), source.Grade.Word());
    }
}
