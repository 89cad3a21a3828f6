using System.Text.Json;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>A mail that is to be put into the queue.</summary>
/// <param name="Subscriber">Who gets it; null: whoever has the address.</param>
/// <param name="Address">Where there is no subscriber.</param>
public sealed record NewMail(Guid Id, MailKind Kind, Guid? Subscriber, string? Address, MailContent Content, DateTimeOffset DueAt)
{
    /// <summary>Id of the first change that it tells; null: it hangs on none.</summary>
    public Guid? Change { get; init; }

    /// <summary>Of a mail on one item: how many such mails went to the same subscriber before.</summary>
    public int ThreadNo { get; init; }
}

/// <summary>A mail that was taken for one attempt, as its row says.</summary>
public sealed record TakenMail(
    Guid Id,
    MailKind Kind,
    Guid? Subscriber,
    string? Address,
    MailContent Content,
    string MessageId,
    int ThreadNo,
    int Attempts
);

/// <summary>What a subscriber was mailed lately.</summary>
/// <param name="Immediate">Mails on single items since an instant.</param>
/// <param name="FirstAt">When the first of them was made; null: there is none.</param>
/// <param name="OnItem">Mails on one item, ever since they are kept.</param>
/// <param name="OpenDigest">A digest that still waits; null: none does.</param>
public sealed record RecentMails(long Immediate, DateTimeOffset? FirstAt, int OnItem, Guid? OpenDigest);

/// <summary>The rows of mails on their way and gone.</summary>
public static class MailStore
{
    private static readonly string Waiting = MailState.Waiting.Literal();

    private static readonly string Insert = $"""
        insert into mails (id, subscriber, address, kind, state, due_at, created_at, message_id, thread_no, content)
        values (@id, @subscriber, @address, @kind, {Waiting}, @due, @now, @message_id, @thread_no, @content::jsonb)
        """;

    private static readonly string Recent = $"""
        select count(*) filter (where kind = 'immediate' and created_at > @since),
            min(created_at) filter (where kind = 'immediate' and created_at > @since),
            count(*) filter (where kind = 'immediate' and content ->> 'item' = @item)::int,
            (array_agg(id) filter (where kind = 'digest' and state = {Waiting}))[1]
        from mails where subscriber = @subscriber
        """;

    private static readonly string Take = $"""
        update mails set state = {MailState.Sending.Literal()}, leased_until = @lease, attempts = attempts + 1
        where id in (
            select m.id from mails m left join subscribers s on s.id = m.subscriber
            where ((m.state = {Waiting} and m.due_at <= @now) or (m.state = {MailState.Sending.Literal()} and m.leased_until < @now))
            and (s.suspended_at is null or m.kind = 'confirmation')
            and not exists (select 1 from put_aside p where p.table_name = '{OutgoingMail.Table}' and p.key = m.id::text)
            and not exists (select 1 from delivery_progress where paused_at is not null)
            order by m.due_at, m.id limit @most for update of m skip locked)
        returning id, kind, subscriber, address, content, message_id, thread_no, attempts
        """;

    private static readonly string Open = Sql.Literals(MailState.Waiting, MailState.Sending);

    private static readonly string Find = $"""
        select id, kind, subscriber, address, content, message_id, thread_no, attempts
        from mails where id = @id::uuid and state in {Open}
        """;

    private static readonly string LetGo = $"""
        update mails set state = {Waiting}, due_at = least(due_at, @now), leased_until = null
        where id = @id and state in {Open}
        """;

    private const string Finish = """
        update mails set state = @state, due_at = coalesce(@due, due_at), done_at = @done, leased_until = null, failure = @failure,
            address = case when @without_address then null else address end,
            content = case when @without_secret then content - 'secret' else content end
        where id = @id
        """;

    /// <summary>Puts a mail into the queue.</summary>
    public static Task AddAsync(
        NpgsqlConnection connection,
        NewMail mail,
        PublicAddress address,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        connection.RunAsync(
            Insert,
            ct,
            ("id", mail.Id),
            ("subscriber", mail.Subscriber),
            ("address", mail.Address),
            ("kind", mail.Kind.Word()),
            ("due", mail.DueAt),
            ("now", now),
            ("message_id", MailMessages.MessageId(mail.Change, mail.Id, address)),
            ("thread_no", mail.ThreadNo),
            ("content", JsonSerializer.Serialize(mail.Content, TrackerJson.Stored))
        );

    /// <summary>What a subscriber was mailed since an instant, and on an item.</summary>
    public static async Task<RecentMails> RecentAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        Guid item,
        DateTimeOffset since,
        CancellationToken ct
    ) =>
        (
            await connection.OneAsync(
                Recent,
                r => new RecentMails(r.GetInt64(0), r.MaybeAt(1), r.GetInt32(2), r.IsDBNull(3) ? null : r.GetGuid(3)),
                ct,
                ("subscriber", subscriber),
                ("item", item.ToString("D")),
                ("since", since)
            )
        )!;

    /// <summary>Takes mails that are due until a lease runs out.</summary>
    /// <param name="unread">Gets those that cannot be read.</param>
    public static async Task<List<TakenMail>> TakeAsync(
        NpgsqlDataSource source,
        DateTimeOffset now,
        DateTimeOffset lease,
        int most,
        UnreadRows unread,
        CancellationToken ct
    )
    {
        var read = await source.AllAsync(
            Take,
            r => unread.TryRead(OutgoingMail.Table, () => r.GetGuid(0).ToString("D"), () => Read(r), out var mail) ? mail : null,
            ct,
            ("now", now),
            ("lease", lease),
            ("most", most)
        );
        return [.. read.OfType<TakenMail>()];
    }

    /// <summary>A mail that is not done with; null: there is none of the id.</summary>
    public static Task<TakenMail?> FindAsync(NpgsqlDataSource source, string id, CancellationToken ct) =>
        source.OneAsync(Find, Read, ct, ("id", id));

    /// <summary>Lets a mail go out that was held up.</summary>
    public static Task LetGoAsync(NpgsqlDataSource source, Guid id, DateTimeOffset now, CancellationToken ct) =>
        source.RunAsync(LetGo, ct, ("id", id), ("now", now));

    /// <summary>
    /// Keeps what became of a mail. The secret of a mail that was sent is forgotten, and of a decision, whose address
    /// goes with it, what the server said, and the address once it is done.
    /// </summary>
    public static Task FinishAsync(
        NpgsqlConnection connection,
        DueMail mail,
        (MailState State, DateTimeOffset? DueAt) next,
        string? failure,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        connection.RunAsync(
            Finish,
            ct,
            ("id", mail.Id),
            ("state", next.State.Word()),
            ("due", next.DueAt),
            ("done", next.State.IsDone() ? now : null),
            ("failure", mail.Kind == MailKind.Decision ? null : failure),
            ("without_address", mail.Kind == MailKind.Decision && next.State.IsDone()),
            ("without_secret", next.State == MailState.Sent)
        );

    private static TakenMail Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.Word<MailKind>(1),
            row.IsDBNull(2) ? null : row.GetGuid(2),
            row.Text(3),
            row.Json<MailContent?>(4) ?? throw new UnreadableException("The mail has no content."),
            row.GetString(5),
            row.GetInt32(6),
            row.GetInt32(7)
        );
}
