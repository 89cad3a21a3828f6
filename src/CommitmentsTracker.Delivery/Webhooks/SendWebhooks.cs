using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>
/// Sends what is due: takes deliveries, attempts each once, and keeps the outcomes in batches. Nothing that counts is in
/// memory; after a crash, what was on its way is sent once more with the same id.
/// </summary>
public sealed partial class SendWebhooks(
    DeliveryLeases claims,
    DeliveryOutcomes outcomes,
    WebhookClient client,
    DeliverySignal signal,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<SendWebhooks> logger
) : Worker(time, meters, logger)
{
    /// <summary>Most notices on their way from one node.</summary>
    public const int MostInFlight = 64;

    /// <summary>How long attempts may go on when the program ends.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<long, (LeasedDelivery Claim, Task Sending)> _sending = new();
    private readonly Channel<AttemptedDelivery> _attempted = System.Threading.Channels.Channel.CreateUnbounded<AttemptedDelivery>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly List<AttemptedDelivery> _toKeep = [];
    private readonly CancellationTokenSource _ending = new();
    private SendingSign? _sign;
    private Task<bool>? _more;

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        _sign ??= await claims.AppearAsync(ct);
        var next = signal.Next;
        return await RoundAsync(_sign, _ending.Token, ct) ? Rest.None : Waiting(next);
    }

    /// <inheritdoc />
    protected override async Task FailedAsync(Exception e)
    {
        if (_sign is not { Stands: false } gone)
            return;
        _sign = null;
        await gone.DisposeAsync();
    }

    /// <summary>
    /// Lets attempts end for a moment, keeps their outcomes, and gives the others back; what cannot be given back is sent once
    /// more when its lease runs out.
    /// </summary>
    protected override async Task EndAsync()
    {
        try
        {
            var all = Task.WhenAll(_sending.Values.Select(s => s.Sending));
            await Task.WhenAny(all, Task.Delay(Farewell, TimeProvider.System, CancellationToken.None));
            await _ending.CancelAsync();
            await all;
            await KeepAsync(CancellationToken.None);
            if (!_sending.IsEmpty)
                await claims.ReturnAsync([.. _sending.Values.Select(s => s.Claim)], CancellationToken.None);
        }
        finally
        {
            _ending.Dispose();
            if (_sign is { } sign)
                await sign.DisposeAsync();
        }
    }

    /// <summary>Keeps what came in and takes what is due.</summary>
    /// <returns>False if there was nothing of either.</returns>
    private async Task<bool> RoundAsync(SendingSign sign, CancellationToken ending, CancellationToken ct)
    {
        var kept = await KeepAsync(ct);
        var free = MostInFlight - _sending.Count;
        if (free <= 0)
            return kept;
        // Above half, receivers that hang must not take the places of those that answer.
        var taken = await claims.TakeAsync(sign, free, _sending.Count > MostInFlight / 2, ct);
        foreach (var claim in taken)
            Start(claim, ending);
        return kept || taken.Count > 0 || claims.PutSomeAside;
    }

    private async Task<bool> KeepAsync(CancellationToken ct)
    {
        while (_attempted.Reader.TryRead(out var attempted))
            _toKeep.Add(attempted);
        if (_toKeep.Count == 0)
            return false;
        await outcomes.KeepAsync(_toKeep, ct);
        foreach (var (claim, attempt) in _toKeep)
        {
            _sending.TryRemove(claim.Id, out _);
            DeliveryMeters.Attempts.Add(1, new("channel", "webhook"), new("outcome", attempt.Outcome.Word()));
        }

        _toKeep.Clear();
        return true;
    }

    private void Start(LeasedDelivery claim, CancellationToken ending)
    {
        var started = new TaskCompletionSource();
        _sending[claim.Id] = (claim, started.Task);
        _ = Task.Run(
            async () =>
            {
                try
                {
                    _attempted.Writer.TryWrite(
                        new AttemptedDelivery(claim, await client.SendAsync(claim.Target, claim.ChangeId, claim.Body, ending))
                    );
                }
                catch (OperationCanceledException)
                {
                    // The program ends; the claim is given back.
                }
                catch (Exception e) when (e is CryptographicException or FormatException)
                {
                    // The row itself: an address, a media type or a secret that cannot be used. No receiver has failed.
                    await PutAsideAsync(claim, e);
                }
                catch (Exception e)
                {
                    // Nothing that one receiver does may stop the sender; it counts as a failure of the attempt.
                    LogFailed(logger, claim.Id, e);
                    var now = Time.GetUtcNow();
                    _attempted.Writer.TryWrite(
                        new AttemptedDelivery(
                            claim,
                            new WebhookAttempt(now, now, null, 0, AttemptOutcome.Unreachable, e.GetType().Name, null)
                        )
                    );
                }
                finally
                {
                    started.TrySetResult();
                }
            },
            CancellationToken.None
        );
    }

    private async Task PutAsideAsync(LeasedDelivery claim, Exception why)
    {
        try
        {
            await claims.PutAsideAsync(claim, why, CancellationToken.None);
        }
        catch (Exception e)
        {
            // It is taken again when its lease runs out, and put aside then.
            LogFailed(logger, claim.Id, e);
        }
        finally
        {
            _sending.TryRemove(claim.Id, out _);
        }
    }

    /// <summary>Until there is an outcome, there are new deliveries, or it is time to look.</summary>
    private Rest Waiting(Task next)
    {
        if (_more is null or { IsCompleted: true })
            _more = _attempted.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        Task[] woken = [_more, next];
        if (!claims.SkippedLook)
            return Rest.Until(woken, DeliverySignal.Look);
        // A look that was too soon is made up for as soon as it may be; what called for it does not call again.
        return Rest.Until(woken, claims.UntilNextLook, TimeProvider.System);
    }

    [LoggerMessage(LogLevel.Error, "Delivery {Delivery} failed in a way that was not foreseen; it is tried again like any other failure")]
    private static partial void LogFailed(ILogger logger, long delivery, Exception e);
}
