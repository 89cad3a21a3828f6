using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>Asks for a look at endpoints that fail.</summary>
public sealed record WatchEndpoints;

/// <summary>Warns whoever is to hear of an endpoint that fails for hours, and gives up one that fails for days.</summary>
public static class WatchEndpointsHandler
{
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
                    await SubscriptionStore.RunAsync(
                        connection,
                        "update endpoints set warned_at = $2 where subscription = $1",
                        ct,
                        id,
                        now
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
        await using var command = new NpgsqlCommand(
            $"""
            select e.subscription, {Endpoint.HealthColumns} from endpoints e join subscriptions s on s.id = e.subscription
            where e.failing_since <= $1 and s.state = 'active' and exists (select 1 from deliveries d where d.subscription = e.subscription and d.state in ('waiting', 'sending'))
            order by e.subscription for update of e skip locked
            """,
            connection
        )
        {
            Parameters = { SubscriptionStore.Parameter(now - EndpointHealth.WarnedAfter) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var failing = new List<(Guid, EndpointHealth)>();
        while (await reader.ReadAsync(ct))
            failing.Add((reader.GetGuid(0), Endpoint.ReadHealth(reader, 1)));
        return failing;
    }
}
