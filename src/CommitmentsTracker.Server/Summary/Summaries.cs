using System.Collections.Concurrent;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Summary;

/// <summary>Counts items on both clocks, and over time.</summary>
public sealed class Summaries(NpgsqlDataSource source, ForumDirectory directory, StoreVersions versions)
{
    private readonly ConcurrentDictionary<string, (StoreVersion Version, DateOnly Day, SummaryView Counts)> _atNow = new(StringComparer.Ordinal);

    /// <summary>The steps that a timeline knows.</summary>
    public static readonly IReadOnlyList<string> Steps = ["day", "week", "month", "quarter", "year"];

    /// <summary>Most points of one timeline.</summary>
    public const int MostPoints = 2_000;

    /// <summary>
    /// Counts at a day and an instant, of one forum or of all. At now they come from maintained counts, and are kept
    /// until something is written.
    /// </summary>
    public async Task<SummaryView> ReadAsync(string? forum, AskedClocks clocks, CancellationToken ct = default)
    {
        if (!clocks.IsNow) return await FromSpansAsync(forum, clocks, ct);
        var version = await versions.CurrentAsync(ct);
        if (_atNow.TryGetValue(forum ?? "", out var kept) && kept.Version == version && kept.Day == clocks.AsOf) return kept.Counts;
        var counts = await FromTalliesAsync(forum, clocks, ct);
        // Only forums with items are kept, so that nobody can fill the memory with names.
        if (counts.Total > 0) _atNow[forum ?? ""] = (version, clocks.AsOf, counts);
        return counts;
    }

    /// <summary>Counts from the spans, for any day and instant.</summary>
    public async Task<SummaryView> FromSpansAsync(string? forum, AskedClocks clocks, CancellationToken ct)
    {
        var query = new ItemQuery(forum is null ? new ItemFilter() : new ItemFilter { Forums = [forum] }, clocks, await directory.NamesAsync(ct));
        var counting = new Counting();
        await using var batch = source.CreateBatch();
        foreach (var statement in CountsOf(query)) batch.BatchCommands.Add(statement);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var n = (int)reader.GetInt64(7);
            counting.Status(reader.GetString(0), reader.GetString(1), n);
            counting.Time(reader.GetString(2), n);
            counting.Freshness(reader.GetString(3), n);
            counting.Confidence(reader.GetString(4), n);
            if (reader.GetBoolean(5)) counting.Awaiting += n;
            if (reader.GetBoolean(6)) counting.Flagged += n;
        }

