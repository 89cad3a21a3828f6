using System.Diagnostics.Metrics;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Deliveries;

/// <summary>How deliveries stand.</summary>
/// <param name="Untold">Changes that were not turned into deliveries yet.</param>
/// <param name="Waiting">Deliveries that wait, by channel.</param>
/// <param name="Overdue">Deliveries whose time has come and that have not been attempted since, by channel.</param>
/// <param name="OldestDue">When the longest-waiting of those was due.</param>
/// <param name="MailsWaiting">Mails that wait.</param>
/// <param name="PausedAt">Since when nothing is sent because the operator paused it.</param>
public sealed record DeliveryStanding(
    long Untold,
    IReadOnlyDictionary<string, long> Waiting,
    IReadOnlyDictionary<string, long> Overdue,
    DateTimeOffset? OldestDue,
    long MailsWaiting,
    DateTimeOffset? PausedAt
);

/// <summary>An endpoint as the operator sees it.</summary>
public sealed record EndpointStanding(
    Guid Subscription,
    string Url,
    string State,
    int FailuresInRow,
    DateTimeOffset? FailingSince,
    DateTimeOffset? DisabledAt,
    string? DisabledWhy,
    long Waiting,
    long Exhausted,
    long Delivered
);

/// <summary>An address to which nothing is sent, without the address.</summary>
public sealed record SuspendedAddress(Guid Subscriber, string Domain, DateTimeOffset Since, int Subscriptions);

