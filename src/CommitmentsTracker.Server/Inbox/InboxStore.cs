using System.Text.Json;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Items;
using Npgsql;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>How to reach who sent something in.</summary>
public sealed record InboxSender(string? Email, string? Address);

/// <summary>
/// Keeps what was sent in. Who sent it lies in a table of its own and is erased in the transaction of the decision,
/// once the mail that tells of it is in the queue.
/// </summary>
public sealed class InboxStore(NpgsqlDataSource source, OutgoingMail mails, DeliverySignal signal, PutAside aside, TimeProvider time)
    : IRefusedDisputes,
        IReadsAgain
{
    private const string Table = "inbox";

    /// <summary>How long a sender is kept if nobody decides.</summary>
    public static readonly TimeSpan SendersKept = TimeSpan.FromDays(90);

    private const string Columns = """
        i.id, i.kind, i.item, i.forum,
            (select d.details ->> 'title' from item_details d where d.slug = i.item and upper_inf(d.known) limit 1), i.update_id, i.sent,
            i.lang,
        i.person, i.sent_at, i.state, i.taken_by, i.taken_at, i.decided_by, i.decided_at, i.reason
        """;

    /// <summary>Keeps something that was sent in.</summary>
    /// <returns>Its id, and the secret by which the sender sees what became of it.</returns>
    public async Task<(Guid Id, string Secret)> AddAsync(NewEntry entry, CancellationToken ct)
    {
        var (now, secret) = (time.GetUtcNow(), Secrets.Create());
        var id = entry.Id ?? Guid.CreateVersion7(now);
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await transaction.RunAsync(
            "insert into inbox (id, kind, item, forum, update_id, sent, lang, person, receipt, sent_at, state) values ($1, $2, "
                + "$3, $4, $5, $6::jsonb, $7, $8, $9, $10, 'open') on conflict (id) do nothing",
            ct,
            id,
            entry.Kind.Word(),
            entry.Item,
            entry.Forum,
            entry.Update,
            JsonSerializer.Serialize(entry.Sent, TrackerJson.Stored),
            entry.Lang,
            entry.Person,
            Secrets.Hash(secret),
            now
        );
        if (entry.Sender is { } sender)
            await transaction.RunAsync(
                "insert into inbox_senders (entry, email, address, sent_at) values ($1, $2, $3, $4)",
                ct,
                id,
                sender.Email,
                sender.Address,
                now
            );
        await transaction.CommitAsync(ct);
        return (id, secret);
    }

    /// <summary>An entry.</summary>
    public Task<InboxEntry?> OfAsync(Guid id, CancellationToken ct) =>
        source.OneAsync($"select {Columns} from inbox i where i.id = $1", Read, ct, id);

    /// <summary>The entry whose receipt somebody has.</summary>
    public Task<InboxEntry?> OfReceiptAsync(string secret, CancellationToken ct) =>
        source.OneAsync($"select {Columns} from inbox i where i.receipt = $1", Read, ct, Secrets.Hash(secret));

    /// <summary>Entries: those that wait by age, the oldest first; those decided the latest first.</summary>
    public async Task<IReadOnlyList<InboxEntry>> ListAsync(InboxFilter filter, int limit, CancellationToken ct) =>
        await aside.AllAsync(
            Table,
            r => r.GetGuid(0).ToString("D"),
            $"""
            select {Columns} from inbox i
            where i.state {(
                filter.Waiting ? "in ('open', 'taken')" : "in ('accepted', 'refused', 'spam')"
            )} and ($1 or i.forum = any($2)) and ($3 = '' or i.kind = $3) and ($5 or i.item = any($6))
            order by {(filter.Waiting ? "i.sent_at, i.id" : "i.decided_at desc, i.id")} limit $4
            """,
            Read,
            ct,
            filter.Forums is null,
            filter.Forums?.ToArray() ?? [],
            filter.Kind?.Word() ?? "",
            limit,
            filter.Items is null,
            filter.Items?.ToArray() ?? []
        );

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct) => await OfAsync(Guid.Parse(row.Key), ct);

    /// <summary>What a person with an account sent in, the latest first.</summary>
    public async Task<IReadOnlyList<InboxEntry>> OfPersonAsync(string person, int limit, CancellationToken ct) =>
        await aside.AllAsync(
            Table,
            r => r.GetGuid(0).ToString("D"),
            $"select {Columns} from inbox i where i.person = $1 order by i.sent_at desc, i.id limit $2",
            Read,
            ct,
            person,
            limit
        );

    /// <summary>How much of a person with an account waits.</summary>
    public async Task<int> WaitingOfAsync(string person, CancellationToken ct) =>
        (
            await source.AllAsync(
                "select count(*)::int from inbox where person = $1 and state in ('open', 'taken')",
                r => r.GetInt32(0),
                ct,
                person
            )
        )[0];

    /// <summary>Disputes of an item's updates that were refused, with the public reason.</summary>
    public async Task<IReadOnlyList<RefusedDispute>> OfAsync(string item, CancellationToken ct) =>
        (
            await aside.AllAsync(
                Table,
                r => r.GetGuid(0).ToString("D"),
                $"select {Columns} from inbox i where i.item = $1 and i.kind = 'dispute' and i.state = 'refused' order by i.decided_at",
                Read,
                ct,
                item
            )
        ).ConvertAll(e => new RefusedDispute(e.Update!, e.DecidedAt!.Value, e.Reason));

    /// <summary>How many of each sort wait in some forums; null: in all.</summary>
    public async Task<IReadOnlyDictionary<InboxKind, int>> CountAsync(IReadOnlyCollection<string>? forums, CancellationToken ct) =>
        (
            await source.AllAsync(
                "select kind, count(*)::int from inbox where state in ('open', 'taken') and ($1 or forum = any($2)) group by kind",
                r => (Kind: Words.Read<InboxKind>(r.GetString(0)), Number: r.GetInt32(1)),
                ct,
                forums is null,
                forums?.ToArray() ?? []
            )
        ).ToDictionary(r => r.Kind, r => r.Number);

    /// <summary>How many wait in all.</summary>
    public async Task<int> WaitingAsync(CancellationToken ct) => (await CountAsync(null, ct)).Values.Sum();

    /// <summary>E-mail addresses of senders that may be asked, by entry.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> EmailsAsync(IReadOnlyCollection<Guid> entries, CancellationToken ct) =>
        entries.Count == 0
            ? new Dictionary<Guid, string>()
            : (
                await source.AllAsync(
                    "select entry, email from inbox_senders where entry = any($1) and email is not null",
                    r => (r.GetGuid(0), r.GetString(1)),
                    ct,
                    entries.ToArray()
                )
            ).ToDictionary(r => r.Item1, r => r.Item2);

    /// <summary>Gives an entry to who wants to work on it. False: somebody else has it, or it is decided.</summary>
    public async Task<bool> TakeAsync(Guid id, string by, CancellationToken ct) =>
        await source.RunAsync(
            "update inbox set state = 'taken', taken_by = $2, taken_at = $3 where id = $1 and (state = 'open' or (state = "
                + "'taken' and taken_by = $2))",
            ct,
            id,
            by,
            time.GetUtcNow()
        ) == 1;

    /// <summary>Puts an entry back. False: it was not taken.</summary>
    public async Task<bool> PutBackAsync(Guid id, CancellationToken ct) =>
        await source.RunAsync("update inbox set state = 'open', taken_by = null, taken_at = null where id = $1 and state = 'taken'", ct, id)
        == 1;

    /// <summary>Decides, tells the sender and forgets them. False: somebody else has decided, or has it.</summary>
    /// <param name="entry">What is decided.</param>
    /// <param name="state">How.</param>
    /// <param name="by">Opaque id of who decides; null: an import.</param>
    /// <param name="reason">Why, in words for the sender.</param>
    public async Task<bool> DecideAsync(InboxEntry entry, InboxState state, string? by, string? reason, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var decided = await transaction.RunAsync(
            "update inbox set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1 and (state = 'open' or "
                + "(state = 'taken' and ($6 or taken_by = $3)))",
            ct,
            entry.Id,
            state.Word(),
            by,
            time.GetUtcNow(),
            reason,
            state == InboxState.Accepted
        );
        if (decided == 0)
            return false;
        if (state != InboxState.Spam && await AddressAsync(transaction, entry, ct) is { } to)
        {
            await mails.AddAsync(
                connection,
                MailKind.Decision,
                null,
                to,
                new MailContent
                {
                    Lang = entry.Lang,
                    What = $"{entry.Kind.Word()}.{state.Word()}",
                    Slug = entry.Item,
                    Title = entry.Title,
                    Reason = reason,
                },
                ct
            );
        }

        await transaction.RunAsync("delete from inbox_senders where entry = $1", ct, entry.Id);
        // A refused dispute is told on the item's page.
        if (entry.Kind == InboxKind.Dispute && state == InboxState.Refused)
            await transaction.RunAsync("update shown_version set version = version + 1", ct);
        await transaction.CommitAsync(ct);
        signal.Wake();
        return true;
    }

    private static async Task<string?> AddressAsync(NpgsqlTransaction transaction, InboxEntry entry, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select coalesce((select email from inbox_senders where entry = $1), (select email from people where id = $2))",
            transaction.Connection,
            transaction
        );
        command.Parameters.Add(new NpgsqlParameter { Value = entry.Id });
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)entry.Person ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }
        );
        return await command.ExecuteScalarAsync(ct) as string;
    }

    private static InboxEntry Read(NpgsqlDataReader r) =>
        new(
            r.GetGuid(0),
            Words.Read<InboxKind>(r.GetString(1)),
            r.GetString(2),
            r.GetString(3),
            r.Text(4) is { } title ? JsonSerializer.Deserialize<Text>(title, TrackerJson.Stored) : null,
            r.Text(5),
            JsonSerializer.Deserialize<SentIn>(r.GetString(6), TrackerJson.Stored)!,
            r.GetString(7),
            r.Text(8),
            r.At(9),
            Words.Read<InboxState>(r.GetString(10)),
            r.Text(11),
            r.MaybeAt(12),
            r.Text(13),
            r.MaybeAt(14),
            r.Text(15)
        );
}

/// <summary>Asks to forget senders of whom nobody decided in time, and what was no contribution.</summary>
public sealed record ForgetSenders;

/// <summary>Erases senders after ninety days, and texts that were spam.</summary>
public static class ForgetSendersHandler
{
    /// <summary>Forgets.</summary>
    public static async Task Handle(ForgetSenders _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct)
    {
        var before = time.GetUtcNow() - InboxStore.SendersKept;
        await source.RunAsync("delete from inbox_senders where sent_at < $1", ct, before);
        await source.RunAsync("delete from inbox where state = 'spam' and decided_at < $1", ct, before);
    }
}
