using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Clocks;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>
/// Puts old deliveries on their way again, oldest first: at most ten a second to an endpoint, and the next only when the
/// one before was attempted, so that they arrive in order and new changes find free slots.
/// </summary>
public sealed partial class Replays(ReplayStore store, TellChanges tell, DeliverySignal signal, TimeProvider time, ILogger<Replays> logger)
    : BackgroundService
{
    /// <summary>The least time between two deliveries of a replay.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    private volatile TaskCompletionSource _begun = New();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = _begun.Task;
            try
            {
                if (await StepAsync(stoppingToken))
                    await Task.Delay(Apart, time, stoppingToken);
                else
                    await DeliverySignal.UntilAsync(begun, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                LogWaits(logger, e);
                await Task.Delay(DeliverySignal.Look, time, stoppingToken);
            }
        }
    }

    /// <summary>Begins a replay.</summary>
    /// <returns>Null: one is running already.</returns>
    public async Task<Replay?> BeginAsync(Subscription subscription, ReplayWish wish, CancellationToken ct)
    {
        if (await LatestAsync(subscription.Id, ct) is { State: ReplayState.Running })
            return null;
        if (wish is { Since: { } since, Failed: false })
            await tell.AddWithheldAsync(subscription, since, ct);
        if (!await store.BeginAsync(subscription.Id, wish, time.GetUtcNow().ToMicroseconds(), ct))
            return null;
        Interlocked.Exchange(ref _begun, New()).TrySetResult();
        return await LatestAsync(subscription.Id, ct);
    }

    /// <summary>The last replay of an endpoint; null: there was none.</summary>
    public Task<Replay?> LatestAsync(Guid subscription, CancellationToken ct) => store.LatestAsync(subscription, ct);

    /// <summary>Ends a replay; what it put on its way and nobody has attempted is as it was before.</summary>
    /// <returns>False if none was running.</returns>
    public Task<bool> CancelAsync(Guid subscription, CancellationToken ct) => store.CancelAsync(subscription, time.GetUtcNow(), ct);

    /// <summary>Puts the next delivery of each running replay on its way, if it is its turn.</summary>
    /// <returns>True if a replay is running.</returns>
    public async Task<bool> StepAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow().ToMicroseconds();
        var (wentOn, isRunning) = await store.StepAsync(now, now + Apart, ct);
        if (wentOn)
            signal.Wake();
        return isRunning;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "The database did not answer; replays wait until it does")]
    private static partial void LogWaits(ILogger logger, Exception e);
}
