using System.Globalization;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>To whom a notice goes, and how it is signed.</summary>
/// <param name="Secrets">As they are kept; each signs.</param>
public sealed record WebhookTarget(string Url, string ContentType, IReadOnlyList<string> Secrets);

/// <summary>A delivery that is this node's to attempt until its lease runs out.</summary>
/// <param name="LastAttempt">When the attempt before began.</param>
public sealed record LeasedDelivery(
    long Id,
    Guid Subscription,
    Guid ChangeId,
    byte[] Body,
    WebhookTarget Target,
    int Attempts,
    DateTimeOffset? LastAttempt,
    DateTimeOffset Lease
);

/// <summary>What a node takes.</summary>
/// <param name="Endpoints">Subscriptions of the endpoints to which something may go.</param>
/// <param name="Most">Most deliveries.</param>
/// <param name="OneEach">True if no endpoint may have more than one on its way.</param>
/// <param name="Session">Of the database; it stands for the node.</param>
/// <param name="Now">What is due by then.</param>
/// <param name="Lease">Until when they are the node's.</param>
public sealed record Taking(IReadOnlyList<Guid> Endpoints, int Most, bool OneEach, int Session, DateTimeOffset Now, DateTimeOffset Lease);

/// <summary>What becomes of a claimed delivery after an attempt.</summary>
/// <param name="DueAt">Of the next attempt; null: there is none.</param>
/// <param name="EndedAt">When the outcome was known.</param>
public sealed record Attempted(
    LeasedDelivery Claim,
    DeliveryState State,
    DateTimeOffset? DueAt,
    DateTimeOffset EndedAt,
    AttemptView Attempt
);

/// <summary>Deliveries to endpoints: finds, takes and gives back what is due, and keeps what came of it.</summary>
public static class WebhookDeliveries
{
    /// <summary>Endpoints (alias <c>e</c>) that can be used.</summary>
    private const string CanBeUsed =
        "not exists (select 1 from put_aside p where p.table_name = 'endpoints' and p.key = e.subscription::text)";

    private static readonly string Due = $"""
        select e.subscription
        from endpoints e join subscriptions s on s.id = e.subscription
        cross join lateral (
            select 1 from deliveries d
            where d.subscription = e.subscription and d.state = {StateSql.Waiting} and d.due_at <= @now
            limit 1) w
        where s.state = 'active' and (e.probe_at is null or e.probe_at <= @now) and {CanBeUsed}
        and not exists (select 1 from delivery_progress where paused_at is not null)
        """;

    /// <summary>The oldest of what is due, of each endpoint as many as it has free slots.</summary>
    private static readonly string Take = $"""
        with busy as (
            select subscription, count(*)::int as n from deliveries where state = {StateSql.Sending} group by subscription),
        room as (
            select e.subscription, case when @one_each or e.probe_at is not null then 1 else e.slots end - coalesce(b.n, 0) as free
            from unnest(@endpoints) u (id)
            join endpoints e on e.subscription = u.id
            join subscriptions s on s.id = e.subscription
            left join busy b on b.subscription = e.subscription
            where s.state = 'active' and (e.probe_at is null or e.probe_at <= @now) and {CanBeUsed}),
        picked as (
            select w.id, w.change_no, w.attempted_at
            from room r cross join lateral (
                select d.id, d.change_no, d.due_at, d.attempted_at from deliveries d
                where d.subscription = r.subscription and d.state = {StateSql.Waiting} and d.due_at <= @now
                and not exists (select 1 from put_aside p where p.table_name = '{DeliveryLog.Table}' and p.key = d.id::text)
                order by d.due_at, d.id limit greatest(r.free, 0) for update skip locked) w
            order by w.due_at, w.id limit @most)
        update deliveries d set state = {StateSql.Sending}, leased_until = @lease, leased_by = @session, attempted_at = @now
        from picked p left join changes c on c.change_no = p.change_no
        left join notices n on n.change_no = p.change_no, endpoints e
        where d.id = p.id and e.subscription = d.subscription
        returning d.id, d.subscription, c.change_id, n.body, e.url, e.content_type, e.secret,
            case when e.former_until > @now then e.former_secret end, d.attempts, p.attempted_at
        """;

    private static readonly string Return = $"""
        update deliveries d set state = {StateSql.Waiting}, leased_until = null, leased_by = null
        from unnest(@ids, @leases) x (id, lease)
        where d.id = x.id and d.state = {StateSql.Sending} and d.leased_until = x.lease
        """;

    private static readonly string PutBack = $"""
        update deliveries set state = {StateSql.Waiting}, leased_until = null, leased_by = null
        where id = any(@ids) and state = {StateSql.Sending}
        """;

    /// <summary>Sessions that give the sign hold its lock; the key stands there in two halves.</summary>
    private static readonly string Recover = $"""
        update deliveries set state = {StateSql.Waiting}, leased_until = null, leased_by = null
        where state = {StateSql.Sending} and mail is null
        and (leased_until <= @now or leased_by is null or leased_by not in (
            select pid from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
            and objsubid = 1 and granted
            and classid = ((@key >> 32) & 4294967295)::oid and objid = (@key & 4294967295)::oid))
        """;

