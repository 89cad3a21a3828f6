using System.Collections.Concurrent;
using System.Threading.Channels;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Writing;
using Npgsql;

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
    ILogger<SendWebhooks> logger
) : BackgroundService
{
    /// <summary>Most notices on their way from one node.</summary>
    public const int MostInFlight = 64;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>How long attempts may go on when the program ends.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<long, (LeasedDelivery Claim, Task Sending)> _sending = new();
    private readonly Channel<AttemptedDelivery> _attempted = System.Threading.Channels.Channel.CreateUnbounded<AttemptedDelivery>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly List<AttemptedDelivery> _toKeep = [];
    private Task<bool>? _more;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ending = new CancellationTokenSource();
        try
        {
            await SendAsync(ending.Token, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await EndAsync(ending);
        }
    }

    private async Task SendAsync(CancellationToken ending, CancellationToken ct)
    {
        SendingSign? sign = null;
        try
        {
            while (true)
            {
                try
                {
                    sign ??= await claims.AppearAsync(ct);
                    var next = signal.Next;
                    if (!await RoundAsync(sign, ending, ct))
                        await WaitAsync(next, ct);
                }
                catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
                {
                    LogWaits(logger, e);
                    if (sign is { Stands: false })
                    {
                        await sign.DisposeAsync();
                        sign = null;
                    }

                    await Task.Delay(Retry, TimeProvider.System, ct);
                }
            }
        }
        finally
        {
            if (sign is not null)
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
        return kept || taken.Count > 0;
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
                catch (Exception e)
                {
                    // Nothing that one receiver does may stop the sender; it counts as a failure of the attempt.
                    LogFailed(logger, claim.Id, e);
                    var now = time.GetUtcNow();
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

    /// <summary>Waits for an outcome, for new deliveries, or for the next look.</summary>
    private async Task WaitAsync(Task next, CancellationToken ct)
    {
        _more ??= _attempted.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // A look that was too soon is made up for as soon as it may be; what called for it does not call again.
        var look = claims.SkippedLook
            ? Task.Delay(
                claims.UntilNextLook is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
                TimeProvider.System,
                waiting.Token
            )
            : Task.Delay(DeliverySignal.Look, time, waiting.Token);
        await Task.WhenAny(_more, next, look);
        await waiting.CancelAsync();
        if (_more.IsCompleted)
            _more = null;
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Lets attempts end for a moment, keeps their outcomes, and gives the others back.</summary>
    private async Task EndAsync(CancellationTokenSource ending)
    {
        try
        {
            await Task.WhenAny(
                Task.WhenAll(_sending.Values.Select(s => s.Sending)),
                Task.Delay(Farewell, TimeProvider.System, CancellationToken.None)
            );
            await ending.CancelAsync();
            await Task.WhenAll(_sending.Values.Select(s => s.Sending));
            await KeepAsync(CancellationToken.None);
            if (!_sending.IsEmpty)
                await claims.ReturnAsync([.. _sending.Values.Select(s => s.Claim)], CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            // Their leases run out, and they are sent once more.
            LogWaits(logger, e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database did not answer; notices wait until it does, nothing is lost")]
    private static partial void LogWaits(ILogger logger, Exception e);

    [LoggerMessage(LogLevel.Error, "Delivery {Delivery} failed in a way that was not foreseen; it is tried again like any other failure")]
    private static partial void LogFailed(ILogger logger, long delivery, Exception e);
}
