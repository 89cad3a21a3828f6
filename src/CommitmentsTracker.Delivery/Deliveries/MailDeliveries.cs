using System.Globalization;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>A delivery that waits to be mailed.</summary>
/// <param name="Item">Id of the item.</param>
/// <param name="Update">Id of the update that the change is about; null: it is about the item.</param>
/// <param name="IsRetraction">True of a correction that takes something back.</param>
public sealed record MailDelivery(
    long Id,
    Guid Subscriber,
    Guid Item,
    long ChangeNo,
    Guid ChangeId,
    DateTimeOffset RecordedAt,
    string Type,
    string Cause,
    string? Update,
    bool IsRetraction
);

/// <summary>Deliveries by e-mail: what is due to whom, on which mail they hang, and when they come.</summary>
public static class MailDeliveries
{
    private const string Columns = """
        d.id, s.subscriber, c.item_id, c.change_no, c.change_id, c.recorded_at, c.type,
        c.change ->> 'cause', c.change ->> 'update', c.change ->> 'correctionKind'
        """;

    /// <summary>Deliveries (alias <c>d</c>) of changes that can be read.</summary>
    private const string CanBeRead =
        $"not exists (select 1 from put_aside p where p.table_name = '{StoredChange.Table}' and p.key = d.change_no::text)";

    private static readonly string Singles = $"""
        with due as (
            select distinct s.subscriber, c.item_id
            from deliveries d join subscriptions s on s.id = d.subscription join changes c using (change_no)
            where d.state = {StateSql.Waiting} and d.due_at <= @now
            and s.channel = 'email' and s.state = 'active' and s.frequency = 'immediately' and {CanBeRead}
            limit @most)
        select {Columns}
        from due join subscriptions s on s.subscriber = due.subscriber
        join deliveries d on d.subscription = s.id and d.state = {StateSql.Waiting}
        join changes c on c.change_no = d.change_no and c.item_id = due.item_id
        join subscribers a on a.id = s.subscriber and a.suspended_at is null
        where s.state = 'active' and s.channel = 'email' and s.frequency = 'immediately' and {CanBeRead}
        and not exists (select 1 from delivery_progress where paused_at is not null)
        order by c.change_no for update of d skip locked
        """;

    private static readonly string Digests = $"""
        select a.id from subscribers a
        where a.suspended_at is null and not exists (select 1 from delivery_progress where paused_at is not null)
        and a.id in (
            select s.subscriber from deliveries d join subscriptions s on s.id = d.subscription
            where d.state = {StateSql.Waiting} and d.due_at <= @now
            and s.channel = 'email' and s.state = 'active' and s.frequency <> 'immediately' and {CanBeRead})
        limit @most for no key update skip locked
        """;

    private static readonly string OfDigest = $"""
        select {Columns}
        from subscriptions s join deliveries d on d.subscription = s.id join changes c on c.change_no = d.change_no
        where s.subscriber = @subscriber and s.state = 'active' and s.frequency <> 'immediately'
        and d.state = {StateSql.Waiting} and d.due_at <= @now and {CanBeRead}
        order by c.change_no
        """;

    private static readonly string Told = $"""
        select d.change_no from deliveries d join subscriptions s on s.id = d.subscription
        where s.subscriber = @subscriber and d.change_no = any(@changes) and d.state in {StateSql.Told} and d.mail is not null
        """;

    private static readonly string TakeOut = $"""
        update deliveries set state = {StateSql.Waiting}, mail = null
        where mail = @mail and state = {StateSql.Sending} and change_no = any(@changes)
        """;

    private static readonly string PutOff = $"""
        update deliveries set due_at = @due where subscription = any(@subscriptions) and state = {StateSql.Waiting}
        """;

    /// <summary>
    /// Deliveries to mail at once that are due; on an item of which something is due, also what followed meanwhile. Each is
    /// held.
    /// </summary>
    /// <param name="most">Most pairs of subscriber and item.</param>
    /// <param name="unread">Gets the changes that cannot be read.</param>
    public static async Task<List<MailDelivery>> SinglesAsync(
        NpgsqlConnection connection,
        DateTimeOffset now,
        int most,
        UnreadRows unread,
        CancellationToken ct
    ) => Those(await connection.AllAsync(Singles, r => Read(r, unread), ct, ("now", now), ("most", most)));

