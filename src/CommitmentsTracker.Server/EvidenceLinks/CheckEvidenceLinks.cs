using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.EvidenceLinks;

/// <summary>Asks to visit the addresses of evidence whose turn it is.</summary>
public sealed record CheckEvidenceLinks;

/// <summary>
/// Visits every address of evidence once a week, and one that failed once a day, and keeps what came of it. If nothing
/// at all can be reached, the network here is down, and nobody's page is blamed for it.
/// </summary>
public static partial class CheckEvidenceLinksHandler
{
    /// <summary>Most addresses of one run; the others have their turn at the next.</summary>
    public const int MostVisits = 1_000;

    private const int AtOnce = 4;

    /// <summary>Runs a check.</summary>
    public static async Task Handle(
        CheckEvidenceLinks _,
        NpgsqlDataSource source,
        LinkVisitor visitor,
        StoreVersions versions,
        TimeProvider time,
        ILogger<CheckEvidenceLinks> logger,
        CancellationToken ct
    )
    {
        await CollectAsync(source, ct);
        var now = time.GetUtcNow().ToMicroseconds();
        var found = new List<(string Url, Visit Visit)>();
        // One host is never visited twice at the same time.
        var byHost = (await DueAsync(source, now, ct)).GroupBy(u => u.Host, StringComparer.OrdinalIgnoreCase);
        await Parallel.ForEachAsync(
            byHost,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (host, stop) =>
            {
                foreach (var address in host)
                {
                    var visit = await visitor.VisitAsync(address, stop);
                    lock (found)
                        found.Add((address.OriginalString, visit));
                }
            }
        );
        if (found.Count == 0)
            return;
        if (found.TrueForAll(f => f.Visit == Visit.Unreachable))
        {
            LogNoNetwork(logger, found.Count);
            return;
        }

        await KeepAsync(source, found, now, ct);
        versions.Written();
        LogChecked(logger, found.Count, found.Count(f => f.Visit != Visit.Answered));
    }

    /// <summary>Takes in addresses that events have brought since the last time. One pass over the events, once a day.</summary>
    private static async Task CollectAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"""
            insert into evidence_links (url)
            {ItemStreams.EvidenceAddresses}
            on conflict do nothing
            """
        );
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<Uri>> DueAsync(NpgsqlDataSource source, DateTimeOffset now, CancellationToken ct)
    {
        // A little less than the day or the week, so that a run at the same hour finds what is due.
        await using var command = source.CreateCommand(
            """
            select url from evidence_links
            where checked_at is null or checked_at <= $1 - interval '167 hours' or (failures > 0 and checked_at <= $1 - interval '23 hours')
            order by checked_at nulls first, url limit $2
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = now.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter { Value = MostVisits, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<Uri>();
        while (await reader.ReadAsync(ct))
            if (Uri.TryCreate(reader.GetString(0), UriKind.Absolute, out var address))
                due.Add(address);
        return due;
    }

    private static async Task KeepAsync(
        NpgsqlDataSource source,
        List<(string Url, Visit Visit)> found,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await using var command = source.CreateCommand(
            """
            with visited as (select * from unnest($1, $2) as v (url, answered)),
            kept as (
                update evidence_links l set checked_at = $3,
                    failing_since = case when v.answered then null else coalesce(l.failing_since, $3) end,
                    failures = case when v.answered then 0 else l.failures + 1 end
                from visited v where l.url = v.url)
            update evidence_links_version set version = version + 1
            """
        );
        command.Parameters.Add(
            new NpgsqlParameter { Value = found.Select(f => f.Url).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }
        );
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = found.Select(f => f.Visit == Visit.Answered).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Boolean,
            }
        );
        command.Parameters.Add(new NpgsqlParameter { Value = now.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(LogLevel.Information, "Visited {Addresses} addresses of evidence; {Failed} did not answer")]
    private static partial void LogChecked(ILogger logger, int addresses, int failed);

    [LoggerMessage(
        LogLevel.Warning,
        "None of {Addresses} addresses of evidence could be reached: the network here seems to be down, so nothing was noted. "
            + "TRACKER_CHECK_LINKS=off ends these checks"
    )]
    private static partial void LogNoNetwork(ILogger logger, int addresses);
}
