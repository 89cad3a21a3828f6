using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Lifecycles;

/// <summary>What is tracked.</summary>
[JsonConverter(typeof(WordConverter<ItemKind>))]
public enum ItemKind
{
    /// <summary>A party says that it will do something.</summary>
    Commitment,

    /// <summary>Someone suggests that others act.</summary>
    Proposal,

    /// <summary>A treaty, resolution, law or body that the forum refers to or that grew out of it.</summary>
    Instrument,
}

/// <summary>The primary status of an item; which of them a kind may have is <see cref="Lifecycle"/>'s matter.</summary>
[JsonConverter(typeof(WordConverter<Status>))]
public enum Status
{
    Announced,
    Formalised,
    Underway,
    Delivered,
    PartlyDelivered,
    NotDelivered,
    Reversed,
    Proposed,
    Endorsed,
    TakenUp,
    InNegotiation,
    Adopted,
    Signed,
    InForce,
    Implemented,
    Rejected,
    Lapsed,
    Ended,
    Stalled,
    Withdrawn,
    Superseded,
}

/// <summary>Why an item may be closed before all that was promised is done.</summary>
[JsonConverter(typeof(WordConverter<Ground>))]
public enum Ground
{
    /// <summary>The step's last day lies after the due date in force then.</summary>
    DeadlinePassed,

    /// <summary>The party ended it.</summary>
    EndedByParty,

    /// <summary>It became impossible.</summary>
    Impossible,
}

/// <summary>The time signal.</summary>
[JsonConverter(typeof(WordConverter<TimeSignal>))]
public enum TimeSignal
{
    NoDeadline,
    MetOnTime,
    MetLate,
    Ended,
    Overdue,
    DueSoon,
    Due,
}

/// <summary>The freshness signal, in days since the last activity.</summary>
[JsonConverter(typeof(WordConverter<Freshness>))]
public enum Freshness
{
    NeverReviewed,
    Current,
    Ageing,
    Stale,
}

/// <summary>How well the current status is evidenced, weakest first.</summary>
[JsonConverter(typeof(WordConverter<Confidence>))]
public enum Confidence
{
    Disputed,
    Claimed,
    Reported,
    Confirmed,
}

/// <summary>Whether an observer can tell that it was done.</summary>
[JsonConverter(typeof(WordConverter<Testability>))]
public enum Testability
{
    Testable,
    Partly,
    NotTestable,
}
