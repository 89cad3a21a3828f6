using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Changes;

/// <summary>The kinds of change among which a subscriber chooses.</summary>
[JsonConverter(typeof(WordConverter<NewsKind>))]
public enum NewsKind
{
    /// <summary>A status step: counted, awaiting its confirmation, or rejected.</summary>
    Status,

    /// <summary>A deadline was set, moved, or passed.</summary>
    Deadline,

    /// <summary>What we said was put right, disputed, or taken out.</summary>
    Correction,

    /// <summary>An item was recorded.</summary>
    New,

    /// <summary>Something happened or was added without a step: progress, milestones, responses, sources, details.</summary>
    Progress,

    /// <summary>Somebody looked and found nothing new.</summary>
    Review,
}

/// <summary>Sorts the types of the change log into the kinds that subscribers choose.</summary>
public static class NewsKinds
{
    /// <summary>The kind of a type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The change log has no such type.</exception>
    public static NewsKind Of(ChangeType type) =>
        Find(type) ?? throw new ArgumentOutOfRangeException(nameof(type), type, "The change log has no such type.");

    /// <summary>True if the change log has such a type; false: it stands for a row that cannot be read.</summary>
    public static bool Knows(ChangeType type) => Find(type) is not null;

    private static NewsKind? Find(ChangeType type) =>
        type switch
        {
            ChangeType.ItemStatusChanged or ChangeType.UpdateAwaiting => NewsKind.Status,
            ChangeType.DeadlineMoved or ChangeType.DeadlinePassed => NewsKind.Deadline,
            ChangeType.CorrectionMade or ChangeType.DisputeOpened or ChangeType.DisputeSettled or ChangeType.ItemRetracted =>
                NewsKind.Correction,
            ChangeType.ItemRecorded => NewsKind.New,
            ChangeType.UpdateLogged or ChangeType.ItemDetailsChanged => NewsKind.Progress,
            ChangeType.ReviewMade => NewsKind.Review,
            _ => null,
        };
}
