using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Addresses;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>Asks endpoints whether they take notices.</summary>
public sealed class Pings(WebhookClient client, EndpointStore endpoints, PublicAddress address, TimeProvider time)
{
    /// <summary>Type of the event.</summary>
    public const string Type = "ping";

    /// <summary>Sends a ping once, signed like every notice; an endpoint that accepts it is verified.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="url">Where it is to be from now on; null: where it is.</param>
    public async Task<WebhookAttempt> SendAsync(Endpoint endpoint, string? url, CancellationToken ct)
    {
        var now = time.GetUtcNow().ToMicroseconds();
        var id = Guid.CreateVersion7(now);
        var body = Notice.Event(
            new NoticeAbout(id, Type, endpoint.Subscription.ToString("D"), now, null),
            new Dictionary<string, object?>
            {
                ["subscription"] = endpoint.Subscription,
                ["link"] = address.To($"/api/v1/subscriptions/{endpoint.Subscription:D}"),
            },
            address
        );
        var target = endpoint.Target(now);
        var attempt = await client.SendAsync(url is null ? target : target with { Url = url }, id, body, ct);
        if (attempt.Outcome != AttemptOutcome.Delivered)
            return attempt;
        if (url is not null)
            await endpoints.SetUrlAsync(endpoint.Subscription, url, ct);
        await endpoints.VerifiedAsync(endpoint.Subscription, ct);
        return attempt;
    }
}
