using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>What sort of thing was sent in.</summary>
[JsonConverter(typeof(WordConverter<InboxKind>))]
public enum InboxKind
{
    /// <summary>Somebody without an account says what happened.</summary>
    Tip,

    /// <summary>A contributor's update.</summary>
    Suggestion,

    /// <summary>Somebody says that an update is wrong.</summary>
    Dispute,
}

/// <summary>What became of it.</summary>
[JsonConverter(typeof(WordConverter<InboxState>))]
public enum InboxState
{
    /// <summary>Nobody has decided yet.</summary>
    Open,

    /// <summary>An editor is at it.</summary>
    Taken,

    /// <summary>It led to something on record.</summary>
    Accepted,

    /// <summary>It led to nothing, with a reason.</summary>
    Refused,

    /// <summary>It was no contribution at all.</summary>
    Spam,
}

/// <summary>What was sent, as it was sent.</summary>
/// <param name="What">In the sender's words; of a suggestion absent.</param>
/// <param name="OccurredOn">When it happened.</param>
/// <param name="Source">Address of what shows it.</param>
/// <param name="Update">Of a suggestion: the update as it would be logged.</param>
public sealed record SentIn(string? What = null, PartialDate? OccurredOn = null, string? Source = null, UpdateFields? Update = null);

/// <summary>Something that was sent in, without who sent it.</summary>
/// <param name="Id">Also the id of the update or dispute that comes of it.</param>
/// <param name="Item">Slug of the item.</param>
/// <param name="Title">Its title; null: the item is gone.</param>
/// <param name="Update">What is disputed.</param>
/// <param name="Lang">In which language the sender reads.</param>
/// <param name="Person">Opaque id of a sender with an account.</param>
/// <param name="Reason">Why it was refused, or what came of it.</param>
public sealed record InboxEntry(
    Guid Id,
    InboxKind Kind,
    string Item,
    string Forum,
    Text? Title,
    string? Update,
    SentIn Sent,
    string Lang,
    string? Person,
    DateTimeOffset SentAt,
    InboxState State,
    string? TakenBy,
    DateTimeOffset? TakenAt,
    string? DecidedBy,
    DateTimeOffset? DecidedAt,
    string? Reason
)
{
    /// <summary>Id that the update or dispute has, if one comes of it.</summary>
    public string RecordId => Id.ToString("N");

    /// <summary>True until somebody has decided.</summary>
    public bool IsWaiting => State is InboxState.Open or InboxState.Taken;
}

/// <summary>Which entries.</summary>
/// <param name="Forums">Slugs of forums; null: all of them.</param>
/// <param name="Kind">Of this sort only.</param>
/// <param name="Waiting">Those that wait, or those that were decided.</param>
/// <param name="Items">Slugs of items; null: of all.</param>
public sealed record InboxFilter(
    IReadOnlyCollection<string>? Forums,
    InboxKind? Kind = null,
    bool Waiting = true,
    IReadOnlyCollection<string>? Items = null
);
