using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>Asks for a look at endpoints that fail.</summary>
public sealed record WatchEndpoints;

/// <summary>Warns whoever is to hear of an endpoint that fails for hours, and gives up one that fails for days.</summary>
public static class WatchEndpointsHandler
{
    private static readonly string Failing = $"""
        select e.subscription, {Endpoint.HealthColumns}
        from endpoints e join subscriptions s on s.id = e.subscription
        where e.failing_since <= @before and s.state = 'active'
        order by e.subscription for update of e skip locked
        """;

    /// <summary>Looks once; may run on any node at any time.</summary>
    public static async Task Handle(
        WatchEndpoints _,
        NpgsqlDataSource source,
        EndpointStore endpoints,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow().ToMicroseconds();
        var givenUp = new List<Guid>();
        await using (var connection = await source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            foreach (var (id, health) in await FailingAsync(connection, now, ct))
            {
                if (health.IsGivenUp(now))
                {
                    givenUp.Add(id);
                }
                else if (health.IsWarningDue(now))
                {
                    await endpoints.WarnAsync(connection, id, "failing", ct);
                    await connection.RunAsync(
                        "update endpoints set warned_at = @now where subscription = @id",
                        ct,
                        ("now", now),
                        ("id", id)
                    );
                }
            }

            await transaction.CommitAsync(ct);
        }

        foreach (var id in givenUp)
            await endpoints.DisableAsync(id, "failing", ct);
    }

    /// <summary>Endpoints that have failed long enough to be told, while something still waits for them.</summary>
    private static async Task<List<(Guid Id, EndpointHealth Health)>> FailingAsync(
        NpgsqlConnection connection,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var failing = await connection.AllAsync(
            Failing,
            r => (Id: r.GetGuid(0), Health: Endpoint.ReadHealth(r, 1)),
            ct,
            ("before", now - EndpointHealth.WarnedAfter)
        );
        var waits = await WebhookDeliveries.WaitsForAsync(connection, failing.Select(f => f.Id), ct);
        return [.. failing.Where(f => waits.Contains(f.Id))];
    }
}
