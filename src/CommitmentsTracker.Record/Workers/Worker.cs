namespace CommitmentsTracker.Record.Workers;

/// <summary>
/// What every loop in the background is: rounds, each followed by a rest, until the program ends. A round that fails,
/// however it fails, is logged and counted and made again after a pause that doubles with each failure in a row; the
/// program never stops for a worker. All waits are by the tracker's clock unless a <see cref="Rest"/> names another.
/// </summary>
public abstract partial class Worker(TimeProvider time, WorkerMeters meters, ILogger logger) : BackgroundService
{
    /// <summary>The pause after a first failure.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after failures in a row.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>The tracker's clock.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Its name in metrics and logs.</summary>
    public string Name => GetType().Name;

    /// <summary>The pause after so many failures in a row.</summary>
    /// <param name="failures">At least 1.</param>
    public static TimeSpan PauseAfter(int failures)
    {
        // Beyond sixteen doublings the cap holds anyway.
        var pause = FirstPause * Math.Pow(2, Math.Clamp(failures - 1, 0, 16));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        meters.Begin(Name);
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            Rest rest;
            try
            {
                rest = await WorkAsync(stoppingToken);
                meters.Succeeded(Name);
                if (failures > 0)
                    LogGoesOn(logger, Name, failures);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                failures++;
                meters.Failed(Name);
                var pause = PauseAfter(failures);
                LogFailed(logger, Name, failures, pause, Failure.Said(e), e.StackTrace);
                await GuardedAsync(() => FailedAsync(e));
                rest = Rest.For(pause);
            }

            try
            {
                await rest.TakeAsync(Time, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await GuardedAsync(EndAsync);
    }

    /// <summary>One round: does what there is to do.</summary>
    /// <param name="ct">Ends the round when the program ends.</param>
    /// <returns>How to rest before the next round.</returns>
    protected abstract Task<Rest> WorkAsync(CancellationToken ct);

    /// <summary>Puts away what a failed round left open.</summary>
    protected virtual Task FailedAsync(Exception e) => Task.CompletedTask;

    /// <summary>What is left to do when the program ends; the host waits for it.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    private async Task GuardedAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e)
        {
            meters.Failed(Name);
            LogUntidy(logger, Name, Failure.Said(e), e.StackTrace);
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Worker} failed {Failures} times in a row and goes on in {Pause}; nothing is lost: {Failure}\n{Where}"
    )]
    private static partial void LogFailed(ILogger logger, string worker, int failures, TimeSpan pause, string failure, string? where);

    [LoggerMessage(LogLevel.Information, "{Worker} goes on after {Failures} failures")]
    private static partial void LogGoesOn(ILogger logger, string worker, int failures);

    [LoggerMessage(LogLevel.Warning, "{Worker} could not put everything away: {Failure}\n{Where}")]
    private static partial void LogUntidy(ILogger logger, string worker, string failure, string? where);
}
