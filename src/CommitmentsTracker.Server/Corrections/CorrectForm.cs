using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Updates;

namespace CommitmentsTracker.Server.Corrections;

/// <summary>A correction as typed; everything is text, so that nothing typed is lost.</summary>
public sealed class CorrectForm
{
    /// <summary>Id of the correction to be: sending it twice makes it once.</summary>
    public string? Id { get; set; }

    /// <summary>Version of the item that the editor has seen.</summary>
    public int? Version { get; set; }

    /// <summary><c>preview</c> or <c>correct</c>.</summary>
    public string? Step { get; set; }

    /// <summary><c>redate</c>, <c>replace</c> or <c>retract</c>.</summary>
    public string? Kind { get; set; }
    public string? OccurredOn { get; set; }
    public string? Status { get; set; }
    public string? Ground { get; set; }
    public string? DueDate { get; set; }
    public string? NoteEn { get; set; }
    public string? NoteZh { get; set; }

    /// <summary>Only the wording: public in the record, tells nobody.</summary>
    public bool Editorial { get; set; }
    public string? ReasonEn { get; set; }
    public string? ReasonZh { get; set; }
    public string? SourceTitle { get; set; }
    public string? SourceUrl { get; set; }

    /// <summary>The form with what the update says.</summary>
    public static CorrectForm Of(UpdateFields fields, string id, int version) =>
        new()
        {
            Id = id,
            Version = version,
            Kind = CorrectionKind.Redate.Word(),
            OccurredOn = fields.OccurredOn.ToString(),
            Status = fields.Status?.Word(),
            Ground = fields.Ground?.Word(),
            DueDate = fields.Due?.Date.ToString(),
            NoteEn = fields.Note.En,
            NoteZh = fields.Note.Zh,
        };

    /// <summary>The command, or what is wrong with the form. Only what differs from the update is a new value.</summary>
    public (CorrectUpdate? Command, IReadOnlyList<Refusal> Refusals) Read(LoggedUpdate update)
    {
        var wrong = new List<Refusal>();
        if (!Words.TryRead<CorrectionKind>(Kind, out var kind))
            Refuse(wrong, "unknown-word", "kind");
        var reason = LogForm.TextOf(ReasonEn, ReasonZh);
        if (reason is null)
            Refuse(wrong, "required", "reason");
        var values = kind == CorrectionKind.Retract ? null : Redated(update.Fields, kind, wrong);
        if (kind == CorrectionKind.Replace)
            values = Replaced(values!, update.Fields, wrong);
        var evidence = Source(wrong);
        return wrong.Count > 0
            ? (null, wrong)
            : (new CorrectUpdate(Id ?? "", update.Id, kind, values, reason!, evidence, Editorial && kind == CorrectionKind.Replace), []);
    }

    private NewValues Redated(UpdateFields fields, CorrectionKind kind, List<Refusal> wrong)
    {
        if (!PartialDate.TryParse(OccurredOn?.Trim(), out var on))
            Refuse(wrong, string.IsNullOrWhiteSpace(OccurredOn) ? "required" : "date", "occurredOn");
        else if (kind == CorrectionKind.Redate || on.Value != fields.OccurredOn)
            return new NewValues { OccurredOn = new Optional<PartialDate?>(on) };
        return new NewValues();
    }

    private NewValues Replaced(NewValues values, UpdateFields fields, List<Refusal> wrong)
    {
        if (fields.Status is not null && Words.TryRead<Status>(Status, out var status) && status != fields.Status)
            values = values with { Status = new Optional<Status?>(status) };
        var ground = Words.TryRead<Ground>(Ground, out var chosen) ? chosen : (Ground?)null;
        if (fields.Type == UpdateType.Status && ground != fields.Ground)
            values = values with { Ground = new Optional<Ground?>(ground) };
        if (fields.Due is { } due)
        {
            if (!PartialDate.TryParse(DueDate?.Trim(), out var date))
                Refuse(wrong, "date", "due");
            else if (date.Value != due.Date)
                values = values with { Due = new Optional<Deadline>(due with { Date = date.Value }) };
        }

        var note = LogForm.TextOf(NoteEn, NoteZh);
        if (note is null)
            Refuse(wrong, "required", "note");
        else if (note != fields.Note)
            values = values with { Note = new Optional<Text>(note) };
        return values;
    }

    private List<EvidenceSource> Source(List<Refusal> wrong)
    {
        if (string.IsNullOrWhiteSpace(SourceTitle) && string.IsNullOrWhiteSpace(SourceUrl))
            return [];
        if (string.IsNullOrWhiteSpace(SourceTitle))
            Refuse(wrong, "required", "evidence");
        return [new EvidenceSource(SourceTitle?.Trim() ?? "", Url: string.IsNullOrWhiteSpace(SourceUrl) ? null : SourceUrl.Trim())];
    }

    private static void Refuse(List<Refusal> wrong, string rule, string field) =>
        wrong.Add(new Refusal(RefusalKind.Invalid, rule, field, "The field is missing or cannot be read."));
}
