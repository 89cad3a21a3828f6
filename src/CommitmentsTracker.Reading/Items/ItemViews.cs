using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Reading.Items;

/// <summary>The four signals, never mixed into the status.</summary>
public sealed record Signals(TimeSignal Time, Freshness Freshness, Confidence Confidence, Testability Testability);

/// <summary>A deadline as it is in force: its date and the status that meets it.</summary>
public sealed record DeadlineView(PartialDate Date, Text? Basis, Status Target);

/// <summary>An item in a list, on both clocks.</summary>
public sealed record ItemRow
{
    public required string Slug { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }
    public required Text Title { get; init; }
    public Text? Summary { get; init; }

    /// <summary>Who said it, maybe for a proposer who is somebody else; for pages.</summary>
    [JsonIgnore]
    public string? Speaker { get; init; }
    public required string Proposer { get; init; }
    public required IReadOnlyList<string> Responsible { get; init; }
    public required IReadOnlyList<string> Addressees { get; init; }
    public required IReadOnlyList<string> Themes { get; init; }
    public required PartialDate MadeOn { get; init; }
    public required Status Status { get; init; }
    public required PartialDate StatusSince { get; init; }

    /// <summary>While stalled: the stage at which it stalled.</summary>
    public Status? StalledAt { get; init; }

    /// <summary>Last day of the deadline in force on the day.</summary>
    public DateOnly? DueOn { get; init; }

    /// <summary>Last day on which something is known to have happened (or was reviewed), the first status aside.</summary>
    public DateOnly? LastActivity { get; init; }
    public required Signals Signals { get; init; }
    public int AwaitingConfirmation { get; init; }

    /// <summary>Ids of steps that are unlawful after the step before them.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
}

/// <summary>One page of the list.</summary>
/// <param name="Total">How many match; counting stops at 1,000.</param>
/// <param name="TotalIsLowerBound">True if more than <paramref name="Total"/> match.</param>
/// <param name="NextCursor">Opaque; pins both clocks. Null on the last page.</param>
public sealed record ItemPage(
    IReadOnlyList<ItemRow> Items,
    int Total,
    bool TotalIsLowerBound,
    string? NextCursor,
    DateOnly AsOf,
    DateTimeOffset? KnownAt
);

/// <summary>An open or settled dispute of an update.</summary>
public sealed record DisputeView(
    string Id,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    DateTimeOffset RecordedAt,
    DisputeOutcome? Outcome,
    Text? SettlementNote,
    DateTimeOffset? SettledAt
);

/// <summary>An update as it counts (or waits) on the day, in the version known at the instant.</summary>
public sealed record UpdateView
{
    public required string Id { get; init; }
    public required UpdateType Type { get; init; }
    public Status? Status { get; init; }
    public Ground? Ground { get; init; }
    public int Order { get; init; }
    public Deadline? Due { get; init; }
    public required PartialDate OccurredOn { get; init; }

    /// <summary>When the tracker learned it (known clock).</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    public DateTimeOffset? ArchiveRecordedAt { get; init; }
    public required Text Note { get; init; }
    public string? Actor { get; init; }
    public IReadOnlyList<string> CoActors { get; init; } = [];
    public required Lane Lane { get; init; }

    /// <summary>All sources: logged, added later, and those of the corrections behind this version.</summary>
    public required IReadOnlyList<EvidenceSource> Evidence { get; init; }
    public required Confidence Confidence { get; init; }

    /// <summary>False while it waits for a second person.</summary>
    public required bool Confirmed { get; init; }

    /// <summary>
    /// <c>unlawful</c> if the step is unlawful after the one before it; <c>late</c> if it was recorded over 60 days after
    /// its period ended; <c>corrected</c> if a correction shaped it.
    /// </summary>
    public IReadOnlyList<string> Flags { get; init; } = [];
    public IReadOnlyList<DisputeView> Disputes { get; init; } = [];

    /// <summary>Of a response: id of the update beside which it stands.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The role of its author; absent: not known, as of an import.</summary>
    public Role? Role { get; init; }

    /// <summary>The role of the second person, if one confirmed it; absent: none did, or it is not known.</summary>
    public Role? ConfirmedRole { get; init; }

    /// <summary>Opaque id of the author; for pages, which name who agreed to it.</summary>
    [JsonIgnore]
    public string? By { get; init; }

