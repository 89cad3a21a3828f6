using System.Diagnostics.Metrics;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

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

/// <summary>What the operator sees of deliveries, and what the operator may do with them.</summary>
public sealed class DeliveryOverview(NpgsqlDataSource source, SubscriptionStore subscriptions, DeliverySignal signal, TimeProvider time)
{
    private static readonly string Waiting = $"""
        select s.channel, count(*), count(*) filter (where d.due_at <= @now), min(d.due_at) filter (where d.due_at <= @now)
        from deliveries d join subscriptions s on s.id = d.subscription
        where d.state = {StateSql.Waiting}
        group by 1
        """;

    private static readonly string Endpoints = $"""
        select e.subscription, e.url, s.state, e.failures_in_row, e.failing_since, e.disabled_at, e.disabled_why,
            count(d.id) filter (where d.state in {StateSql.Open}),
            count(d.id) filter (where d.state in {StateSql.Lost}),
            count(d.id) filter (where d.state = {StateSql.Delivered})
        from endpoints e
        join subscriptions s on s.id = e.subscription
        left join deliveries d on d.subscription = e.subscription
        group by e.subscription, s.id
        order by e.failing_since nulls last, e.url
        """;

    private static readonly string Retry = $"""
        with e as (update endpoints set probe_at = null where subscription = @subscription)
        update deliveries set due_at = @now where subscription = @subscription and state = {StateSql.Waiting}
        """;

    /// <summary>How deliveries stand now.</summary>
    public async Task<DeliveryStanding> StandingAsync(CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(Sql.Statement("select (select last_no from change_counter) - last_no, paused_at from delivery_progress"));
        batch.BatchCommands.Add(Sql.Statement(Waiting, ("now", time.GetUtcNow())));
        batch.BatchCommands.Add(Sql.Statement("select count(*) from mails where done_at is null"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (untold, paused) = (reader.GetInt64(0), reader.MaybeAt(1));
        await reader.NextResultAsync(ct);
        var waiting = await reader.RowsAsync(
            r => (Channel: r.GetString(0), All: r.GetInt64(1), Overdue: r.GetInt64(2), Oldest: r.MaybeAt(3)),
            ct
        );
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return new DeliveryStanding(
            untold,
            waiting.ToDictionary(w => w.Channel, w => w.All, StringComparer.Ordinal),
            waiting.ToDictionary(w => w.Channel, w => w.Overdue, StringComparer.Ordinal),
            waiting.Min(w => w.Oldest),
            reader.GetInt64(0),
            paused
        );
    }

    /// <summary>Every endpoint, failing ones first.</summary>
    public async Task<IReadOnlyList<EndpointStanding>> EndpointsAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.AllAsync(
            Endpoints,
            r => new EndpointStanding(
                r.GetGuid(0),
                r.GetString(1),
                r.GetString(2),
                r.GetInt32(3),
                r.MaybeAt(4),
                r.MaybeAt(5),
                r.Text(6),
                r.GetInt64(7),
                r.GetInt64(8),
                r.GetInt64(9)
            ),
            ct
        );
    }

    /// <summary>Addresses that the mail server refused for good, the latest first.</summary>
    public async Task<IReadOnlyList<SuspendedAddress>> SuspendedAsync(CancellationToken ct) => await subscriptions.SuspendedAsync(ct);

    /// <summary>Holds everything back, or lets it go again; nothing is lost meanwhile.</summary>
    public async Task<bool> PauseAsync(bool paused, CancellationToken ct) =>
        Woken(
            await source.RunAsync(
                "update delivery_progress set paused_at = case when @paused then coalesce(paused_at, @now) end",
                ct,
                ("paused", paused),
                ("now", time.GetUtcNow())
            ) > 0
        );

    /// <summary>Lets what waits for an endpoint be attempted at once.</summary>
    /// <returns>False if nothing waits for it.</returns>
    public async Task<bool> RetryAsync(Guid subscription, CancellationToken ct) =>
        Woken(await source.RunAsync(Retry, ct, ("subscription", subscription), ("now", time.GetUtcNow())) > 0);

    /// <summary>Lets mails be sent to an address again.</summary>
    /// <returns>False if there is no such subscriber.</returns>
    public async Task<bool> LiftAsync(Guid subscriber, CancellationToken ct) => Woken(await subscriptions.LiftAsync(subscriber, ct));

    /// <summary>Erases whoever has an address, with everything that was kept for them.</summary>
    /// <returns>False if nobody has it.</returns>
    public async Task<bool> EraseAsync(string address, CancellationToken ct)
    {
        if (EmailAddress.Read(address) is not { } kept || await subscriptions.OfAddressAsync(kept, ct) is not { } id)
            return false;
        await subscriptions.EraseAsync(id, ct);
        return true;
    }

    private bool Woken(bool done)
    {
        signal.Wake();
        return done;
    }
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