    /// <summary>Who is to get a digest now. Each is held, so that no other node makes one for them.</summary>
    public static Task<List<Guid>> DigestsAsync(NpgsqlConnection connection, DateTimeOffset now, int most, CancellationToken ct) =>
        connection.AllAsync(Digests, r => r.GetGuid(0), ct, ("now", now), ("most", most));

    /// <summary>What is due in the digest of an address.</summary>
    /// <param name="unread">Gets the changes that cannot be read.</param>
    public static async Task<List<MailDelivery>> OfDigestAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        DateTimeOffset now,
        UnreadRows unread,
        CancellationToken ct
    ) => Those(await connection.AllAsync(OfDigest, r => Read(r, unread), ct, ("subscriber", subscriber), ("now", now)));

    /// <summary>Which of some changes an address was told already, or is being told.</summary>
    public static async Task<HashSet<long>> ToldAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        IEnumerable<long> changes,
        CancellationToken ct
    ) => [.. await connection.AllAsync(Told, r => r.GetInt64(0), ct, ("subscriber", subscriber), ("changes", changes.ToArray()))];

    /// <summary>Is done with deliveries without a mail of their own.</summary>
    public static async Task EndAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<MailDelivery> deliveries,
        DeliveryState state,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (deliveries.Count == 0)
            return;
        await connection.RunAsync(
            "update deliveries set state = @state, done_at = @now where id = any(@ids)",
            ct,
            ("state", state.Word()),
            ("now", now),
            ("ids", deliveries.Select(d => d.Id).ToArray())
        );
    }

    /// <summary>Hangs deliveries on a mail that is to go out.</summary>
    public static Task HangAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<MailDelivery> deliveries,
        Guid mail,
        CancellationToken ct
    ) =>
        connection.RunAsync(
            "update deliveries set state = @state, mail = @mail where id = any(@ids)",
            ct,
            ("state", DeliveryState.Sending.Word()),
            ("mail", mail),
            ("ids", deliveries.Select(d => d.Id).ToArray())
        );

    /// <summary>Is done with all that hangs on a mail.</summary>
    /// <param name="taken">True if the mail was taken; false: it was given up.</param>
    public static Task DoneAsync(
        NpgsqlConnection connection,
        Guid mail,
        bool taken,
        int attempts,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        connection.RunAsync(
            "update deliveries set state = @state, attempts = @attempts, done_at = @now where mail = @mail",
            ct,
            ("state", (taken ? DeliveryState.Delivered : DeliveryState.Exhausted).Word()),
            ("attempts", attempts),
            ("now", now),
            ("mail", mail)
        );

    /// <summary>The changes that hang on a mail, by number.</summary>
    public static Task<FoundRows> ChangesAsync(NpgsqlConnection connection, Guid mail, CancellationToken ct) =>
        FoundChange.ReadAsync(connection, "change_no in (select change_no from deliveries where mail = $1) order by change_no", ct, mail);

    /// <summary>Takes changes out of a mail; they wait for a mail of their own.</summary>
    public static Task TakeOutAsync(NpgsqlConnection connection, Guid mail, IEnumerable<long> changes, CancellationToken ct) =>
        connection.RunAsync(TakeOut, ct, ("mail", mail), ("changes", changes.ToArray()));

    /// <summary>Lets what waits for some subscriptions come at another time.</summary>
    public static Task PutOffAsync(
        NpgsqlConnection connection,
        IEnumerable<Guid> subscriptions,
        DateTimeOffset due,
        CancellationToken ct
    ) => connection.RunAsync(PutOff, ct, ("subscriptions", subscriptions.ToArray()), ("due", due));

    private static List<MailDelivery> Those(List<MailDelivery?> read) => [.. read.OfType<MailDelivery>()];

    /// <summary>Reads a row; null: its change cannot be read.</summary>
    private static MailDelivery? Read(NpgsqlDataReader row, UnreadRows unread) =>
        unread.TryRead(StoredChange.Table, () => row.GetInt64(3).ToString(CultureInfo.InvariantCulture), () => Read(row), out var read)
            ? read
            : null;

    private static MailDelivery Read(NpgsqlDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetGuid(1),
            row.GetGuid(2),
            row.GetInt64(3),
            row.GetGuid(4),
            row.At(5),
            row.GetString(6),
            row.GetString(7),
            row.Text(8),
            row.Text(9) == "retract"
        );
}
