using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Changes;

/// <summary>Name of the event that caused it, e.g. <c>update_confirmed</c>; <c>deadline_passed</c> for the daily sweep.</summary>
[JsonConverter(typeof(WordConverter<ChangeCause>))]
public enum ChangeCause
{
    ItemRecorded,
    DetailsChanged,
    UpdateLogged,
    UpdateConfirmed,
    UpdateRejected,
    CorrectionMade,
    CorrectionConfirmed,
    CorrectionRejected,
    EvidenceAdded,
    TranslationAdded,
    DisputeOpened,
    DisputeSettled,
    ItemRetracted,

    /// <summary>No event: the daily sweep found that a deadline had passed.</summary>
    DeadlinePassed,

    /// <summary>No event: stands for a row that this program cannot read.</summary>
    Unreadable,
}
