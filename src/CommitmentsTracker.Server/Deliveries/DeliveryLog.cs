using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Subscriptions;
using CommitmentsTracker.Server.Webhooks;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Deliveries;

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

/// <summary>Answers who heard of which change, when, and what was answered; for thirty days.</summary>
public sealed class DeliveryLog(NpgsqlDataSource source)
{
    /// <summary>Most deliveries of one answer.</summary>
    public const int MostDeliveries = 200;

    /// <summary>True if the subscription has the delivery.</summary>
    public async Task<bool> HasAsync(Guid subscription, long delivery, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select exists (select 1 from deliveries where id = $1 and subscription = $2)");
        command.Parameters.Add(SubscriptionStore.Parameter(delivery));
        command.Parameters.Add(SubscriptionStore.Parameter(subscription));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Who heard of a change, or will: endpoints first.</summary>
    /// <returns>At most <see cref="MostDeliveries"/> of them, and whether there are more.</returns>
    public async Task<(IReadOnlyList<HeardOf> Heard, bool More)> OfChangeAsync(long change, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            select s.channel, coalesce(e.url, split_part(a.address, '@', 2)), d.state, case when d.state = 'waiting' then greatest(d.due_at, e.probe_at) else d.done_at end, d.attempts,
                t.at, t.status, t.took_ms, t.outcome, t.answer
            from deliveries d join subscriptions s on s.id = d.subscription left join endpoints e on e.subscription = s.id left join subscribers a on a.id = s.subscriber
            left join lateral (select * from delivery_attempts x where x.delivery = d.id order by x.at desc limit 1) t on true
            where d.change_no = $1 order by s.channel desc, 2, d.id limit $2
            """
        );
        command.Parameters.Add(SubscriptionStore.Parameter(change));
        command.Parameters.Add(SubscriptionStore.Parameter(MostDeliveries + 1));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var heard = new List<HeardOf>();
        while (await reader.ReadAsync(ct))
        {
            heard.Add(
                new HeardOf(
                    Words.Read<Channel>(reader.GetString(0)),
                    reader.GetString(1),
                    Words.Read<DeliveryState>(reader.GetString(2)),
                    reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
                    reader.GetInt32(4),
                    reader.IsDBNull(5) ? null : AttemptAt(reader, 5)
                )
            );
        }

        return (heard.Count > MostDeliveries ? heard[..MostDeliveries] : heard, heard.Count > MostDeliveries);
    }

    /// <summary>Deliveries of a subscription by the number of their change.</summary>
    /// <param name="states">Only in these states; none: all.</param>
    /// <param name="change">Only of this change.</param>
    /// <param name="after">Only of later changes.</param>
    public async Task<DeliveryPage> ReadAsync(
        Guid subscription,
        IReadOnlyList<DeliveryState> states,
        long? change,
        long after,
        int limit,
        CancellationToken ct
    )
    {
        await using var batch = source.CreateBatch();
        const string page = """
            select d.* from deliveries d where d.subscription = $1 and d.change_no > $2 and ($3::bigint is null or d.change_no = $3) and (cardinality($4::text[]) = 0 or d.state = any($4))
            order by d.change_no limit $5
            """;
        batch.BatchCommands.Add(
            Command(
                $"""
                select d.id, d.change_no, c.change_id, c.type, c.change ->> 'item', d.state, d.created_at, d.done_at, case when d.state = 'waiting' then greatest(d.due_at, e.probe_at) end, case when m.state = 'sent' then m.done_at end
                from ({page}) d join changes c on c.change_no = d.change_no left join endpoints e on e.subscription = d.subscription left join mails m on m.id = d.mail order by d.change_no
                """
            )
        );
        batch.BatchCommands.Add(
            Command(
                $"select a.delivery, a.at, a.status, a.took_ms, a.outcome, a.answer from ({page}) d join delivery_attempts a on a.delivery = d.id order by a.delivery, a.at"
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<DeliveryView>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(
                new DeliveryView(
                    reader.GetInt64(0),
                    reader.GetInt64(1),
                    reader.GetGuid(2),
                    reader.GetString(3),
                    reader.GetString(4),
                    Words.Read<DeliveryState>(reader.GetString(5)),
                    reader.GetFieldValue<DateTimeOffset>(6),
                    Instant(7),
                    Instant(8),
                    Instant(9),
                    []
                )
            );
        }

        await reader.NextResultAsync(ct);
        var attempts = new List<(long Delivery, AttemptView Attempt)>();
        while (await reader.ReadAsync(ct))
            attempts.Add((reader.GetInt64(0), AttemptAt(reader, 1)));

        var of = attempts.ToLookup(a => a.Delivery, a => a.Attempt);
        return new DeliveryPage(
            [.. rows.Take(limit).Select(r => r with { Attempts = [.. of[r.Id]] })],
            rows.Count > limit ? rows[limit - 1].ChangeNo : null
        );

        DateTimeOffset? Instant(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

        NpgsqlBatchCommand Command(string sql) =>
            new(sql)
            {
                Parameters =
                {
                    SubscriptionStore.Parameter(subscription),
                    SubscriptionStore.Parameter(after),
                    new NpgsqlParameter { Value = (object?)change ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                    new NpgsqlParameter<string[]> { TypedValue = [.. states.Select(s => s.Word())] },
                    // One more than asked for tells whether that was all.
                    SubscriptionStore.Parameter(limit + 1),
                },
            };
    }

    private static AttemptView AttemptAt(NpgsqlDataReader reader, int column) =>
        new(
            reader.GetFieldValue<DateTimeOffset>(column),
            reader.IsDBNull(column + 1) ? null : reader.GetInt32(column + 1),
            reader.GetInt32(column + 2),
            Words.Read<AttemptOutcome>(reader.GetString(column + 3)),
            reader.IsDBNull(column + 4) ? null : reader.GetString(column + 4)
        );
}
