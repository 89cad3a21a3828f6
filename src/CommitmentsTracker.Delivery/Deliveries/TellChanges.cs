using System.Diagnostics;
using System.Globalization;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
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
    PutAside aside,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<TellChanges> logger
) : Worker(time, meters, logger), IReadsAgain
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
    private Wanted? _wanted;
    private int _atOnce = AtOnce;

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        var (next, began) = (changes.Next, Stopwatch.GetTimestamp());
        var isAll = await TellAsync(ct) < _atOnce;
        var took = Stopwatch.GetElapsedTime(began);
        _atOnce =
            took > LongestBatch ? Math.Max(FewestAtOnce, _atOnce / 2)
            : took < LongestBatch / 4 ? Math.Min(AtOnce, _atOnce * 2)
            : _atOnce;
        if (isAll)
            return Rest.Until(next, DeliverySignal.Look);
        // It spares the machine, so it is measured by the machine's own time.
        return next.IsCompleted
            ? Rest.For(took * Rests is var rest && rest < LongestRest ? rest : LongestRest, TimeProvider.System)
            : Rest.None;
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
        await connection.RunAsync("update delivery_progress set last_no = @last", ct, ("last", batch.LastNo));
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
            after = batch.LastNo;
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
    public Task AddWithheldAsync(Subscription subscription, DateTimeOffset since, CancellationToken ct) =>
        AddMissedAsync(
            new Wanted(0, [subscription with { FilterFromNo = 0 }], new Dictionary<Guid, Subscriber>()),
            subscription.FromNo,
            since,
            withheld: true,
            ct
        );

    /// <summary>Adds what is missing for some subscriptions of the changes after a number.</summary>
    private async Task AddMissedAsync(Wanted wanted, long after, DateTimeOffset since, bool withheld, CancellationToken ct)
    {
        var read = AtOnce;
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
            await AddAsync(connection, wanted, batch, ct, withheld);
            await transaction.CommitAsync(ct);
            if ((read = batch.Count) > 0)
                after = batch.LastNo;
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

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables =>
        [StoredChange.Table, SubscriptionStore.Table, SubscriptionStore.SubscribersTable, DeliveryLog.Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        if (row.Table == StoredChange.Table)
            await TellLateAsync(long.Parse(row.Key, CultureInfo.InvariantCulture), ct);
        else if (row.Table == DeliveryLog.Table)
            await NoticeAgainAsync(long.Parse(row.Key, CultureInfo.InvariantCulture), ct);
        else if (await subscriptions.ReadAgainAsync(row, ct) is var of && row.FromNo is { } after)
            await CatchUpAsync(of, after, ct);
    }

    /// <summary>
    /// Tells a change that could not be read before, and to whom it was told or would have been, what was put right of it since.
    /// </summary>
    private async Task TellLateAsync(long changeNo, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // What is not turned into deliveries yet is told in its turn.
        var last = await ProgressAsync(connection, ct);
        var rows = await FoundChange.ReadAsync(connection, "change_no = $1 and change_no <= $2", ct, changeNo, last);
        if (rows.Unread is [var still])
            throw new UnreadableException(still.Why);
        if (rows.Found is not [var late])
            return;
        var later = await FoundChange.ReadAsync(
            connection,
            "item_id = $1 and change_no > $2 and change_no <= $3 order by change_no",
            ct,
            late.ItemId,
            changeNo,
            last
        );
        var added = new NewDeliveries(await WantedAsync(connection, ct), address, Time.GetUtcNow());
        foreach (var row in later.Found.Where(r => FoundChange.Mends(r.Change)).Prepend(late).Where(r => !r.Change.IsQuiet))
            await TellAsync(connection, added, row, ct);
        await added.InsertAsync(connection, DeliveryState.Waiting, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Writes the bytes of a delivery's change anew if they are gone.</summary>
    private async Task NoticeAgainAsync(long delivery, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var rows = await FoundChange.ReadAsync(connection, "change_no = (select change_no from deliveries where id = $1)", ct, delivery);
        if (rows.Unread is [var still])
            throw new UnreadableException(still.Why);
        if (rows.Found is [{ Change: var change }])
            await NewDeliveries.NoticeAsync(connection, change, address, Time.GetUtcNow(), ct);
        else if (await connection.RunAsync("update deliveries set id = id where id = @delivery", ct, ("delivery", delivery)) > 0)
            throw new UnreadableException("Its change is not in the log.");
    }

    /// <summary>Makes up for what subscriptions missed that could not be read, from the change after a number on.</summary>
    private async Task CatchUpAsync(IReadOnlyList<Subscription> of, long after, CancellationToken ct)
    {
        if (of.Count == 0)
            return;
        await using (var connection = await source.OpenConnectionAsync(ct))
            await AddMissedAsync(
                new Wanted(0, of, await subscriptions.SubscribersAsync(connection, ct)),
                after,
                DateTimeOffset.UnixEpoch,
                withheld: false,
                ct
            );
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

    /// <summary>Adds the deliveries of some changes, each once; a change that cannot be read or told is put aside.</summary>
    private async Task<int> AddAsync(
        NpgsqlConnection connection,
        Wanted wanted,
        FoundRows batch,
        CancellationToken ct,
        bool withheld = false
    )
    {
        var added = new NewDeliveries(wanted, address, Time.GetUtcNow());
        var untold = batch.Unread.ToList();
        foreach (var row in batch.Found.Where(row => !row.Change.IsQuiet))
        {
            try
            {
                await TellAsync(connection, added, row, ct);
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                var key = row.Change.ChangeNo.ToString(CultureInfo.InvariantCulture);
                untold.Add(new UnreadRow(StoredChange.Table, key, Failure.Said(e)));
            }
        }

        await aside.KeepAsync(untold, ct);
        return await added.InsertAsync(connection, withheld ? DeliveryState.Withheld : DeliveryState.Waiting, ct);
    }

    /// <summary>Adds the deliveries of a change.</summary>
    private static async Task TellAsync(NpgsqlConnection connection, NewDeliveries added, FoundChange row, CancellationToken ct) =>
        added.Add(row.Change, FoundChange.Mends(row.Change) ? await row.MendedAsync(connection, ct) : []);

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
