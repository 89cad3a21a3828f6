using System.Collections.Immutable;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Items;

/// <summary>A correction as far as it is known.</summary>
/// <param name="Made">The event that made it.</param>
/// <param name="Version">Position of that event in the item's stream, from 1; 0: only supposed.</param>
public sealed record Correction(CorrectionMade Made, int Version, DateTimeOffset? ConfirmedAt = null, DateTimeOffset? RejectedAt = null)
{
    public string Id => Made.Id;

    /// <summary>Waits for a second person.</summary>
    public bool IsPending => Made.NeedsConfirmation && ConfirmedAt is null && RejectedAt is null;

    /// <summary>Counts.</summary>
    public bool IsEffective => !Made.NeedsConfirmation || ConfirmedAt is not null;
}

/// <summary>A translation of a note.</summary>
/// <param name="Of">The note that was translated; whoever replaces it replaces its translation too.</param>
/// <param name="Place">How many corrections of the update were made before it.</param>
public sealed record Translation(TranslationAdded Added, Text Of, int Place);

/// <summary>A dispute as far as it is known.</summary>
public sealed record Dispute(DisputeOpened Opened, DisputeSettled? Settled = null)
{
    public string Id => Opened.Id;
    public bool IsOpen => Settled is null;
}

/// <summary>Where an update stands among the others of its item: by last day, then order, then position of its logging.</summary>
public readonly record struct OccurrenceKey(DateOnly LastDay, int Order, int Position) : IComparable<OccurrenceKey>
{
    public int CompareTo(OccurrenceKey other) => (LastDay, Order, Position).CompareTo((other.LastDay, other.Order, other.Position));

    public static bool operator <(OccurrenceKey a, OccurrenceKey b) => a.CompareTo(b) < 0;

    public static bool operator >(OccurrenceKey a, OccurrenceKey b) => a.CompareTo(b) > 0;

    public static bool operator <=(OccurrenceKey a, OccurrenceKey b) => a.CompareTo(b) <= 0;

    public static bool operator >=(OccurrenceKey a, OccurrenceKey b) => a.CompareTo(b) >= 0;
}

/// <summary>
/// An update in the version that is known: its logged fields, overlaid in stream order by its effective corrections and
/// the translations of its note.
/// </summary>
public sealed record LoggedUpdate
{
    private LoggedUpdate(UpdateLogged logged, int position)
    {
        Logged = logged;
        Position = position;
        Fields = logged.Fields;
    }

    internal static LoggedUpdate From(UpdateLogged logged, int position) => new(logged, position);

    /// <summary>The event that logged it.</summary>
    public UpdateLogged Logged { get; }

    /// <summary>How many updates of the item were logged before it.</summary>
    public int Position { get; }

    public string Id => Logged.Id;

    /// <summary>The fields after all effective corrections.</summary>
    public UpdateFields Fields { get; private init; }

    public ImmutableList<Correction> Corrections { get; private init; } = [];
    public ImmutableList<Translation> Translations { get; private init; } = [];
    public ImmutableList<Dispute> Disputes { get; private init; } = [];
    public ImmutableList<EvidenceAdded> Added { get; private init; } = [];
    public DateTimeOffset? ConfirmedAt { get; private init; }
    public string? ConfirmedBy { get; private init; }

    /// <summary>The role of the second person; null: not known.</summary>
    public Role? ConfirmedAs { get; private init; }
    public DateTimeOffset? RejectedAt { get; private init; }

    /// <summary>True if the last effective correction retracts it.</summary>
    public bool IsRetracted { get; private init; }

    /// <summary>Waits for a second person, changes nothing yet.</summary>
    public bool IsPending => Logged.NeedsConfirmation && ConfirmedAt is null;

    /// <summary>Retracted or rejected.</summary>
    public bool IsGone => IsRetracted || RejectedAt is not null;

    /// <summary>Counts from its last day on.</summary>
    public bool IsCounted => !IsGone && !IsPending;

