using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

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

/// <summary>Keeps replays, and puts the deliveries of theirs on the way whose turn it is.</summary>
public sealed class ReplayStore(NpgsqlDataSource source)
{
    private const string Begin = """
        insert into replays (id, subscription, delivery, failed, since, after_no, through_no, next_at, created_at)
        values (@id, @subscription, @delivery, @failed, @since, 0, (select last_no from change_counter), @now, @now)
        on conflict do nothing
        """;

    private const string Latest = """
        select id, done_at, cancelled, sent, created_at, since, failed, delivery
        from replays where subscription = @subscription
        order by created_at desc, id desc limit 1
        """;

    private static readonly string TakeBack = $"""
        update deliveries d set state = d.was, done_at = @now, was = null
        from replays r
        where r.subscription = @subscription and r.cancelled and d.replay = r.id
        and d.state = {StateSql.Waiting} and d.attempts = 0 and d.was <> {StateSql.Waiting}
        """;

    /// <summary>
    /// The next delivery of each replay whose turn it is, once the one before was attempted; a replay without one is done.
    /// </summary>
    private static readonly string Step = $"""
        with turn as (
            select * from replays where done_at is null and next_at <= @now order by next_at limit 100 for update skip locked),
        ready as (
            select t.* from turn t where not exists (
                select 1 from deliveries d where d.replay = t.id and d.state in {StateSql.Open} and d.attempts = 0)),
        next as (
            select r.id as replay, n.id, n.change_no
            from ready r left join lateral (
                select d.id, d.change_no from deliveries d
                where d.subscription = r.subscription and d.change_no > r.after_no and d.change_no <= r.through_no
                and (d.state in {StateSql.Missed} or (d.state = {StateSql.Delivered} and not r.failed)
                    or (d.state = {StateSql.Waiting} and d.id = r.delivery))
                and (r.delivery is null or d.id = r.delivery) and (r.since is null or d.created_at >= r.since)
                order by d.change_no limit 1 for update) n on true),
        sent as (
            update deliveries d set state = {StateSql.Waiting}, due_at = @now, attempts = 0, done_at = null,
                replay = n.replay, was = d.state
            from next n where d.id = n.id
            returning d.id)
        update replays r set after_no = coalesce(n.change_no, r.after_no), next_at = @next,
            sent = r.sent + case when n.id is null then 0 else 1 end, done_at = case when n.id is null then @now end
        from next n where r.id = n.replay
        """;

    /// <summary>Begins a replay.</summary>
    /// <returns>False: one is running already.</returns>
    public async Task<bool> BeginAsync(Guid subscription, ReplayWish wish, DateTimeOffset now, CancellationToken ct) =>
        await source.RunAsync(
            Begin,
            ct,
            ("id", Guid.CreateVersion7(now)),
            ("subscription", subscription),
            ("delivery", wish.Delivery),
            ("failed", wish.Failed),
            ("since", wish.Since),
            ("now", now)
        ) == 1;

    /// <summary>The last replay of an endpoint; null: there was none.</summary>
    public Task<Replay?> LatestAsync(Guid subscription, CancellationToken ct) =>
        source.OneAsync(Latest, Read, ct, ("subscription", subscription));

    /// <summary>Ends a replay; what it put on its way and nobody has attempted is as it was before.</summary>
    /// <returns>False if none was running.</returns>
    public async Task<bool> CancelAsync(Guid subscription, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var cancelled = await connection.RunAsync(
            "update replays set done_at = @now, cancelled = true where subscription = @subscription and done_at is null",
            ct,
            ("now", now),
            ("subscription", subscription)
        );
        await connection.RunAsync(TakeBack, ct, ("subscription", subscription), ("now", now));
        await transaction.CommitAsync(ct);
        return cancelled > 0;
    }

    /// <summary>Puts the next delivery of each running replay on its way, if it is its turn.</summary>
    /// <param name="next">When it is the next one's turn.</param>
    /// <returns>Whether a replay went on, and whether one is running.</returns>
    public async Task<(bool WentOn, bool IsRunning)> StepAsync(DateTimeOffset now, DateTimeOffset next, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(Sql.Statement(Step, ("now", now), ("next", next)));
        batch.BatchCommands.Add(Sql.Statement("select exists (select 1 from replays where done_at is null)"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (batch.BatchCommands[0].Rows > 0, reader.GetBoolean(0));
    }

    private static Replay Read(NpgsqlDataReader row)
    {
        var done = row.MaybeAt(1);
        return new Replay(
            row.GetGuid(0),
            done is null ? ReplayState.Running
                : row.GetBoolean(2) ? ReplayState.Cancelled
                : ReplayState.Done,
            row.GetInt32(3),
            row.At(4),
            done,
            row.MaybeAt(5),
            row.GetBoolean(6),
            row.IsDBNull(7) ? null : row.GetInt64(7)
        );
    }
}
