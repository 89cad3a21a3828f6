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

/// <summary>How a party has to do with an item.</summary>
public enum PartyRole
{
    /// <summary>In any role: every item that names the party, once.</summary>
    Any,
    Proposer,

    /// <summary>Said it for a proposer who is somebody else.</summary>
    Speaker,
    Responsible,
    Addressee,
}

/// <summary>How many items are alike within a party, a theme or a forum.</summary>
/// <param name="Of">Slug of the party, theme or forum.</param>
/// <param name="Role">The party's role; of themes and forums always <see cref="PartyRole.Any"/>.</param>
public sealed record ItemCount(
    string Of,
    PartyRole Role,
    ItemKind Kind,
    Status Status,
    TimeSignal Time,
    Testability Testability,
    int Items
);

/// <summary>
/// Counts items by party, theme or forum on both clocks: as known now in memory, earlier by one statement over the status spans.
/// </summary>
public sealed class ItemCounts(NpgsqlDataSource source, ForumDirectory directory, KnownNow known)
{
    private const string Roles = """
        cross join lateral (
            select unnest(d.parties) as party, 'any' as role
            union all select d.proposer, 'proposer'
            union all select d.speaker, 'speaker' where d.speaker <> d.proposer
            union all select unnest(d.responsible), 'responsible'
            union all select unnest(d.addressees), 'addressee') p
        """;

    /// <summary>By party and role. A filter by parties gives the counts of these parties only.</summary>
    public Task<IReadOnlyList<ItemCount>> ByPartyAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(filter, clocks, new Counting(PartiesOf, "p.party", "p.role", Roles), filter.Parties, ct);

    /// <summary>By theme; an item with two themes counts in both. A filter by themes gives the counts of these themes only.</summary>
    public Task<IReadOnlyList<ItemCount>> ByThemeAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(
            filter,
            clocks,
            new Counting(
                item => item.Themes.Select(t => (t, PartyRole.Any)),
                "t.theme",
                "'any'",
                "cross join lateral unnest(d.themes) as t (theme)"
            ),
            filter.Themes,
            ct
        );

    /// <summary>By forum.</summary>
    public Task<IReadOnlyList<ItemCount>> ByForumAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(filter, clocks, new Counting(item => [(item.Forum, PartyRole.Any)], "s.forum", "'any'", ""), [], ct);

    /// <summary>What an item is counted under.</summary>
    /// <param name="Under">Of an item in memory.</param>
    /// <param name="Of">The same in SQL: the slug.</param>
    /// <param name="Role">The role.</param>
    /// <param name="Join">What brings both.</param>
    private sealed record Counting(Func<KnownItem, IEnumerable<(string Of, PartyRole Role)>> Under, string Of, string Role, string Join);

    private async Task<IReadOnlyList<ItemCount>> ReadAsync(
        ItemFilter filter,
        AskedClocks clocks,
        Counting counting,
        IReadOnlyList<string> only,
        CancellationToken ct
    )
    {
        if (KnownFilter.Answers(filter, clocks))
            return Counted((await known.ReadAsync(ct)).On(clocks.AsOf, filter.Forums), new KnownFilter(filter), counting.Under, only);
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        if (only.Count > 0)
            query.And($"{counting.Of} = any({query.Parameter(only.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                select {counting.Of}, {counting.Role}, s.kind, s.status, {query.Time}, d.testability, count(*)
                {query.FromWhere(true, counting.Join)} group by 1, 2, 3, 4, 5, 6
                """
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var counts = new List<ItemCount>();
        while (await reader.ReadAsync(ct))
        {
            // A word that this program does not know is counted nowhere; its item is put aside where it is met.
            if (
                !Words.TryRead<ItemKind>(reader.GetString(2), out var kind)
                || !Words.TryRead<Status>(reader.GetString(3), out var status)
                || !Words.TryRead<Testability>(reader.GetString(5), out var testability)
            )
                continue;
            counts.Add(
                new ItemCount(
                    reader.GetString(0),
                    reader.Word<PartyRole>(1),
                    kind,
                    status,
                    reader.Word<TimeSignal>(4),
                    testability,
                    (int)reader.GetInt64(6)
                )
            );
        }

        return counts;
    }

    private static List<ItemCount> Counted(
        IEnumerable<KnownStanding> items,
        KnownFilter filter,
        Func<KnownItem, IEnumerable<(string Of, PartyRole Role)>> counted,
        IReadOnlyList<string> only
    )
    {
        var counts = new Dictionary<string, Dictionary<Alike, int>>(StringComparer.Ordinal);
        foreach (var standing in items)
        {
            if (!filter.Takes(standing))
                continue;
            var time = standing.Time;
            foreach (var (of, role) in counted(standing.Item))
            {
                if (only.Count > 0 && !only.Contains(of))
                    continue;
                if (!counts.TryGetValue(of, out var alike))
                    counts[of] = alike = [];
                CollectionsMarshal.GetValueRefOrAddDefault(
                    alike,
                    new Alike(role, standing.Item.Kind, standing.Span.Status, time, standing.Item.Testability),
                    out _
                )++;
            }
        }

        return
        [
            .. counts.SelectMany(c =>
                c.Value.Select(a => new ItemCount(c.Key, a.Key.Role, a.Key.Kind, a.Key.Status, a.Key.Time, a.Key.Testability, a.Value))
            ),
        ];
    }

    private readonly record struct Alike(PartyRole Role, ItemKind Kind, Status Status, TimeSignal Time, Testability Testability);

    /// <summary>The same as <see cref="Roles"/>.</summary>
    private static IEnumerable<(string Party, PartyRole Role)> PartiesOf(KnownItem item)
    {
        foreach (var party in item.Parties)
            yield return (party, PartyRole.Any);
        yield return (item.Proposer, PartyRole.Proposer);
        if (item.Speaker is { } speaker && speaker != item.Proposer)
            yield return (speaker, PartyRole.Speaker);
        foreach (var party in item.Responsible)
            yield return (party, PartyRole.Responsible);
        foreach (var party in item.Addressees)
            yield return (party, PartyRole.Addressee);
    }
}

/// <summary>Sums of counts.</summary>
public static class ItemCountSums
{
    /// <summary>Number of items by status, of the kinds that share a lifecycle with this one.</summary>
    public static IReadOnlyDictionary<Status, int> ByStatus(this IEnumerable<ItemCount> counts, ItemKind kind) =>
        counts
            .Where(c => Lifecycle.Of(c.Kind) == Lifecycle.Of(kind))
            .GroupBy(c => c.Status)
            .ToDictionary(g => g.Key, g => g.Sum(c => c.Items));

    /// <summary>Number of items.</summary>
    public static int Items(this IEnumerable<ItemCount> counts, Func<ItemCount, bool>? which = null) =>
        counts.Where(which ?? (_ => true)).Sum(c => c.Items);
}
