using System.Collections.Frozen;
using CommitmentsTracker.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.EvidenceLinks;

/// <summary>
/// Which addresses of evidence answer no more: those that failed at <see cref="FailuresOfDead"/> checks in a row, on
/// different days. Kept in memory, read again when they changed.
/// </summary>
public sealed class DeadLinks(NpgsqlDataSource source, StoreVersions versions)
{
    /// <summary>So many checks in a row have to fail before an address is called dead.</summary>
    public const int FailuresOfDead = 3;

    private volatile Kept? _kept;

    /// <summary>The dead addresses, each with the instant of the first failure in a row.</summary>
    public async ValueTask<FrozenDictionary<string, DateTimeOffset>> AllAsync(CancellationToken ct = default)
    {
        var version = (await versions.CurrentAsync(ct)).EvidenceLinks;
        if (_kept is { } kept && kept.Version >= version)
            return kept.Dead;
        await using var command = source.CreateCommand("select url, failing_since from evidence_links where failures >= $1");
        command.Parameters.Add(new NpgsqlParameter { Value = FailuresOfDead, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var dead = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
            dead[reader.GetString(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        return (_kept = new Kept(version, dead.ToFrozenDictionary(StringComparer.Ordinal))).Dead;
    }

    private sealed record Kept(long Version, FrozenDictionary<string, DateTimeOffset> Dead);
}
