using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Subscriptions;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>Begins to send again what was done before.</summary>
public static class PostReplay
{
    /// <summary>The body: one of <c>since</c>, <c>failed</c> and <c>delivery</c>, or the first two together.</summary>
    public sealed record Body
    {
        /// <summary>What was told from then on, and what the subscription would have been told while it was disabled.</summary>
        public DateTimeOffset? Since { get; init; }

        /// <summary>One delivery alone.</summary>
        public long? Delivery { get; init; }

        /// <summary>Only what was not delivered.</summary>
        public bool? Failed { get; init; }
    }

    [WolverinePost("/api/v1/subscriptions/{id}/replay"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "Sends deliveries of a webhook again, the oldest first, at most ten a second; new changes are not held up. "
            + "GET /subscriptions/{id} tells how far it is",
        typeof(Replay),
        Body = typeof(Body),
        Status = 202,
        Repeatable = false
    )]
    public static async Task<IResult> Post(
        string id,
        HttpContext context,
        SubscriptionStore store,
        DeliveryLog log,
        Replays replays,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var (subscription, problem) = await OwnSubscription.WebhookAsync(context, id, store, ct);
        if (subscription is null)
            return problem!;
        var (request, wrong) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return wrong!;
        var body = request.Body;
        if (Wrong(body, time.GetUtcNow()) is { } refused)
            return refused;
        if (body.Delivery is { } delivery && !await log.HasAsync(subscription.Id, delivery, ct))
            return Problems.Of(400, "unknown-delivery", "delivery", "This subscription has no such delivery.");
        if (subscription.State is SubscriptionState.Pending or SubscriptionState.Disabled)
            return Problems.Of(409, "state", "id", "The webhook is not active: send a ping, or enable it, first.");
        if (await replays.BeginAsync(subscription, new ReplayWish(body.Since, body.Failed is true, body.Delivery), ct) is not { } begun)
            return Problems.Of(409, "replay-running", "id", "A replay is running already; let it end, or cancel it.");
        context.Response.Headers.Location = $"/api/v1/subscriptions/{subscription.Id:D}";
        return OwnSubscription.Answer(context, begun, 202);
    }

    /// <summary>What is wrong with the wish by itself; null: nothing.</summary>
    private static IResult? Wrong(Body body, DateTimeOffset now)
    {
        var isOneThing = body.Delivery is null ? body.Since is not null || body.Failed is true : body.Since is null && body.Failed is null;
        if (!isOneThing)
            return Problems.Of(400, "replay", "", "Name one of: since, failed (true), delivery; since and failed may stand together.");
        return body.Since > now || body.Since < now - ForgetDeliveriesHandler.Kept
            ? Problems.Of(
                400,
                "range",
                "since",
                $"An instant of the last {ForgetDeliveriesHandler.Kept.Days} days; earlier changes are at /api/v1/changes?after=."
            )
            : null;
    }
}

/// <summary>Cancels a replay.</summary>
public static class DeleteReplay
{
    [WolverineDelete("/api/v1/subscriptions/{id}/replay"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes("Cancels the replay that is running", typeof(Replay), NeedsToken = true)]
    public static async Task<IResult> Delete(string id, HttpContext context, SubscriptionStore store, Replays replays, CancellationToken ct)
    {
        var (subscription, problem) = await OwnSubscription.WebhookAsync(context, id, store, ct);
        if (subscription is null)
            return problem!;
        return await replays.CancelAsync(subscription.Id, ct) && await replays.LatestAsync(subscription.Id, ct) is { } cancelled
            ? OwnSubscription.Answer(context, cancelled)
            : Problems.Of(404, "no-replay", "id", "No replay is running.");
    }
}
