using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Desk;

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
        var fields = update.Fields;
        if (!Words.TryRead<CorrectionKind>(Kind, out var kind))
            Refuse("unknown-word", "kind");
        var reason = LogForm.TextOf(ReasonEn, ReasonZh);
        if (reason is null)
            Refuse("required", "reason");
        NewValues? values = kind == CorrectionKind.Retract ? null : new NewValues();
        if (kind != CorrectionKind.Retract)
        {
            if (!PartialDate.TryParse(OccurredOn?.Trim(), out var on))
                Refuse(string.IsNullOrWhiteSpace(OccurredOn) ? "required" : "date", "occurredOn");
            else if (kind == CorrectionKind.Redate || on.Value != fields.OccurredOn)
                values = values! with { OccurredOn = new Optional<PartialDate?>(on) };
        }

        if (kind == CorrectionKind.Replace)
        {
            if (fields.Status is not null && Words.TryRead<Status>(Status, out var status) && status != fields.Status)
                values = values! with { Status = new Optional<Status?>(status) };
            if (
                fields.Type == UpdateType.Status
                && (Words.TryRead<Ground>(Ground, out var ground) ? ground : (Ground?)null) is var chosen
                && chosen != fields.Ground
            )
                values = values! with { Ground = new Optional<Ground?>(chosen) };
            if (fields.Due is { } due)
            {
                if (!PartialDate.TryParse(DueDate?.Trim(), out var date))
                    Refuse("date", "due");
                else if (date.Value != due.Date)
                    values = values! with { Due = new Optional<Deadline>(due with { Date = date.Value }) };
            }

            var note = LogForm.TextOf(NoteEn, NoteZh);
            if (note is null)
                Refuse("required", "note");
            else if (note != fields.Note)
                values = values! with { Note = new Optional<Text>(note) };
        }

        List<EvidenceSource> evidence = [];
        if (!string.IsNullOrWhiteSpace(SourceTitle) || !string.IsNullOrWhiteSpace(SourceUrl))
        {
            if (string.IsNullOrWhiteSpace(SourceTitle))
                Refuse("required", "evidence");
            evidence.Add(
                new EvidenceSource(SourceTitle?.Trim() ?? "", Url: string.IsNullOrWhiteSpace(SourceUrl) ? null : SourceUrl.Trim())
            );
        }

        return wrong.Count > 0
            ? (null, wrong)
            : (new CorrectUpdate(Id ?? "", update.Id, kind, values, reason!, evidence, Editorial && kind == CorrectionKind.Replace), []);

        void Refuse(string rule, string field) =>
            wrong.Add(new Refusal(RefusalKind.Invalid, rule, field, "The field is missing or cannot be read."));
    }
}
