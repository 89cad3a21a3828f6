using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>
/// Keeps subscriptions and the addresses behind them. Every change of a subscription holds the row of the delivery
/// progress, so that no batch of changes is matched while a subscription begins or ends: it is told from the change
/// after the last one of that moment, and of each.
/// </summary>
public sealed partial class SubscriptionStore(NpgsqlDataSource source, IDataProtectionProvider protection, PutAside aside)
{
    /// <summary>The table of subscriptions, as it is named where its rows are put aside.</summary>
    public const string Table = "subscriptions";

    /// <summary>The table of those who are told by e-mail.</summary>
    public const string SubscribersTable = "subscribers";

    /// <summary>The purpose under which the tokens of subscribers are encrypted.</summary>
    public const string Protects = "CommitmentsTracker.Subscribers.v1";

    /// <summary>Columns of the table <c>subscribers</c>, alias <c>s</c>, as <see cref="ReadSubscriber"/> takes them.</summary>
    public const string SubscriberColumns = "s.id, s.address, s.lang, s.zone, s.token_protected, s.muted, s.suspended_at";

    private const string Columns = """
        s.id, s.channel, s.state, s.person, s.subscriber, s.filter, s.frequency, s.from_no, s.created_at, s.confirmed_at,
        s.filter_from_no
        """;

    private const string UnknownZone = "This machine does not know the time zone.";

    private readonly IDataProtector _tokens = protection.CreateProtector(Protects);

    /// <summary>One subscription.</summary>
    public Task<Subscription?> OfIdAsync(Guid id, CancellationToken ct) =>
        source.OneAsync($"select {Columns} from subscriptions s where s.id = @id", Read, ct, ("id", id));

    /// <summary>The subscriptions of an address, the oldest first.</summary>
    public Task<List<Subscription>> OfSubscriberAsync(Guid subscriber, CancellationToken ct) =>
        ListAsync("s.subscriber = @subscriber", ("subscriber", subscriber), ct);

    /// <summary>The subscriptions that a person made through the API, the oldest first.</summary>
    public Task<List<Subscription>> OfPersonAsync(string person, CancellationToken ct) =>
        ListAsync("s.person = @person", ("person", person), ct);

