using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>Keeps endpoints: their secrets, whether they are verified, enabled or given up.</summary>
public sealed class EndpointStore(
    NpgsqlDataSource source,
    SubscriptionStore subscriptions,
    WebhookSecrets secrets,
    OutgoingMail mails,
    TimeProvider time
) : IReadsAgain
{
    /// <summary>The table of endpoints, as it is named where its rows are put aside.</summary>
    public const string Table = "endpoints";

    /// <summary>Most endpoints of one person.</summary>
    public const int MostOfOne = 20;

    private const string Enable = """
        update endpoints set slots = @slots, failures_in_row = 0, failing_since = null, failed_deliveries = 0,
            probe_at = null, warned_at = null, disabled_at = null, disabled_why = null
        where subscription = @subscription and verified_at is not null
        """;

    /// <summary>The endpoint of a subscription; null: it is none of a webhook.</summary>
    public async Task<Endpoint?> OfAsync(Guid subscription, CancellationToken ct) =>
        (await OfAsync([subscription], ct)).GetValueOrDefault(subscription);

    /// <summary>The endpoints of subscriptions.</summary>
    public async Task<Dictionary<Guid, Endpoint>> OfAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var endpoints = await source.AllAsync(
            $"select {Endpoint.Columns} from endpoints e where e.subscription = any(@ids)",
            Endpoint.Read,
            ct,
            ("ids", ids.ToArray())
        );
        return endpoints.ToDictionary(e => e.Subscription);
    }

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        if (!Guid.TryParse(row.Key, out var id) || await OfAsync(id, ct) is not { } endpoint)
            return;
        var target = endpoint.Target(time.GetUtcNow());
        _ = new Uri(target.Url, UriKind.Absolute);
        _ = MediaTypeHeaderValue.Parse(target.ContentType);
        _ = secrets.Sign(target.Secrets, "", 0, []);
    }

    /// <summary>Keeps a new endpoint, which counts once it accepted a ping.</summary>
    /// <returns>The subscription and its secret; null: the person has as many endpoints as one may have.</returns>
    public async Task<(Subscription Subscription, string Secret)?> AddAsync(
        string person,
        ChangeFilter filter,
        string url,
        string? contact,
        string contentType,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow().ToMicroseconds();
        var (secret, kept) = secrets.Create();
        var subscription = new Subscription
        {
            Id = Guid.CreateVersion7(now),
            Channel = Channel.Webhook,
            State = SubscriptionState.Pending,
            Person = person,
            Filter = filter,
            Frequency = Frequency.Immediately,
            FromNo = 0,
            CreatedAt = now,
        };
        return await subscriptions.ChangeAsync(
            async connection =>
            {
                var own = await connection.ValueAsync<long>(
                    "select count(*) from subscriptions where person = @person and channel = 'webhook'",
                    ct,
                    ("person", person)
                );
                if (own >= MostOfOne)
                    return ((Subscription, string)?)null;
                await SubscriptionStore.InsertAsync(connection, subscription, ct);
                await connection.RunAsync(
                    """
                    insert into endpoints (subscription, url, contact, content_type, secret)
                    values (@subscription, @url, @contact, @content_type, @secret)
                    """,
                    ct,
                    ("subscription", subscription.Id),
                    ("url", url),
                    ("contact", contact),
                    ("content_type", contentType),
                    ("secret", kept)
                );
                return (subscription, secret);
            },
            ct
        );
    }

    /// <summary>Notes that an endpoint accepted a ping: one that waited for it is told of changes from now on.</summary>
    public Task VerifiedAsync(Guid subscription, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var now = time.GetUtcNow();
                await connection.RunAsync(
                    "update endpoints set verified_at = @now where subscription = @subscription",
                    ct,
                    ("subscription", subscription),
                    ("now", now)
                );
                return await connection.RunAsync(
                        """
                        update subscriptions
                        set state = 'active', confirmed_at = @now, from_no = (select last_no from change_counter)
                        where id = @subscription and state = 'pending'
                        """,
                        ct,
                        ("subscription", subscription),
                        ("now", now)
                    ) > 0;
            },
            ct
        );

    /// <summary>Changes where notices go.</summary>
    public Task SetUrlAsync(Guid subscription, string url, CancellationToken ct) =>
        source.RunAsync(
            "update endpoints set url = @url where subscription = @subscription",
            ct,
            ("subscription", subscription),
            ("url", url)
        );

    /// <summary>Changes who hears of failures.</summary>
    public Task SetContactAsync(Guid subscription, string? contact, CancellationToken ct) =>
        source.RunAsync(
            "update endpoints set contact = @contact where subscription = @subscription",
            ct,
            ("subscription", subscription),
            ("contact", contact)
        );

    /// <summary>Replaces the secret; the former one signs too for a day.</summary>
    /// <returns>The new one, which is shown this once, and until when the former one signs.</returns>
    public async Task<(string Secret, DateTimeOffset FormerUntil)> RotateAsync(Guid subscription, CancellationToken ct)
    {
        var ((secret, kept), until) = (secrets.Create(), (time.GetUtcNow() + WebhookSecrets.FormerLasts).ToMicroseconds());
        await source.RunAsync(
            """
            update endpoints set former_secret = secret, former_until = @until, secret = @secret
            where subscription = @subscription
            """,
            ct,
            ("subscription", subscription),
            ("secret", kept),
            ("until", until)
        );
        return (secret, until);
    }

    /// <summary>
    /// Lets a disabled endpoint be told of changes again, from now on, and forgets its failures; what it missed is to be
    /// replayed.
    /// </summary>
    /// <returns>False if it never accepted a ping.</returns>
    public Task<bool> EnableAsync(Guid subscription, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var enabled =
                    await connection.RunAsync(Enable, ct, ("subscription", subscription), ("slots", EndpointHealth.MostSlots)) > 0;
                if (enabled)
                {
                    await connection.RunAsync(
                        """
                        update subscriptions set state = 'active', filter_from_no = (select last_no from change_counter)
                        where id = @subscription and state = 'disabled'
                        """,
                        ct,
                        ("subscription", subscription)
                    );
                }

                return enabled;
            },
            ct
        );

    /// <summary>Gives an endpoint up and tells its contact; what waits for it is kept.</summary>
    public Task DisableAsync(Guid subscription, string why, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var given = await connection.RunAsync(
                    "update subscriptions set state = 'disabled' where id = @subscription and state in ('active', 'paused')",
                    ct,
                    ("subscription", subscription)
                );
                if (given == 0)
                    return false;
                await connection.RunAsync(
                    "update endpoints set disabled_at = @now, disabled_why = @why where subscription = @subscription",
                    ct,
                    ("subscription", subscription),
                    ("now", time.GetUtcNow()),
                    ("why", why)
                );
                await WarnAsync(connection, subscription, "disabled", ct);
                return true;
            },
            ct
        );

    /// <summary>Puts a mail to the contact of an endpoint into the queue, if it has one.</summary>
    public async Task WarnAsync(NpgsqlConnection connection, Guid subscription, string what, CancellationToken ct)
    {
        var warning = await connection.OneAsync(
            """
            select url, contact, coalesce(failing_since, @now) from endpoints
            where subscription = @subscription and contact is not null
            """,
            r => new Warning(r.GetString(0), r.GetString(1), r.At(2)),
            ct,
            ("subscription", subscription),
            ("now", time.GetUtcNow())
        );
        if (warning is null)
            return;
        var content = new MailContent
        {
            Endpoint = warning.Url,
            What = what,
            Since = warning.Since,
        };
        await mails.AddAsync(connection, MailKind.Warning, null, warning.Contact, content, ct);
    }

    private sealed record Warning(string Url, string Contact, DateTimeOffset Since);
}
