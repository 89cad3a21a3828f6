using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Record.Changes;

/// <summary>An item's state just before or just after a change, at the day on which it was recorded.</summary>
public sealed record ChangeState(
    Status Status,
    PartialDate StatusSince,
    TimeSignal Time,
    Freshness Freshness,
    Confidence Confidence,
    DateOnly? DueOn,
    int Awaiting,
    IReadOnlyList<string> Flags
);

/// <summary>One row of the change log. A record: a rebuild never touches it.</summary>
public sealed record ChangeView
{
    /// <summary>Dense and rising; the same in every channel.</summary>
    public required long ChangeNo { get; init; }

    /// <summary>Stable id of the change.</summary>
    public required Guid Id { get; init; }

    /// <summary>What kind of change, e.g. <c>item.status_changed</c>.</summary>
    public required ChangeType Type { get; init; }

    /// <summary>Name of the event that caused it, e.g. <c>update_confirmed</c>; <c>deadline_passed</c> for the daily sweep.</summary>
    public required ChangeCause Cause { get; init; }
    public required string Item { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }
    public required Text Title { get; init; }
    public required IReadOnlyList<string> Themes { get; init; }
    public required IReadOnlyList<string> Parties { get; init; }

    /// <summary>Id of the update concerned.</summary>
    public string? Update { get; init; }

    /// <summary>When it happened (first clock).</summary>
    public PartialDate? OccurredOn { get; init; }

    /// <summary>When we learned it (known clock).</summary>
    public required DateTimeOffset RecordedAt { get; init; }
    public Text? Note { get; init; }
    public ChangeState? Before { get; init; }
    public ChangeState? After { get; init; }

    /// <summary>Recorded over 60 days after its period ended and after the item was first recorded.</summary>
    public bool Late { get; init; }

    /// <summary>Id of the correction, if the change is one.</summary>
    public string? Correction { get; init; }

    /// <summary>What the correction does to the update: <c>redate</c>, <c>replace</c> or <c>retract</c>.</summary>
    public CorrectionKind? CorrectionKind { get; init; }

    /// <summary>Testability of the item just after the change.</summary>
    public Testability? Testability { get; init; }

    /// <summary>The sources of the update, or of the correction or dispute, with what was added to it up to the change.</summary>
    public IReadOnlyList<EvidenceSource> Evidence { get; init; } = [];
    public bool Editorial { get; init; }
    public bool Imported { get; init; }

    /// <summary>True if subscribers are told although it was imported.</summary>
    public bool Announced { get; init; }

    /// <summary>True if no subscriber is told: a correction of words alone, or an import that was not to be announced.</summary>
    [JsonIgnore]
    public bool IsQuiet => Editorial || (Imported && !Announced);
}

/// <summary>One page of the change log.</summary>
/// <param name="FeedId">Changes with an import into a copy or a restore; then a reader starts over.</param>
/// <param name="Last">Highest change number of the log.</param>
public sealed record ChangePage(
    [property: JsonPropertyName("changes")] IReadOnlyList<ChangeView> Changes,
    Guid FeedId,
    long Last,
    long? NextAfter
);
