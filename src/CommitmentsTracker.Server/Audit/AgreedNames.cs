using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Audit;

/// <summary>Names of people who agreed that they stand beside what they record. Kept in memory, read again when one changed.</summary>
public sealed class AgreedNames(NpgsqlDataSource source, StoreVersions versions)
{
    private volatile Kept? _kept;

    /// <summary>The names, by opaque id.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AllAsync(CancellationToken ct)
    {
        var version = (await versions.CurrentAsync(ct)).Shown;
        if (_kept is { } kept && kept.Version >= version)
            return kept.Names;
        var names = (
            await source.AllAsync("select id, name from people where named", r => (r.GetString(0), r.GetString(1)), ct)
        ).ToDictionary(r => r.Item1, r => r.Item2, StringComparer.Ordinal);
        _kept = new Kept(names, version);
        return names;
    }

    /// <summary>True if somebody agreed.</summary>
    public async Task<bool> IsAgreedAsync(string person, CancellationToken ct) =>
        (await source.AllAsync("select 1 from people where id = $1 and named", _ => true, ct, person)).Count > 0;

    /// <summary>Notes that somebody agrees, or no longer does.</summary>
    public async Task SetAsync(string person, bool agrees, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await transaction.RunAsync("update people set named = $2 where id = $1 and named <> $2", ct, person, agrees) == 0)
            return;
        await transaction.RunAsync("update shown_version set version = version + 1", ct);
        await transaction.CommitAsync(ct);
        versions.Written();
    }

    private sealed record Kept(IReadOnlyDictionary<string, string> Names, long Version);
}