/// <summary>What the operator sees of deliveries, and what the operator may do with them.</summary>
public sealed class DeliveryOverview(NpgsqlDataSource source, SubscriptionStore subscriptions, DeliverySignal signal, TimeProvider time)
{
    /// <summary>How deliveries stand now.</summary>
    public async Task<DeliveryStanding> StandingAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new("select (select last_no from change_counter) - last_no, paused_at from delivery_progress"));
        batch.BatchCommands.Add(
            new(
                """
                select s.channel, count(*), count(*) filter (where d.due_at <= $1), min(d.due_at) filter (where d.due_at <= $1)
                from deliveries d join subscriptions s on s.id = d.subscription where d.state = 'waiting' group by 1
                """
            )
            {
                Parameters = { SubscriptionStore.Parameter(now) },
            }
        );
        batch.BatchCommands.Add(new("select count(*) from mails where state in ('waiting', 'sending')"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (untold, paused) = (reader.GetInt64(0), reader.IsDBNull(1) ? (DateTimeOffset?)null : reader.GetFieldValue<DateTimeOffset>(1));
        await reader.NextResultAsync(ct);
        var (waiting, overdue) = (
            new Dictionary<string, long>(StringComparer.Ordinal),
            new Dictionary<string, long>(StringComparer.Ordinal)
        );
        DateTimeOffset? oldest = null;
        while (await reader.ReadAsync(ct))
        {
            waiting[reader.GetString(0)] = reader.GetInt64(1);
            overdue[reader.GetString(0)] = reader.GetInt64(2);
            if (!reader.IsDBNull(3) && reader.GetFieldValue<DateTimeOffset>(3) is var due && !(oldest < due))
                oldest = due;
        }

        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return new DeliveryStanding(untold, waiting, overdue, oldest, reader.GetInt64(0), paused);
    }

    /// <summary>Every endpoint, failing ones first.</summary>
    public async Task<IReadOnlyList<EndpointStanding>> EndpointsAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            select e.subscription, e.url, s.state, e.failures_in_row, e.failing_since, e.disabled_at, e.disabled_why,
                count(d.id) filter (where d.state in ('waiting', 'sending')), count(d.id) filter (where d.state in ('exhausted', 'blocked')), count(d.id) filter (where d.state = 'delivered')
            from endpoints e join subscriptions s on s.id = e.subscription left join deliveries d on d.subscription = e.subscription
            group by e.subscription, s.id order by e.failing_since nulls last, e.url
            """
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        var endpoints = new List<EndpointStanding>();
        while (await reader.ReadAsync(ct))
        {
            endpoints.Add(
                new EndpointStanding(
                    reader.GetGuid(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetInt32(3),
                    Instant(reader, 4),
                    Instant(reader, 5),
                    reader.IsDBNull(6) ? null : reader.GetString(6),
                    reader.GetInt64(7),
                    reader.GetInt64(8),
                    reader.GetInt64(9)
                )
            );
        }

        return endpoints;
    }

    /// <summary>Addresses that the mail server refused for good, the latest first.</summary>
    public async Task<IReadOnlyList<SuspendedAddress>> SuspendedAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select id, split_part(address, '@', 2), suspended_at, (select count(*)::int from subscriptions x where x.subscriber = s.id) from subscribers s where suspended_at is not null order by suspended_at desc limit 200"
        );
        await using var reader = await command.ExecuteReaderAsync(ct);
        var suspended = new List<SuspendedAddress>();
        while (await reader.ReadAsync(ct))
            suspended.Add(
                new SuspendedAddress(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3))
            );
        return suspended;
    }

    /// <summary>Holds everything back, or lets it go again; nothing is lost meanwhile.</summary>
    public Task<bool> PauseAsync(bool paused, CancellationToken ct) =>
        DoAsync("update delivery_progress set paused_at = case when $1 then coalesce(paused_at, $2) end", ct, paused, time.GetUtcNow());

    /// <summary>Lets what waits for an endpoint be attempted at once.</summary>
    public Task<bool> RetryAsync(Guid subscription, CancellationToken ct) =>
        DoAsync(
            "with e as (update endpoints set probe_at = null where subscription = $1) update deliveries set due_at = $2 where subscription = $1 and state = 'waiting'",
            ct,
            subscription,
            time.GetUtcNow()
        );

    /// <summary>Lets mails be sent to an address again.</summary>
    public Task<bool> LiftAsync(Guid subscriber, CancellationToken ct) =>
        DoAsync("update subscribers set suspended_at = null, refusals = 0 where id = $1", ct, subscriber);

    /// <summary>Erases whoever has an address, with everything that was kept for them.</summary>
    /// <returns>False if nobody has it.</returns>
    public async Task<bool> EraseAsync(string address, CancellationToken ct)
    {
        if (EmailAddress.Read(address) is not { } kept)
            return false;
        await using var command = source.CreateCommand("select id from subscribers where address = $1");
        command.Parameters.Add(SubscriptionStore.Parameter(kept));
        if (await command.ExecuteScalarAsync(ct) is not Guid id)
            return false;
        await subscriptions.EraseAsync(id, ct);
        return true;
    }

    private async Task<bool> DoAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(SubscriptionStore.Parameter(value));
        var done = await command.ExecuteNonQueryAsync(ct) > 0;
        signal.Wake();
        return done;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}

/// <summary>Measures the standing of deliveries whenever monitoring asks, at most every few seconds.</summary>
public sealed class DeliveryGauges(DeliveryOverview overview, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MayLag = TimeSpan.FromSeconds(5);
    private readonly Meter _meter = new(DeliveryMeters.Name + ".Standing");
    private readonly Lock _lock = new();
    private DeliveryStanding? _standing;
    private long _readAt;

    /// <summary>Name of the meter.</summary>
    public string Name => _meter.Name;

    /// <summary>Offers the gauges.</summary>
    public void Start()
    {
        _meter.CreateObservableGauge(
            "tracker_changes_untold",
            () => Standing().Untold,
            description: "Changes not yet turned into deliveries"
        );
        _meter.CreateObservableGauge(
            "tracker_deliveries_waiting",
            () => Standing().Waiting.Select(w => new Measurement<long>(w.Value, new KeyValuePair<string, object?>("channel", w.Key))),
            description: "Deliveries that wait"
        );
        _meter.CreateObservableGauge(
            "tracker_deliveries_overdue",
            () => Standing().Overdue.Select(w => new Measurement<long>(w.Value, new KeyValuePair<string, object?>("channel", w.Key))),
            description: "Deliveries whose time has come"
        );
        _meter.CreateObservableGauge(
            "tracker_delivery_oldest_seconds",
            () => Standing().OldestDue is { } due ? Math.Max(0, (time.GetUtcNow() - due).TotalSeconds) : 0,
            "s",
            "Age of the longest-waiting delivery whose time has come"
        );
        _meter.CreateObservableGauge("tracker_mails_waiting", () => Standing().MailsWaiting, description: "Mails that wait");
        _meter.CreateObservableGauge(
            "tracker_deliveries_paused",
            () => Standing().PausedAt is null ? 0 : 1,
            description: "1 while the operator holds everything back"
        );
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private DeliveryStanding Standing()
    {
        lock (_lock)
        {
            if (_standing is not null && time.GetElapsedTime(_readAt) < MayLag)
                return _standing;
            _standing = overview.StandingAsync(CancellationToken.None).GetAwaiter().GetResult();
            _readAt = time.GetTimestamp();
            return _standing;
        }
    }
}
