using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Items;

/// <summary>
/// One recorded event of an item's stream. Events are additive for ever: a field may be added, none may change its
/// meaning. They hold an opaque person id and never personal data.
/// </summary>
public abstract record ItemEvent
{
    /// <summary>When the tracker learned it: the known clock, UTC, to the microsecond. Never falls along a stream.</summary>
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>Opaque id of the person who recorded it; null for an import.</summary>
    public string? By { get; init; }

    /// <summary>The role in which they recorded it; null: not known, as of an import or an older event.</summary>
    public Role? As { get; init; }

    /// <summary>
    /// The recorded time in the archive from which the row came, if it was added to a forum that was here already.
    /// Shown, never used as a clock.
    /// </summary>
    public DateTimeOffset? ArchiveRecordedAt { get; init; }
}

/// <summary>An item came into the tracker.</summary>
public sealed record ItemRecorded(string Slug, ItemKind Kind, string Forum, Details Details) : ItemEvent;

/// <summary>Some of the details were changed.</summary>
public sealed record DetailsChanged(DetailsChange Changes, Text Reason) : ItemEvent;

/// <summary>A fact was logged. It counts at once, or from the confirmation on if it needs one.</summary>
public sealed record UpdateLogged(string Id, UpdateFields Fields, bool NeedsConfirmation = false) : ItemEvent;

/// <summary>A second person confirmed a waiting update; it counts from now on.</summary>
public sealed record UpdateConfirmed(string UpdateId, Text? Note = null) : ItemEvent;

/// <summary>A second person rejected a waiting update; it never counts.</summary>
public sealed record UpdateRejected(string UpdateId, Text? Note = null) : ItemEvent;

/// <summary>What we said about an update was corrected; effective at once, or from the confirmation on if it needs one.</summary>
/// <param name="Id">The correction's own id.</param>
/// <param name="UpdateId">The update that is corrected.</param>
/// <param name="Kind">Re-date, replace or retract.</param>
/// <param name="NewValues">The new values; null for a retraction.</param>
/// <param name="Reason">The public reason.</param>
/// <param name="Evidence">What shows that it was wrong.</param>
/// <param name="Editorial">Only the wording of the note: public in the history, notifies nobody.</param>
/// <param name="NeedsConfirmation">It touches a step that takes two persons.</param>
public sealed record CorrectionMade(
    string Id,
    string UpdateId,
    CorrectionKind Kind,
    NewValues? NewValues,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    bool Editorial = false,
    bool NeedsConfirmation = false
) : ItemEvent;

/// <summary>A second person confirmed a waiting correction; it is effective from now on.</summary>
public sealed record CorrectionConfirmed(string CorrectionId, Text? Note = null) : ItemEvent;

/// <summary>A second person rejected a waiting correction; it is never effective.</summary>
public sealed record CorrectionRejected(string CorrectionId, Text? Note = null) : ItemEvent;

/// <summary>Sources were added to an update. That is no correction.</summary>
public sealed record EvidenceAdded(string UpdateId, IReadOnlyList<EvidenceSource> Evidence) : ItemEvent;

/// <summary>The note of an update was put into the language that it lacked. That is no correction.</summary>
/// <param name="UpdateId">The update.</param>
/// <param name="Note">The note in that language alone.</param>
public sealed record TranslationAdded(string UpdateId, Text Note) : ItemEvent;

/// <summary>Somebody disputes an update.</summary>
public sealed record DisputeOpened(string Id, string UpdateId, Text Reason, IReadOnlyList<EvidenceSource> Evidence) : ItemEvent;

/// <summary>How a dispute ended.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WordConverter<DisputeOutcome>))]
public enum DisputeOutcome
{
    Upheld,
    Dismissed,
}

/// <summary>A dispute was settled. An upheld one is followed by a correction of its own.</summary>
public sealed record DisputeSettled(string Id, DisputeOutcome Outcome, Text? Note = null) : ItemEvent;

/// <summary>The item was taken out of the tracker, or merged into another one. Before that it is still there.</summary>
public sealed record ItemRetracted(Text Reason, string? MergedInto = null) : ItemEvent;
