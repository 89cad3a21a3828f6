using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Changes;

/// <summary>What sort of thing made an item differ.</summary>
[JsonConverter(typeof(WordConverter<CauseKind>))]
public enum CauseKind
{
    /// <summary>The item came into the tracker.</summary>
    Recorded,

    /// <summary>Something happened and was logged.</summary>
    Fact,

    /// <summary>The same, logged over 60 days after it happened.</summary>
    LateFact,

    /// <summary>Somebody looked and found nothing new.</summary>
    Review,

    /// <summary>A second person confirmed what had waited.</summary>
    Confirmation,

    /// <summary>What we said was put right.</summary>
    Correction,

    /// <summary>A deadline passed; nobody had to record it.</summary>
    Deadline,

    /// <summary>Details of the item were changed.</summary>
    Details,

    /// <summary>Sources were added.</summary>
    Evidence,

    /// <summary>A dispute was opened or settled.</summary>
    Dispute,

    /// <summary>Something was logged that waits for a second person, or was rejected by one.</summary>
    Waiting,

    /// <summary>The item was taken out or merged.</summary>
    Retraction,
}

/// <summary>What the change log keeps of a state: on the day on which the change was recorded.</summary>
public sealed record LoggedState(Status Status, PartialDate Since, DateOnly? Due, TimeSignal Time);

/// <summary>One entry of the change log of an item, as far as a comparison needs it.</summary>
/// <param name="No">Its number in the log.</param>
/// <param name="Kind">What it is; never <see cref="CauseKind.Deadline"/>.</param>
/// <param name="RecordedAt">When we learned it (known clock).</param>
/// <param name="OccurredOn">When it happened in the world, of what concerns an update.</param>
/// <param name="Update">Id of that update.</param>
/// <param name="Logs">True if the update came into the record with it.</param>
/// <param name="Late">True if it logs something over 60 days after it happened.</param>
/// <param name="Before">State before it; null: absent.</param>
/// <param name="After">State after it; null: absent.</param>
/// <param name="ChangedState">True if anything of the state changed on the day it was recorded.</param>
public sealed record LoggedChange(
    long No,
    CauseKind Kind,
    DateTimeOffset RecordedAt,
    PartialDate? OccurredOn,
    string? Update,
    bool Logs,
    bool Late,
    LoggedState? Before,
    LoggedState? After,
    bool ChangedState
);
