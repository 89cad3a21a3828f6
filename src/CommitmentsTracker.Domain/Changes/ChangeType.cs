using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Changes;

/// <summary>What kind of change, e.g. <c>item.status_changed</c>.</summary>
[JsonConverter(typeof(WordConverter<ChangeType>))]
public enum ChangeType
{
    /// <summary>An item came into the tracker, with its first status.</summary>
    [WrittenAs("item.recorded")]
    ItemRecorded,

    /// <summary>The status or its day is another one.</summary>
    [WrittenAs("item.status_changed")]
    ItemStatusChanged,

    /// <summary>Details of the item were changed.</summary>
    [WrittenAs("item.details_changed")]
    ItemDetailsChanged,

    /// <summary>The item was taken out or merged.</summary>
    [WrittenAs("item.retracted")]
    ItemRetracted,

    /// <summary>Something happened or was added without a step.</summary>
    [WrittenAs("update.logged")]
    UpdateLogged,

    /// <summary>Something waits for a second person, or was rejected by one.</summary>
    [WrittenAs("update.awaiting")]
    UpdateAwaiting,

    /// <summary>A deadline was set or moved.</summary>
    [WrittenAs("deadline.moved")]
    DeadlineMoved,

    /// <summary>A deadline passed unmet; nobody had to record it.</summary>
    [WrittenAs("deadline.passed")]
    DeadlinePassed,

    /// <summary>What we said was put right.</summary>
    [WrittenAs("correction.made")]
    CorrectionMade,

    /// <summary>An update is disputed.</summary>
    [WrittenAs("dispute.opened")]
    DisputeOpened,

    /// <summary>A dispute was settled.</summary>
    [WrittenAs("dispute.settled")]
    DisputeSettled,

    /// <summary>Somebody looked and found nothing new.</summary>
    [WrittenAs("review.made")]
    ReviewMade,

    /// <summary>Stands for a row that this program cannot read: it keeps its number and is told when it can be read.</summary>
    Unreadable,
}
