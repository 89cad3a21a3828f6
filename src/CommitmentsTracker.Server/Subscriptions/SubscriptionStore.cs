using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Store;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>
/// Keeps subscriptions and the addresses behind them. Every change of a subscription holds the row of the delivery
/// progress, so that no batch of changes is matched while a subscription begins or ends: it is told from the change
/// after the last one of that moment, and of each.
/// </summary>
public sealed class SubscriptionStore(NpgsqlDataSource source, IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>How long a link that confirms works.</summary>
    public static readonly TimeSpan ConfirmationLasts = TimeSpan.FromHours(48);

    /// <summary>Between two mails that ask one address to confirm.</summary>
    public static readonly TimeSpan ConfirmationPause = TimeSpan.FromMinutes(15);

    /// <summary>Most mails a day that ask one address to confirm.</summary>
    public const int ConfirmationsADay = 3;

    /// <summary>Most subscriptions of one address.</summary>
    public const int MostOfOne = 50;

    /// <summary>The purpose under which the tokens of subscribers are encrypted.</summary>
    public const string Protects = "CommitmentsTracker.Subscribers.v1";

    private const string Columns =
        "s.id, s.channel, s.state, s.person, s.subscriber, s.filter, s.frequency, s.from_no, s.created_at, s.confirmed_at, s.filter_from_no";

    private readonly IDataProtector _tokens = protection.CreateProtector(Protects);

    /// <summary>One subscription.</summary>
    public async Task<Subscription?> OfIdAsync(Guid id, CancellationToken ct) =>
        (await ReadAsync($"select {Columns} from subscriptions s where s.id = $1", ct, id)).SingleOrDefault();

    /// <summary>The subscriptions of an address, the oldest first.</summary>
    public Task<List<Subscription>> OfSubscriberAsync(Guid subscriber, CancellationToken ct) =>
        ReadAsync($"select {Columns} from subscriptions s where s.subscriber = $1 order by s.created_at, s.id", ct, subscriber);

    /// <summary>The subscriptions that a person made through the API, the oldest first.</summary>
    public Task<List<Subscription>> OfPersonAsync(string person, CancellationToken ct) =>
        ReadAsync($"select {Columns} from subscriptions s where s.person = $1 order by s.created_at, s.id", ct, person);

    /// <summary>Every subscription that is told of changes now, with the version of all subscriptions.</summary>
    public async Task<(long Version, List<Subscription> Active)> ActiveAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select version from subscriptions_version"),
                new($"select {Columns} from subscriptions s where s.state in ('active', 'paused')"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var version = reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var active = new List<Subscription>();
        while (await reader.ReadAsync(ct))
            active.Add(Read(reader));
        return (version, active);
    }

    /// <summary>
    /// Keeps the wish of an address, which counts once it is confirmed, and says whether a mail that asks for it may go
    /// out now. Whether the address was known before shows nowhere.
    /// </summary>
    /// <returns>The subscription, the subscriber, and the secret of the link; null: the address was asked too often already.</returns>
    public async Task<(Subscription Subscription, Subscriber Subscriber, string? Secret)> AskAsync(
        string address,
        ChangeFilter filter,
        Frequency frequency,
        string lang,
        string zone,
        string? person,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // The language of a confirmed address is not changed by whoever types it in.
        var subscriber = await OneSubscriberAsync(
            connection,
            """
            insert into subscribers as s (id, address, lang, zone, token_hash, token_protected, created_at) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (address) do update set
                lang = case when exists (select 1 from subscriptions x where x.subscriber = s.id and x.confirmed_at is not null) then s.lang else excluded.lang end,
                zone = case when exists (select 1 from subscriptions x where x.subscriber = s.id and x.confirmed_at is not null) then s.zone else excluded.zone end
            returning
            """,
            ct,
            Guid.CreateVersion7(now),
            address,
            lang,
            zone,
            Hash(token),
            _tokens.Protect(token),
            now
        );
        var subscription = new Subscription
        {
            Id = Guid.CreateVersion7(now),
            Channel = Channel.Email,
            State = SubscriptionState.Pending,
            Person = person,
            Subscriber = subscriber!.Id,
            Filter = filter,
            Frequency = frequency,
            FromNo = 0,
            CreatedAt = now,
        };
        // What waits beyond the bound is dropped: nobody needs so many, and nobody else is told.
        if (await CountAsync(connection, subscriber.Id, ct) < MostOfOne)
            await InsertAsync(connection, subscription, ct);
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var mayAsk =
            await RunAsync(
                connection,
                """
                insert into confirmations (hash, subscriber, sent_at)
                select $1, $2, $3 where (select count(*) from confirmations c where c.subscriber = $2 and c.sent_at > $3 - interval '24 hours') < $4
                and not exists (select 1 from confirmations c where c.subscriber = $2 and c.sent_at > $3 - $5)
                """,
                ct,
                Hash(secret),
                subscriber.Id,
                now,
                ConfirmationsADay,
                ConfirmationPause
            ) == 1;
        await transaction.CommitAsync(ct);
        return (subscription, subscriber, mayAsk ? secret : null);
    }

    /// <summary>Whose address a link confirms; null: it is unknown, used or expired.</summary>
    public async Task<Subscriber?> OfConfirmationAsync(string secret, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await OneSubscriberAsync(
            connection,
            "select # from subscribers s join confirmations c on c.subscriber = s.id where c.hash = $1 and c.used_at is null and c.sent_at > $2",
            ct,
            Hash(secret),
            time.GetUtcNow() - ConfirmationLasts
        );
    }

    /// <summary>Uses a link up: what the address asked for counts from now on.</summary>
    /// <returns>False if the link is unknown, used or expired.</returns>
    public async Task<bool> ConfirmAsync(string secret, IReadOnlyCollection<Guid> subscriptions, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await ChangeAsync(
            async connection =>
                await RunAsync(
                    connection,
                    """
                    with used as (update confirmations set used_at = $2 where hash = $1 and used_at is null and sent_at > $3 returning subscriber),
                    here as (update subscribers s set suspended_at = null, refusals = 0 from used where s.id = used.subscriber returning s.id)
                    update subscriptions s set state = 'active', confirmed_at = $2, from_no = (select last_no from change_counter)
                    from here where s.subscriber = here.id and s.state = 'pending' and s.id = any($4)
                    """,
                    ct,
                    Hash(secret),
                    now,
                    now - ConfirmationLasts,
                    subscriptions.ToArray()
                ) > 0,
            ct
        );
    }

    /// <summary>Whose mails carry a token; null: nobody's.</summary>
    public async Task<Subscriber?> OfTokenAsync(string token, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await OneSubscriberAsync(connection, "select # from subscribers s where s.token_hash = $1", ct, Hash(token));
    }

    /// <summary>Subscribers by id.</summary>
    public async Task<Subscriber?> SubscriberAsync(Guid id, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await OneSubscriberAsync(connection, "select # from subscribers s where s.id = $1", ct, id);
    }

    /// <summary>Everybody who is told by e-mail.</summary>
    public async Task<Dictionary<Guid, Subscriber>> SubscribersAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select id, lang, zone, muted from subscribers", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var all = new Dictionary<Guid, Subscriber>();
        // What is matched needs neither addresses nor tokens.
        while (await reader.ReadAsync(ct))
            all[reader.GetGuid(0)] = new Subscriber(
                reader.GetGuid(0),
                "",
                reader.GetString(1),
                reader.GetString(2),
                "",
                reader.GetFieldValue<string[]>(3),
                null
            );
        return all;
    }

    /// <summary>Ends every subscription of an address and erases the address, what is on its way to it included.</summary>
    public Task EraseAsync(Guid subscriber, CancellationToken ct) =>
        ChangeAsync(async connection => await RunAsync(connection, "delete from subscribers where id = $1", ct, subscriber) > 0, ct);

    /// <summary>Ends a subscription; the last one of an address takes the address with it.</summary>
    public Task EndAsync(Guid id, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                await RunAsync(
                    connection,
                    """
                    delete from subscribers s using subscriptions e
                    where e.id = $1 and s.id = e.subscriber and not exists (select 1 from subscriptions x where x.subscriber = s.id and x.id <> $1)
                    """,
                    ct,
                    id
                );
                await RunAsync(connection, "delete from subscriptions where id = $1", ct, id);
                return true;
            },
            ct
        );

    /// <summary>Changes how often the mails of an address come; those that wait follow.</summary>
    public Task SetFrequencyAsync(Guid subscriber, Guid? subscription, Frequency frequency, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                var zone =
                    (await OneSubscriberAsync(connection, "select # from subscribers s where s.id = $1", ct, subscriber))?.Zone ?? "UTC";
                var due = MailTimes.DueAt(frequency, time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone));
                return await RunAsync(
                        connection,
                        """
                        with s as (update subscriptions set frequency = $3 where subscriber = $1 and ($2::uuid is null or id = $2) returning id)
                        update deliveries d set due_at = $4 from s where d.subscription = s.id and d.state = 'waiting'
                        """,
                        ct,
                        subscriber,
                        (object?)subscription ?? DBNull.Value,
                        frequency.Word(),
                        due
                    ) >= 0;
            },
            ct
        );

    /// <summary>Changes the language and the zone of an address; digests that wait follow the zone.</summary>
    public Task SetPlaceAsync(Guid subscriber, string lang, string zone, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                var (now, at) = (time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone));
                await RunAsync(connection, "update subscribers set lang = $2, zone = $3 where id = $1", ct, subscriber, lang, zone);
                foreach (var frequency in new[] { Frequency.Daily, Frequency.Weekly })
                {
                    await RunAsync(
                        connection,
                        "update deliveries d set due_at = $3 from subscriptions s where s.id = d.subscription and s.subscriber = $1 and s.frequency = $2 and d.state = 'waiting'",
                        ct,
                        subscriber,
                        frequency.Word(),
                        MailTimes.DueAt(frequency, now, at)
                    );
                }

                return true;
            },
            ct
        );

    /// <summary>Stops the mails about one item, whatever the subscriptions say, or lets them come again.</summary>
    public Task MuteAsync(Guid subscriber, string item, bool muted, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await RunAsync(
                    connection,
                    $"update subscribers set muted = {(muted ? "array_append(array_remove(muted, $2), $2)" : "array_remove(muted, $2)")} where id = $1",
                    ct,
                    subscriber,
                    item
                ) > 0,
            ct
        );

    /// <summary>Pauses a subscription, or lets it go on: what changed meanwhile is then told.</summary>
    public Task<bool> SetPausedAsync(Guid id, bool paused, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await RunAsync(
                    connection,
                    $"update subscriptions set state = '{(paused ? "paused" : "active")}' where id = $1 and state = '{(paused ? "active" : "paused")}'",
                    ct,
                    id
                ) > 0,
            ct
        );

    /// <summary>Changes what is wanted: it is told from the next change on, and corrections of what was told before are told too.</summary>
    public Task SetFilterAsync(Guid id, ChangeFilter filter, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
                await RunAsync(
                    connection,
                    "update subscriptions set filter = $2::jsonb, filter_from_no = (select last_no from change_counter) where id = $1",
                    ct,
                    id,
                    JsonSerializer.Serialize(filter, TrackerJson.Stored)
                ) > 0,
            ct
        );

    /// <summary>Keeps a webhook's subscription.</summary>
    internal static Task InsertAsync(NpgsqlConnection connection, Subscription s, CancellationToken ct) =>
        RunAsync(
            connection,
            "insert into subscriptions (id, channel, state, person, subscriber, filter, frequency, from_no, created_at, confirmed_at) values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10)",
            ct,
            s.Id,
            s.Channel.Word(),
            s.State.Word(),
            (object?)s.Person ?? DBNull.Value,
            (object?)s.Subscriber ?? DBNull.Value,
            JsonSerializer.Serialize(s.Filter, TrackerJson.Stored),
            s.Frequency.Word(),
            s.FromNo,
            s.CreatedAt,
            (object?)s.ConfirmedAt ?? DBNull.Value
        );

    /// <summary>Changes subscriptions while nothing is matched, and lets every node read them again.</summary>
    internal async Task<T> ChangeAsync<T>(Func<NpgsqlConnection, Task<T>> change, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunAsync(connection, "select 1 from delivery_progress for update", ct);
        var result = await change(connection);
        await RunAsync(connection, "update subscriptions_version set version = version + 1", ct);
        await transaction.CommitAsync(ct);
        return result;
    }

    /// <summary>Runs a statement and gives the number of rows.</summary>
    internal static async Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A secret as it is kept.</summary>
    internal static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    internal static NpgsqlParameter Parameter(object value) =>
        value is DateTimeOffset instant
            ? new NpgsqlParameter { Value = instant.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }
            : new NpgsqlParameter { Value = value };

    private static async Task<int> CountAsync(NpgsqlConnection connection, Guid subscriber, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select count(*) from subscriptions where subscriber = $1", connection)
        {
            Parameters = { Parameter(subscriber) },
        };
        return (int)(long)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task<Subscriber?> OneSubscriberAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params object[] values
    )
    {
        const string columns = "s.id, s.address, s.lang, s.zone, s.token_protected, s.muted, s.suspended_at";
        await using var command = new NpgsqlCommand(
            sql.EndsWith("returning", StringComparison.Ordinal) ? $"{sql} {columns}" : sql.Replace("#", columns, StringComparison.Ordinal),
            connection
        );
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new Subscriber(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                _tokens.Unprotect(reader.GetString(4)),
                reader.GetFieldValue<string[]>(5),
                reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6)
            )
            : null;
    }

    private async Task<List<Subscription>> ReadAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var all = new List<Subscription>();
        while (await reader.ReadAsync(ct))
            all.Add(Read(reader));
        return all;
    }

    private static Subscription Read(NpgsqlDataReader reader) =>
        new()
        {
            Id = reader.GetGuid(0),
            Channel = Words.Read<Channel>(reader.GetString(1)),
            State = Words.Read<SubscriptionState>(reader.GetString(2)),
            Person = reader.IsDBNull(3) ? null : reader.GetString(3),
            Subscriber = reader.IsDBNull(4) ? null : reader.GetGuid(4),
            Filter = JsonSerializer.Deserialize<ChangeFilter>(reader.GetString(5), TrackerJson.Stored)!,
            Frequency = Words.Read<Frequency>(reader.GetString(6)),
            FromNo = reader.GetInt64(7),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(8),
            ConfirmedAt = reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
            FilterFromNo = reader.GetInt64(10),
        };
}
