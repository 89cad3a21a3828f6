using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Subscriptions;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>Sends a ping to an endpoint.</summary>
public static class PostPing
{
    [WolverinePost("/api/v1/subscriptions/{id}/ping"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Sends a signed ping to the endpoint and tells what it answered; one that waited for it becomes active",
        typeof(SubscriptionView),
        NeedsToken = true
    )]
    public static async Task<IResult> Post(
        string id,
        HttpContext context,
        SubscriptionStore store,
        EndpointStore endpoints,
        Pings pings,
        SubscriptionViews views,
        CancellationToken ct
    )
    {
        var (subscription, problem) = await OwnSubscription.WebhookAsync(context, id, store, ct);
        if (subscription is null)
            return problem!;
        var ping = await pings.SendAsync((await endpoints.OfAsync(subscription.Id, ct))!, null, ct);
        return OwnSubscription.Answer(
            context,
            (await views.OfAsync([(await store.OfIdAsync(subscription.Id, ct)) ?? subscription], ct))[0] with
            {
                Ping = ping.View,
            }
        );
    }
}

/// <summary>Replaces the secret of an endpoint.</summary>
public static class PostSecret
{
    /// <summary>The answer; the secret is shown this once.</summary>
    /// <param name="FormerSecretUntil">Until when the secret before it signs too.</param>
    public sealed record Answer(Guid Id, string Secret, DateTimeOffset FormerSecretUntil);

    [WolverinePost("/api/v1/subscriptions/{id}/secret"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Replaces the secret of a webhook; the former one signs too for 24 hours. The new one is shown this once",
        typeof(Answer),
        Status = 201,
        NeedsToken = true
    )]
    public static async Task<IResult> Post(
        string id,
        HttpContext context,
        SubscriptionStore store,
        EndpointStore endpoints,
        CancellationToken ct
    )
    {
        var (subscription, problem) = await OwnSubscription.WebhookAsync(context, id, store, ct);
        if (subscription is null)
            return problem!;
        var (secret, until) = await endpoints.RotateAsync(subscription.Id, ct);
        return OwnSubscription.Answer(context, new Answer(subscription.Id, secret, until), 201);
    }
}

/// <summary>Enables an endpoint that was given up.</summary>
public static class PostEnable
{
    [WolverinePost("/api/v1/subscriptions/{id}/enable"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Enables a webhook that was disabled, forgets its failures and sends a ping; what it missed can be replayed",
        typeof(SubscriptionView),
        NeedsToken = true
    )]
    public static async Task<IResult> Post(
        string id,
        HttpContext context,
        SubscriptionStore store,
        EndpointStore endpoints,
        Pings pings,
        SubscriptionViews views,
        CancellationToken ct
    )
    {
        var (subscription, problem) = await OwnSubscription.WebhookAsync(context, id, store, ct);
        if (subscription is null)
            return problem!;
        if (!await endpoints.EnableAsync(subscription.Id, ct))
            return Problems.Of(409, "not-verified", "id", "The endpoint has not accepted a ping yet; send one first.");
        var ping = await pings.SendAsync((await endpoints.OfAsync(subscription.Id, ct))!, null, ct);
        return OwnSubscription.Answer(
            context,
            (await views.OfAsync([(await store.OfIdAsync(subscription.Id, ct)) ?? subscription], ct))[0] with
            {
                Ping = ping.View,
            }
        );
    }
}
