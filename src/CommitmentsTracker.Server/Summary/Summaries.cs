using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Items;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Summary;

/// <summary>Counts items on both clocks, and over time.</summary>
public sealed class Summaries(NpgsqlDataSource source, ForumDirectory directory)
{
    /// <summary>The steps that a timeline knows.</summary>
    public static readonly IReadOnlyList<string> Steps = ["day", "week", "month", "quarter", "year"];

    /// <summary>Most points of one timeline.</summary>
    public const int MostPoints = 2_000;

    /// <summary>Counts at a day and an instant, of one forum or of all. At now they come from maintained counts.</summary>
    public Task<SummaryView> ReadAsync(string? forum, AskedClocks clocks, CancellationToken ct = default) =>
        clocks.IsNow ? FromTalliesAsync(forum, clocks, ct) : FromSpansAsync(forum, clocks, ct);

    /// <summary>Counts from the spans, for any day and instant.</summary>
    public async Task<SummaryView> FromSpansAsync(string? forum, AskedClocks clocks, CancellationToken ct)
    {
        var query = new ItemQuery(forum is null ? new ItemFilter() : new ItemFilter { Forums = [forum] }, clocks, await directory.NamesAsync(ct));
        var counting = new Counting();
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(query.Statement(
            $"select s.kind, s.status, {query.Time}, {query.Freshness}, s.confidence, s.awaiting > 0, s.flags <> '[]', count(*) {query.FromWhere()} group by 1, 2, 3, 4, 5, 6, 7"));
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

    /// <summary>Status over time: one point a step from <paramref name="from"/> to <paramref name="to"/> (always included), all as known at one instant.</summary>
    public async Task<TimelineView> TimelineAsync(string? forum, DateOnly from, DateOnly to, string step, DateTimeOffset? knownAt, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            $"""
            select s.kind, s.status, v.day, sum(v.n)
            from item_spans s cross join lateral (values (lower(s.occurred), 1), (upper(s.occurred), -1)) as v (day, n)
            where {(knownAt is null ? "upper_inf(s.known)" : "s.known @> $2")} and v.day <= $1 {(forum is null ? "" : $"and s.forum = ${(knownAt is null ? 2 : 3)}")}
            group by 1, 2, 3 order by 3
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = to, NpgsqlDbType = NpgsqlDbType.Date });
        if (knownAt is { } known) command.Parameters.Add(new NpgsqlParameter { Value = known.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (forum is not null) command.Parameters.Add(new NpgsqlParameter { Value = forum, NpgsqlDbType = NpgsqlDbType.Text });
        var moves = new List<(DateOnly Day, ItemKind Kind, Status Status, int By)>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                moves.Add((reader.GetFieldValue<DateOnly>(2), Word<ItemKind>(reader.GetString(0)), Word<Status>(reader.GetString(1)), (int)reader.GetInt64(3)));

        var counts = new Dictionary<(ItemKind, Status), int>();
        var points = new List<TimelinePoint>();
        var next = 0;
        foreach (var day in Days(from, to, step))
        {
            for (; next < moves.Count && moves[next].Day <= day; next++)
            {
                var key = (moves[next].Kind, moves[next].Status);
                counts[key] = counts.GetValueOrDefault(key) + moves[next].By;
            }

            points.Add(new TimelinePoint(day, Counting.InOrder(counts)));
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
        Add($"select dimension, kind, bucket, day, sum(items) from tallies {where} group by 1, 2, 3, 4 having sum(items) <> 0", false);
        Add($"select distinct slug from items i join item_spans s using (item_id) where upper_inf(s.known) and lower(s.occurred) > {(forum is null ? "$1" : "$2 and i.forum = $1")}", true);
        var counting = new Counting();
        var ahead = false;
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var (n, day) = ((int)reader.GetInt64(4), reader.GetFieldValue<DateOnly>(3));
                switch (reader.GetString(0))
                {
                    case "status": counting.Status(reader.GetString(1), reader.GetString(2), n); break;
                    case "time": counting.Time(reader.GetString(2) == "open" ? OpenOn(day) : reader.GetString(2), n); break;
                    case "freshness": counting.Freshness(reader.GetString(2) == "reviewed" ? AgeOf(day) : reader.GetString(2), n); break;
                    case "confidence": counting.Confidence(reader.GetString(2), n); break;
                    case "awaiting": counting.Awaiting += n; break;
                    case "flagged": counting.Flagged += n; break;
                }
            }

            await reader.NextResultAsync(ct);
            ahead = await reader.ReadAsync(ct);
        }

        return ahead ? await FromSpansAsync(forum, clocks, ct) : counting.View(forum, clocks);

        string OpenOn(DateOnly due) => due < clocks.AsOf ? "overdue" : due.DayNumber - clocks.AsOf.DayNumber <= Standing.DueSoonDays ? "due_soon" : "due";

        string AgeOf(DateOnly last) => (clocks.AsOf.DayNumber - last.DayNumber) switch
        {
            <= Standing.CurrentDays => "current",
            <= Standing.AgeingDays => "ageing",
            _ => "stale",
        };

        void Add(string sql, bool day)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (forum is not null) command.Parameters.Add(new NpgsqlParameter { Value = forum, NpgsqlDbType = NpgsqlDbType.Text });
            if (day) command.Parameters.Add(new NpgsqlParameter { Value = clocks.AsOf, NpgsqlDbType = NpgsqlDbType.Date });
            batch.BatchCommands.Add(command);
        }
    }

    private static T Word<T>(string word) where T : struct, Enum =>
        Words.TryRead<T>(word, out var value) ? value : throw new InvalidOperationException($"'{word}' is no word of {typeof(T).Name}.");

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
            var key = (Word<ItemKind>(kind), Word<Status>(status));
            _statuses[key] = _statuses.GetValueOrDefault(key) + n;
        }

        public void Time(string word, int n) => _time[Word<TimeSignal>(word)] += n;

        public void Freshness(string word, int n) => _freshness[Word<Freshness>(word)] += n;

        public void Confidence(string word, int n) => _confidence[Word<Confidence>(word)] += n;

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
