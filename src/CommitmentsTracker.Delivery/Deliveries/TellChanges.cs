using System.Diagnostics;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>
/// Turns the change log into deliveries, in its order, a batch in a transaction with the progress: after a crash it goes
/// on behind the last batch, and whatever runs twice adds nothing. One node does it at a time, whoever holds the row of
/// the progress.
/// </summary>
public sealed partial class TellChanges(
    NpgsqlDataSource source,
    SubscriptionStore subscriptions,
    ChangeSignal changes,
    DeliverySignal deliveries,
    PublicAddress address,
    TimeProvider time,
    ILogger<TellChanges> logger
) : BackgroundService
{
    private const int AtOnce = 500;
    private const int FewestAtOnce = 10;

    /// <summary>Whoever subscribes or unsubscribes waits for a batch; one that takes longer is followed by smaller ones.</summary>
    private static readonly TimeSpan LongestBatch = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// While much is logged it rests behind a full batch, for this many times as long as that took: those who log come
    /// before those who are told.
    /// </summary>
    private const int Rests = 2;
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private Wanted? _wanted;
    private int _atOnce = AtOnce;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var (next, began) = (changes.Next, Stopwatch.GetTimestamp());
                var isAll = await TellAsync(stoppingToken) < _atOnce;
                var took = Stopwatch.GetElapsedTime(began);
                _atOnce =
                    took > LongestBatch ? Math.Max(FewestAtOnce, _atOnce / 2)
                    : took < LongestBatch / 4 ? Math.Min(AtOnce, _atOnce * 2)
                    : _atOnce;
                if (isAll)
                    await DeliverySignal.UntilAsync(next, time, stoppingToken);
                else if (next.IsCompleted)
                    await Task.Delay(
                        took * Rests is var rest && rest < LongestRest ? rest : LongestRest,
                        TimeProvider.System,
                        stoppingToken
                    );
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                LogWaits(logger, e);
                await Task.Delay(Retry, TimeProvider.System, stoppingToken);
            }
        }
    }

    /// <summary>Turns the next changes into deliveries.</summary>
    /// <returns>How many changes it went through.</returns>
    public async Task<int> TellAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // Read before the others are kept waiting; what changed in between is read again.
        await WantedAsync(connection, ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var last = await ProgressAsync(connection, ct);
        var wanted = await WantedAsync(connection, ct);
        var batch = await FoundChange.ReadAsync(connection, "change_no > $1 order by change_no limit $2", ct, last, _atOnce);
        if (batch.Count == 0)
            return 0;
        var added = await AddAsync(connection, wanted, batch, ct);
        await connection.RunAsync("update delivery_progress set last_no = @last", ct, ("last", batch[^1].Change.ChangeNo));
        await transaction.CommitAsync(ct);
        if (added > 0)
            deliveries.Wake();
        return batch.Count;
    }

    /// <summary>
    /// Goes through the changes of a span of time once more and adds what is missing; that is nothing unless rows were
    /// lost.
    /// </summary>
    /// <returns>How many deliveries were missing.</returns>
    public async Task<int> RepairAsync(DateTimeOffset since, CancellationToken ct)
    {
        var (repaired, after) = (0, 0L);
        while (true)
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var last = await ProgressAsync(connection, ct);
            var wanted = await WantedAsync(connection, ct);
            var batch = await FoundChange.ReadAsync(
                connection,
                "change_no > $1 and change_no <= $3 and recorded_at >= $4 order by change_no limit $2",
                ct,
                after,
                AtOnce,
                last,
                since.UtcDateTime
            );
            if (batch.Count == 0)
                break;
            repaired += await AddAsync(connection, wanted, batch, ct);
            after = batch[^1].Change.ChangeNo;
            await transaction.CommitAsync(ct);
        }

        if (repaired == 0)
            return 0;
        DeliveryMeters.Repaired.Add(repaired);
        LogRepaired(logger, repaired);
        deliveries.Wake();
        return repaired;
    }

    /// <summary>
    /// Adds what a subscription was not told since an instant, because it was disabled or wanted less then, as withheld:
    /// it is sent if it is replayed.
    /// </summary>
    public async Task AddWithheldAsync(Subscription subscription, DateTimeOffset since, CancellationToken ct)
    {
        var wanted = new Wanted(0, [subscription with { FilterFromNo = 0 }], new Dictionary<Guid, Subscriber>());
        var (after, read) = (subscription.FromNo, AtOnce);
        while (read == AtOnce)
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            var batch = await FoundChange.ReadAsync(
                connection,
                "change_no > $1 and change_no <= (select last_no from delivery_progress) and recorded_at >= $3 order by change_no limit $2",
                ct,
                after,
                AtOnce,
                since.UtcDateTime
            );
            await AddAsync(connection, wanted, batch, ct, withheld: true);
            await transaction.CommitAsync(ct);
            if ((read = batch.Count) > 0)
                after = batch[^1].Change.ChangeNo;
        }
    }

    /// <summary>How many subscriptions of each channel would be told of a change that is not recorded yet.</summary>
    public async Task<IReadOnlyDictionary<Channel, int>> ReachAsync(Guid item, ChangeView change, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var wanted = await WantedAsync(connection, ct);
        // It would get a number behind all that are here.
        var next = change with
        {
            ChangeNo = long.MaxValue,
        };
        var mended = FoundChange.Mends(next) ? await new FoundChange(next, item).MendedAsync(connection, ct) : [];
        return wanted.Of(next, mended).GroupBy(s => s.Channel).ToDictionary(g => g.Key, g => g.Count());
    }

    private static Task<long> ProgressAsync(NpgsqlConnection connection, CancellationToken ct) =>
        connection.ValueAsync<long>("select last_no from delivery_progress for update", ct);

    private async Task<Wanted> WantedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (_wanted is { } kept && kept.Version == await connection.ValueAsync<long>("select version from subscriptions_version", ct))
            return kept;
        var (version, active) = await subscriptions.ActiveAsync(connection, ct);
        return _wanted = new Wanted(version, active, await subscriptions.SubscribersAsync(connection, ct));
    }

    private async Task<int> AddAsync(
        NpgsqlConnection connection,
        Wanted wanted,
        List<FoundChange> batch,
        CancellationToken ct,
        bool withheld = false
    )
    {
        var added = new NewDeliveries(wanted, address, time.GetUtcNow());
        foreach (var row in batch.Where(row => !row.Change.IsQuiet))
            added.Add(row.Change, FoundChange.Mends(row.Change) ? await row.MendedAsync(connection, ct) : []);
        return await added.InsertAsync(connection, withheld ? DeliveryState.Withheld : DeliveryState.Waiting, ct);
    }

    [LoggerMessage(LogLevel.Warning, "The database did not answer; notices wait until it does, nothing is lost")]
    private static partial void LogWaits(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Error, "{Missing} deliveries were missing and have been added; somebody or something removed rows")]
    private static partial void LogRepaired(ILogger logger, int missing);
}

/// <summary>Asks for a look at whether every change of the last day was told.</summary>
public sealed record RepairDeliveries;

/// <summary>Adds deliveries that are missing.</summary>
public static class RepairDeliveriesHandler
{
    /// <summary>How far back it looks.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromHours(24);

    /// <summary>Looks once; may run on any node at any time.</summary>
    public static Task Handle(RepairDeliveries _, TellChanges tell, TimeProvider time, CancellationToken ct) =>
        tell.RepairAsync(time.GetUtcNow() - Span, ct);
}
