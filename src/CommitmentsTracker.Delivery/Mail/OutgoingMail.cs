using System.Globalization;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>
/// Puts mails into the queue, gives out those that are due, and keeps what becomes of them. All of its state is in the
/// table: a mail is marked before it is handed over and after; a crash in between repeats it with the same Message-ID.
/// </summary>
public sealed class OutgoingMail(
    NpgsqlDataSource source,
    MailGathering gathering,
    SubscriptionStore subscriptions,
    PublicAddress address,
    PutAside aside,
    TimeProvider time
) : IReadsAgain
{
    /// <summary>The table of mails, as it is named where its rows are put aside.</summary>
    public const string Table = "mails";

    /// <summary>How long a mail may be on its way before another attempt is made.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    private const int MostOfAnswer = 500;

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
        return MailStore.AddAsync(connection, new NewMail(Guid.CreateVersion7(now), kind, subscriber, to, content, now), address, now, ct);
    }

    /// <summary>Gathers what is due.</summary>
    /// <returns>How many mails were put into the queue.</returns>
    public Task<int> GatherAsync(CancellationToken ct) => gathering.GatherAsync(ct);

    /// <summary>Takes mails that are due, for one attempt each.</summary>
    public async Task<IReadOnlyList<DueMail>> TakeAsync(int most, CancellationToken ct)
    {
        var (now, unread) = (time.GetUtcNow(), new UnreadRows());
        var taken = await MailStore.TakeAsync(source, now, now + Lease, most, unread, ct);
        await aside.KeepAsync(unread.All, ct);
        var mails = new List<DueMail>();
        foreach (var m in taken)
        {
            try
            {
                // Whoever was erased meanwhile gets nothing, and the row is gone with them.
                if (await DueAsync(m, ct) is { } due)
                    mails.Add(due);
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                await PutAsideAsync(m.Id, e, ct);
            }
        }

        return mails;
    }

    /// <summary>Puts a mail aside that cannot be read or told; nobody else's mails wait for it.</summary>
    public Task PutAsideAsync(Guid mail, Exception why, CancellationToken ct) =>
        aside.KeepAsync(Table, mail.ToString("D"), Failure.Said(why), ct);

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        if (await MailStore.FindAsync(source, row.Key, ct) is { } mail && await DueAsync(mail, ct) is not null)
            await MailStore.LetGoAsync(source, mail.Id, time.GetUtcNow(), ct);
    }

    /// <summary>A mail with all that it tells; null: its subscriber is gone.</summary>
    private async Task<DueMail?> DueAsync(TakenMail m, CancellationToken ct)
    {
        var subscriber = m.Subscriber is { } id ? await subscriptions.SubscriberAsync(id, ct) : null;
        if (m.Subscriber is not null && subscriber is null)
            return null;
        var changes = m.Kind is MailKind.Immediate or MailKind.Digest ? await ChangesAsync(m.Id, ct) : [];
        return new DueMail(m.Id, m.Kind, m.Content, m.MessageId, m.ThreadNo, m.Attempts, subscriber, m.Address, changes);
    }

    /// <summary>
    /// What hangs on a mail, by number. A change that cannot be read is taken out of it and waits, put aside, for a mail of its
    /// own.
    /// </summary>
    private async Task<IReadOnlyList<ChangeView>> ChangesAsync(Guid mail, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await MailDeliveries.ChangesAsync(connection, mail, ct);
        if (rows.Unread.Count > 0)
        {
            await aside.KeepAsync(rows.Unread, ct);
            var numbers = rows.Unread.Select(u => long.Parse(u.Key, CultureInfo.InvariantCulture));
            await MailDeliveries.TakeOutAsync(connection, mail, numbers, ct);
        }

        return [.. rows.Found.Select(r => r.Change)];
    }

    /// <summary>Keeps what became of a mail.</summary>
    public async Task FinishAsync(DueMail mail, Handed handed, string? said, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var next = MailStates.After(handed, mail.Attempts, now);
        var failure =
            handed == Handed.Taken || said is null ? null
            : said.Length > MostOfAnswer ? said[..MostOfAnswer]
            : said;
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await MailStore.FinishAsync(connection, mail, next, failure, now, ct);
        if (next.State.IsDone())
            await MailDeliveries.DoneAsync(connection, mail.Id, next.State == MailState.Sent, mail.Attempts, now, ct);
        if (mail.Subscriber is { } subscriber && handed is Handed.Taken or Handed.AddressRefused)
            await SubscriptionStore.HeardAsync(connection, subscriber.Id, isRefused: handed == Handed.AddressRefused, now, ct);
        await transaction.CommitAsync(ct);
    }
}
