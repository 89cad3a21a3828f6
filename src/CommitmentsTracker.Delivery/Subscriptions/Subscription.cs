using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;

namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>By which channel somebody is told.</summary>
[JsonConverter(typeof(WordConverter<Channel>))]
public enum Channel
{
    Email,
    Webhook,
}

/// <summary>Whether a subscription is told of changes.</summary>
[JsonConverter(typeof(WordConverter<SubscriptionState>))]
public enum SubscriptionState
{
    /// <summary>Nobody confirmed it yet: an address by its link, an endpoint by accepting a ping.</summary>
    Pending,
    Active,

    /// <summary>Its owner or the operator stopped it; what changes meanwhile is kept for it.</summary>
    Paused,

    /// <summary>An endpoint failed for days, or said that it is gone.</summary>
    Disabled,
}

/// <summary>Who wants which changes by which channel.</summary>
public sealed record Subscription
{
    public required Guid Id { get; init; }
    public required Channel Channel { get; init; }
    public required SubscriptionState State { get; init; }

    /// <summary>Opaque id of the person who made it through the API; null: made on the page.</summary>
    public string? Person { get; init; }

    /// <summary>Who gets the mails; null for a webhook.</summary>
    public Guid? Subscriber { get; init; }
    public required ChangeFilter Filter { get; init; }
    public required Frequency Frequency { get; init; }

    /// <summary>Changes up to this number are not told.</summary>
    public required long FromNo { get; init; }

    /// <summary>
    /// Changes up to this number are not told although the filter wants them: it was another one, or the endpoint was
    /// disabled.
    /// </summary>
    public long FilterFromNo { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }
}

/// <summary>Who is told by e-mail.</summary>
/// <param name="Zone">IANA name of the time zone in which days begin for them.</param>
/// <param name="Token">Manages and ends the subscriptions; stands in every mail.</param>
/// <param name="Muted">Items of which they want to hear no more.</param>
/// <param name="SuspendedAt">Since when nothing is sent, because the mail server refused the address for good.</param>
public sealed record Subscriber(
    Guid Id,
    string Address,
    string Lang,
    string Zone,
    string Token,
    IReadOnlyList<string> Muted,
    DateTimeOffset? SuspendedAt
);

/// <summary>What somebody who gave an e-mail address wants to be told.</summary>
/// <param name="Address">As it is kept.</param>
/// <param name="Lang"><c>en</c> or <c>zh</c>.</param>
/// <param name="Zone">IANA name of the time zone in which days begin.</param>
/// <param name="Person">Opaque id of who asked through the API; null: asked on the page.</param>
public sealed record MailWish(string Address, ChangeFilter Filter, Frequency Frequency, string Lang, string Zone, string? Person);

/// <summary>An address to which nothing is sent, without the address.</summary>
public sealed record SuspendedAddress(Guid Subscriber, string Domain, DateTimeOffset Since, int Subscriptions);
