using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>How far a replay is.</summary>
[JsonConverter(typeof(WordConverter<ReplayState>))]
public enum ReplayState
{
    Running,
    Done,
    Cancelled,
}

/// <summary>Sending again what was done before.</summary>
/// <param name="Sent">How many deliveries were put on their way.</param>
public sealed record Replay(
    Guid Id,
    ReplayState State,
    int Sent,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DoneAt,
    DateTimeOffset? Since,
    bool Failed,
    long? Delivery
);

/// <summary>What to send again.</summary>
/// <param name="Since">What was told from then on, and what should have been.</param>
/// <param name="Failed">Only what was not delivered.</param>
/// <param name="Delivery">One delivery alone.</param>
public sealed record ReplayWish(DateTimeOffset? Since, bool Failed, long? Delivery);

/// <summary>
/// Puts old deliveries on their way again, oldest first: at most ten a second to an endpoint, and the next only when the
/// one before was attempted, so that they arrive in order and new changes find free slots.
/// </summary>
public sealed partial class Replays(
    NpgsqlDataSource source,
    TellChanges tell,
    DeliverySignal signal,
    TimeProvider time,
    ILogger<Replays> logger
) : BackgroundService
{
    /// <summary>The least time between two deliveries of a replay.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    private const string Columns = "id, done_at, cancelled, sent, created_at, since, failed, delivery";
    private volatile TaskCompletionSource _begun = New();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = _begun.Task;
            try
            {
                if (await StepAsync(stoppingToken))
                    await Task.Delay(Apart, time, stoppingToken);
                else
                    await DeliverySignal.UntilAsync(begun, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                LogWaits(logger, e);
                await Task.Delay(DeliverySignal.Look, time, stoppingToken);
            }
        }
    }

    /// <summary>Begins a replay.</summary>
    /// <returns>Null: one is running already.</returns>
    public async Task<Replay?> BeginAsync(Subscription subscription, ReplayWish wish, CancellationToken ct)
    {
        if (await LatestAsync(subscription.Id, ct) is { State: ReplayState.Running })
            return null;
        if (wish is { Since: { } since, Failed: false })
            await tell.AddWithheldAsync(subscription, since, ct);
        var now = time.GetUtcNow().ToMicroseconds();
        await using var connection = await source.OpenConnectionAsync(ct);
        var begun =
            await SubscriptionStore.RunAsync(
                connection,
                """
                insert into replays (id, subscription, delivery, failed, since, after_no, through_no, next_at, created_at)
                values ($1, $2, $3, $4, $5, 0, (select last_no from change_counter), $6, $6) on conflict do nothing
                """,
                ct,
                Guid.CreateVersion7(now),
                subscription.Id,
                wish.Delivery is { } one ? one : DBNull.Value,
                wish.Failed,
                wish.Since is { } from ? from.UtcDateTime : DBNull.Value,
                now
            ) == 1;
        if (!begun)
            return null;
        Interlocked.Exchange(ref _begun, New()).TrySetResult();
        return await LatestAsync(subscription.Id, ct);
    }

    /// <summary>The last replay of an endpoint; null: there was none.</summary>
    public async Task<Replay?> LatestAsync(Guid subscription, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"select {Columns} from replays where subscription = $1 order by created_at desc, id desc limit 1"
        );
        command.Parameters.Add(SubscriptionStore.Parameter(subscription));
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        DateTimeOffset? done = reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1);
        return new Replay(
            reader.GetGuid(0),
            done is null ? ReplayState.Running
                : reader.GetBoolean(2) ? ReplayState.Cancelled
                : ReplayState.Done,
            reader.GetInt32(3),
            reader.GetFieldValue<DateTimeOffset>(4),
            done,
            reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
            reader.GetBoolean(6),
            reader.IsDBNull(7) ? null : reader.GetInt64(7)
        );
    }

    /// <summary>Ends a replay; what it put on its way and nobody has attempted is as it was before.</summary>
    /// <returns>False if none was running.</returns>
    public async Task<bool> CancelAsync(Guid subscription, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var cancelled =
            await SubscriptionStore.RunAsync(
                connection,
                "update replays set done_at = $2, cancelled = true where subscription = $1 and done_at is null",
                ct,
                subscription,
                time.GetUtcNow()
            ) > 0;
        await SubscriptionStore.RunAsync(
            connection,
            """
            update deliveries d set state = d.was, done_at = $2, was = null from replays r
            where r.subscription = $1 and r.cancelled and d.replay = r.id and d.state = 'waiting' and d.attempts = 0 and d.was <> 'waiting'
            """,
            ct,
            subscription,
            time.GetUtcNow()
        );
        await transaction.CommitAsync(ct);
        return cancelled;
    }

    /// <summary>Puts the next delivery of each running replay on its way, if it is its turn.</summary>
    /// <returns>True if a replay is running.</returns>
    internal async Task<bool> StepAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow().ToMicroseconds();
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            new(
                """
                with turn as (select * from replays where done_at is null and next_at <= $1 order by next_at limit 100 for update skip locked),
                ready as (
                    select t.* from turn t where not exists (select 1 from deliveries d where d.replay = t.id and d.state in ('waiting', 'sending') and d.attempts = 0)),
                next as (
                    select r.id as replay, n.id, n.change_no from ready r left join lateral (
                        select d.id, d.change_no from deliveries d
                        where d.subscription = r.subscription and d.change_no > r.after_no and d.change_no <= r.through_no
                        and (d.state in ('exhausted', 'blocked', 'withheld') or (d.state = 'delivered' and not r.failed) or (d.state = 'waiting' and d.id = r.delivery))
                        and (r.delivery is null or d.id = r.delivery) and (r.since is null or d.created_at >= r.since)
                        order by d.change_no limit 1 for update) n on true),
                sent as (
                    update deliveries d set state = 'waiting', due_at = $1, attempts = 0, done_at = null, replay = n.replay, was = d.state from next n where d.id = n.id returning d.id)
                update replays r set after_no = coalesce(n.change_no, r.after_no), next_at = $2, sent = r.sent + case when n.id is null then 0 else 1 end, done_at = case when n.id is null then $1 end
                from next n where r.id = n.replay
                """
            )
            {
                Parameters = { SubscriptionStore.Parameter(now), SubscriptionStore.Parameter(now + Apart) },
            }
        );
        batch.BatchCommands.Add(new("select exists (select 1 from replays where done_at is null)"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (batch.BatchCommands[0].Rows > 0)
            signal.Wake();
        await reader.ReadAsync(ct);
        return reader.GetBoolean(0);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "The database did not answer; replays wait until it does")]
    private static partial void LogWaits(ILogger logger, Exception e);
}
