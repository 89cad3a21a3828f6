using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>
/// Lists items at a day and an instant. What is known now is looked through in memory, and only the rows that are shown
/// are read; what was known earlier, or is searched for, is one indexed query over the status spans.
/// </summary>
public sealed partial class ItemLists(NpgsqlDataSource source, ForumDirectory directory, KnownNow known, PutAside aside) : IReadsAgain
{
    /// <summary>
    /// The table of items, as it is named where one of them is put aside because a row of its read models cannot be read.
    /// </summary>
    public const string Table = "items";

    private readonly ItemTally _tally = new(source, directory, known);

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
        var after = cursor is null ? null : Read(cursor, clocks);
        sort = after?.Sort ?? Meant(sort, filter);
        if (after is not null)
            clocks = clocks with { AsOf = after.AsOf, KnownAt = after.KnownAt };
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
        var (items, unread, count) = (new List<ItemRow>(), new UnreadRows(), 0);
        (string Key, Guid Id) last = ("", Guid.Empty);
        var isMore = false;
        while (!isMore && await reader.ReadAsync(ct))
        {
            if (isMore = count++ == limit)
                continue;
            if (TryRow(reader, unread, out var row))
                items.Add(row);
            last = (reader.GetString(15), reader.GetGuid(0));
        }

        string? next = null;
        if (isMore)
        {
            var knownAt = clocks.KnownAt ?? await LastRecordedAsync(reader, ct) ?? clocks.Now.ToMicroseconds();
            next = new ItemCursor(sort, clocks.AsOf, knownAt, last.Key, last.Id).Write();
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return new ItemPage(items, Math.Min(total, CountedAtMost), total > CountedAtMost, next, clocks.AsOf, clocks.KnownAt);
    }

    /// <summary>What the next statement, <see cref="LastRecorded"/>, answers; null: nothing was recorded yet.</summary>
    private static async Task<DateTimeOffset?> LastRecordedAsync(NpgsqlDataReader reader, CancellationToken ct) =>
        await reader.NextResultAsync(ct) && await reader.ReadAsync(ct) ? new DateTimeOffset(reader.GetDateTime(0)) : null;

    private static ItemCursor Read(string cursor, AskedClocks clocks)
    {
        var after = ItemCursor.Read(cursor);
        // What is recorded in quick succession is a few microseconds ahead of the clock, and a cursor names the last of it.
        return after.AsOf <= clocks.Now.DayOf() && after.KnownAt <= clocks.Now.AddSeconds(1)
            ? after
            : throw new FormatException("The cursor points into the future; start from the first page.");
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
        var (rows, unread) = (new List<ItemRow>(), new UnreadRows());
        while (await reader.ReadAsync(ct))
            if (TryRow(reader, unread, out var row))
                rows.Add(row);
        string? next = null;
        if (more && await reader.NextResultAsync(ct) && await reader.ReadAsync(ct))
        {
            var key = last.Key == DateOnly.MaxValue ? "infinity" : last.Key.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            next = new ItemCursor(sort, clocks.AsOf, new DateTimeOffset(reader.GetDateTime(0)), key, lastId).Write();
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return new ItemPage(rows, Math.Min(total, CountedAtMost), total > CountedAtMost, next, clocks.AsOf, null);
    }

    private static DateOnly Key(in StandingSpan span, ItemSort sort) =>
        sort switch
        {
            ItemSort.Due => span.Due ?? DateOnly.MaxValue,
            ItemSort.Latest when span.LastActivity is { } last && last > span.SinceLast => last,
            _ => span.SinceLast,
        };

    /// <summary>
    /// When the last change was recorded. A list as known now is the list as known then: pinned there, its bytes stay the
    /// same until something is recorded.
    /// </summary>
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
        var unread = new UnreadRows();
        while (await reader.ReadAsync(ct))
            if (TryRow(reader, unread, out var row))
                yield return row;
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
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
            var (last, id) = (page.Parameter(after.Key, NpgsqlDbType.Text), page.Parameter(after.Id, NpgsqlDbType.Uuid));
            page.And($"({key}, s.item_id) {(descending ? "<" : ">")} ({last}::{type}, {id})");
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
        var (rows, unread) = (new List<ItemRow>(), new UnreadRows());
        while (await reader.ReadAsync(ct))
            if (TryRow(reader, unread, out var row))
                rows.Add(row);
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return rows;
    }

    /// <summary>
    /// The items of a list for which something holds longest, and how many there are in all; counting stops one above <see
    /// cref="CountedAtMost"/>.
    /// </summary>
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
        var (rows, unread) = (new List<ItemRow>(), new UnreadRows());
        while (await reader.ReadAsync(ct))
            if (TryRow(reader, unread, out var row))
                rows.Add(row);
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return (rows, total);
    }

    /// <summary>The columns of a row, of a span with its details.</summary>
    public static string Columns(ItemQuery query) =>
        $"""
            s.item_id, s.status, s.since, s.stalled_at, s.due, s.last_activity, {query.Time}, {query.Freshness},
            s.confidence, s.awaiting, s.flags, d.slug, d.kind, d.forum, d.details
            """;

    /// <summary>Counts for the filter chips.</summary>
    public Task<ItemFacets> FacetsAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        _tally.FacetsAsync(filter, clocks, ct);

    /// <summary>How many of the list's items stand where, by status, party or theme; an item with two themes counts in both.</summary>
    public Task<IReadOnlyList<ItemGroup>> GroupsAsync(
        ItemFilter filter,
        ItemGrouping by,
        AskedClocks clocks,
        CancellationToken ct = default
    ) => _tally.GroupsAsync(filter, by, clocks, ct);

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        // Every row that is held now, by itself: which day it holds on does not matter.
        await source.AllAsync(
            """
            select s.kind, s.status, s.since, s.stalled_at, s.confidence, s.flags, d.kind, d.details, d.testability
            from item_spans s join item_details d on d.item_id = s.item_id and upper_inf(d.known)
            where s.item_id = $1::uuid and upper_inf(s.known)
            """,
            r =>
                (
                    r.Word<ItemKind>(0),
                    r.Word<Status>(1),
                    PartialDate.Parse(r.GetString(2)),
                    r.OptionalWord<Status>(3),
                    r.Word<Confidence>(4),
                    r.Json<string[]>(5).Length,
                    r.Word<ItemKind>(6),
                    r.Json<Details>(7).Title.In("en"),
                    r.Word<Testability>(8)
                ),
            ct,
            row.Key
        );
        // What every node holds in memory is read anew.
        await source.RunAsync("update change_counter set rebuilds = rebuilds + 1", ct);
    }
}
