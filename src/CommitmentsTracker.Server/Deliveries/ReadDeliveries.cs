using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Subscriptions;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Deliveries;

/// <summary>Tells what a subscription heard.</summary>
public static class GetDeliveries
{
    [WolverineGet("/api/v1/subscriptions/{id}/deliveries"), Tags("Subscriptions"), May(Act.Subscribe)]
    [Describes(
        "What the subscription was told in the last 30 days, with every attempt: when, what was answered, when it is tried next",
        typeof(DeliveryPage),
        "state",
        "change",
        "after",
        "limit",
        NeedsToken = true
    )]
    public static async Task<IResult> Get(
        string id,
        HttpContext context,
        SubscriptionStore store,
        DeliveryLog log,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, "state", "change", "after", "limit");
        var states = new List<DeliveryState>();
        foreach (var word in request.Many("state"))
        {
            if (Words.TryRead<DeliveryState>(word, out var state))
                states.Add(state);
            else
                request.Refuse(
                    "unknown-word",
                    "state",
                    $"There is no state '{word}'; these are: {string.Join(", ", Words.All<DeliveryState>())}."
                );
        }

        var change = request.Number("change", 0, 1, long.MaxValue);
        var (after, limit) = (
            request.Number("after", 0, 0, long.MaxValue),
            (int)request.Number("limit", 50, 1, DeliveryLog.MostDeliveries)
        );
        if (request.Problem is { } problem)
            return problem;
        var asked = new AskedDeliveries(states, change == 0 ? null : change, after, limit);
        var (subscription, none) = await OwnSubscription.FindAsync(context, id, store, ct);
        return subscription is null ? none! : OwnSubscription.Answer(context, await log.ReadAsync(subscription.Id, asked, ct));
    }
}
