using System.Net;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Api;
using Npgsql;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>Takes the wishes of addresses. Whether one was known before, or was asked too often, shows nowhere.</summary>
public sealed class SignUps : IDisposable
{
    /// <summary>Setting: how many sign-ups one network address may make in an hour; 0 for no limit.</summary>
    public const string Setting = "TRACKER_SIGNUPS_PER_HOUR";

    /// <summary>Sign-ups of one network address in an hour unless set otherwise.</summary>
    public const int Default = 10;

    private readonly Confirmations _confirmations;
    private readonly OutgoingMail _mails;
    private readonly NpgsqlDataSource _source;
    private readonly DeliverySignal _signal;
    private readonly HourlyLimit _limit;

    /// <summary>Reads the limit.</summary>
    /// <exception cref="InvalidOperationException">The setting is no whole number.</exception>
    public SignUps(
        Confirmations confirmations,
        OutgoingMail mails,
        NpgsqlDataSource source,
        DeliverySignal signal,
        IConfiguration configuration
    )
    {
        (_confirmations, _mails, _source, _signal) = (confirmations, mails, source, signal);
        _limit = new HourlyLimit(configuration, Setting, Default);
    }

    /// <summary>True if another sign-up from there may be taken.</summary>
    public bool MayAsk(IPAddress? from) => _limit.Allows(from);

    /// <summary>Keeps the wish and sends the mail that asks for the confirmation, unless the address was asked too often.</summary>
    public async Task<Subscription> AskAsync(MailWish wish, CancellationToken ct)
    {
        var (subscription, subscriber, secret) = await _confirmations.AskAsync(wish with { Lang = Phrasebook.For(wish.Lang).Language }, ct);
        if (secret is null)
            return subscription;
        var content = new MailContent { Secret = secret, Lang = wish.Lang };
        await using var connection = await _source.OpenConnectionAsync(ct);
        await _mails.AddAsync(connection, MailKind.Confirmation, subscriber.Id, null, content, ct);
        _signal.Wake();
        return subscription;
    }

    /// <inheritdoc />
    public void Dispose() => _limit.Dispose();
}
