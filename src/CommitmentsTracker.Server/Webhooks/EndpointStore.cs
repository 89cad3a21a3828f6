using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Mail;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Webhooks;

/// <summary>Keeps endpoints: their secrets, whether they are verified, enabled or given up.</summary>
public sealed class EndpointStore(
    NpgsqlDataSource source,
    SubscriptionStore subscriptions,
    WebhookSecrets secrets,
    MailQueue mails,
    TimeProvider time
)
{
    /// <summary>Most endpoints of one person.</summary>
    public const int MostOfOne = 20;

    /// <summary>The endpoint of a subscription; null: it is none of a webhook.</summary>
    public async Task<Endpoint?> OfAsync(Guid subscription, CancellationToken ct) =>
        (await OfAsync([subscription], ct)).GetValueOrDefault(subscription);

    /// <summary>The endpoints of subscriptions.</summary>
    public async Task<Dictionary<Guid, Endpoint>> OfAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"select {Endpoint.Columns} from endpoints e where e.subscription = any($1)");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var endpoints = new Dictionary<Guid, Endpoint>();
        while (await reader.ReadAsync(ct))
        {
            var endpoint = Endpoint.Read(reader);
            endpoints[endpoint.Subscription] = endpoint;
        }

        return endpoints;
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
                await using (
                    var count = new NpgsqlCommand(
                        "select count(*) from subscriptions where person = $1 and channel = 'webhook'",
                        connection
                    )
                    {
                        Parameters = { new() { Value = person } },
                    }
                )
                    if ((long)(await count.ExecuteScalarAsync(ct))! >= MostOfOne)
                        return ((Subscription, string)?)null;
                await SubscriptionStore.InsertAsync(connection, subscription, ct);
                await SubscriptionStore.RunAsync(
                    connection,
                    "insert into endpoints (subscription, url, contact, content_type, secret) values ($1, $2, $3, $4, $5)",
                    ct,
                    subscription.Id,
                    url,
                    (object?)contact ?? DBNull.Value,
                    contentType,
                    kept
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
                await SubscriptionStore.RunAsync(
                    connection,
                    "update endpoints set verified_at = $2 where subscription = $1",
                    ct,
                    subscription,
                    now
                );
                return await SubscriptionStore.RunAsync(
                        connection,
                        "update subscriptions set state = 'active', confirmed_at = $2, from_no = (select last_no from change_counter) where id = $1 and state = 'pending'",
                        ct,
                        subscription,
                        now
                    ) > 0;
            },
            ct
        );

    /// <summary>Changes where notices go.</summary>
    public Task SetUrlAsync(Guid subscription, string url, CancellationToken ct) =>
        RunAsync("update endpoints set url = $2 where subscription = $1", ct, subscription, url);

    /// <summary>Changes who hears of failures.</summary>
    public Task SetContactAsync(Guid subscription, string? contact, CancellationToken ct) =>
        RunAsync("update endpoints set contact = $2 where subscription = $1", ct, subscription, (object?)contact ?? DBNull.Value);

    /// <summary>Replaces the secret; the former one signs too for a day.</summary>
    /// <returns>The new one, which is shown this once, and until when the former one signs.</returns>
    public async Task<(string Secret, DateTimeOffset FormerUntil)> RotateAsync(Guid subscription, CancellationToken ct)
    {
        var ((secret, kept), until) = (secrets.Create(), (time.GetUtcNow() + WebhookSecrets.FormerLasts).ToMicroseconds());
        await RunAsync(
            "update endpoints set former_secret = secret, former_until = $3, secret = $2 where subscription = $1",
            ct,
            subscription,
            kept,
            until
        );
        return (secret, until);
    }

    /// <summary>Lets a disabled endpoint be told of changes again, from now on, and forgets its failures; what it missed is to be replayed.</summary>
    /// <returns>False if it never accepted a ping.</returns>
    public Task<bool> EnableAsync(Guid subscription, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var enabled =
                    await SubscriptionStore.RunAsync(
                        connection,
                        """
                        update endpoints set slots = $2, failures_in_row = 0, failing_since = null, failed_deliveries = 0, probe_at = null, warned_at = null, disabled_at = null, disabled_why = null
                        where subscription = $1 and verified_at is not null
                        """,
                        ct,
                        subscription,
                        EndpointHealth.MostSlots
                    ) > 0;
                if (enabled)
                {
                    await SubscriptionStore.RunAsync(
                        connection,
                        "update subscriptions set state = 'active', filter_from_no = (select last_no from change_counter) where id = $1 and state = 'disabled'",
                        ct,
                        subscription
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
                var now = time.GetUtcNow();
                if (
                    await SubscriptionStore.RunAsync(
                        connection,
                        "update subscriptions set state = 'disabled' where id = $1 and state in ('active', 'paused')",
                        ct,
                        subscription
                    ) == 0
                )
                    return false;
                await SubscriptionStore.RunAsync(
                    connection,
                    "update endpoints set disabled_at = $2, disabled_why = $3 where subscription = $1",
                    ct,
                    subscription,
                    now,
                    why
                );
                await WarnAsync(connection, subscription, "disabled", ct);
                return true;
            },
            ct
        );

    /// <summary>Puts a mail to the contact of an endpoint into the queue, if it has one.</summary>
    internal async Task WarnAsync(NpgsqlConnection connection, Guid subscription, string what, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var command = new NpgsqlCommand(
            "select url, contact, coalesce(failing_since, $2) from endpoints where subscription = $1 and contact is not null",
            connection
        )
        {
            Parameters = { SubscriptionStore.Parameter(subscription), SubscriptionStore.Parameter(now) },
        };
        (string Url, string Contact, DateTimeOffset Since) of;
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            if (!await reader.ReadAsync(ct))
                return;
            of = (reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2));
        }

        await mails.AddAsync(
            connection,
            MailKind.Warning,
            null,
            of.Contact,
            new MailContent
            {
                Endpoint = of.Url,
                What = what,
                Since = of.Since,
            },
            ct
        );
    }

    private async Task RunAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await SubscriptionStore.RunAsync(connection, sql, ct, values);
    }
}
