using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Counts;

/// <summary>Counts items on both clocks, and over time: as known now in memory, earlier by one statement over the status spans.</summary>
public sealed class Summaries(NpgsqlDataSource source, ForumDirectory directory, KnownNow known)
{
    /// <summary>The steps that a timeline knows.</summary>
    public static readonly IReadOnlyList<string> Steps = ["day", "week", "month", "quarter", "year"];

    /// <summary>Most points of one timeline.</summary>
    public const int MostPoints = 2_000;

    private const int MostKept = 1_000;
    private volatile Kept _kept = new(KnownItems.None);

    /// <summary>Counts at a day and an instant, of one forum or of all.</summary>
    public async Task<SummaryView> ReadAsync(string? forum, AskedClocks clocks, CancellationToken ct = default)
    {
        if (clocks.KnownAt is not null)
            return await FromSpansAsync(forum, clocks, ct);
        var (items, kept) = (await known.ReadAsync(ct), _kept);
        if (kept.Of != items || kept.Views.Count >= MostKept)
            _kept = kept = new Kept(items);
        // An unknown forum has nothing to count and nothing to keep.
        return kept.Views.TryGetValue((forum, clocks.AsOf), out var view) || (view = OfKnown(items, forum, clocks)).Total == 0
            ? view
            : kept.Views.GetOrAdd((forum, clocks.AsOf), view);
    }

    /// <summary>What was counted of items that have not changed since.</summary>
    private sealed class Kept(KnownItems of)
    {
        public KnownItems Of => of;

        public ConcurrentDictionary<(string? Forum, DateOnly AsOf), SummaryView> Views { get; } = new();
    }

    private static SummaryView OfKnown(KnownItems items, string? forum, AskedClocks clocks)
    {
        var counting = new Counting();
        foreach (var standing in items.On(clocks.AsOf, forum is null ? [] : [forum]))
        {
            var (item, span) = (standing.Item, standing.Span);
            counting.Status(item.Kind, span.Status, 1);
            counting.Time(standing.Time, 1);
            counting.Freshness(standing.Freshness, 1);
            counting.Confidence(span.Confidence, 1);
            if (span.Awaiting)
                counting.Awaiting++;
            if (span.Flagged)
                counting.Flagged++;
        }

        return counting.View(forum, clocks);
    }

    private async Task<SummaryView> FromSpansAsync(string? forum, AskedClocks clocks, CancellationToken ct)
    {
        var query = new ItemQuery(
            forum is null ? new ItemFilter() : new ItemFilter { Forums = [forum] },
            clocks,
            await directory.NamesAsync(ct)
        );
        var counting = new Counting();
        await using var batch = source.CreateBatch();
        foreach (var statement in CountsOf(query))
            batch.BatchCommands.Add(statement);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var n = (int)reader.GetInt64(7);
            // A word that this program does not know is counted nowhere; its item is put aside where it is met.
            if (
                !Words.TryRead<ItemKind>(reader.GetString(0), out var kind)
                || !Words.TryRead<Status>(reader.GetString(1), out var status)
                || !Words.TryRead<Confidence>(reader.GetString(4), out var confidence)
            )
                continue;
            counting.Status(kind, status, n);
            counting.Time(reader.Word<TimeSignal>(2), n);
            counting.Freshness(reader.Word<Freshness>(3), n);
            counting.Confidence(confidence, n);
            if (reader.GetBoolean(5))
                counting.Awaiting += n;
            if (reader.GetBoolean(6))
                counting.Flagged += n;
        }