        return counting.View(forum, clocks);
    }

    /// <summary>The statement that counts.</summary>
    public static IReadOnlyList<NpgsqlBatchCommand> CountsOf(ItemQuery query) => [query.Statement(
        $"select s.kind, s.status, {query.Time}, {query.Freshness}, s.confidence, s.awaiting > 0, s.flags <> '[]', count(*) {query.FromWhere()} group by 1, 2, 3, 4, 5, 6, 7")];

    /// <summary>Status over time: one point a step from <paramref name="from"/> to <paramref name="to"/> (always included), all as known at one instant.</summary>
    public async Task<TimelineView> TimelineAsync(string? forum, DateOnly from, DateOnly to, string step, DateTimeOffset? knownAt, CancellationToken ct = default)
    {
        var days = Days(from, to, step).ToArray();
        // One pass: every span says between which points of the timeline it holds.
        await using var command = source.CreateCommand(
            $"""
            select kind, status, width_bucket(lower(occurred) - 1, $1), case when upper_inf(occurred) then cardinality($1) else width_bucket(upper(occurred) - 1, $1) end, count(*)
            from item_spans where {(knownAt is null ? "upper_inf(known)" : "known @> $2")} and lower(occurred) <= $1[cardinality($1)] {(forum is null ? "" : $"and forum = ${(knownAt is null ? 2 : 3)}")}
            group by 1, 2, 3, 4
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = days, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
        if (knownAt is { } known) command.Parameters.Add(new NpgsqlParameter { Value = known.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (forum is not null) command.Parameters.Add(new NpgsqlParameter { Value = forum, NpgsqlDbType = NpgsqlDbType.Text });
        var moves = new Dictionary<(ItemKind, Status), int[]>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var key = (Words.Read<ItemKind>(reader.GetString(0)), Words.Read<Status>(reader.GetString(1)));
                if (!moves.TryGetValue(key, out var by)) moves[key] = by = new int[days.Length + 1];
                by[reader.GetInt32(2)] += (int)reader.GetInt64(4);
                by[reader.GetInt32(3)] -= (int)reader.GetInt64(4);
            }
        }

        var counts = new Dictionary<(ItemKind, Status), int>();
        var points = new List<TimelinePoint>();
        for (var i = 0; i < days.Length; i++)
        {
            foreach (var (key, by) in moves) counts[key] = counts.GetValueOrDefault(key) + by[i];
            points.Add(new TimelinePoint(days[i], Counting.InOrder(counts)));
        }

        return new TimelineView(from, to, step, knownAt, points);
    }

    /// <summary>The days of a timeline; the last one is always <paramref name="to"/>.</summary>
    public static IEnumerable<DateOnly> Days(DateOnly from, DateOnly to, string step)
    {
        for (var i = 0; ; i++)
        {
            var day = step switch
            {
                "day" => from.AddDays(i),
                "week" => from.AddDays(7 * i),
                "month" => from.AddMonths(i),
                "quarter" => from.AddMonths(3 * i),
                _ => from.AddYears(i),
            };
            if (day >= to) break;
            yield return day;
        }

        yield return to;
    }

    /// <summary>
    /// Counts at now from the tallies of every item's latest span, corrected by the few items whose latest span has
    /// not begun yet (a day that has begun at UTC+14 may be tomorrow here).
    /// </summary>
    private async Task<SummaryView> FromTalliesAsync(string? forum, AskedClocks clocks, CancellationToken ct)
    {
        var where = forum is null ? "" : "where forum = $1";
        await using var batch = source.CreateBatch();
        var day = forum is null ? "$1" : "$2";
        Add($"""
            select dimension, kind, case
                when bucket = 'open' then case when day < {day} then 'overdue' when day - {day} <= {Standing.DueSoonDays} then 'due_soon' else 'due' end
                when bucket = 'reviewed' then case when {day} - day <= {Standing.CurrentDays} then 'current' when {day} - day <= {Standing.AgeingDays} then 'ageing' else 'stale' end
                else bucket end, sum(items)
            from tallies {where} group by 1, 2, 3
            """);
        Add($"select 1 from item_spans where upper_inf(known) and reach = 99 and lower(occurred) > {day} {(forum is null ? "" : "and forum = $1")} limit 1");
        var counting = new Counting();
        var ahead = false;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var n = (int)reader.GetInt64(3);
                switch (reader.GetString(0))
                {
                    case "status": counting.Status(reader.GetString(1), reader.GetString(2), n); break;
                    case "time": counting.Time(reader.GetString(2), n); break;
                    case "freshness": counting.Freshness(reader.GetString(2), n); break;
                    case "confidence": counting.Confidence(reader.GetString(2), n); break;
                    case "awaiting": counting.Awaiting += n; break;
                    case "flagged": counting.Flagged += n; break;
                }
            }

            await reader.NextResultAsync(ct);
            ahead = await reader.ReadAsync(ct);
        }

        return ahead ? await FromSpansAsync(forum, clocks, ct) : counting.View(forum, clocks);

        void Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (forum is not null) command.Parameters.Add(new NpgsqlParameter { Value = forum, NpgsqlDbType = NpgsqlDbType.Text });
            command.Parameters.Add(new NpgsqlParameter { Value = clocks.AsOf, NpgsqlDbType = NpgsqlDbType.Date });
            batch.BatchCommands.Add(command);
        }
    }

    private sealed class Counting
    {
        private readonly Dictionary<(ItemKind, Status), int> _statuses = [];
        private readonly Dictionary<TimeSignal, int> _time = Enum.GetValues<TimeSignal>().ToDictionary(t => t, _ => 0);
        private readonly Dictionary<Freshness, int> _freshness = Enum.GetValues<Freshness>().ToDictionary(t => t, _ => 0);
        private readonly Dictionary<Confidence, int> _confidence = Enum.GetValues<Confidence>().ToDictionary(t => t, _ => 0);

        public int Awaiting { get; set; }
        public int Flagged { get; set; }

        public void Status(string kind, string status, int n)
        {
            var key = (Words.Read<ItemKind>(kind), Words.Read<Status>(status));
            _statuses[key] = _statuses.GetValueOrDefault(key) + n;
        }

        public void Time(string word, int n) => _time[Words.Read<TimeSignal>(word)] += n;

        public void Freshness(string word, int n) => _freshness[Words.Read<Freshness>(word)] += n;

        public void Confidence(string word, int n) => _confidence[Words.Read<Confidence>(word)] += n;

        public SummaryView View(string? forum, AskedClocks clocks)
        {
            var statuses = InOrder(_statuses);
            return new SummaryView
            {
                AsOf = clocks.AsOf, KnownAt = clocks.KnownAt, Forum = forum, Total = statuses.Sum(s => s.Items), Statuses = statuses,
                Time = _time, Freshness = _freshness, Confidence = _confidence, Awaiting = Awaiting, Flagged = Flagged,
            };
        }

        public static IReadOnlyList<StatusCount> InOrder(IReadOnlyDictionary<(ItemKind Kind, Status Status), int> counts) =>
            [.. counts.Where(c => c.Value != 0).OrderBy(c => c.Key.Kind).ThenBy(c => c.Key.Status).Select(c => new StatusCount(c.Key.Kind, c.Key.Status, c.Value))];
    }
}
