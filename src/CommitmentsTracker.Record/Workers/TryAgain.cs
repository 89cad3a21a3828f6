namespace CommitmentsTracker.Record.Workers;

/// <summary>Knows how to read, or tell, rows of some tables once more.</summary>
public interface IReadsAgain
{
    /// <summary>The tables whose rows it reads.</summary>
    IReadOnlyCollection<string> Tables { get; }

    /// <summary>
    /// Reads a row again and makes up for what it missed; whatever was done for it before is not done twice. A row that is
    /// gone needs nothing. Any exception: it still cannot be read.
    /// </summary>
    Task ReadAgainAsync(AsideRow row, CancellationToken ct);
}

/// <summary>Tries rows again that were put aside: when asked to, when the program starts, and from time to time.</summary>
public sealed class TryAgain(
    PutAside aside,
    IEnumerable<IReadsAgain> readers,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<TryAgain> logger
) : Worker(time, meters, logger)
{
    /// <summary>How often it tries unasked.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(2);

    private readonly ILookup<string, IReadsAgain> _readers = readers
        .SelectMany(r => r.Tables.Select(t => (Table: t, Reader: r)))
        .ToLookup(r => r.Table, r => r.Reader, StringComparer.Ordinal);

    /// <summary>Tries one row.</summary>
    /// <returns>False: it is not put aside, or still cannot be read.</returns>
    public async Task<bool> TryAsync(string table, string key, CancellationToken ct) =>
        await aside.FindAsync(table, key, ct) is { } row && await TryAsync(row, ct);

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        foreach (var row in await aside.ListAsync(ct))
            await TryAsync(row, ct);
        return Rest.For(Every);
    }

    private async Task<bool> TryAsync(AsideRow row, CancellationToken ct)
    {
        // A row of a table that only a newer program knows waits for that one.
        if (!_readers.Contains(row.Table))
            return false;
        try
        {
            foreach (var reader in _readers[row.Table])
                await reader.ReadAgainAsync(row, ct);
        }
        catch (Exception e) when (Failure.IsOfRow(e))
        {
            await aside.KeepAsync(row.Table, row.Key, Failure.Said(e), ct, row.FromNo);
            return false;
        }

        return await aside.ReleaseAsync(row.Table, row.Key, ct);
    }
}
