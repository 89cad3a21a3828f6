using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Items;

/// <summary>How many items each filter value would show, the other filters kept (the value's own filter left out).</summary>
public sealed record ItemFacets(
    IReadOnlyDictionary<ItemKind, int> Kinds,
    IReadOnlyDictionary<Status, int> Statuses,
    IReadOnlyDictionary<string, int> Themes,
    IReadOnlyDictionary<string, int> Signals
);

/// <summary>By what the items of a list are counted.</summary>
public enum ItemGrouping
{
    Status,
    Party,
    Theme,
}

/// <summary>The items of a list that share a status, a party or a theme.</summary>
/// <param name="Name">Word of the status, or slug of the party or theme.</param>
/// <param name="Items">How many.</param>
/// <param name="Statuses">How many of them have each status.</param>
public sealed record ItemGroup(string Name, int Items, IReadOnlyDictionary<Status, int> Statuses);

/// <summary>
/// Lists items at a day and an instant. What is known now is looked through in memory, and only the rows that are shown
/// are read; what was known earlier, or is searched for, is one indexed query over the status spans.
/// </summary>
public sealed class ItemLists(NpgsqlDataSource source, ForumDirectory directory, KnownNow known)
{
    /// <summary>Counting stops here.</summary>
    public const int CountedAtMost = 1_000;

    /// <summary>Items of a page unless asked otherwise.</summary>
    public const int DefaultLimit = 50;

    /// <summary>One page. A cursor pins both clocks and overrides <paramref name="clocks"/> and <paramref name="sort"/>.</summary>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public async Task<ItemPage> PageAsync(
        ItemFilter filter,
        ItemSort sort,
        int limit,
        string? cursor,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var after = cursor is null ? null : ItemCursor.Read(cursor);
        if (after is not null)
        {
            // What is recorded in quick succession is a few microseconds ahead of the clock, and a cursor names the last of it.
            if (after.AsOf > clocks.Now.DayOf() || after.KnownAt > clocks.Now.AddSeconds(1))
                throw new FormatException("The cursor points into the future; start from the first page.");
            sort = after.Sort;
            clocks = clocks with { AsOf = after.AsOf, KnownAt = after.KnownAt };
        }
        else
        {
            sort = Meant(sort, filter);
        }

        if (sort != ItemSort.Slug && KnownFilter.Answers(filter, clocks))
            return await KnownPageAsync(filter, sort, limit, clocks, ct);
        var names = await directory.NamesAsync(ct);
        await using var batch = source.CreateBatch();
        foreach (var statement in StatementsOf(filter, sort, limit, after, clocks, names))
            batch.BatchCommands.Add(statement);
        if (clocks.KnownAt is null)
            batch.BatchCommands.Add(LastRecorded());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = (int)reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var items = new List<ItemRow>();
        ItemCursor? last = null,
            next = null;
        while (await reader.ReadAsync(ct))
        {
            if (items.Count == limit)
            {
                next = last;
                break;
            }

            items.Add(Row(reader));
            last = new ItemCursor(
                sort,
                clocks.AsOf,
                clocks.KnownAt ?? clocks.Now.ToMicroseconds(),
                reader.GetString(15),
                reader.GetGuid(0)
            );
        }