        return counting.View(forum, clocks);
    }

    /// <summary>The statement that counts.</summary>
    public static IReadOnlyList<NpgsqlBatchCommand> CountsOf(ItemQuery query) =>
        [
            query.Statement(
                $"select s.kind, s.status, {query.Time}, {query.Freshness}, s.confidence, s.awaiting > 0, s.flags <> '[]', "
                    + $"count(*) {query.FromWhere()} group by 1, 2, 3, 4, 5, 6, 7"
            ),
        ];

    /// <summary>
    /// Status over time: one point a step from <paramref name="from"/> to <paramref name="to"/> (always included), all as known at one
    /// instant.
    /// </summary>
    public async Task<TimelineView> TimelineAsync(
        string? forum,
        DateOnly from,
        DateOnly to,
        string step,
        DateTimeOffset? knownAt,
        CancellationToken ct = default
    )
    {
        var days = Days(from, to, step).ToArray();
        // Every span says between which points of the timeline it holds.
        var moves = knownAt is { } then ? await MovesThenAsync(forum, days, then, ct) : Moves(await known.ReadAsync(ct), forum, days);
        var counts = new Dictionary<(ItemKind, Status), int>();
        var points = new List<TimelinePoint>();
        for (var i = 0; i < days.Length; i++)
        {
            foreach (var (key, by) in moves)
                counts[key] = counts.GetValueOrDefault(key) + by[i];
            points.Add(new TimelinePoint(days[i], Counting.InOrder(counts)));
        }

        return new TimelineView(from, to, step, knownAt, points);
    }

    private static Dictionary<(ItemKind, Status), int[]> Moves(KnownItems items, string? forum, DateOnly[] days)
    {
        var moves = new Dictionary<(ItemKind, Status), int[]>();
        foreach (var item in items.All)
        {
            if (forum is not null && item.Forum != forum)
                continue;
            foreach (var span in item.Spans)
            {
                if (span.From > days[^1])
                    continue;
                var by = Of(moves, (item.Kind, span.Status), days.Length);
                by[FirstFrom(days, span.From)]++;
                by[span.To is { } to ? FirstFrom(days, to) : days.Length]--;
            }
        }

        return moves;
    }

    /// <summary>Place of the first of the days that is not before a day.</summary>
    private static int FirstFrom(DateOnly[] days, DateOnly day)
    {
        var at = Array.BinarySearch(days, day);
        return at < 0 ? ~at : at;
    }

    private async Task<Dictionary<(ItemKind, Status), int[]>> MovesThenAsync(
        string? forum,
        DateOnly[] days,
        DateTimeOffset knownAt,
        CancellationToken ct
    )
    {
        await using var command = source.CreateCommand(
            $"""
            select kind, status, width_bucket(lower(occurred) - 1, $1), case when upper_inf(occurred) then cardinality($1)
                else width_bucket(upper(occurred) - 1, $1) end, count(*)
            from item_spans where known @> $2 and lower(occurred) <= $1[cardinality($1)] {(forum is null ? "" : "and forum = $3")}
            group by 1, 2, 3, 4
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = days, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
        command.Parameters.Add(new NpgsqlParameter { Value = knownAt.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (forum is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = forum, NpgsqlDbType = NpgsqlDbType.Text });
        var moves = new Dictionary<(ItemKind, Status), int[]>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!Words.TryRead<ItemKind>(reader.GetString(0), out var kind) || !Words.TryRead<Status>(reader.GetString(1), out var status))
                continue;
            var by = Of(moves, (kind, status), days.Length);
            by[reader.GetInt32(2)] += (int)reader.GetInt64(4);
            by[reader.GetInt32(3)] -= (int)reader.GetInt64(4);
        }

        return moves;
    }

    private static int[] Of(Dictionary<(ItemKind, Status), int[]> moves, (ItemKind, Status) key, int days)
    {
        if (!moves.TryGetValue(key, out var by))
            moves[key] = by = new int[days + 1];
        return by;
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
            if (day >= to)
                break;
            yield return day;
        }

        yield return to;
    }

    private sealed class Counting
    {
        private readonly Dictionary<(ItemKind, Status), int> _statuses = [];
        private readonly Dictionary<TimeSignal, int> _time = Enum.GetValues<TimeSignal>().ToDictionary(t => t, _ => 0);
        private readonly Dictionary<Freshness, int> _freshness = Enum.GetValues<Freshness>().ToDictionary(t => t, _ => 0);
        private readonly Dictionary<Confidence, int> _confidence = Enum.GetValues<Confidence>().ToDictionary(t => t, _ => 0);

        public int Awaiting { get; set; }
        public int Flagged { get; set; }

        public void Status(ItemKind kind, Status status, int n) =>
            CollectionsMarshal.GetValueRefOrAddDefault(_statuses, (kind, status), out _) += n;

        public void Time(TimeSignal time, int n) => _time[time] += n;

        public void Freshness(Freshness freshness, int n) => _freshness[freshness] += n;

        public void Confidence(Confidence confidence, int n) => _confidence[confidence] += n;

        public SummaryView View(string? forum, AskedClocks clocks)
        {
            var statuses = InOrder(_statuses);
            return new SummaryView
            {
                AsOf = clocks.AsOf,
                KnownAt = clocks.KnownAt,
                Forum = forum,
                Total = statuses.Sum(s => s.Items),
                Statuses = statuses,
                Time = _time,
                Freshness = _freshness,
                Confidence = _confidence,
                Awaiting = Awaiting,
                Flagged = Flagged,
            };
        }

        public static IReadOnlyList<StatusCount> InOrder(IReadOnlyDictionary<(ItemKind Kind, Status Status), int> counts) =>
            [
                .. counts
                    .Where(c => c.Value != 0)
                    .OrderBy(c => c.Key.Kind)
                    .ThenBy(c => c.Key.Status)
                    .Select(c => new StatusCount(c.Key.Kind, c.Key.Status, c.Value)),
            ];
    }
}
