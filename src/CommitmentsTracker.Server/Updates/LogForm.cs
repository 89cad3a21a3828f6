using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Updates;

/// <summary>One source as typed.</summary>
public sealed class EvidenceForm
{
    /// <summary>An address or an identifier as pasted; the fields that it tells are filled from it.</summary>
    public string? Pasted { get; set; }
    public string? Title { get; set; }
    public string? Publisher { get; set; }
    public string? Identifier { get; set; }
    public string? Url { get; set; }
    public string? ArchivedUrl { get; set; }
    public string? Date { get; set; }
    public string? Grade { get; set; }

    /// <summary>True if nothing was typed; such a row is no source.</summary>
    [JsonIgnore]
    public bool IsBlank => new[] { Pasted, Title, Publisher, Identifier, Url, ArchivedUrl, Date }.All(string.IsNullOrWhiteSpace);

    /// <summary>Fills identifier and addresses from what was pasted; what is there already stays.</summary>
    public void Recognise()
    {
        if (RecognisedSource.Of(Pasted) is not { } source)
            return;
        Identifier = Filled(Identifier, source.Identifier);
        Url = Filled(Url, source.Url);
        ArchivedUrl = Filled(ArchivedUrl, source.ArchivedUrl);
        Pasted = null;

        static string? Filled(string? typed, string? told) => string.IsNullOrWhiteSpace(typed) ? told : typed;
    }
}

/// <summary>
/// An update as typed on the desk. Everything is text, so that nothing typed is lost, however wrong it is;
/// <see cref="Read"/> makes the command of it or says which fields are wrong.
/// </summary>
public sealed class LogForm
{
    /// <summary>Id of the update to be, made when the form is first shown: sending it twice logs it once.</summary>
    public string? Id { get; set; }

    /// <summary>Version of the item that the editor has seen.</summary>
    public int? Version { get; set; }

    /// <summary>When the editor saw it; what was recorded later is shown as new.</summary>
    public string? SeenAt { get; set; }

