using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Reading.Addresses;
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
    TimeProvider time,
    ILogger<OutgoingMail> logger
)
{
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
        var now = time.GetUtcNow();
        var mails = new List<DueMail>();
        foreach (var m in await MailStore.TakeAsync(source, now, now + Lease, most, ct))
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
                    m.ThreadNo,
                    m.Attempts,
                    subscriber,
                    m.Address,
                    m.Kind is MailKind.Immediate or MailKind.Digest ? await MailDeliveries.ChangesAsync(source, m.Id, ct) : []
                )
            );
        }

        return mails;
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
