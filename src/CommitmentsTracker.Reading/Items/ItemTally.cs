using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Reading.Items;

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

/// <summary>Counts the items of a list, in memory if they are as known now, else in the database.</summary>
public sealed class ItemTally(NpgsqlDataSource source, ForumDirectory directory, KnownNow known)
{
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
                        select array[
                            {q.Time}, {q.Freshness}, s.confidence, d.testability,
                            case when s.awaiting > 0 then 'awaiting' end, case when s.flags <> '[]' then 'flagged' end
                        ] as words, count(*) as n
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
            where T : struct, Enum => read.Where(p => Words.TryRead<T>(p.Key, out _)).ToDictionary(p => Words.Read<T>(p.Key), p => p.Value);
    }

    private static ItemFacets Facets(IEnumerable<KnownStanding> items, KnownFilter filter)
    {
        var counts = new FacetCounts();
        foreach (var standing in items)
            counts.Add(standing, filter.Fails(standing));
        return counts.Facets();
    }

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
                FacetCounts.Count(Of(standing.Span.Status.Word()), standing.Span.Status);
            else
                foreach (var name in by == ItemGrouping.Party ? standing.Item.Parties : standing.Item.Themes)
                    FacetCounts.Count(Of(name), standing.Span.Status);
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
                by == ItemGrouping.Status
                    ? $"select s.status, s.status, count(*) {query.FromWhere()} group by 1, 2"
                    : $"""
                    select x.name, x.status, count(*) from (
                        select unnest({(by == ItemGrouping.Party ? "d.parties" : "d.themes")}) as name, s.status
                        {query.FromWhere(true)}) x
                    group by 1, 2
                    """
            )
        );
        var counts = new Dictionary<string, Dictionary<Status, int>>(StringComparer.Ordinal);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            // A word that this program does not know is counted nowhere; its item is put aside where it is met.
            if (!Words.TryRead<Status>(reader.GetString(1), out var status))
                continue;
            if (!counts.TryGetValue(reader.GetString(0), out var statuses))
                counts[reader.GetString(0)] = statuses = [];
            statuses[status] = (int)reader.GetInt64(2);
        }

        return counts;
    }
}
