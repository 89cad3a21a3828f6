using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>A claimed delivery and what came of its attempt.</summary>
public sealed record AttemptedDelivery(ClaimedDelivery Claim, WebhookAttempt Attempt);

/// <summary>Keeps what came of attempts, a batch in a transaction: the log, what is next, and how the endpoints do.</summary>
public sealed class DeliveryOutcomes(NpgsqlDataSource source, EndpointStore endpoints)
{
    /// <summary>Keeps a batch. What was claimed by another node meanwhile, or is gone, is left as it is.</summary>
    public async Task KeepAsync(IReadOnlyList<AttemptedDelivery> batch, CancellationToken ct)
    {
        var next = batch.Select(b => (Kept: b, Next: NextOf(b))).ToList();
        await using (var connection = await source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            var (before, after) = await HealthAsync(connection, batch, ct);
            await using var write = new NpgsqlBatch(connection);
            write.BatchCommands.Add(
                new(
                    """
                    with kept as (
                        update deliveries d set state = x.state, due_at = coalesce(x.due, d.due_at), done_at = case when x.state <> 'waiting' then x.ended end, attempts = d.attempts + 1, leased_until = null
                        from unnest($1, $2, $3, $4, $5) x (id, lease, state, due, ended) where d.id = x.id and d.state = 'sending' and d.leased_until = x.lease returning d.id)
                    insert into delivery_attempts (delivery, at, status, took_ms, outcome, answer)
                    select k.id, x.at, x.status, x.took, x.outcome, x.answer from unnest($1, $6, $7, $8, $9, $10) x (id, at, status, took, outcome, answer) join kept k on k.id = x.id
                    """
                )
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long[]> { TypedValue = [.. batch.Select(b => b.Claim.Id)] },
                        DeliveryClaims.Instants(batch.Select(b => b.Claim.Lease)),
                        new NpgsqlParameter<string[]> { TypedValue = [.. next.Select(n => n.Next.State)] },
                        MaybeInstants(next.Select(n => n.Next.Due)),
                        DeliveryClaims.Instants(batch.Select(b => b.Attempt.EndedAt)),
                        DeliveryClaims.Instants(batch.Select(b => b.Attempt.At)),
                        new NpgsqlParameter
                        {
                            Value = batch.Select(b => b.Attempt.Status).ToArray(),
                            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer,
                        },
                        new NpgsqlParameter<int[]> { TypedValue = [.. batch.Select(b => b.Attempt.TookMs)] },
                        new NpgsqlParameter<string[]> { TypedValue = [.. batch.Select(b => b.Attempt.Outcome.Word())] },
                        new NpgsqlParameter
                        {
                            Value = batch.Select(b => b.Attempt.Answer).ToArray(),
                            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
                        },
                    },
                }
            );
            var changed = after.Where(a => a.Value != before[a.Key]).ToList();
            if (changed.Count > 0)
            {
                write.BatchCommands.Add(
                    new(
                        """
                        update endpoints e set slots = x.slots, failures_in_row = x.failures, failing_since = x.since, failed_deliveries = x.deliveries, probe_at = x.probe, warned_at = x.warned
                        from unnest($1, $2, $3, $4, $5, $6, $7) x (id, slots, failures, since, deliveries, probe, warned) where e.subscription = x.id
                        """
                    )
                    {
                        Parameters =
                        {
                            new NpgsqlParameter<Guid[]> { TypedValue = [.. changed.Select(c => c.Key)] },
                            new NpgsqlParameter<int[]> { TypedValue = [.. changed.Select(c => c.Value.Slots)] },
                            new NpgsqlParameter<int[]> { TypedValue = [.. changed.Select(c => c.Value.FailuresInRow)] },
                            MaybeInstants(changed.Select(c => c.Value.FailingSince)),
                            new NpgsqlParameter<int[]> { TypedValue = [.. changed.Select(c => c.Value.FailedDeliveries)] },
                            MaybeInstants(changed.Select(c => c.Value.ProbeAt)),
                            MaybeInstants(changed.Select(c => c.Value.WarnedAt)),
                        },
                    }
                );
            }

            await write.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        // A crash in between is made good by the next answer of this kind.
        foreach (var gone in batch.Where(b => b.Attempt.IsGone).Select(b => b.Claim.Subscription).Distinct())
            await endpoints.DisableAsync(gone, "gone", ct);
    }

    /// <summary>What becomes of a delivery after an attempt, and when it is tried again.</summary>
    private static (string State, DateTimeOffset? Due) NextOf(AttemptedDelivery attempted) =>
        attempted.Attempt switch
        {
            { Outcome: AttemptOutcome.Delivered } => ("delivered", null),
            { Outcome: AttemptOutcome.Blocked } => ("blocked", null),
            { IsGone: true } => ("exhausted", null),
            var a => RetrySchedule.PauseAfter(attempted.Claim.Attempts + 1, Random.Shared.NextDouble(), a.AskedFor) is { } pause
                ? ("waiting", a.EndedAt + pause)
                : ("exhausted", null),
        };

    /// <summary>How the endpoints did before and after the batch, in the order in which the attempts ended. Their rows are held until the end of the transaction.</summary>
    private static async Task<(Dictionary<Guid, EndpointHealth> Before, Dictionary<Guid, EndpointHealth> After)> HealthAsync(
        NpgsqlConnection connection,
        IReadOnlyList<AttemptedDelivery> batch,
        CancellationToken ct
    )
    {
        var counted = batch.Where(b => b.Attempt.Outcome != AttemptOutcome.Blocked).ToList();
        var failed = counted
            .Where(b => b.Attempt.Outcome != AttemptOutcome.Delivered)
            .Select(b => b.Claim.Subscription)
            .Distinct()
            .ToArray();
        await using var command = new NpgsqlCommand(
            $"""
            select e.subscription, {Endpoint.HealthColumns} from endpoints e
            where e.subscription = any($1) and (e.subscription = any($2) or e.failing_since is not null or e.slots < $3) order by e.subscription for update
            """,
            connection
        )
        {
            Parameters =
            {
                new NpgsqlParameter<Guid[]> { TypedValue = [.. counted.Select(b => b.Claim.Subscription).Distinct()] },
                new NpgsqlParameter<Guid[]> { TypedValue = failed },
                new NpgsqlParameter<int> { TypedValue = EndpointHealth.MostSlots },
            },
        };
        var before = new Dictionary<Guid, EndpointHealth>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                before[reader.GetGuid(0)] = Endpoint.ReadHealth(reader, 1);
        var after = new Dictionary<Guid, EndpointHealth>(before);
        foreach (var (claim, attempt) in counted.OrderBy(b => b.Attempt.EndedAt).Select(b => (b.Claim, b.Attempt)))
        {
            if (!after.TryGetValue(claim.Subscription, out var health))
                continue;
            after[claim.Subscription] =
                attempt.Outcome == AttemptOutcome.Delivered
                    ? health.Succeeded()
                    : health.Failed(attempt.At, attempt.EndedAt, !(claim.LastAttempt >= health.FailingSince), attempt.IsThrottled);
        }

        return (before, after);
    }

    private static NpgsqlParameter MaybeInstants(IEnumerable<DateTimeOffset?> instants) =>
        new() { Value = instants.Select(i => i?.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
