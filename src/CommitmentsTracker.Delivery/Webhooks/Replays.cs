using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>
/// Puts old deliveries on their way again, oldest first: at most ten a second to an endpoint, and the next only when the
/// one before was attempted, so that they arrive in order and new changes find free slots.
/// </summary>
public sealed class Replays(
    ReplayStore store,
    TellChanges tell,
    DeliverySignal signal,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<Replays> logger
) : Worker(time, meters, logger)
{
    /// <summary>The least time between two deliveries of a replay.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(100);

    private readonly Signal _begun = new();

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        var begun = _begun.Next;
        return await StepAsync(ct) ? Rest.For(Apart) : Rest.Until(begun, DeliverySignal.Look);
    }

    /// <summary>Begins a replay.</summary>
    /// <returns>Null: one is running already.</returns>
    public async Task<Replay?> BeginAsync(Subscription subscription, ReplayWish wish, CancellationToken ct)
    {
        if (await LatestAsync(subscription.Id, ct) is { State: ReplayState.Running })
            return null;
        if (wish is { Since: { } since, Failed: false })
            await tell.AddWithheldAsync(subscription, since, ct);
        if (!await store.BeginAsync(subscription.Id, wish, Time.GetUtcNow().ToMicroseconds(), ct))
            return null;
        _begun.Wake();
        return await LatestAsync(subscription.Id, ct);
    }

    /// <summary>The last replay of an endpoint; null: there was none.</summary>
    public Task<Replay?> LatestAsync(Guid subscription, CancellationToken ct) => store.LatestAsync(subscription, ct);

    /// <summary>Ends a replay; what it put on its way and nobody has attempted is as it was before.</summary>
    /// <returns>False if none was running.</returns>
    public Task<bool> CancelAsync(Guid subscription, CancellationToken ct) => store.CancelAsync(subscription, Time.GetUtcNow(), ct);

    /// <summary>Puts the next delivery of each running replay on its way, if it is its turn.</summary>
    /// <returns>True if a replay is running.</returns>
    public async Task<bool> StepAsync(CancellationToken ct)
    {
        var now = Time.GetUtcNow().ToMicroseconds();
        var (wentOn, isRunning) = await store.StepAsync(now, now + Apart, ct);
        if (wentOn)
            signal.Wake();
        return isRunning;
    }
}