    private static readonly string Keep = $"""
        with kept as (
            update deliveries d set state = x.state, due_at = coalesce(x.due, d.due_at),
                done_at = case when x.state <> {StateSql.Waiting} then x.ended end, attempts = d.attempts + 1, leased_until = null
            from unnest(@ids, @leases, @states, @due, @ended) x (id, lease, state, due, ended)
            where d.id = x.id and d.state = {StateSql.Sending} and d.leased_until = x.lease
            returning d.id)
        insert into delivery_attempts (delivery, at, status, took_ms, outcome, answer)
        select k.id, x.at, x.status, x.took, x.outcome, x.answer
        from unnest(@ids, @at, @status, @took, @outcomes, @answers) x (id, at, status, took, outcome, answer)
        join kept k on k.id = x.id
        """;

    private static readonly string Waits = $"""
        select u.id from unnest(@endpoints) u (id)
        where exists (select 1 from deliveries d where d.subscription = u.id and d.state in {StateSql.Open})
        """;

    /// <summary>Subscriptions of the endpoints with something due to which something may go now.</summary>
    public static Task<List<Guid>> DueAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct) =>
        connection.AllAsync(Due, r => r.GetGuid(0), ct, ("now", now));

    /// <summary>Those of some endpoints for which something waits or is on its way.</summary>
    public static async Task<HashSet<Guid>> WaitsForAsync(NpgsqlConnection connection, IEnumerable<Guid> endpoints, CancellationToken ct) =>
        [.. await connection.AllAsync(Waits, r => r.GetGuid(0), ct, ("endpoints", endpoints.ToArray()))];

    /// <summary>Takes what is due, the oldest first.</summary>
    /// <param name="unread">Gets those that cannot be read; they are taken too, and to be put back.</param>
    public static async Task<List<LeasedDelivery>> TakeAsync(
        NpgsqlConnection connection,
        Taking taking,
        UnreadRows unread,
        CancellationToken ct
    )
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // A claim that a crash of the database forgets is claimed again; nothing waits for the disk here.
                Sql.Statement("select set_config('synchronous_commit', 'off', true)"),
                Sql.Statement(
                    Take,
                    ("endpoints", taking.Endpoints.ToArray()),
                    ("most", taking.Most),
                    ("one_each", taking.OneEach),
                    ("session", taking.Session),
                    ("now", taking.Now),
                    ("lease", taking.Lease)
                ),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var taken = new List<LeasedDelivery>();
        while (await reader.ReadAsync(ct))
            if (unread.TryRead(DeliveryLog.Table, () => KeyOf(reader.GetInt64(0)), () => Read(reader, taking.Lease), out var claim))
                taken.Add(claim);
        return taken;
    }

    /// <summary>Puts deliveries back that were taken and cannot be read: they keep no place among what is on its way.</summary>
    public static Task PutBackAsync(NpgsqlConnection connection, IReadOnlyCollection<UnreadRow> unread, CancellationToken ct) =>
        connection.RunAsync(PutBack, ct, ("ids", unread.Select(u => long.Parse(u.Key, CultureInfo.InvariantCulture)).ToArray()));

    private static string KeyOf(long delivery) => delivery.ToString(CultureInfo.InvariantCulture);

    /// <summary>Gives back what was taken and not attempted to its end.</summary>
    public static Task ReturnAsync(NpgsqlConnection connection, IReadOnlyCollection<LeasedDelivery> claims, CancellationToken ct) =>
        connection.RunAsync(Return, ct, ("ids", claims.Select(c => c.Id).ToArray()), ("leases", claims.Select(c => c.Lease)));

    /// <summary>Takes back what nodes held too long, or hold no more because they died.</summary>
    /// <param name="key">Of the lock by which sending nodes give their sign.</param>
    public static Task RecoverAsync(NpgsqlConnection connection, long key, DateTimeOffset now, CancellationToken ct) =>
        connection.RunAsync(Recover, ct, ("now", now), ("key", key));

    /// <summary>
    /// The statement that keeps what came of attempts. What was claimed by another node meanwhile, or is gone, is left as
    /// it is, and no attempt is noted.
    /// </summary>
    public static NpgsqlBatchCommand Kept(IReadOnlyCollection<Attempted> attempted) =>
        Sql.Statement(
            Keep,
            ("ids", attempted.Select(a => a.Claim.Id).ToArray()),
            ("leases", attempted.Select(a => a.Claim.Lease)),
            ("states", attempted.Select(a => a.State.Word())),
            ("due", attempted.Select(a => a.DueAt)),
            ("ended", attempted.Select(a => a.EndedAt)),
            ("at", attempted.Select(a => a.Attempt.At)),
            ("status", attempted.Select(a => a.Attempt.Status)),
            ("took", attempted.Select(a => a.Attempt.Ms).ToArray()),
            ("outcomes", attempted.Select(a => a.Attempt.Outcome.Word())),
            ("answers", attempted.Select(a => a.Attempt.Answer))
        );

    private static LeasedDelivery Read(NpgsqlDataReader row, DateTimeOffset lease)
    {
        if (row.IsDBNull(2))
            throw new UnreadableException("Its change is not in the log.");
        if (row.IsDBNull(3))
            throw new UnreadableException("The bytes of its notice are gone.");
        return new LeasedDelivery(
            row.GetInt64(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetFieldValue<byte[]>(3),
            new WebhookTarget(
                row.GetString(4),
                row.GetString(5),
                row.Text(7) is { } former ? [row.GetString(6), former] : [row.GetString(6)]
            ),
            row.GetInt32(8),
            row.MaybeAt(9),
            lease
        );
    }
}