    /// <summary>Id of the waiting update that is mended; null: a new one is logged.</summary>
    public string? Update
    {
        get;
        set => field = string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>Why it is mended, or the answer to what was asked about it.</summary>
    public string? Reason { get; set; }

    /// <summary>
    /// <c>preview</c>, <c>source</c> (one more source), <c>recognise</c> (fill from what was pasted), <c>keep</c> (the draft alone),
    /// <c>discard</c> or <c>log</c>.
    /// </summary>
    public string? Step { get; set; }
    public string? Type { get; set; } = UpdateType.Status.Word();
    public string? Status { get; set; }
    public string? Ground { get; set; }
    public string? OccurredOn { get; set; }
    public string? NoteEn { get; set; }
    public string? NoteZh { get; set; }
    public string? Actor { get; set; }
    public string? Lane { get; set; } = Domain.Evidence.Lane.Independent.Word();
    public string? Confidence { get; set; }
    public string? DueDate { get; set; }
    public string? DueTarget { get; set; }
    public string? DueBasisEn { get; set; }
    public string? DueBasisZh { get; set; }

    /// <summary>The sources; a post without any sets null, which means none.</summary>
    public List<EvidenceForm> Evidence
    {
        get;
        set => field = value ?? [];
    } = [new()];

    /// <summary>True if nothing was typed; such a form is no draft.</summary>
    [JsonIgnore]
    public bool IsBlank =>
        Evidence.All(e => e.IsBlank)
        && new[] { Status, OccurredOn, NoteEn, NoteZh, DueDate, DueBasisEn, DueBasisZh, Reason }.All(string.IsNullOrWhiteSpace);

    /// <summary>The form of an update that waits, to be mended.</summary>
    public static LogForm Of(UpdateView update, int version) =>
        new()
        {
            Update = update.Id,
            Version = version,
            Type = update.Type.Word(),
            Status = update.Status?.Word(),
            Ground = update.Ground?.Word(),
            OccurredOn = update.OccurredOn.ToString(),
            NoteEn = update.Note.En,
            NoteZh = update.Note.Zh,
            Actor = update.Actor,
            Lane = update.Lane.Word(),
            DueDate = update.Due?.Date.ToString(),
            DueTarget = update.Due?.Target?.Word(),
            DueBasisEn = update.Due?.Basis?.En,
            DueBasisZh = update.Due?.Basis?.Zh,
            Evidence =
            [
                .. update.Evidence.Select(e => new EvidenceForm
                {
                    Title = e.Title,
                    Publisher = e.Publisher,
                    Identifier = e.Identifier,
                    Url = e.Url,
                    ArchivedUrl = e.ArchivedUrl,
                    Date = e.Date?.ToString(),
                    Grade = e.Grade.Word(),
                }),
            ],
        };

    /// <summary>The date, as far as it can be read.</summary>
    [JsonIgnore]
    public PartialDate? Occurred => PartialDate.TryParse(OccurredOn?.Trim(), out var date) ? date : null;

    /// <summary>The type, as far as it can be read.</summary>
    [JsonIgnore]
    public UpdateType? Kind => Words.TryRead<UpdateType>(Type, out var type) ? type : null;

    /// <summary>The note in the languages that were filled in.</summary>
    [JsonIgnore]
    public Text? Note => TextOf(NoteEn, NoteZh);

    /// <summary>The command, or what is wrong with the form. The rules of the domain are judged when it is logged.</summary>
    public (LogUpdate? Command, IReadOnlyList<Refusal> Refusals) Read()
    {
        var wrong = new List<Refusal>();
        foreach (var source in Evidence)
            source.Recognise();
        if (Update is not null && string.IsNullOrWhiteSpace(Reason))
            Refuse(wrong, "required", "reason");
        var type = Kind ?? Refuse(wrong, "unknown-word", "type", UpdateType.Status);
        var occurred = Occurred;
        if (string.IsNullOrWhiteSpace(OccurredOn))
            Refuse(wrong, "required", "occurredOn");
        else if (occurred is null)
            Refuse(wrong, "date", "occurredOn");
        if (Note is null)
            Refuse(wrong, "required", "note");

        Status? status = null;
        if (type == UpdateType.Status)
        {
            if (string.IsNullOrEmpty(Status))
                Refuse(wrong, "required", "status");
            else
                status = Words.TryRead<Status>(Status, out var read) ? read : Refuse<Status>(wrong, "unknown-word", "status");
        }

        // A ground goes with two closing steps only; a choice left over from another status is no mistake of the editor's.
        var ground = status is Domain.Lifecycles.Status.PartlyDelivered or Domain.Lifecycles.Status.NotDelivered
            ? Optional<Ground>(wrong, Ground, "ground")
            : null;
        var due = type == UpdateType.Deadline ? Due(wrong) : null;
        var lane = Words.TryRead<Lane>(Lane, out var side) ? side : Refuse(wrong, "unknown-word", "lane", Domain.Evidence.Lane.Independent);
        var confidence = Optional<Confidence>(wrong, Confidence, "confidence");
        var sources = SourcesOf(Evidence, wrong);
        if (wrong.Count > 0)
            return (null, wrong);
        return (
            new LogUpdate(
                Id is { Length: > 0 } id ? id : Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(),
                new UpdateFields
                {
                    Type = type,
                    Status = status,
                    Ground = ground,
                    Due = due,
                    OccurredOn = occurred!.Value,
                    Note = Note!,
                    Actor = Trimmed(Actor),
                    Lane = lane,
                    Confidence = confidence,
                    Evidence = sources,
                }
            ),
            []
        );
    }

    private Deadline? Due(List<Refusal> wrong)
    {
        if (string.IsNullOrWhiteSpace(DueDate))
        {
            Refuse(wrong, "required", "due");
            return null;
        }

        if (!PartialDate.TryParse(DueDate.Trim(), out var date))
        {
            Refuse(wrong, "date", "due");
            return null;
        }

        return new Deadline(date.Value, TextOf(DueBasisEn, DueBasisZh), Optional<Status>(wrong, DueTarget, "due.target"));
    }

    /// <summary>The sources as typed, without blank rows.</summary>
    internal static List<EvidenceSource> SourcesOf(List<EvidenceForm> evidence, List<Refusal> wrong)
    {
        var sources = new List<EvidenceSource>();
        for (var i = 0; i < evidence.Count; i++)
        {
            var typed = evidence[i];
            if (typed.IsBlank)
                continue;
            PartialDate? date = null;
            if (!string.IsNullOrWhiteSpace(typed.Date) && !PartialDate.TryParse(typed.Date.Trim(), out date))
                Refuse(wrong, "date", $"evidence[{i}].date");
            if (string.IsNullOrWhiteSpace(typed.Title))
                Refuse(wrong, "required", $"evidence[{i}].title");
            var grade = Words.TryRead<Grade>(typed.Grade, out var read) ? read : Grade.Secondary;
            sources.Add(
                new EvidenceSource(
                    Trimmed(typed.Title) ?? "",
                    Trimmed(typed.Publisher),
                    Trimmed(typed.Identifier),
                    Trimmed(typed.Url),
                    Trimmed(typed.ArchivedUrl),
                    date,
                    grade
                )
            );
        }

        return sources;
    }

    private static T? Optional<T>(List<Refusal> wrong, string? word, string field)
        where T : struct, Enum =>
        string.IsNullOrEmpty(word) ? null
        : Words.TryRead<T>(word, out var value) ? value
        : Refuse<T>(wrong, "unknown-word", field);

    private static T Refuse<T>(List<Refusal> wrong, string rule, string field, T instead = default)
        where T : struct
    {
        Refuse(wrong, rule, field);
        return instead;
    }

    private static void Refuse(List<Refusal> wrong, string rule, string field) =>
        wrong.Add(new Refusal(RefusalKind.Invalid, rule, field, "The field is missing or cannot be read."));

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>
    /// A text as typed in one or both languages; null: in none. A page sends line breaks as two characters, whatever was typed.
    /// </summary>
    internal static Text? TextOf(string? en, string? zh) =>
        (Trimmed(en)?.ReplaceLineEndings("\n"), Trimmed(zh)?.ReplaceLineEndings("\n")) is var (one, other) && (one ?? other) is null
            ? null
            : new Text(one, other);
}
