using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Record.Changes;

/// <summary>
/// Wakes whoever waits for changes on this node. One connection listens for all; a lost one is opened again, and its
/// return wakes everybody, because notifications may have been missed.
/// </summary>
public sealed partial class ChangeSignal(NpgsqlDataSource source, StoreLocation location, ILogger<ChangeSignal> logger) : BackgroundService
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private volatile TaskCompletionSource _next = New();

    /// <summary>Completes with the next change after the call; take it before reading the log.</summary>
    public Task Next => _next.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stoppingToken);
                connection.Notification += (_, e) =>
                {
                    if (e.Payload.StartsWith(location.Schema + ":", StringComparison.Ordinal))
                        Wake();
                };
                await using (var listen = new NpgsqlCommand("listen tracker_changes", connection))
                    await listen.ExecuteNonQueryAsync(stoppingToken);
                Wake();
                while (true)
                    await connection.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
            {
                LogLost(logger, e);
                await Task.Delay(Retry, TimeProvider.System, stoppingToken);
            }
        }
    }

    private void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "The connection that listens for changes was lost; live pages wait until it is back")]
    private static partial void LogLost(ILogger logger, Exception e);
}
