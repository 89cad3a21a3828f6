using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>What a mail is for.</summary>
public enum MailKind
{
    /// <summary>Asks whoever has the address whether they want the notices.</summary>
    Confirmation,

    /// <summary>Tells what changed on one item.</summary>
    Immediate,

    /// <summary>Tells what changed in a day, a week, or an hour in which too much changed for single mails.</summary>
    Digest,

    /// <summary>Tells of deadlines that come near or are long over.</summary>
    Reminder,

    /// <summary>Tells the owner of an endpoint that it fails.</summary>
    Warning,

    /// <summary>Tells who sent something in what became of it; their address goes with the mail.</summary>
    Decision,
}

/// <summary>What a mail has to know besides the deliveries that hang on it.</summary>
public sealed record MailContent
{
    /// <summary>Of a confirmation: the secret of its link.</summary>
    public string? Secret { get; init; }

    /// <summary>Of a confirmation: the language in which it was asked for.</summary>
    public string? Lang { get; init; }

    /// <summary>Of a mail about one item: the item's stream, which makes the thread.</summary>
    public Guid? Item { get; init; }

    /// <summary>Of reminders: the deadlines.</summary>
    public IReadOnlyList<DueItem> Due { get; init; } = [];

    /// <summary>Of a warning: the address of the endpoint.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Of a decision: slug of the item.</summary>
    public string? Slug { get; init; }

    /// <summary>Of a decision: title of the item.</summary>
    public Text? Title { get; init; }

    /// <summary>Of a decision: why, as the editor wrote it.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Of a warning: <c>failing</c> or <c>disabled</c>; of a decision: what was sent and what became of it, as
    /// <c>tip.accepted</c>.
    /// </summary>
    public string? What { get; init; }

    /// <summary>Of a warning: since when.</summary>
    public DateTimeOffset? Since { get; init; }
}

/// <summary>A deadline of which somebody is reminded.</summary>
/// <param name="Days">Days left; negative: days over.</param>
public sealed record DueItem(string Item, Text Title, Status Status, DateOnly Due, int Days);