        if (next is not null && clocks.KnownAt is null && await reader.NextResultAsync(ct) && await reader.ReadAsync(ct))
            next = next with { KnownAt = new DateTimeOffset(reader.GetDateTime(0)) };
        return new ItemPage(items, Math.Min(total, CountedAtMost), total > CountedAtMost, next?.Write(), clocks.AsOf, clocks.KnownAt);
    }

    /// <summary>The first page of what is known now.</summary>
    private async Task<ItemPage> KnownPageAsync(ItemFilter filter, ItemSort sort, int limit, AskedClocks clocks, CancellationToken ct)
    {
        var (items, taken, total) = ((await known.ReadAsync(ct)).On(clocks.AsOf, filter.Forums), new KnownFilter(filter), 0);
        // On top lies the last one of those to show. One more than asked for tells whether there is a next page.
        var best = new PriorityQueue<Guid, (DateOnly Key, Guid Id)>(
            limit + 1,
            sort == ItemSort.Due ? Comparer<(DateOnly, Guid)>.Create((a, b) => b.CompareTo(a)) : null
        );
        foreach (var standing in items)
        {
            if (!taken.Takes(standing))
                continue;
            total++;
            var (id, key) = (standing.Item.Id, Key(standing.Span, sort));
            if (best.Count <= limit)
                best.Enqueue(id, (key, id));
            else
                best.EnqueueDequeue(id, (key, id));
        }

        var more = best.Count > limit;
        if (more)
            best.Dequeue();
        best.TryPeek(out var lastId, out var last);
        var shown = new Guid[best.Count];
        for (var i = shown.Length - 1; i >= 0; i--)
            shown[i] = best.Dequeue();
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                select {Columns(query)}
                from unnest({query.Parameter(shown, NpgsqlDbType.Array | NpgsqlDbType.Uuid)}) with ordinality as p (item_id, place)
                join item_spans s on s.item_id = p.item_id and {query.Holds("s")}
                join item_details d on d.item_id = p.item_id and {query.Known("d")}
                order by p.place
                """
            )
        );
        batch.BatchCommands.Add(LastRecorded());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<ItemRow>();
        while (await reader.ReadAsync(ct))
            rows.Add(Row(reader));
        string? next = null;
        if (more && await reader.NextResultAsync(ct) && await reader.ReadAsync(ct))
        {
            var key = last.Key == DateOnly.MaxValue ? "infinity" : last.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            next = new ItemCursor(sort, clocks.AsOf, new DateTimeOffset(reader.GetDateTime(0)), key, lastId).Write();
        }

        return new ItemPage(rows, Math.Min(total, CountedAtMost), total > CountedAtMost, next, clocks.AsOf, null);
    }

    private static DateOnly Key(in KnownSpan span, ItemSort sort) =>
        sort switch
        {
            ItemSort.Due => span.Due ?? DateOnly.MaxValue,
            ItemSort.Latest when span.LastActivity is { } last && last > span.SinceLast => last,
            _ => span.SinceLast,
        };

    /// <summary>When the last change was recorded. A list as known now is the list as known then: pinned there, its bytes stay the same until something is recorded.</summary>
    private static NpgsqlBatchCommand LastRecorded() => new("select recorded_at from changes order by recorded_at desc limit 1");

    /// <summary>The order that is meant: without a search text nothing is more relevant than anything else.</summary>
    private static ItemSort Meant(ItemSort sort, ItemFilter filter) =>
        sort == ItemSort.Relevance && string.IsNullOrWhiteSpace(filter.Query) ? ItemSort.Latest : sort;

    /// <summary>
    /// Every item of a list, as the database gives them: one statement and so one snapshot, whatever is recorded
    /// meanwhile and however long the reader takes.
    /// </summary>
    public async IAsyncEnumerable<ItemRow> AllAsync(
        ItemFilter filter,
        ItemSort sort,
        AskedClocks clocks,
        [EnumeratorCancellation] CancellationToken ct = default
    )
    {
        await using var batch = source.CreateBatch();
        batch.Timeout = 0;
        batch.BatchCommands.Add(Rows(new ItemQuery(filter, clocks, await directory.NamesAsync(ct)), Meant(sort, filter), null));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return Row(reader);
    }

    /// <summary>The statements of a first page as it is shown without further wishes.</summary>
    public static IReadOnlyList<NpgsqlBatchCommand> FirstPageOf(ItemFilter filter, AskedClocks clocks, DirectoryNames names) =>
        StatementsOf(filter, ItemSort.Latest, DefaultLimit, null, clocks, names);

    private static NpgsqlBatchCommand[] StatementsOf(
        ItemFilter filter,
        ItemSort sort,
        int limit,
        ItemCursor? after,
        AskedClocks clocks,
        DirectoryNames names
    )
    {
        var counted = new ItemQuery(filter, clocks, names);
        var count = counted.Statement($"select count(*) from (select 1 {counted.FromWhere()} limit {CountedAtMost + 1}) x");
        var page = new ItemQuery(filter, clocks, names);
        if (after is not null)
        {
            var (key, type, descending) = Key(page, sort);
            page.And(
                $"({key}, s.item_id) {(descending ? "<" : ">")} ({page.Parameter(after.Key, NpgsqlDbType.Text)}::{type}, {page.Parameter(after.Id, NpgsqlDbType.Uuid)})"
            );
        }

        return [count, Rows(page, sort, limit)];
    }

    private static (string Key, string Type, bool Descending) Key(ItemQuery query, ItemSort sort) =>
        sort switch
        {
            ItemSort.Since => ("s.since_last", "date", true),
            ItemSort.Due => ("coalesce(s.due, 'infinity'::date)", "date", false),
            ItemSort.Slug => ("i.slug", "text", false),
            ItemSort.Relevance => (query.Score, "integer", true),
            _ => ("greatest(s.since_last, s.last_activity)", "date", true),
        };

    /// <summary>The rows of a list, one more than its limit; without one, all.</summary>
    private static NpgsqlBatchCommand Rows(ItemQuery query, ItemSort sort, int? limit)
    {
        var (key, _, descending) = Key(query, sort);
        var order = descending ? "desc" : "asc";
        // The page is cut before anything is joined, so that a large tracker reads only the rows it shows.
        return query.Statement(
            $"""
            select {Columns(query)}, p.sort_key::text
            from (select s.item_id, {key} as sort_key {query.FromWhere(
                join: sort == ItemSort.Slug ? "join items i on i.item_id = s.item_id" : ""
            )} order by {key} {order}, s.item_id {order} {(limit is { } n ? $"limit {n + 1}" : "")}) p
            join item_spans s on s.item_id = p.item_id and {query.Holds("s")}
            join item_details d on d.item_id = p.item_id and {query.Known("d")}
            order by p.sort_key {order}, p.item_id {order}
            """
        );
    }

    /// <summary>Items by slug, in no order; those without a state on these clocks are left out.</summary>
    public Task<IReadOnlyList<ItemRow>> OfAsync(IReadOnlyCollection<string> slugs, AskedClocks clocks, CancellationToken ct = default) =>
        OfAsync("d.slug", slugs.ToArray(), NpgsqlDbType.Text, clocks, ct);

    /// <summary>Items by id, in no order; those without a state on these clocks are left out.</summary>
    public Task<IReadOnlyList<ItemRow>> OfAsync(IReadOnlyCollection<Guid> ids, AskedClocks clocks, CancellationToken ct = default) =>
        OfAsync("d.item_id", ids.ToArray(), NpgsqlDbType.Uuid, clocks, ct);

    private async Task<IReadOnlyList<ItemRow>> OfAsync(
        string column,
        object values,
        NpgsqlDbType type,
        AskedClocks clocks,
        CancellationToken ct
    )
    {
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        query.And($"{column} = any({query.Parameter(values, NpgsqlDbType.Array | type)})");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(query.Statement($"select {Columns(query)} {query.FromWhere(true)}"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var rows = new List<ItemRow>();
        while (await reader.ReadAsync(ct))
            rows.Add(Row(reader));
        return rows;
    }

    /// <summary>The items of a list for which something holds longest, and how many there are in all; counting stops one above <see cref="CountedAtMost"/>.</summary>
    /// <param name="filter">The list.</param>
    /// <param name="since">The day since when it holds, as SQL on a span.</param>
    /// <param name="slugs">These items only; null: all.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="clocks">Day and instant.</param>
    /// <param name="ct">Ends when the reader goes away.</param>
    public async Task<(IReadOnlyList<ItemRow> Items, int Total)> LongestAsync(
        ItemFilter filter,
        string since,
        IReadOnlyCollection<string>? slugs,
        int limit,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        if (slugs is not null)
            query.And($"d.slug = any({query.Parameter(slugs.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(query.Statement($"select count(*) from (select 1 {query.FromWhere(true)} limit {CountedAtMost + 1}) x"));
        batch.BatchCommands.Add(
            query.Statement($"select {Columns(query)} {query.FromWhere(true)} order by {since}, s.item_id limit {limit}")
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = (int)reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var rows = new List<ItemRow>();
        while (await reader.ReadAsync(ct))
            rows.Add(Row(reader));
        return (rows, total);
    }

    /// <summary>The columns of a row, of a span with its details.</summary>
    internal static string Columns(ItemQuery query) =>
        $"s.item_id, s.status, s.since, s.stalled_at, s.due, s.last_activity, {query.Time}, {query.Freshness}, s.confidence, s.awaiting, s.flags, d.slug, d.kind, d.forum, d.details";

    /// <summary>Counts for the filter chips.</summary>
    public async Task<ItemFacets> FacetsAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default)
    {
        if (KnownFilter.Answers(filter, clocks))
            return Facets((await known.ReadAsync(ct)).On(clocks.AsOf, filter.Forums), new KnownFilter(filter));
        var names = await directory.NamesAsync(ct);
        await using var batch = source.CreateBatch();
        Add("kind", q => $"select s.kind, count(*) {q.FromWhere()} group by 1");
        Add("status", q => $"select s.status, count(*) {q.FromWhere()} group by 1");
        Add("theme", q => $"select theme, count(*) from (select unnest(d.themes) as theme {q.FromWhere(true)}) t group by 1");
        Add(
            "signal",
            q =>
                $"""
                    select word, sum(n) from (
                        select array[{q.Time}, {q.Freshness}, s.confidence, d.testability, case when s.awaiting > 0 then 'awaiting' end, case when s.flags <> '[]' then 'flagged' end] as words, count(*) as n
                        {q.FromWhere(true)} group by 1) x, unnest(words) as word
                    where word is not null group by 1
                    """
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var counts = new List<Dictionary<string, int>>();
        do
        {
            var read = new Dictionary<string, int>(StringComparer.Ordinal);
            while (await reader.ReadAsync(ct))
                read[reader.GetString(0)] = (int)Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture);
            counts.Add(read);
        } while (await reader.NextResultAsync(ct));

        return new ItemFacets(Keyed<ItemKind>(counts[0]), Keyed<Status>(counts[1]), counts[2], counts[3]);

        void Add(string without, Func<ItemQuery, string> sql)
        {
            var query = new ItemQuery(filter, clocks, names, without);
            batch.BatchCommands.Add(query.Statement(sql(query)));
        }

        static Dictionary<T, int> Keyed<T>(Dictionary<string, int> read)
            where T : struct, Enum => read.ToDictionary(p => Words.Read<T>(p.Key), p => p.Value);
    }

    private static ItemFacets Facets(IEnumerable<KnownStanding> items, KnownFilter filter)
    {
        var themes = new Dictionary<string, int>(StringComparer.Ordinal);
        // A count for each word of a list, by its place in it; a large tracker has a hundred thousand items to count.
        int[] kinds = new int[Enum.GetValues<ItemKind>().Length],
            statuses = new int[Enum.GetValues<Status>().Length];
        int[] time = new int[Enum.GetValues<TimeSignal>().Length],
            freshness = new int[Enum.GetValues<Freshness>().Length];
        int[] confidence = new int[Enum.GetValues<Confidence>().Length],
            testability = new int[Enum.GetValues<Testability>().Length];
        var (awaiting, flagged) = (0, 0);
        foreach (var standing in items)
        {
            var (item, span, fails) = (standing.Item, standing.Span, filter.Fails(standing));
            if ((fails & ~FilterParts.Kind) == 0)
                kinds[(int)item.Kind]++;
            if ((fails & ~FilterParts.Status) == 0)
                statuses[(int)span.Status]++;
            if ((fails & ~FilterParts.Theme) == 0)
                foreach (var theme in item.Themes)
                    Count(themes, theme);
            if ((fails & ~FilterParts.Signal) != 0)
                continue;
            time[(int)standing.Time]++;
            freshness[(int)standing.Freshness]++;
            confidence[(int)span.Confidence]++;
            testability[(int)item.Testability]++;
            if (span.Awaiting)
                awaiting++;
            if (span.Flagged)
                flagged++;
        }

        var signals = Signals<TimeSignal>(time)
            .Concat(Signals<Freshness>(freshness))
            .Concat(Signals<Confidence>(confidence))
            .Concat(Signals<Testability>(testability))
            .Append(KeyValuePair.Create("awaiting", awaiting))
            .Append(KeyValuePair.Create("flagged", flagged))
            .Where(s => s.Value > 0);
        return new ItemFacets(ByWord<ItemKind>(kinds), ByWord<Status>(statuses), themes, signals.ToDictionary(StringComparer.Ordinal));

        static Dictionary<T, int> ByWord<T>(int[] counts)
            where T : struct, Enum => Enum.GetValues<T>().Zip(counts).Where(c => c.Second > 0).ToDictionary(c => c.First, c => c.Second);
        static IEnumerable<KeyValuePair<string, int>> Signals<T>(int[] counts)
            where T : struct, Enum => ByWord<T>(counts).Select(c => KeyValuePair.Create(c.Key.Word(), c.Value));
    }

    private static void Count<T>(Dictionary<T, int> counts, T of)
        where T : notnull => CollectionsMarshal.GetValueRefOrAddDefault(counts, of, out _)++;

    /// <summary>How many of the list's items stand where, by status, party or theme; an item with two themes counts in both.</summary>
    public async Task<IReadOnlyList<ItemGroup>> GroupsAsync(
        ItemFilter filter,
        ItemGrouping by,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var counts = KnownFilter.Answers(filter, clocks)
            ? Groups((await known.ReadAsync(ct)).On(clocks.AsOf, filter.Forums), new KnownFilter(filter), by)
            : await GroupsThenAsync(filter, by, clocks, ct);
        return
        [
            .. counts
                .Select(c => new ItemGroup(c.Key, c.Value.Values.Sum(), c.Value))
                .OrderByDescending(g => g.Items)
                .ThenBy(g => g.Name, StringComparer.Ordinal),
        ];
    }

    private static Dictionary<string, Dictionary<Status, int>> Groups(IEnumerable<KnownStanding> items, KnownFilter filter, ItemGrouping by)
    {
        var counts = new Dictionary<string, Dictionary<Status, int>>(StringComparer.Ordinal);
        foreach (var standing in items)
        {
            if (!filter.Takes(standing))
                continue;
            if (by == ItemGrouping.Status)
                Count(Of(standing.Span.Status.Word()), standing.Span.Status);
            else
                foreach (var name in by == ItemGrouping.Party ? standing.Item.Parties : standing.Item.Themes)
                    Count(Of(name), standing.Span.Status);
        }

        return counts;

        Dictionary<Status, int> Of(string name)
        {
            if (!counts.TryGetValue(name, out var of))
                counts[name] = of = [];
            return of;
        }
    }

    private async Task<Dictionary<string, Dictionary<Status, int>>> GroupsThenAsync(
        ItemFilter filter,
        ItemGrouping by,
        AskedClocks clocks,
        CancellationToken ct
    )
    {
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                by switch
                {
                    ItemGrouping.Party =>
                        $"select x.name, x.status, count(*) from (select unnest(d.parties) as name, s.status {query.FromWhere(true)}) x group by 1, 2",
                    ItemGrouping.Theme =>
                        $"select x.name, x.status, count(*) from (select unnest(d.themes) as name, s.status {query.FromWhere(true)}) x group by 1, 2",
                    _ => $"select s.status, s.status, count(*) {query.FromWhere()} group by 1, 2",
                }
            )
        );
        var counts = new Dictionary<string, Dictionary<Status, int>>(StringComparer.Ordinal);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!counts.TryGetValue(reader.GetString(0), out var statuses))
                counts[reader.GetString(0)] = statuses = [];
            statuses[reader.Word<Status>(1)] = (int)reader.GetInt64(2);
        }

        return counts;
    }

    /// <summary>Reads the columns of <see cref="Columns"/>.</summary>
    internal static ItemRow Row(NpgsqlDataReader reader)
    {
        var details = reader.Json<Details>(14);
        return new ItemRow
        {
            Slug = reader.GetString(11),
            Kind = reader.Word<ItemKind>(12),
            Forum = reader.GetString(13),
            Title = details.Title,
            Summary = details.Summary,
            Speaker = details.Speaker,
            Proposer = details.Proposer,
            Responsible = details.Responsible,
            Addressees = details.Addressees,
            Themes = details.Themes,
            MadeOn = details.MadeOn,
            Status = reader.Word<Status>(1),
            StatusSince = PartialDate.Parse(reader.GetString(2)),
            StalledAt = reader.OptionalWord<Status>(3),
            DueOn = reader.OptionalDay(4),
            LastActivity = reader.OptionalDay(5),
            Signals = new Signals(reader.Word<TimeSignal>(6), reader.Word<Freshness>(7), reader.Word<Confidence>(8), details.Testability),
            AwaitingConfirmation = reader.GetInt32(9),
            Flags = reader.Json<string[]>(10),
        };
    }
}
