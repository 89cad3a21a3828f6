using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Mail;

/// <summary>
/// Gathers deliveries by e-mail into mails and keeps what becomes of them. All of its state is in the table: a mail is
/// marked before it is handed over and after; a crash in between repeats it with the same Message-ID.
/// </summary>
public sealed class MailQueue(
    NpgsqlDataSource source,
    SubscriptionStore subscriptions,
    PublicAddress address,
    TimeProvider time,
    ILogger<MailQueue> logger
)
{
    /// <summary>Most mails on single items that one address gets in an hour; what follows in it comes in one.</summary>
    public const int MostInAnHour = 20;

    /// <summary>How long a mail may be on its way before another attempt is made.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private const int AtOnce = 200;
    private const string Columns =
        "d.id, s.subscriber, c.item_id, c.change_no, c.change_id, c.recorded_at, c.type, c.change ->> 'cause', c.change ->> 'update', c.change ->> 'correctionKind'";

    /// <summary>Puts a mail into the queue that hangs on no change.</summary>
    public Task AddAsync(
        NpgsqlConnection connection,
        MailKind kind,
        Guid? subscriber,
        string? to,
        MailContent content,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        return InsertAsync(connection, Guid.CreateVersion7(now), kind, subscriber, to, content, null, now, 0, ct);
    }

    /// <summary>Gathers what is due.</summary>
    /// <returns>How many mails were put into the queue.</returns>
    public async Task<int> GatherAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (now, mails) = (time.GetUtcNow(), 0);
        foreach (var of in (await SinglesAsync(connection, now, ct)).GroupBy(d => d.Subscriber))
        foreach (var item in (await LeftAsync(connection, of.Key, [.. of], now, ct)).GroupBy(d => d.Item))
            mails += await OneAsync(connection, of.Key, item.Key, [.. item], now, ct);
        // A digest is whole, however much changed.
        foreach (var subscriber in await DigestsAsync(connection, now, ct))
            mails += await OneAsync(
                connection,
                subscriber,
                null,
                await LeftAsync(connection, subscriber, await OfDigestAsync(connection, subscriber, now, ct), now, ct),
                now,
                ct
            );
        await transaction.CommitAsync(ct);
        return mails;
    }

    /// <summary>Takes mails that are due, for one attempt each.</summary>
    public async Task<IReadOnlyList<DueMail>> TakeAsync(int most, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var taken =
            new List<(
                Guid Id,
                MailKind Kind,
                Guid? Subscriber,
                string? To,
                MailContent Content,
                string MessageId,
                int Thread,
                int Attempts
            )>();
        await using (
            var command = source.CreateCommand(
                """
                update mails set state = 'sending', leased_until = $2, attempts = attempts + 1
                where id in (
                    select m.id from mails m left join subscribers s on s.id = m.subscriber
                    where ((m.state = 'waiting' and m.due_at <= $1) or (m.state = 'sending' and m.leased_until < $1))
                    and (s.suspended_at is null or m.kind = 'confirmation') and not exists (select 1 from delivery_progress where paused_at is not null)
                    order by m.due_at, m.id limit $3 for update of m skip locked)
                returning id, kind, subscriber, address, content, message_id, thread_no, attempts
                """
            )
        )
        {
            foreach (var value in new object[] { now, now + Lease, most })
                command.Parameters.Add(SubscriptionStore.Parameter(value));
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                taken.Add(
                    (
                        reader.GetGuid(0),
                        Words.Read<MailKind>(reader.GetString(1)),
                        reader.IsDBNull(2) ? null : reader.GetGuid(2),
                        reader.IsDBNull(3) ? null : reader.GetString(3),
                        JsonSerializer.Deserialize<MailContent>(reader.GetString(4), TrackerJson.Stored)!,
                        reader.GetString(5),
                        reader.GetInt32(6),
                        reader.GetInt32(7)
                    )
                );
            }
        }

        var mails = new List<DueMail>();
        foreach (var m in taken)
        {
            Subscriber? subscriber;
            try
            {
                subscriber = m.Subscriber is { } id ? await subscriptions.SubscriberAsync(id, ct) : null;
            }
            catch (CryptographicException e)
            {
                // One row that was damaged holds up nobody else's mails; its own are tried again when the lease ends.
                MailLog.Unreadable(logger, m.Id, e);
                continue;
            }

            // Whoever was erased meanwhile gets nothing, and the row is gone with them.
            if (m.Subscriber is not null && subscriber is null)
                continue;
            mails.Add(
                new DueMail(
                    m.Id,
                    m.Kind,
                    m.Content,
                    m.MessageId,
                    m.Thread,
                    m.Attempts,
                    subscriber,
                    m.To,
                    m.Kind is MailKind.Immediate or MailKind.Digest ? await ChangesAsync(m.Id, ct) : []
                )
            );
        }

        return mails;
    }

    /// <summary>Keeps what became of a mail.</summary>
    public async Task FinishAsync(DueMail mail, Handed handed, string? said, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // A server that is away costs no attempt: what it never heard of it cannot have refused.
        DateTimeOffset? again = handed switch
        {
            Handed.Later => MailTimes.RetryAt(mail.Attempts, now),
            Handed.NoServer => MailTimes.RetryAt(Math.Min(mail.Attempts, 3), now),
            Handed.AddressRefused when mail.Attempts < 2 => MailTimes.RetryAt(2, now),
            _ => null,
        };
        var state =
            handed == Handed.Taken ? "sent"
            : again is null ? "failed"
            : "waiting";
        await SubscriptionStore.RunAsync(
            connection,
            "update mails set state = $2, due_at = coalesce($3, due_at), done_at = case when $2 = 'waiting' then null else $4 end, leased_until = null, failure = case when kind = 'decision' then null else $5 end, address = case when kind = 'decision' and $2 <> 'waiting' then null else address end, content = case when $2 = 'sent' then content - 'secret' else content end where id = $1",
            ct,
            mail.Id,
            state,
            again is { } at ? at.UtcDateTime : DBNull.Value,
            now,
            handed == Handed.Taken || said is null ? DBNull.Value
                : said.Length > 500 ? said[..500]
                : said
        );
        if (state != "waiting")
        {
            await SubscriptionStore.RunAsync(
                connection,
                "update deliveries set state = $2, attempts = $3, done_at = $4 where mail = $1",
                ct,
                mail.Id,
                state == "sent" ? "delivered" : "exhausted",
                mail.Attempts,
                now
            );
        }

        if (mail.Subscriber is { } subscriber)
        {
            if (handed == Handed.Taken)
                await SubscriptionStore.RunAsync(
                    connection,
                    "update subscribers set refusals = 0 where id = $1 and refusals > 0",
                    ct,
                    subscriber.Id
                );
            if (handed == Handed.AddressRefused)
                await SubscriptionStore.RunAsync(
                    connection,
                    "update subscribers set refusals = refusals + 1, suspended_at = case when refusals >= 1 then coalesce(suspended_at, $2) end where id = $1",
                    ct,
                    subscriber.Id,
                    now
                );
        }

        await transaction.CommitAsync(ct);
    }

    /// <summary>One mail of some deliveries, or their place in one that gathers what is too much.</summary>
    private async Task<int> OneAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        Guid? item,
        IReadOnlyList<Waiting> deliveries,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (deliveries.Count == 0)
            return 0;
        var (id, made, dueAt, kind) = (Guid.CreateVersion7(now), 1, now, item is null ? MailKind.Digest : MailKind.Immediate);
        var thread = 0;
        if (item is not null)
        {
            await using var recent = new NpgsqlCommand(
                """
                select count(*) filter (where kind = 'immediate' and created_at > $2), min(created_at) filter (where kind = 'immediate' and created_at > $2),
                    count(*) filter (where kind = 'immediate' and content ->> 'item' = $3),
                    (array_agg(id) filter (where kind = 'digest' and state = 'waiting'))[1]
                from mails where subscriber = $1
                """,
                connection
            );
            foreach (var value in new object[] { subscriber, now.AddHours(-1), item.Value.ToString("D") })
                recent.Parameters.Add(SubscriptionStore.Parameter(value));
            await using var reader = await recent.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            thread = (int)reader.GetInt64(2);
            if (reader.GetInt64(0) >= MostInAnHour)
            {
                (kind, dueAt) = (MailKind.Digest, reader.GetFieldValue<DateTimeOffset>(1).AddHours(1));
                if (!reader.IsDBNull(3))
                    (id, made) = (reader.GetGuid(3), 0);
            }
        }

        if (made == 1)
            await InsertAsync(
                connection,
                id,
                kind,
                subscriber,
                null,
                new MailContent { Item = kind == MailKind.Immediate ? item : null },
                deliveries[0].ChangeId,
                dueAt,
                thread,
                ct
            );
        await SubscriptionStore.RunAsync(
            connection,
            "update deliveries set state = 'sending', mail = $2 where id = any($1)",
            ct,
            deliveries.Select(d => d.Id).ToArray(),
            id
        );
        return made;
    }

    private Task InsertAsync(
        NpgsqlConnection connection,
        Guid id,
        MailKind kind,
        Guid? subscriber,
        string? to,
        MailContent content,
        Guid? change,
        DateTimeOffset dueAt,
        int thread,
        CancellationToken ct
    ) =>
        SubscriptionStore.RunAsync(
            connection,
            "insert into mails (id, subscriber, address, kind, state, due_at, created_at, message_id, thread_no, content) values ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9::jsonb)",
            ct,
            id,
            (object?)subscriber ?? DBNull.Value,
            (object?)to ?? DBNull.Value,
            kind.Word(),
            dueAt,
            time.GetUtcNow(),
            MailMessages.MessageId(change, id, address),
            thread,
            JsonSerializer.Serialize(content, TrackerJson.Stored)
        );

    /// <summary>Deliveries to mail at once that are due; on an item of which something is due, also what followed meanwhile.</summary>
    private static Task<List<Waiting>> SinglesAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct) =>
        ReadAsync(
            connection,
            $"""
            with due as (
                select distinct s.subscriber, c.item_id from deliveries d join subscriptions s on s.id = d.subscription join changes c using (change_no)
                where d.state = 'waiting' and d.due_at <= $1 and s.channel = 'email' and s.state = 'active' and s.frequency = 'immediately'
                limit $2)
            select {Columns}
            from due join subscriptions s on s.subscriber = due.subscriber
            join deliveries d on d.subscription = s.id and d.state = 'waiting'
            join changes c on c.change_no = d.change_no and c.item_id = due.item_id
            join subscribers a on a.id = s.subscriber and a.suspended_at is null
            where s.state = 'active' and s.channel = 'email' and s.frequency = 'immediately'
            and not exists (select 1 from delivery_progress where paused_at is not null)
            order by c.change_no for update of d skip locked
            """,
            ct,
            now,
            AtOnce
        );

    /// <summary>Who is to get a digest now. Each is held, so that no other node makes one for them.</summary>
    private static async Task<List<Guid>> DigestsAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select a.id from subscribers a where a.suspended_at is null and not exists (select 1 from delivery_progress where paused_at is not null) and a.id in (
                select s.subscriber from deliveries d join subscriptions s on s.id = d.subscription
                where d.state = 'waiting' and d.due_at <= $1 and s.channel = 'email' and s.state = 'active' and s.frequency <> 'immediately')
            limit $2 for no key update skip locked
            """,
            connection
        )
        {
            Parameters = { SubscriptionStore.Parameter(now), SubscriptionStore.Parameter(AtOnce) },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<Guid>();
        while (await reader.ReadAsync(ct))
            due.Add(reader.GetGuid(0));
        return due;
    }

    private static Task<List<Waiting>> OfDigestAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        ReadAsync(
            connection,
            $"""
            select {Columns} from subscriptions s join deliveries d on d.subscription = s.id join changes c on c.change_no = d.change_no
            where s.subscriber = $1 and s.state = 'active' and s.frequency <> 'immediately' and d.state = 'waiting' and d.due_at <= $2 order by c.change_no
            """,
            ct,
            subscriber,
            now
        );

    private static async Task<List<Waiting>> ReadAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params object[] values
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(SubscriptionStore.Parameter(value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<Waiting>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(
                new Waiting(
                    reader.GetInt64(0),
                    reader.GetGuid(1),
                    reader.GetGuid(2),
                    reader.GetInt64(3),
                    reader.GetGuid(4),
                    reader.GetFieldValue<DateTimeOffset>(5),
                    reader.GetString(6),
                    reader.GetString(7),
                    reader.IsDBNull(8) ? null : reader.GetString(8),
                    !reader.IsDBNull(9) && reader.GetString(9) == "retract"
                )
            );
        }

        return due;
    }

    /// <summary>
    /// What is to be mailed of what is due. Whoever is told in a digest, or was told by another subscription, is told
    /// once; what was taken back at once is told nobody.
    /// </summary>
    private static async Task<List<Waiting>> LeftAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        List<Waiting> due,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var told = await ToldAsync(connection, subscriber, [.. due.Select(d => d.ChangeNo)], ct);
        var repeated = due.Where(d => told.Contains(d.ChangeNo)).ToList();
        var left = due.Where(d => !told.Contains(d.ChangeNo)).ToList();
        var undone = Undone(left);
        await EndAsync(connection, repeated, "delivered", now, ct);
        await EndAsync(connection, undone, "withheld", now, ct);
        return [.. left.Except(undone)];
    }

    /// <summary>Which of some changes an address was told already, or is being told.</summary>
    private static async Task<HashSet<long>> ToldAsync(NpgsqlConnection connection, Guid subscriber, long[] changes, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select d.change_no from deliveries d join subscriptions s on s.id = d.subscription where s.subscriber = $1 and d.change_no = any($2) and d.state in ('sending', 'delivered') and d.mail is not null",
            connection
        );
        command.Parameters.Add(SubscriptionStore.Parameter(subscriber));
        command.Parameters.Add(SubscriptionStore.Parameter(changes));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var told = new HashSet<long>();
        while (await reader.ReadAsync(ct))
            told.Add(reader.GetInt64(0));
        return told;
    }

    /// <summary>What was taken back within two minutes, and that it was taken back.</summary>
    private static List<Waiting> Undone(List<Waiting> waiting)
    {
        var undone = new List<Waiting>();
        foreach (var back in waiting.Where(w => w.Type == ChangeType.ItemRetracted.Word() || (w.IsRetraction && w.Type == ChangeType.CorrectionMade.Word())))
        {
            var said = waiting
                .Where(w => w.Item == back.Item && w.ChangeNo < back.ChangeNo && (back.Update is null || w.Update == back.Update))
                .ToList();
            var isFirst = said.Exists(w => w.Type == ChangeType.ItemRecorded.Word() || (back.Update is not null && w.Cause == ChangeCause.UpdateLogged.Word()));
            if (!isFirst || said.Exists(w => back.RecordedAt - w.RecordedAt > MailTimes.Undo))
                continue;
            undone.AddRange(said);
            undone.AddRange(waiting.Where(w => w.ChangeNo == back.ChangeNo));
        }

        return undone;
    }

    private static Task<int> EndAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<Waiting> deliveries,
        string state,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        deliveries.Count == 0
            ? Task.FromResult(0)
            : SubscriptionStore.RunAsync(
                connection,
                "update deliveries set state = $2, done_at = $3 where id = any($1)",
                ct,
                deliveries.Select(d => d.Id).ToArray(),
                state,
                now
            );

    private async Task<IReadOnlyList<ChangeView>> ChangesAsync(Guid mail, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select c.change_no, c.change from changes c where c.change_no in (select change_no from deliveries where mail = $1) order by c.change_no"
        );
        command.Parameters.Add(SubscriptionStore.Parameter(mail));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var changes = new List<ChangeView>();
        while (await reader.ReadAsync(ct))
            changes.Add(
                JsonSerializer.Deserialize<ChangeView>(reader.GetFieldValue<byte[]>(1), TrackerJson.Stored)! with
                {
                    ChangeNo = reader.GetInt64(0),
                }
            );
        return changes;
    }

    private sealed record Waiting(
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
}
