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
    /// <summary>The kind of a type such as <c>item.status_changed</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The change log has no such type.</exception>
    public static NewsKind Of(string type) =>
        type switch
        {
            "item.status_changed" or "update.awaiting" => NewsKind.Status,
            "deadline.moved" or "deadline.passed" => NewsKind.Deadline,
            "correction.made" or "dispute.opened" or "dispute.settled" or "item.retracted" => NewsKind.Correction,
            "item.recorded" => NewsKind.New,
            "update.logged" or "item.details_changed" => NewsKind.Progress,
            "review.made" => NewsKind.Review,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "The change log has no such type."),
        };
}
