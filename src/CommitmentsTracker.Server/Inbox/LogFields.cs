using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Desk;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>An entry as the fields of the form on which updates are logged, so that taking over fills it in.</summary>
internal static class LogFields
{
    /// <summary>Names and values of the fields. The update gets the entry's id: by it the desk knows where the update came from.</summary>
    public static IEnumerable<(string Name, string Value)> Of(InboxEntry entry)
    {
        var fields = entry.Sent.Update;
        var note = entry.Sent.What;
        (string, string?)[] all =
        [
            (nameof(LogForm.Id), entry.RecordId),
            (nameof(LogForm.Step), "preview"),
            (nameof(LogForm.Type), (fields?.Type ?? UpdateType.Progress).Word()),
            (nameof(LogForm.Status), fields?.Status?.Word()),
            (nameof(LogForm.Ground), fields?.Ground?.Word()),
            (nameof(LogForm.OccurredOn), (fields?.OccurredOn ?? entry.Sent.OccurredOn)?.ToString()),
            (nameof(LogForm.NoteEn), fields is null ? (entry.Lang == "en" ? note : null) : fields.Note.En),
            (nameof(LogForm.NoteZh), fields is null ? (entry.Lang == "zh" ? note : null) : fields.Note.Zh),
            (nameof(LogForm.Actor), fields?.Actor),
            (nameof(LogForm.Lane), (fields?.Lane ?? Lane.Independent).Word()),
            (nameof(LogForm.Confidence), fields?.Confidence?.Word()),
            (nameof(LogForm.DueDate), fields?.Due?.Date.ToString()),
            (nameof(LogForm.DueTarget), fields?.Due?.Target?.Word()),
            (nameof(LogForm.DueBasisEn), fields?.Due?.Basis?.En),
            (nameof(LogForm.DueBasisZh), fields?.Due?.Basis?.Zh),
            .. (fields?.Evidence ?? [new EvidenceSource(InboxDesk.HostOf(entry.Sent.Source), Url: entry.Sent.Source)]).SelectMany(
                (e, i) => Source(e, i)
            ),
        ];
        return all.Where(f => !string.IsNullOrEmpty(f.Item2)).Select(f => ("Form." + f.Item1, f.Item2!));
    }

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
