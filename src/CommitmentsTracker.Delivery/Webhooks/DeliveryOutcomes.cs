using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>A claimed delivery and what came of its attempt.</summary>
public sealed record AttemptedDelivery(LeasedDelivery Claim, WebhookAttempt Attempt);

/// <summary>Keeps what came of attempts, a batch in a transaction: the log, what is next, and how the endpoints do.</summary>
public sealed class DeliveryOutcomes(NpgsqlDataSource source, EndpointStore endpoints)
{
    private static readonly string Failing = $"""
        select e.subscription, {Endpoint.HealthColumns} from endpoints e
        where e.subscription = any(@attempted) and (e.subscription = any(@failed) or e.failing_since is not null or e.slots < @slots)
        order by e.subscription for update
        """;

    private const string Health = """
        update endpoints e set slots = x.slots, failures_in_row = x.failures, failing_since = x.since,
            failed_deliveries = x.deliveries, probe_at = x.probe, warned_at = x.warned
        from unnest(@ids, @slots, @failures, @since, @deliveries, @probe, @warned)
            x (id, slots, failures, since, deliveries, probe, warned)
        where e.subscription = x.id
        """;

    /// <summary>Keeps a batch. What was claimed by another node meanwhile, or is gone, is left as it is.</summary>
    public async Task KeepAsync(IReadOnlyList<AttemptedDelivery> batch, CancellationToken ct)
    {
        List<Attempted> attempted = [.. batch.Select(Next)];
        await using (var connection = await source.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            var (before, after) = await HealthAsync(connection, batch, ct);
            await using var write = new NpgsqlBatch(connection);
            write.BatchCommands.Add(WebhookDeliveries.Kept(attempted));
            var changed = after.Where(a => a.Value != before[a.Key]).ToList();
            if (changed.Count > 0)
                write.BatchCommands.Add(Kept(changed));
            await write.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        // A crash in between is made good by the next answer of this kind.
        foreach (var gone in batch.Where(b => b.Attempt.IsGone).Select(b => b.Claim.Subscription).Distinct())
            await endpoints.DisableAsync(gone, "gone", ct);
    }

    /// <summary>What becomes of a delivery after an attempt, and when it is tried again.</summary>
    private static Attempted Next(AttemptedDelivery attempted)
    {
        var (claim, attempt) = attempted;
        (DeliveryState State, DateTimeOffset? DueAt) next = attempt switch
        {
            { Outcome: AttemptOutcome.Delivered } => (DeliveryState.Delivered, null),
            { Outcome: AttemptOutcome.Blocked } => (DeliveryState.Blocked, null),
            { IsGone: true } => (DeliveryState.Exhausted, null),
            _ => RetrySchedule.PauseAfter(claim.Attempts + 1, Random.Shared.NextDouble(), attempt.AskedFor) is { } pause
                ? (DeliveryState.Waiting, attempt.EndedAt + pause)
                : (DeliveryState.Exhausted, null),
        };
        return new Attempted(claim, next.State, next.DueAt, attempt.EndedAt, attempt.View);
    }

    /// <summary>
    /// How the endpoints did before and after the batch, in the order in which the attempts ended. Their rows are held
    /// until the end of the transaction.
    /// </summary>
    private static async Task<(Dictionary<Guid, EndpointHealth> Before, Dictionary<Guid, EndpointHealth> After)> HealthAsync(
        NpgsqlConnection connection,
        IReadOnlyList<AttemptedDelivery> batch,
        CancellationToken ct
    )
    {
        var counted = batch.Where(b => b.Attempt.Outcome != AttemptOutcome.Blocked).ToList();
        var failed = counted.Where(b => b.Attempt.Outcome != AttemptOutcome.Delivered);
        var rows = await connection.AllAsync(
            Failing,
            r => (Id: r.GetGuid(0), Health: Endpoint.ReadHealth(r, 1)),
            ct,
            ("attempted", counted.Select(b => b.Claim.Subscription).Distinct().ToArray()),
            ("failed", failed.Select(b => b.Claim.Subscription).Distinct().ToArray()),
            ("slots", EndpointHealth.MostSlots)
        );
        var before = rows.ToDictionary(r => r.Id, r => r.Health);
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

    private static NpgsqlBatchCommand Kept(IReadOnlyCollection<KeyValuePair<Guid, EndpointHealth>> changed) =>
        Sql.Statement(
            Health,
            ("ids", changed.Select(c => c.Key).ToArray()),
            ("slots", changed.Select(c => c.Value.Slots).ToArray()),
            ("failures", changed.Select(c => c.Value.FailuresInRow).ToArray()),
            ("since", changed.Select(c => c.Value.FailingSince)),
            ("deliveries", changed.Select(c => c.Value.FailedDeliveries).ToArray()),
            ("probe", changed.Select(c => c.Value.ProbeAt)),
            ("warned", changed.Select(c => c.Value.WarnedAt))
        );
}