    public bool IsStep => Fields.Type == UpdateType.Status;
    public DateOnly LastDay => Fields.OccurredOn.LastDay;
    public OccurrenceKey Key => new(LastDay, Fields.Order, Position);

    /// <summary>
    /// Every source behind the update: those of its present version, those added later, and those of the corrections
    /// that shaped this version.
    /// </summary>
    public IEnumerable<EvidenceSource> Sources =>
        Fields
            .Evidence.Concat(Added.SelectMany(a => a.Evidence))
            .Concat(Corrections.Where(c => c.IsEffective && c.Made.Kind != CorrectionKind.Retract).SelectMany(c => c.Made.Evidence));

    /// <summary>Disputed while a dispute is open, else what the evidence allows or the author's lower word.</summary>
    public Confidence Confidence
    {
        get
        {
            if (Disputes.Any(d => d.IsOpen))
                return Confidence.Disputed;
            var allowed = EvidenceRule.Allows(Fields.Lane, Sources);
            return Fields.Confidence is { } word and not Confidence.Disputed && word < allowed ? word : allowed;
        }
    }

    internal LoggedUpdate Confirmed(UpdateConfirmed e) => this with { ConfirmedAt = e.RecordedAt, ConfirmedBy = e.By, ConfirmedAs = e.As };

    internal LoggedUpdate Rejected(UpdateRejected e) => this with { RejectedAt = e.RecordedAt };

    internal LoggedUpdate With(EvidenceAdded e) => this with { Added = Added.Add(e) };

    internal LoggedUpdate With(TranslationAdded e) =>
        (this with { Translations = Translations.Add(new Translation(e, Fields.Note, Corrections.Count)) }).Overlaid();

    internal LoggedUpdate With(DisputeOpened e) => this with { Disputes = Disputes.Add(new Dispute(e)) };

    internal LoggedUpdate With(DisputeSettled e) =>
        this with
        {
            Disputes = Disputes.ConvertAll(d => d.Id == e.Id ? d with { Settled = e } : d),
        };

    internal LoggedUpdate With(CorrectionMade e, int version) =>
        this with { Corrections = Corrections.Add(new Correction(e, version)) } is var made && e.NeedsConfirmation ? made : made.Overlaid();

    internal LoggedUpdate With(CorrectionConfirmed e) =>
        (
            this with
            {
                Corrections = Corrections.ConvertAll(c => c.Id == e.CorrectionId ? c with { ConfirmedAt = e.RecordedAt } : c),
            }
        ).Overlaid();

    internal LoggedUpdate With(CorrectionRejected e) =>
        this with
        {
            Corrections = Corrections.ConvertAll(c => c.Id == e.CorrectionId ? c with { RejectedAt = e.RecordedAt } : c),
        };

    /// <summary>The update as it would be after one more correction; what a decision judges.</summary>
    internal LoggedUpdate AsIf(CorrectionMade made) => With(made with { NeedsConfirmation = false }, 0);

    private LoggedUpdate Overlaid()
    {
        var fields = Translated(Logged.Fields, 0);
        var retracted = false;
        for (var i = 0; i < Corrections.Count; i++)
        {
            if (Corrections[i] is { IsEffective: true } correction)
            {
                retracted = correction.Made.Kind == CorrectionKind.Retract;
                if (correction.Made.NewValues is { } values)
                    fields = values.Over(fields);
            }

            fields = Translated(fields, i + 1);
        }

        return this with
        {
            Fields = fields,
            IsRetracted = retracted,
        };
    }

    private UpdateFields Translated(UpdateFields fields, int place)
    {
        foreach (var translation in Translations)
        {
            if (translation.Place != place || fields.Note != translation.Of)
                continue;
            fields = fields with
            {
                Note = new Text(fields.Note.En ?? translation.Added.Note.En, fields.Note.Zh ?? translation.Added.Note.Zh),
            };
        }

        return fields;
    }
}
