using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>
/// Takes deliveries that are due, oldest first, never more of one endpoint than it has free slots. Everything that
/// counts is in the tables: several nodes may take side by side, and what a dead one held is taken again.
/// </summary>
public sealed class DeliveryLeases(NpgsqlDataSource source, StoreLocation location, PutAside aside, TimeProvider time)
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

    /// <summary>
    /// When the endpoints may be looked through again. It spares the machine, so it is measured by the machine's own time.
    /// </summary>
    public TimeSpan UntilNextLook =>
        (_lookTook * LooksApart is var apart && apart < MostApart ? apart : MostApart) - Stopwatch.GetElapsedTime(_lookedAt);

    /// <summary>True if the last taking did not look for endpoints, because it was too soon.</summary>
    public bool SkippedLook { get; private set; }

    /// <summary>True if the last taking put deliveries aside, so that others behind them may be due.</summary>
    public bool PutSomeAside { get; private set; }

    /// <summary>Takes what is due.</summary>
    /// <param name="sign">This node's.</param>
    /// <param name="most">Most deliveries.</param>
    /// <param name="isCrowded">True if so many are on their way that no endpoint may have more than one.</param>
    public async Task<List<LeasedDelivery>> TakeAsync(SendingSign sign, int most, bool isCrowded, CancellationToken ct)
    {
        var now = time.GetUtcNow().ToMicroseconds();
        await using var connection = await source.OpenConnectionAsync(ct);
        SkippedLook = UntilNextLook > TimeSpan.Zero;
        if (!SkippedLook)
            await LookAsync(sign, now, ct);
        PutSomeAside = false;
        if (_due.Count == 0)
            return [];
        var unread = new UnreadRows();
        var taking = new Taking(_due, most, isCrowded, sign.Session, now, now + Lease);
        var taken = await WebhookDeliveries.TakeAsync(connection, taking, unread, ct);
        PutSomeAside = unread.All.Count > 0;
        if (PutSomeAside)
        {
            await aside.KeepAsync(unread.All, ct);
            await WebhookDeliveries.PutBackAsync(connection, unread.All, ct);
        }

        return taken;
    }

    /// <summary>Puts the endpoint of a claim aside, because its row cannot be used, and gives the claim back.</summary>
    public async Task PutAsideAsync(LeasedDelivery claim, Exception why, CancellationToken ct)
    {
        await aside.KeepAsync(EndpointStore.Table, claim.Subscription.ToString("D"), Failure.Said(why), ct);
        await ReturnAsync([claim], ct);
    }

    /// <summary>Gives back what was taken and not attempted to its end.</summary>
    public async Task ReturnAsync(IReadOnlyCollection<LeasedDelivery> claims, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await WebhookDeliveries.ReturnAsync(connection, claims, ct);
    }

    /// <summary>
    /// Gives the sign by which other nodes know that this one lives; what it takes is its own while the sign stands and the
    /// lease lasts.
    /// </summary>
    public async Task<SendingSign> AppearAsync(CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            var session = await connection.ValueAsync<int>(
                "select pg_backend_pid() from (select pg_advisory_lock_shared(@key)) as held",
                ct,
                ("key", _key)
            );
            return new SendingSign(connection, session);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Finds the endpoints with something due, and takes back what nodes held too long, or hold no more because they died.
    /// </summary>
    private async Task LookAsync(SendingSign sign, DateTimeOffset now, CancellationToken ct)
    {
        if (_recoveredAt is not { } recovered || time.GetElapsedTime(recovered) >= DeliverySignal.Look)
        {
            await WebhookDeliveries.RecoverAsync(sign.Connection, _key, now, ct);
            _recoveredAt = time.GetTimestamp();
        }

        var began = Stopwatch.GetTimestamp();
        _due = await WebhookDeliveries.DueAsync(sign.Connection, now, ct);
        (_lookedAt, _lookTook) = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
    }
}

/// <summary>A session of the database that stands for a sending node: it ends with the node, however that ends.</summary>
public sealed class SendingSign(NpgsqlConnection connection, int session) : IAsyncDisposable
{
    /// <summary>The session's number in the database.</summary>
    public int Session => session;

    /// <summary>False if the session is known to be gone.</summary>
    public bool Stands => connection.State == System.Data.ConnectionState.Open;

    /// <summary>The session itself, to be used by one at a time; it fails if the sign is gone.</summary>
    public NpgsqlConnection Connection => connection;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            // Sessions go back into the pool as they are.
            if (Stands)
                await connection.RunAsync("select pg_advisory_unlock_all()", CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The session is gone, and the sign with it.
        }

        await connection.DisposeAsync();
    }
}
