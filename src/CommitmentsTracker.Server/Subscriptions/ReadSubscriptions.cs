using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>Lists one's own subscriptions.</summary>
public static class GetSubscriptions
{
    [WolverineGet("/api/v1/subscriptions"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes("The subscriptions that you made, the oldest first", typeof(SubscriptionList), NeedsToken = true)]
    public static async Task<IResult> Get(
        HttpContext context,
        SubscriptionStore store,
        SubscriptionViews views,
        TimeProvider time,
        CancellationToken ct
    ) =>
        ReadRequest.Of(context, time).Problem
        ?? OwnSubscription.Answer(
            context,
            new SubscriptionList(await views.OfAsync(await store.OfPersonAsync(OwnSubscription.Person(context), ct), ct))
        );
}

/// <summary>Tells of one subscription.</summary>
public static class GetSubscription
{
    [WolverineGet("/api/v1/subscriptions/{id}"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "One subscription, how its endpoint does and how far a replay is; for its owner and administrators",
        typeof(SubscriptionView),
        NeedsToken = true
    )]
    public static async Task<IResult> Get(
        string id,
        HttpContext context,
        SubscriptionStore store,
        SubscriptionViews views,
        TimeProvider time,
        CancellationToken ct
    )
    {
        if (ReadRequest.Of(context, time).Problem is { } problem)
            return problem;
        var (subscription, none) = await OwnSubscription.FindAsync(context, id, store, ct);
        return subscription is null ? none! : OwnSubscription.Answer(context, (await views.OfAsync([subscription], ct))[0]);
    }
}
