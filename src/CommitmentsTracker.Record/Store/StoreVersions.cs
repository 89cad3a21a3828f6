using System.Diagnostics;
using Marten;
using Marten.Services;
using Npgsql;

namespace CommitmentsTracker.Record.Store;

/// <summary>What everything that is shown depends on, raised in the transactions that change it.</summary>
/// <param name="LastChange">Highest number of the change log.</param>
/// <param name="Directory">Version of the names of forums, parties and themes.</param>
/// <param name="EvidenceLinks">Rises with every check of the addresses of evidence.</param>
/// <param name="Rebuilds">How often the read models were rebuilt.</param>
/// <param name="Shown">Rises when names beside facts or refused disputes change.</param>
public sealed record StoreVersion(long LastChange, long Directory, long EvidenceLinks, long Rebuilds, long Shown);

/// <summary>
/// Knows the version of what is stored. Read at most a few times a second, so that asking costs nothing under load; what
/// was written by this node is known at once.
/// </summary>
public sealed class StoreVersions(NpgsqlDataSource source) : DocumentSessionListenerBase
{
    /// <summary>How long a change by another node may stay unnoticed.</summary>
    public static readonly TimeSpan MayLag = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Kept? _kept;
    private int _written;

    /// <summary>The version now.</summary>
    public async ValueTask<StoreVersion> CurrentAsync(CancellationToken ct = default)
    {
        if (Fresh() is { } fresh)
            return fresh;
        await _reading.WaitAsync(ct);
        try
        {
            if (Fresh() is { } again)
                return again;
            // What is written while the statement runs may be missing in its answer.
            var (written, readAt) = (Volatile.Read(ref _written), Stopwatch.GetTimestamp());
            await using var command = source.CreateCommand(
                """
                select last_no, (select version from directory_version), (select version from evidence_links_version),
                    rebuilds, (select version from shown_version)
                from change_counter
                """
            );
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.ReadAsync(ct);
            var version = new StoreVersion(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4)
            );
            _kept = new Kept(version, written, readAt);
            return version;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>To be called after this node has written without a session.</summary>
    public void Written() => Interlocked.Increment(ref _written);

    /// <inheritdoc />
    public override Task AfterCommitAsync(IDocumentSession session, IChangeSet commit, CancellationToken token)
    {
        Written();
        return Task.CompletedTask;
    }

    private StoreVersion? Fresh() =>
        _kept is { } kept && kept.Written == Volatile.Read(ref _written) && Stopwatch.GetElapsedTime(kept.ReadAt) < MayLag
            ? kept.Version
            : null;

    private sealed record Kept(StoreVersion Version, int Written, long ReadAt);
}