    /// <summary>Opaque id of the second person; for pages.</summary>
    [JsonIgnore]
    public string? ConfirmedBy { get; init; }
}

/// <summary>An item's full state on both clocks.</summary>
public sealed record ItemView
{
    public required string Slug { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }

    /// <summary>Details as known at the instant.</summary>
    public required Details Details { get; init; }
    public required Status Status { get; init; }
    public required PartialDate StatusSince { get; init; }
    public Status? StalledAt { get; init; }
    public DeadlineView? Due { get; init; }
    public DateOnly? LastActivity { get; init; }
    public required Signals Signals { get; init; }
    public int AwaitingConfirmation { get; init; }
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Number of events known; the item's entity tag at now.</summary>
    public required int Version { get; init; }
    public required DateOnly AsOf { get; init; }
    public DateTimeOffset? KnownAt { get; init; }

    /// <summary>In order of occurrence.</summary>
    public required IReadOnlyList<UpdateView> Updates { get; init; }
}

/// <summary>Why an item has no state.</summary>
/// <param name="Reason">What is missing on these clocks.</param>
/// <param name="MergedInto">Where it went, if it was merged.</param>
/// <param name="Since">From when on it exists (recorded or first status), or was retracted.</param>
public sealed record ItemAbsent(string Slug, Absence Reason, string? MergedInto, string? Since, Text? Why);

/// <summary>What a list is narrowed to. Empty lists do not narrow.</summary>
public sealed record ItemFilter
{
    public IReadOnlyList<ItemKind> Kinds { get; init; } = [];
    public IReadOnlyList<Status> Statuses { get; init; } = [];
    public IReadOnlyList<string> Themes { get; init; } = [];
    public IReadOnlyList<string> Parties { get; init; } = [];
    public IReadOnlyList<string> Forums { get; init; } = [];

    /// <summary>Words of signals: <c>overdue</c>, <c>stale</c>, <c>disputed</c>, …, and <c>awaiting</c>, <c>flagged</c>.</summary>
    public IReadOnlyList<string> Signals { get; init; } = [];

    /// <summary>Search text in either language, at most 200 characters.</summary>
    public string? Query { get; init; }
    public bool IsEmpty =>
        Kinds.Count + Statuses.Count + Themes.Count + Parties.Count + Forums.Count + Signals.Count == 0 && string.IsNullOrEmpty(Query);
}

/// <summary>How a list is sorted; each order is total (the item's id breaks ties).</summary>
public enum ItemSort
{
    /// <summary>Latest activity (or status change) first.</summary>
    Latest,

    /// <summary>Latest status change first.</summary>
    Since,

    /// <summary>Nearest deadline first, items without one last.</summary>
    Due,

    /// <summary>By slug.</summary>
    Slug,

    /// <summary>What answers the search text best first; without one: as <see cref="Latest"/>.</summary>
    Relevance,
}

/// <summary>One recorded event in the history of an item, oldest first.</summary>
/// <param name="Version">Position in the stream, from 1.</param>
/// <param name="Type">Event name, e.g. <c>update_logged</c>.</param>
/// <param name="RecordedAt">Known clock.</param>
/// <param name="By">Opaque person id, null for imports.</param>
/// <param name="Event">The event itself.</param>
/// <param name="Effect">Status after the event as of its day, and whether it changed.</param>
public sealed record HistoryEntry(int Version, string Type, DateTimeOffset RecordedAt, string? By, ItemEvent Event, HistoryEffect Effect);

/// <summary>What the event did to the state at the day it was recorded.</summary>
public sealed record HistoryEffect(Status? Before, Status? After, bool IsLate);

/// <summary>All that is read of one item: its state on both clocks and its record.</summary>
/// <param name="Item">Its state on both clocks.</param>
/// <param name="Absent">Why it has none.</param>
/// <param name="History">Its events up to the known instant; null if there are none.</param>
/// <param name="Later">Its events after that instant, oldest first.</param>
/// <param name="Now">Its state today, with all that is known; null if it has none.</param>
public sealed record ItemRecord(ItemView? Item, ItemAbsent? Absent, ItemHistory? History, IReadOnlyList<HistoryEntry> Later, ItemView? Now);

/// <summary>The full record of an item, up to an instant.</summary>
public sealed record ItemHistory(
    string Slug,
    ItemKind Kind,
    string Forum,
    Text Title,
    DateTimeOffset? KnownAt,
    IReadOnlyList<HistoryEntry> Events
);
