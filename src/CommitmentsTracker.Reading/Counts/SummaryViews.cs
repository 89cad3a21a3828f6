using CommitmentsTracker.Domain.Lifecycles;

namespace CommitmentsTracker.Reading.Counts;

/// <summary>How many items of a kind have a status.</summary>
public sealed record StatusCount(ItemKind Kind, Status Status, int Items);

/// <summary>Counts on both clocks.</summary>
public sealed record SummaryView
{
    public required DateOnly AsOf { get; init; }
    public DateTimeOffset? KnownAt { get; init; }
    public string? Forum { get; init; }
    public required int Total { get; init; }

    /// <summary>Kinds and statuses that occur, in the order of the lifecycles; those with none are left out.</summary>
    public required IReadOnlyList<StatusCount> Statuses { get; init; }

    /// <summary>Items by time signal, all words present.</summary>
    public required IReadOnlyDictionary<TimeSignal, int> Time { get; init; }
    public required IReadOnlyDictionary<Freshness, int> Freshness { get; init; }
    public required IReadOnlyDictionary<Confidence, int> Confidence { get; init; }

    /// <summary>Items with an update that waits for a second person.</summary>
    public required int Awaiting { get; init; }

    /// <summary>Items with a step that is unlawful after the step before it.</summary>
    public required int Flagged { get; init; }
}

/// <summary>How many items of a kind had each status on a day, all as known at one instant.</summary>
public sealed record TimelinePoint(DateOnly Day, IReadOnlyList<StatusCount> Statuses);

/// <summary>Status over time.</summary>
public sealed record TimelineView(DateOnly From, DateOnly To, string Step, DateTimeOffset? KnownAt, IReadOnlyList<TimelinePoint> Points);
