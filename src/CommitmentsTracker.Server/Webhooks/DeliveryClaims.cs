using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>A delivery that is this node's to attempt until its lease runs out.</summary>
/// <param name="LastAttempt">When the attempt before began.</param>
public sealed record ClaimedDelivery(
    long Id,
    Guid Subscription,
    Guid ChangeId,
    byte[] Body,
    WebhookTarget Target,
    int Attempts,
    DateTimeOffset? LastAttempt,
    DateTimeOffset Lease
);

/// <summary>
/// Takes deliveries that are due, oldest first, never more of one endpoint than it has free slots. Everything that
/// counts is in the tables: several nodes may take side by side, and what a dead one held is taken again.
/// </summary>
public sealed class DeliveryClaims(NpgsqlDataSource source, StoreLocation location, TimeProvider time)
{
    /// <summary>How long a claim holds.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    /// <summary>The look for endpoints with something due touches each endpoint; it may take a quarter of the time.</summary>
    private const int LooksApart = 3;

    /// <summary>On a machine that is busy with other things a look takes long without costing much.</summary>
    private static readonly TimeSpan MostApart = TimeSpan.FromMilliseconds(250);

    private readonly long _key = BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes("webhooks " + location.Schema)));
    private IReadOnlyList<Guid> _due = [];
    private long _lookedAt;
    private TimeSpan _lookTook;
    private long? _recoveredAt;

    /// <summary>When the endpoints may be looked through again. It spares the machine, so it is measured by the machine's own time.</summary>
    public TimeSpan UntilNextLook =>
        (_lookTook * LooksApart is var apart && apart < MostApart ? apart : MostApart) - Stopwatch.GetElapsedTime(_lookedAt);

    /// <summary>True if the last taking did not look for endpoints, because it was too soon.</summary>
    public bool SkippedLook { get; private set; }

    /// <summary>Takes what is due.</summary>
    /// <param name="sign">This node's.</param>
    /// <param name="most">Most deliveries.</param>
    /// <param name="isCrowded">True if so many are on their way that no endpoint may have more than one.</param>
    public async Task<List<ClaimedDelivery>> TakeAsync(SendingSign sign, int most, bool isCrowded, CancellationToken ct)
    {
        var now = time.GetUtcNow().ToMicroseconds();
        await using var connection = await source.OpenConnectionAsync(ct);
        SkippedLook = UntilNextLook > TimeSpan.Zero;
        if (!SkippedLook)
            await LookAsync(sign, now, ct);
        if (_due.Count == 0)
            return [];
        var lease = now + Lease;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // A claim that a crash of the database forgets is claimed again; nothing waits for the disk here.
                new("select set_config('synchronous_commit', 'off', true)"),
                new(
                    """
                    with busy as (select subscription, count(*)::int as n from deliveries where state = 'sending' group by subscription),
                    room as (
                        select e.subscription, case when $5 or e.probe_at is not null then 1 else e.slots end - coalesce(b.n, 0) as free
                        from unnest($3) u (id) join endpoints e on e.subscription = u.id join subscriptions s on s.id = e.subscription left join busy b on b.subscription = e.subscription
                        where s.state = 'active' and (e.probe_at is null or e.probe_at <= $1)),
                    picked as (
                        select w.id, w.attempted_at from room r cross join lateral (
                            select d.id, d.due_at, d.attempted_at from deliveries d where d.subscription = r.subscription and d.state = 'waiting' and d.due_at <= $1
                            order by d.due_at, d.id limit greatest(r.free, 0) for update skip locked) w
                        order by w.due_at, w.id limit $4)
                    update deliveries d set state = 'sending', leased_until = $2, leased_by = $6, attempted_at = $1
                    from picked p, endpoints e, changes c, notices n
                    where d.id = p.id and e.subscription = d.subscription and c.change_no = d.change_no and n.change_no = d.change_no
                    returning d.id, d.subscription, c.change_id, n.body, e.url, e.content_type, e.secret, case when e.former_until > $1 then e.former_secret end, d.attempts, p.attempted_at
                    """
                )
                {
                    Parameters =
                    {
                        SubscriptionStore.Parameter(now),
                        SubscriptionStore.Parameter(lease),
                        new NpgsqlParameter<Guid[]> { TypedValue = [.. _due] },
                        new NpgsqlParameter<int> { TypedValue = most },
                        new NpgsqlParameter<bool> { TypedValue = isCrowded },
                        new NpgsqlParameter<int> { TypedValue = sign.Session },
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var taken = new List<ClaimedDelivery>();
        while (await reader.ReadAsync(ct))
        {
            taken.Add(
                new ClaimedDelivery(
                    reader.GetInt64(0),
                    reader.GetGuid(1),
                    reader.GetGuid(2),
                    reader.GetFieldValue<byte[]>(3),
                    new WebhookTarget(
                        reader.GetString(4),
                        reader.GetString(5),
                        reader.IsDBNull(7) ? [reader.GetString(6)] : [reader.GetString(6), reader.GetString(7)]
                    ),
                    reader.GetInt32(8),
                    reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
                    lease
                )
            );
        }

        return taken;
    }

    /// <summary>Gives back what was taken and not attempted to its end.</summary>
    public async Task ReturnAsync(IReadOnlyCollection<ClaimedDelivery> claims, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await SubscriptionStore.RunAsync(
            connection,
            "update deliveries d set state = 'waiting', leased_until = null, leased_by = null from unnest($1, $2) x (id, lease) where d.id = x.id and d.state = 'sending' and d.leased_until = x.lease",
            ct,
            claims.Select(c => c.Id).ToArray(),
            Instants(claims.Select(c => c.Lease))
        );
    }

    /// <summary>Gives the sign by which other nodes know that this one lives; what it takes is its own while the sign stands and the lease lasts.</summary>
    public async Task<SendingSign> AppearAsync(CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(
                "select pg_backend_pid() from (select pg_advisory_lock_shared($1)) as held",
                connection
            )
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = _key } },
            };
            return new SendingSign(connection, (int)(await command.ExecuteScalarAsync(ct))!);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Finds the endpoints with something due, and takes back what nodes held too long, or hold no more because they died.</summary>
    private async Task LookAsync(SendingSign sign, DateTimeOffset now, CancellationToken ct)
    {
        if (_recoveredAt is not { } recovered || time.GetElapsedTime(recovered) >= DeliverySignal.Look)
        {
            await SubscriptionStore.RunAsync(
                sign.Connection,
                """
                update deliveries set state = 'waiting', leased_until = null, leased_by = null where state = 'sending' and mail is null and (leased_until <= $1 or leased_by is null or leased_by not in (
                    select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and objsubid = 1 and granted
                    and classid = (($2 >> 32) & 4294967295)::oid and objid = ($2 & 4294967295)::oid))
                """,
                ct,
                now,
                _key
            );
            _recoveredAt = time.GetTimestamp();
        }

        var began = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand(
            """
            select e.subscription from endpoints e join subscriptions s on s.id = e.subscription
            cross join lateral (select 1 from deliveries d where d.subscription = e.subscription and d.state = 'waiting' and d.due_at <= $1 limit 1) w
            where s.state = 'active' and (e.probe_at is null or e.probe_at <= $1) and not exists (select 1 from delivery_progress where paused_at is not null)
            """,
            sign.Connection
        )
        {
            Parameters = { SubscriptionStore.Parameter(now) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<Guid>();
        while (await reader.ReadAsync(ct))
            due.Add(reader.GetGuid(0));
        _due = due;
        (_lookedAt, _lookTook) = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
    }

    internal static NpgsqlParameter Instants(IEnumerable<DateTimeOffset> instants) =>
        new() { Value = instants.Select(i => i.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}

/// <summary>A session of the database that stands for a sending node: it ends with the node, however that ends.</summary>
public sealed class SendingSign(NpgsqlConnection connection, int session) : IAsyncDisposable
{
    /// <summary>The session's number in the database.</summary>
    public int Session => session;

    /// <summary>False if the session is known to be gone.</summary>
    public bool Stands => connection.State == System.Data.ConnectionState.Open;

    /// <summary>The session itself, to be used by one at a time; it fails if the sign is gone.</summary>
    internal NpgsqlConnection Connection => connection;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Sessions go back into the pool as they are.
            if (Stands)
                await SubscriptionStore.RunAsync(connection, "select pg_advisory_unlock_all()", CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The session is gone, and the sign with it.
        }

        await connection.DisposeAsync();
    }
}
