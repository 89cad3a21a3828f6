using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Reading.Changes;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>How an endpoint does.</summary>
/// <param name="FormerSecretUntil">Until when the secret before this one signs too.</param>
/// <param name="NextProbeAt">Set while it fails so much that only one notice at a time is tried.</param>
public sealed record EndpointView(
    DateTimeOffset? VerifiedAt,
    DateTimeOffset? FormerSecretUntil,
    int FailuresInRow,
    DateTimeOffset? FailingSince,
    int FailedDeliveries,
    DateTimeOffset? NextProbeAt,
    DateTimeOffset? DisabledAt,
    string? DisabledWhy
);

/// <summary>A subscription as the API tells it to its owner.</summary>
public sealed record SubscriptionView
{
    public required Guid Id { get; init; }
    public required Channel Channel { get; init; }
    public required SubscriptionState State { get; init; }
    public string? Email { get; init; }
    public string? Lang { get; init; }
    public string? TimeZone { get; init; }
    public string? Url { get; init; }
    public string? Contact { get; init; }
    public string? ContentType { get; init; }
    public required ChangeFilter Filter { get; init; }
    public Frequency? Frequency { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ConfirmedAt { get; init; }
    public EndpointView? Endpoint { get; init; }
    public Replay? Replay { get; init; }

    /// <summary>The secret of a webhook, in the answer that made it and never again.</summary>
    public string? Secret { get; init; }

    /// <summary>What came of the ping that this request sent.</summary>
    public AttemptView? Ping { get; init; }
}

/// <summary>The subscriptions of a person.</summary>
public sealed record SubscriptionList(IReadOnlyList<SubscriptionView> Subscriptions);

/// <summary>Puts together what the API tells of subscriptions.</summary>
public sealed class SubscriptionViews(SubscriptionStore store, EndpointStore endpoints, Replays replays, TimeProvider time)
{
    /// <summary>One subscription as it is now; null: it is gone.</summary>
    public async Task<SubscriptionView?> OfAsync(Guid id, CancellationToken ct) =>
        await store.OfIdAsync(id, ct) is { } s ? (await OfAsync([s], ct))[0] : null;

    /// <summary>Several.</summary>
    public async Task<List<SubscriptionView>> OfAsync(IReadOnlyCollection<Subscription> subscriptions, CancellationToken ct)
    {
        var known = await endpoints.OfAsync([.. subscriptions.Where(s => s.Channel == Channel.Webhook).Select(s => s.Id)], ct);
        var views = new List<SubscriptionView>();
        foreach (var s in subscriptions)
            views.Add(known.TryGetValue(s.Id, out var endpoint) ? await OfWebhookAsync(s, endpoint, ct) : await OfMailAsync(s, ct));
        return views;
    }

    private async Task<SubscriptionView> OfWebhookAsync(Subscription s, Delivery.Webhooks.Endpoint e, CancellationToken ct) =>
        Of(s) with
        {
            Url = e.Url,
            Contact = e.Contact,
            ContentType = e.ContentType,
            Endpoint = new EndpointView(
                e.VerifiedAt,
                e.FormerUntil > time.GetUtcNow() ? e.FormerUntil : null,
                e.Health.FailuresInRow,
                e.Health.FailingSince,
                e.Health.FailedDeliveries,
                e.Health.ProbeAt,
                e.DisabledAt,
                e.DisabledWhy
            ),
            Replay = await replays.LatestAsync(s.Id, ct),
        };

    private async Task<SubscriptionView> OfMailAsync(Subscription s, CancellationToken ct)
    {
        var subscriber = s.Subscriber is { } id ? await store.SubscriberAsync(id, ct) : null;
        return Of(s) with { Email = subscriber?.Address, Lang = subscriber?.Lang, TimeZone = subscriber?.Zone, Frequency = s.Frequency };
    }

    private static SubscriptionView Of(Subscription s) =>
        new()
        {
            Id = s.Id,
            Channel = s.Channel,
            State = s.State,
            Filter = s.Filter,
            CreatedAt = s.CreatedAt,
            ConfirmedAt = s.ConfirmedAt,
        };
}
