using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>How the secrets of subscribers are made and kept.</summary>
public static class SubscriberSecrets
{
    /// <summary>A new one of so many random bytes, fit for an address.</summary>
    public static string Create(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>A secret as it is kept.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}

/// <summary>Asks addresses whether they want what somebody asked for in their name, and lets it count once they say so.</summary>
public sealed class Confirmations(NpgsqlDataSource source, SubscriptionStore subscriptions, TimeProvider time)
{
    /// <summary>How long a link that confirms works.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromHours(48);

    /// <summary>Between two mails that ask one address to confirm.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(15);

    /// <summary>Most mails a day that ask one address to confirm.</summary>
    public const int MostADay = 3;

    /// <summary>Most subscriptions of one address.</summary>
    public const int MostOfOne = 50;

    /// <summary>The language of a confirmed address is not changed by whoever types it in.</summary>
    private const string Know = $"""
        insert into subscribers as s (id, address, lang, zone, token_hash, token_protected, created_at)
        values (@id, @address, @lang, @zone, @hash, @protected, @now)
        on conflict (address) do update set
            lang = case when exists (select 1 from subscriptions x where x.subscriber = s.id and x.confirmed_at is not null)
                then s.lang else excluded.lang end,
            zone = case when exists (select 1 from subscriptions x where x.subscriber = s.id and x.confirmed_at is not null)
                then s.zone else excluded.zone end
        returning {SubscriptionStore.SubscriberColumns}
        """;

    private const string Ask = """
        insert into confirmations (hash, subscriber, sent_at)
        select @hash, @subscriber, @now
        where (
            select count(*) from confirmations c
            where c.subscriber = @subscriber and c.sent_at > @now - interval '24 hours') < @most_a_day
        and not exists (select 1 from confirmations c where c.subscriber = @subscriber and c.sent_at > @now - @pause)
        """;

    private const string Confirm = """
        with used as (
            update confirmations set used_at = @now where hash = @hash and used_at is null and sent_at > @since
            returning subscriber),
        here as (
            update subscribers s set suspended_at = null, refusals = 0 from used where s.id = used.subscriber
            returning s.id)
        update subscriptions s set state = 'active', confirmed_at = @now, from_no = (select last_no from change_counter)
        from here where s.subscriber = here.id and s.state = 'pending' and s.id = any(@subscriptions)
        """;

    private const string OfSecret = $"""
        select {SubscriptionStore.SubscriberColumns}
        from subscribers s join confirmations c on c.subscriber = s.id
        where c.hash = @hash and c.used_at is null and c.sent_at > @since
        """;

    /// <summary>
    /// Keeps the wish of an address, which counts once it is confirmed, and says whether a mail that asks for it may go
    /// out now. Whether the address was known before shows nowhere.
    /// </summary>
    /// <returns>The subscription, the subscriber, and the secret of the link; null: the address was asked too often already.</returns>
    public async Task<(Subscription Subscription, Subscriber Subscriber, string? Secret)> AskAsync(MailWish wish, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var subscriber = await KnowAsync(connection, wish, now, ct);
        var subscription = new Subscription
        {
            Id = Guid.CreateVersion7(now),
            Channel = Channel.Email,
            State = SubscriptionState.Pending,
            Person = wish.Person,
            Subscriber = subscriber.Id,
            Filter = wish.Filter,
            Frequency = wish.Frequency,
            FromNo = 0,
            CreatedAt = now,
        };
        var own = await connection.ValueAsync<long>(
            "select count(*) from subscriptions where subscriber = @subscriber",
            ct,
            ("subscriber", subscriber.Id)
        );
        // What waits beyond the bound is dropped: nobody needs so many, and nobody else is told.
        if (own < MostOfOne)
            await SubscriptionStore.InsertAsync(connection, subscription, ct);
        var secret = SubscriberSecrets.Create(32);
        var mayAsk = await connection.RunAsync(
            Ask,
            ct,
            ("hash", SubscriberSecrets.Hash(secret)),
            ("subscriber", subscriber.Id),
            ("now", now),
            ("most_a_day", MostADay),
            ("pause", Pause)
        );
        await transaction.CommitAsync(ct);
        return (subscription, subscriber, mayAsk == 1 ? secret : null);
    }

    /// <summary>Whose address a link confirms; null: it is unknown, used or expired.</summary>
    public Task<Subscriber?> OfSecretAsync(string secret, CancellationToken ct) =>
        source.OneAsync(
            OfSecret,
            subscriptions.ReadSubscriber,
            ct,
            ("hash", SubscriberSecrets.Hash(secret)),
            ("since", time.GetUtcNow() - Lasts)
        );

    /// <summary>Uses a link up: what the address asked for counts from now on.</summary>
    /// <returns>False if the link is unknown, used or expired.</returns>
    public Task<bool> ConfirmAsync(string secret, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return subscriptions.ChangeAsync(
            async connection =>
                await connection.RunAsync(
                    Confirm,
                    ct,
                    ("hash", SubscriberSecrets.Hash(secret)),
                    ("now", now),
                    ("since", now - Lasts),
                    ("subscriptions", ids.ToArray())
                ) > 0,
            ct
        );
    }

    private async Task<Subscriber> KnowAsync(NpgsqlConnection connection, MailWish wish, DateTimeOffset now, CancellationToken ct)
    {
        var token = SubscriberSecrets.Create(16);
        var subscriber = await connection.OneAsync(
            Know,
            subscriptions.ReadSubscriber,
            ct,
            ("id", Guid.CreateVersion7(now)),
            ("address", wish.Address),
            ("lang", wish.Lang),
            ("zone", wish.Zone),
            ("hash", SubscriberSecrets.Hash(token)),
            ("protected", subscriptions.Protect(token)),
            ("now", now)
        );
        return subscriber!;
    }
}
