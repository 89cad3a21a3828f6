using System.Net;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Languages;
using CommitmentsTracker.Server.Mail;
using Npgsql;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>Takes the wishes of addresses. Whether one was known before, or was asked too often, shows nowhere.</summary>
public sealed class SignUps : IDisposable
{
    /// <summary>Setting: how many sign-ups one network address may make in an hour; 0 for no limit.</summary>
    public const string Setting = "TRACKER_SIGNUPS_PER_HOUR";

    /// <summary>Sign-ups of one network address in an hour unless set otherwise.</summary>
    public const int Default = 10;

    private readonly SubscriptionStore _store;
    private readonly MailQueue _mails;
    private readonly NpgsqlDataSource _source;
    private readonly DeliverySignal _signal;
    private readonly HourlyLimit _limit;

    /// <summary>Reads the limit.</summary>
    /// <exception cref="InvalidOperationException">The setting is no whole number.</exception>
    public SignUps(SubscriptionStore store, MailQueue mails, NpgsqlDataSource source, DeliverySignal signal, IConfiguration configuration)
    {
        (_store, _mails, _source, _signal) = (store, mails, source, signal);
        _limit = new HourlyLimit(configuration, Setting, Default);
    }

    /// <summary>True if another sign-up from there may be taken.</summary>
    public bool MayAsk(IPAddress? from) => _limit.Allows(from);

    /// <summary>The IANA name of a time zone; null: there is none of that name.</summary>
    public static string? Zone(string? name) =>
        name is { Length: > 0 and <= 60 } && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone.Id : null;

    /// <summary>Keeps the wish and sends the mail that asks for the confirmation, unless the address was asked too often.</summary>
    public async Task<Subscription> AskAsync(
        string address,
        ChangeFilter filter,
        Frequency frequency,
        string lang,
        string zone,
        string? person,
        CancellationToken ct
    )
    {
        var (subscription, subscriber, secret) = await _store.AskAsync(
            address,
            filter,
            frequency,
            Phrasebook.For(lang).Language,
            zone,
            person,
            ct
        );
        if (secret is null)
            return subscription;
        await using var connection = await _source.OpenConnectionAsync(ct);
        await _mails.AddAsync(connection, MailKind.Confirmation, subscriber.Id, null, new MailContent { Secret = secret, Lang = lang }, ct);
        _signal.Wake();
        return subscription;
    }

    /// <inheritdoc />
    public void Dispose() => _limit.Dispose();
}
