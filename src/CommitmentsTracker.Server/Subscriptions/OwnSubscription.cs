using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>A subscription is there for its owner and for administrators; for everybody else there is none.</summary>
internal static class OwnSubscription
{
    /// <summary>The opaque id of who asks.</summary>
    public static string Person(HttpContext context) => context.User.Id();

    /// <summary>The subscription of an address, or the answer that there is none.</summary>
    public static async Task<(Subscription? Subscription, IResult? Problem)> FindAsync(
        HttpContext context,
        string id,
        SubscriptionStore store,
        CancellationToken ct
    ) =>
        Guid.TryParse(id, out var parsed)
        && await store.OfIdAsync(parsed, ct) is { } s
        && (s.Person == Person(context) || context.User.May(Act.Operate))
            ? (s, null)
            : (null, Problems.Of(404, "unknown-subscription", "id", "There is no such subscription of yours."));

    /// <summary>The same for a webhook.</summary>
    public static async Task<(Subscription? Subscription, IResult? Problem)> WebhookAsync(
        HttpContext context,
        string id,
        SubscriptionStore store,
        CancellationToken ct
    )
    {
        var (subscription, problem) = await FindAsync(context, id, store, ct);
        foreach (var name in context.Request.Query.Keys)
            return (null, Problems.Of(400, "unknown-parameter", name, $"There is no parameter '{name}' here."));
        return subscription is { Channel: not Channel.Webhook }
            ? (null, Problems.Of(409, "channel", "id", "That is a subscription by e-mail; this is for webhooks."))
            : (subscription, problem);
    }

    /// <summary>An answer that nobody keeps.</summary>
    public static IResult Answer<T>(HttpContext context, T body, int status = 200)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(body, TrackerJson.Strict, statusCode: status);
    }
}