    /// <summary>
    /// Every subscription that is told of changes now, with the version of all subscriptions. One that cannot be read is put
    /// aside, with the number up to which it was told.
    /// </summary>
    public async Task<(long Version, List<Subscription> Active)> ActiveAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Sql.Statement("select version, (select last_no from delivery_progress) from subscriptions_version"),
                Sql.Statement($"select {Columns} from subscriptions s where s.state in ('active', 'paused')"),
            },
        };
        var (active, unread) = (new List<Subscription>(), new UnreadRows());
        long version;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            version = reader.GetInt64(0);
            var told = reader.GetInt64(1);
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct))
                if (unread.TryRead(Table, () => reader.GetGuid(0).ToString("D"), () => Read(reader), out var subscription, told))
                    active.Add(subscription);
        }

        await aside.KeepAsync(unread.All, ct);
        return (version, active);
    }

    /// <summary>Whose mails carry a token; null: nobody's.</summary>
    public Task<Subscriber?> OfTokenAsync(string token, CancellationToken ct) =>
        source.OneAsync(
            $"select {SubscriberColumns} from subscribers s where s.token_hash = @hash",
            ReadSubscriber,
            ct,
            ("hash", SubscriberSecrets.Hash(token))
        );

    /// <summary>Subscribers by id.</summary>
    public Task<Subscriber?> SubscriberAsync(Guid id, CancellationToken ct) =>
        source.OneAsync($"select {SubscriberColumns} from subscribers s where s.id = @id", ReadSubscriber, ct, ("id", id));

    /// <summary>The id of whoever has an address; null: nobody has it.</summary>
    /// <param name="address">As it is kept.</param>
    public async Task<Guid?> OfAddressAsync(string address, CancellationToken ct)
    {
        var ids = await source.AllAsync("select id from subscribers where address = @address", r => r.GetGuid(0), ct, ("address", address));
        return ids.Count == 0 ? null : ids[0];
    }

    /// <summary>
    /// Everybody who is told by e-mail. Whose zone this machine does not know is put aside, since nobody can say when it is
    /// morning there.
    /// </summary>
    public async Task<Dictionary<Guid, Subscriber>> SubscribersAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // What is matched needs neither addresses nor tokens.
        var all = await connection.AllAsync(
            "select id, lang, zone, muted, (select last_no from delivery_progress) from subscribers",
            r =>
                (
                    Subscriber: new Subscriber(r.GetGuid(0), "", r.GetString(1), r.GetString(2), "", r.GetFieldValue<string[]>(3), null),
                    Told: r.GetInt64(4)
                ),
            ct
        );
        var unread = all.Where(s => !HasKnownZone(s.Subscriber))
            .Select(s => new UnreadRow(SubscribersTable, s.Subscriber.Id.ToString("D"), UnknownZone, s.Told));
        await aside.KeepAsync([.. unread], ct);
        return all.ToDictionary(s => s.Subscriber.Id, s => s.Subscriber);
    }

    /// <summary>Reads a row that was put aside once more, and lets every node read the subscriptions again.</summary>
    /// <returns>Which subscriptions are to be told what they missed; none if they are gone, or told nothing now.</returns>
    /// <exception cref="UnreadableException">
    /// The zone of the subscriber is still unknown; what else cannot be read fails as it always does.
    /// </exception>
    public async Task<IReadOnlyList<Subscription>> ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        if (!Guid.TryParse(row.Key, out var id))
            return [];
        if (row.Table == SubscribersTable && await SubscriberAsync(id, ct) is { } subscriber && !HasKnownZone(subscriber))
            throw new UnreadableException(UnknownZone);
        var read =
            row.Table == SubscribersTable ? await OfSubscriberAsync(id, ct)
            : await OfIdAsync(id, ct) is { } one ? [one]
            : [];
        await ChangeAsync(_ => Task.FromResult(true), ct);
        return [.. read.Where(s => s.State is SubscriptionState.Active or SubscriptionState.Paused)];
    }

    private static bool HasKnownZone(Subscriber subscriber) => TimeZoneInfo.TryFindSystemTimeZoneById(subscriber.Zone, out _);

    /// <summary>Subscriptions, the oldest first; one that cannot be read is left out.</summary>
    private async Task<List<Subscription>> ListAsync(string where, (string Name, object? Value) value, CancellationToken ct)
    {
        var unread = new UnreadRows();
        var read = await source.AllAsync(
            $"select {Columns} from subscriptions s where {where} order by s.created_at, s.id",
            r => unread.TryRead(Table, () => r.GetGuid(0).ToString("D"), () => Read(r), out var subscription) ? subscription : null,
            ct,
            value
        );
        await aside.NoteAsync(unread.All, ct);
        return [.. read.OfType<Subscription>()];
    }

    /// <summary>Ends every subscription of an address and erases the address, what is on its way to it included.</summary>
    public Task EraseAsync(Guid subscriber, CancellationToken ct) =>
        ChangeAsync(connection => connection.RunAsync("delete from subscribers where id = @id", ct, ("id", subscriber)), ct);

    /// <summary>Ends a subscription; the last one of an address takes the address with it.</summary>
    public Task EndAsync(Guid id, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                await connection.RunAsync(
                    """
                    delete from subscribers s using subscriptions e
                    where e.id = @id and s.id = e.subscriber
                    and not exists (select 1 from subscriptions x where x.subscriber = s.id and x.id <> @id)
                    """,
                    ct,
                    ("id", id)
                );
                return await connection.RunAsync("delete from subscriptions where id = @id", ct, ("id", id));
            },
            ct
        );

    /// <summary>Erases what was asked for and not confirmed in time, with addresses that have nothing else.</summary>
    /// <param name="before">What was asked for before it.</param>
    public Task ForgetUnconfirmedAsync(DateTimeOffset before, CancellationToken ct) =>
        ChangeAsync(
            async connection =>
            {
                await connection.RunAsync(
                    "delete from subscriptions where channel = 'email' and state = 'pending' and created_at < @before",
                    ct,
                    ("before", before)
                );
                await connection.RunAsync("delete from confirmations where sent_at < @before", ct, ("before", before));
                return await connection.RunAsync(
                    """
                    delete from subscribers s where s.created_at < @before
                    and not exists (select 1 from subscriptions x where x.subscriber = s.id)
                    and not exists (select 1 from confirmations c where c.subscriber = s.id)
                    """,
                    ct,
                    ("before", before)
                );
            },
            ct
        );

    /// <summary>Stops the mails about one item, whatever the subscriptions say, or lets them come again.</summary>
    public Task MuteAsync(Guid subscriber, string item, bool muted, CancellationToken ct) =>
        ChangeAsync(
            connection =>
                connection.RunAsync(
                    """
                    update subscribers
                    set muted = array_remove(muted, @item) || case when @muted then array[@item]::text[] else '{}'::text[] end
                    where id = @id
                    """,
                    ct,
                    ("id", subscriber),
                    ("item", item),
                    ("muted", muted)
                ),
            ct
        );

    /// <summary>Pauses a subscription, or lets it go on: what changed meanwhile is then told.</summary>
    public Task<bool> SetPausedAsync(Guid id, bool paused, CancellationToken ct)
    {
        var (from, to) = paused
            ? (SubscriptionState.Active, SubscriptionState.Paused)
            : (SubscriptionState.Paused, SubscriptionState.Active);
        return ChangeAsync(
            async connection =>
                await connection.RunAsync(
                    "update subscriptions set state = @to where id = @id and state = @from",
                    ct,
                    ("id", id),
                    ("from", from.Word()),
                    ("to", to.Word())
                ) > 0,
            ct
        );
    }

    /// <summary>Changes what is wanted: it is told from the next change on, and corrections of what was told before are told too.</summary>
    public Task SetFilterAsync(Guid id, ChangeFilter filter, CancellationToken ct) =>
        ChangeAsync(
            connection =>
                connection.RunAsync(
                    """
                    update subscriptions set filter = @filter::jsonb, filter_from_no = (select last_no from change_counter)
                    where id = @id
                    """,
                    ct,
                    ("id", id),
                    ("filter", JsonSerializer.Serialize(filter, TrackerJson.Stored))
                ),
            ct
        );

    /// <summary>The zone of an address, as its IANA name; null: there is no such subscriber.</summary>
    public static Task<string?> ZoneAsync(NpgsqlConnection connection, Guid subscriber, CancellationToken ct) =>
        connection.OneAsync("select zone from subscribers where id = @id", r => r.GetString(0), ct, ("id", subscriber));

    /// <summary>Changes how often an address is told.</summary>
    /// <param name="subscription">Null: by all its subscriptions.</param>
    /// <returns>The subscriptions that were changed.</returns>
    public static Task<List<Guid>> SetFrequencyAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        Guid? subscription,
        Frequency frequency,
        CancellationToken ct
    ) =>
        connection.AllAsync(
            """
            update subscriptions set frequency = @frequency
            where subscriber = @subscriber and (@subscription::uuid is null or id = @subscription)
            returning id
            """,
            r => r.GetGuid(0),
            ct,
            ("subscriber", subscriber),
            ("subscription", subscription),
            ("frequency", frequency.Word())
        );

    /// <summary>Changes the language and the zone of an address.</summary>
    /// <returns>Its subscriptions, and how often each of them tells.</returns>
    public static Task<List<(Guid Id, Frequency Frequency)>> SetPlaceAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        string lang,
        string zone,
        CancellationToken ct
    ) =>
        connection.AllAsync(
            """
            with a as (update subscribers set lang = @lang, zone = @zone where id = @id)
            select s.id, s.frequency from subscriptions s where s.subscriber = @id
            """,
            r => (r.GetGuid(0), r.Word<Frequency>(1)),
            ct,
            ("id", subscriber),
            ("lang", lang),
            ("zone", zone)
        );

    /// <summary>Keeps a new subscription.</summary>
    public static Task InsertAsync(NpgsqlConnection connection, Subscription s, CancellationToken ct) =>
        connection.RunAsync(
            """
            insert into subscriptions
                (id, channel, state, person, subscriber, filter, frequency, from_no, created_at, confirmed_at)
            values
                (@id, @channel, @state, @person, @subscriber, @filter::jsonb, @frequency, @from_no, @created_at, @confirmed_at)
            """,
            ct,
            ("id", s.Id),
            ("channel", s.Channel.Word()),
            ("state", s.State.Word()),
            ("person", s.Person),
            ("subscriber", s.Subscriber),
            ("filter", JsonSerializer.Serialize(s.Filter, TrackerJson.Stored)),
            ("frequency", s.Frequency.Word()),
            ("from_no", s.FromNo),
            ("created_at", s.CreatedAt),
            ("confirmed_at", s.ConfirmedAt)
        );

    /// <summary>Changes subscriptions while nothing is matched, and lets every node read them again.</summary>
    public async Task<T> ChangeAsync<T>(Func<NpgsqlConnection, Task<T>> change, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.RunAsync("select 1 from delivery_progress for update", ct);
        var result = await change(connection);
        await connection.RunAsync("update subscriptions_version set version = version + 1", ct);
        await transaction.CommitAsync(ct);
        return result;
    }

    /// <summary>A token as it is kept beside its hash.</summary>
    public string Protect(string token) => _tokens.Protect(token);

    /// <summary>A row of <see cref="SubscriberColumns"/>.</summary>
    /// <exception cref="CryptographicException">The token cannot be read with the keys of this database.</exception>
    public Subscriber ReadSubscriber(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetString(1),
            row.GetString(2),
            row.GetString(3),
            _tokens.Unprotect(row.GetString(4)),
            row.GetFieldValue<string[]>(5),
            row.MaybeAt(6)
        );

    private static ChangeFilter Filter(NpgsqlDataReader row)
    {
        var filter = row.Json<ChangeFilter?>(5);
        object?[] lists =
        [
            filter?.Kind,
            filter?.Status,
            filter?.Theme,
            filter?.Party,
            filter?.Forum,
            filter?.Item,
            filter?.Signal,
            filter?.Changes,
        ];
        return filter is null || lists.Contains(null) || !filter.Signal.All(ItemQuery.IsSignal)
            ? throw new UnreadableException("The filter has a list or a word that this program does not know.")
            : filter;
    }

    private static Subscription Read(NpgsqlDataReader row) =>
        new()
        {
            Id = row.GetGuid(0),
            Channel = row.Word<Channel>(1),
            State = row.Word<SubscriptionState>(2),
            Person = row.Text(3),
            Subscriber = row.IsDBNull(4) ? null : row.GetGuid(4),
            Filter = Filter(row),
            Frequency = row.Word<Frequency>(6),
            FromNo = row.GetInt64(7),
            CreatedAt = row.At(8),
            ConfirmedAt = row.MaybeAt(9),
            FilterFromNo = row.GetInt64(10),
        };
}
