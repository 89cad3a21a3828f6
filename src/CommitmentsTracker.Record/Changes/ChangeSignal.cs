using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Record.Changes;

/// <summary>
/// Wakes whoever waits for changes on this node. One connection listens for all; a lost one is opened again, and its
/// return wakes everybody, because notifications may have been missed.
/// </summary>
public sealed class ChangeSignal(
    NpgsqlDataSource source,
    StoreLocation location,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<ChangeSignal> logger
) : Worker(time, meters, logger)
{
    /// <summary>A round ends at least this often, though nothing came; by the machine's clock.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly Signal _signal = new();
    private NpgsqlConnection? _listening;

    /// <summary>Completes with the next change after the call; take it before reading the log.</summary>
    public Task Next => _signal.Next;

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        if (_listening is null)
        {
            _listening = await source.OpenConnectionAsync(ct);
            _listening.Notification += (_, e) =>
            {
                if (e.Payload.StartsWith(location.Schema + ":", StringComparison.Ordinal))
                    _signal.Wake();
            };
            await using (var listen = new NpgsqlCommand("listen tracker_changes", _listening))
                await listen.ExecuteNonQueryAsync(ct);
            _signal.Wake();
        }

        await _listening.WaitAsync(LongestWait, ct);
        return Rest.None;
    }

    /// <inheritdoc />
    protected override Task FailedAsync(Exception e) => EndAsync();

    /// <inheritdoc />
    protected override async Task EndAsync()
    {
        if (_listening is { } lost)
        {
            _listening = null;
            await lost.DisposeAsync();
        }
    }
}
