using System.Globalization;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>One delivery with what was tried.</summary>
/// <param name="ChangeId">Id of the change: <c>webhook-id</c> of each attempt.</param>
/// <param name="NextAttemptAt">While it waits: when it is tried next.</param>
/// <param name="MailedAt">Of a subscription by e-mail: when the mail that tells of it was handed over.</param>
/// <param name="Attempts">Of a webhook, in their order.</param>
public sealed record DeliveryView(
    long Id,
    long ChangeNo,
    Guid ChangeId,
    string Type,
    string Item,
    DeliveryState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DoneAt,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset? MailedAt,
    IReadOnlyList<AttemptView> Attempts
);

/// <summary>One page of deliveries.</summary>
/// <param name="NextAfter">What to give for <c>after</c> to go on; absent: that was all.</param>
public sealed record DeliveryPage(IReadOnlyList<DeliveryView> Deliveries, long? NextAfter);

/// <summary>Whether one subscription heard of a change.</summary>
/// <param name="To">Address of the endpoint; of a mailbox the domain alone.</param>
/// <param name="At">When it was done with; while it waits, when it is tried next.</param>
/// <param name="Last">Of a webhook: the last attempt.</param>
public sealed record HeardOf(Channel Channel, string To, DeliveryState State, DateTimeOffset? At, int Attempts, AttemptView? Last);

/// <summary>Which deliveries of a subscription are asked for.</summary>
/// <param name="States">Only in these states; none: all.</param>
/// <param name="Change">Only of the change with this number; null: of all.</param>
/// <param name="After">Only of changes with later numbers.</param>
/// <param name="Limit">Most deliveries.</param>
public sealed record AskedDeliveries(IReadOnlyList<DeliveryState> States, long? Change, long After, int Limit);

/// <summary>Answers who heard of which change, when, and what was answered; for thirty days.</summary>
public sealed class DeliveryLog(NpgsqlDataSource source, PutAside aside)
{
    /// <summary>The table of deliveries, as it is named where its rows are put aside.</summary>
    public const string Table = "deliveries";

    /// <summary>Most deliveries of one answer.</summary>
    public const int MostDeliveries = 200;

    private const string Page = """
        select d.* from deliveries d
        where d.subscription = @subscription and d.change_no > @after
        and (@change::bigint is null or d.change_no = @change)
        and (cardinality(@states::text[]) = 0 or d.state = any(@states))
        order by d.change_no limit @limit
        """;

    private static readonly string Deliveries = $"""
        select d.id, d.change_no, c.change_id, c.type, c.change ->> 'item', d.state, d.created_at, d.done_at,
            case when d.state = {StateSql.Waiting} then greatest(d.due_at, e.probe_at) end,
            case when d.state = {StateSql.Delivered} and d.mail is not null then d.done_at end
        from ({Page}) d
        join changes c on c.change_no = d.change_no
        left join endpoints e on e.subscription = d.subscription
        order by d.change_no
        """;

    private static readonly string Attempts = $"""
        select a.delivery, {AttemptView.Columns("a")}
        from ({Page}) d join delivery_attempts a on a.delivery = d.id
        order by a.delivery, a.at
        """;

    private static readonly string OfChange = $"""
        select s.channel, coalesce(e.url, split_part(a.address, '@', 2)), d.state,
            case when d.state = {StateSql.Waiting} then greatest(d.due_at, e.probe_at) else d.done_at end, d.attempts,
            {AttemptView.Columns("t")}, d.id
        from deliveries d
        join subscriptions s on s.id = d.subscription
        left join endpoints e on e.subscription = s.id
        left join subscribers a on a.id = s.subscriber
        left join lateral (select * from delivery_attempts x where x.delivery = d.id order by x.at desc limit 1) t on true
        where d.change_no = @change
        order by s.channel desc, 2, d.id limit @limit
        """;

    /// <summary>True if the subscription has the delivery.</summary>
    public async Task<bool> HasAsync(Guid subscription, long delivery, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.ValueAsync<bool>(
            "select exists (select 1 from deliveries where id = @delivery and subscription = @subscription)",
            ct,
            ("delivery", delivery),
            ("subscription", subscription)
        );
    }

    /// <summary>Who heard of a change, or will: endpoints first.</summary>
    /// <returns>At most <see cref="MostDeliveries"/> of them, and whether there are more.</returns>
    public async Task<(IReadOnlyList<HeardOf> Heard, bool More)> OfChangeAsync(long change, CancellationToken ct)
    {
        var unread = new UnreadRows();
        var read = await source.AllAsync(
            OfChange,
            r => unread.TryRead(Table, () => KeyOf(r.GetInt64(10)), () => Heard(r), out var of) ? of : null,
            ct,
            ("change", change),
            ("limit", MostDeliveries + 1)
        );
        await aside.NoteAsync(unread.All, ct);
        var heard = read.OfType<HeardOf>().ToList();
        return (heard.Count > MostDeliveries ? heard[..MostDeliveries] : heard, heard.Count > MostDeliveries);
    }

    /// <summary>Deliveries of a subscription by the number of their change.</summary>
    public async Task<DeliveryPage> ReadAsync(Guid subscription, AskedDeliveries asked, CancellationToken ct)
    {
        (string, object?)[] parameters =
        [
            ("subscription", subscription),
            ("after", asked.After),
            ("change", asked.Change),
            ("states", asked.States.Select(s => s.Word())),
            // One more than asked for tells whether that was all.
            ("limit", asked.Limit + 1),
        ];
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(Sql.Statement(Deliveries, parameters));
        batch.BatchCommands.Add(Sql.Statement(Attempts, parameters));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (rows, unread, last, count) = (new List<DeliveryView>(), new UnreadRows(), 0L, 0);
        while (await reader.ReadAsync(ct))
        {
            // The row above the limit only tells that there are more; a row that cannot be read has its place in the page.
            if (++count <= asked.Limit)
                last = reader.GetInt64(1);
            if (unread.TryRead(Table, () => KeyOf(reader.GetInt64(0)), () => Read(reader), out var view) && count <= asked.Limit)
                rows.Add(view);
        }

        await reader.NextResultAsync(ct);
        var attempts = new List<(long Delivery, AttemptView Attempt)>();
        while (await reader.ReadAsync(ct))
            if (unread.TryRead(Table, () => KeyOf(reader.GetInt64(0)), () => AttemptView.Read(reader, 1), out var attempt))
                attempts.Add((reader.GetInt64(0), attempt));
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        var of = attempts.ToLookup(a => a.Delivery, a => a.Attempt);
        return new DeliveryPage([.. rows.Select(r => r with { Attempts = [.. of[r.Id]] })], count > asked.Limit ? last : null);
    }

    private static string KeyOf(long delivery) => delivery.ToString(CultureInfo.InvariantCulture);

    private static HeardOf Heard(NpgsqlDataReader row) =>
        new(
            row.Word<Channel>(0),
            row.GetString(1),
            row.Word<DeliveryState>(2),
            row.MaybeAt(3),
            row.GetInt32(4),
            row.IsDBNull(5) ? null : AttemptView.Read(row, 5)
        );

    private static DeliveryView Read(NpgsqlDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetInt64(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetString(4),
            row.Word<DeliveryState>(5),
            row.At(6),
            row.MaybeAt(7),
            row.MaybeAt(8),
            row.MaybeAt(9),
            []
        );
}
