using System.Diagnostics;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Clocks;

/// <summary>
/// The days on which something happened: those on which some item's state begins to be another one. What a reader steps through.
/// </summary>
public sealed class HappenedDays(NpgsqlDataSource source, StoreVersions versions, KnownNow now)
{
    // Those days of the forums that were known earlier are kept in memory. They serve to find one's way and may lag behind, so that reading
    // them takes no more than a twentieth of the time, however large the tracker is.
    private const int Rest = 20;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Kept? _kept;

    /// <summary>The days of one item up to today, rising, as known at the instant; none if there is no such item.</summary>
    public async Task<IReadOnlyList<DateOnly>> OfItemAsync(string slug, AskedClocks clocks, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            $"""
            select distinct lower(s.occurred) from items i join item_spans s on s.item_id = i.item_id
            where i.slug = $1 and lower(s.occurred) <= $2 and {(clocks.KnownAt is null ? "upper_inf(s.known)" : "s.known @> $3")} order by 1
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = slug });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = clocks.Now.DayOf() });
        if (clocks.KnownAt is { } known)
            command.Parameters.Add(new NpgsqlParameter { Value = known.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var days = new List<DateOnly>();
        while (await reader.ReadAsync(ct))
            days.Add(reader.GetFieldValue<DateOnly>(0));
        return days;
    }

    /// <summary>The days of a forum, or of all, up to today, rising, as known at the instant.</summary>
    public async Task<IReadOnlyList<DateOnly>> OfForumAsync(string? forum, AskedClocks clocks, CancellationToken ct = default)
    {
        var today = clocks.Now.DayOf();
        if (clocks.KnownAt is not { } known)
        {
            var days = new HashSet<DateOnly>();
            foreach (var item in (await now.ReadAsync(ct)).All)
            {
                if (forum is not null && item.Forum != forum)
                    continue;
                foreach (var span in item.Spans)
                    if (span.From <= today)
                        days.Add(span.From);
            }

            return [.. days.Order()];
        }

        return
        [
            .. (await AllAsync(ct))
                .Where(d => (forum is null || d.Forum == forum) && d.Day <= today && d.Known.Any(k => Holds(k, known)))
                .Select(d => d.Day)
                .Distinct()
                .Order(),
        ];
    }

    private static bool Holds(NpgsqlRange<DateTime> known, DateTimeOffset at) =>
        known.LowerBound <= at.UtcDateTime && (known.UpperBoundInfinite || at.UtcDateTime < known.UpperBound);

    private async Task<IReadOnlyList<KnownDay>> AllAsync(CancellationToken ct)
    {
        var version = (await versions.CurrentAsync(ct)).LastChange;
        if (_kept is { } kept && kept.Serves(version))
            return kept.Days;
        await _reading.WaitAsync(ct);
        try
        {
            if (_kept is { } again && again.Serves(version))
                return again.Days;
            var started = Stopwatch.GetTimestamp();
            await using var command = source.CreateCommand("select forum, lower(occurred), range_agg(known) from item_spans group by 1, 2");
            await using var reader = await command.ExecuteReaderAsync(ct);
            var days = new List<KnownDay>();
            while (await reader.ReadAsync(ct))
                days.Add(
                    new KnownDay(reader.GetString(0), reader.GetFieldValue<DateOnly>(1), reader.GetFieldValue<NpgsqlRange<DateTime>[]>(2))
                );
            _kept = new Kept(days, version, Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(started));
            return days;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>A day and when it was known to be one of these.</summary>
    private sealed record KnownDay(string Forum, DateOnly Day, NpgsqlRange<DateTime>[] Known);

    private sealed record Kept(IReadOnlyList<KnownDay> Days, long Version, long ReadAt, TimeSpan Took)
    {
        public bool Serves(long version) => Version >= version || Stopwatch.GetElapsedTime(ReadAt) < Took * Rest;
    }
}
