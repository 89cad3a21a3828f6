using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Items;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Summary;

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
public sealed record ItemCount(string Of, PartyRole Role, ItemKind Kind, Status Status, TimeSignal Time, Testability Testability, int Items);

/// <summary>Counts items by party, theme or forum on both clocks: each answer is one statement over the status spans.</summary>
public sealed class ItemCounts(NpgsqlDataSource source, ForumDirectory directory)
{
    private const string Roles =
        """
        cross join lateral (
            select unnest(d.parties) as party, 'any' as role
            union all select d.proposer, 'proposer'
            union all select d.speaker, 'speaker' where d.speaker <> d.proposer
            union all select unnest(d.responsible), 'responsible'
            union all select unnest(d.addressees), 'addressee') p
        """;

    /// <summary>By party and role. A filter by parties gives the counts of these parties only.</summary>
    public Task<IReadOnlyList<ItemCount>> ByPartyAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(filter, clocks, "p.party", "p.role", Roles, filter.Parties, ct);

    /// <summary>By theme; an item with two themes counts in both. A filter by themes gives the counts of these themes only.</summary>
    public Task<IReadOnlyList<ItemCount>> ByThemeAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(filter, clocks, "t.theme", "'any'", "cross join lateral unnest(d.themes) as t (theme)", filter.Themes, ct);

    /// <summary>By forum.</summary>
    public Task<IReadOnlyList<ItemCount>> ByForumAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) =>
        ReadAsync(filter, clocks, "s.forum", "'any'", "", [], ct);

    private async Task<IReadOnlyList<ItemCount>> ReadAsync(
        ItemFilter filter, AskedClocks clocks, string of, string role, string join, IReadOnlyList<string> only, CancellationToken ct)
    {
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        if (only.Count > 0) query.And($"{of} = any({query.Parameter(only.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(query.Statement(
            $"select {of}, {role}, s.kind, s.status, {query.Time}, d.testability, count(*) {query.FromWhere(true, join)} group by 1, 2, 3, 4, 5, 6"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var counts = new List<ItemCount>();
        while (await reader.ReadAsync(ct))
            counts.Add(new ItemCount(reader.GetString(0), Word<PartyRole>(1), Word<ItemKind>(2), Word<Status>(3), Word<TimeSignal>(4), Word<Testability>(5), (int)reader.GetInt64(6)));
        return counts;

        T Word<T>(int column) where T : struct, Enum => Words.TryRead<T>(reader.GetString(column), out var value)
            ? value
            : throw new InvalidOperationException($"'{reader.GetString(column)}' is no word of {typeof(T).Name}.");
    }
}

/// <summary>Sums of counts.</summary>
public static class ItemCountSums
{
    /// <summary>Number of items by status, of the kinds that share a lifecycle with this one.</summary>
    public static IReadOnlyDictionary<Status, int> ByStatus(this IEnumerable<ItemCount> counts, ItemKind kind) =>
        counts.Where(c => Lifecycle.Of(c.Kind) == Lifecycle.Of(kind)).GroupBy(c => c.Status).ToDictionary(g => g.Key, g => g.Sum(c => c.Items));

    /// <summary>Number of items.</summary>
    public static int Items(this IEnumerable<ItemCount> counts, Func<ItemCount, bool>? which = null) => counts.Where(which ?? (_ => true)).Sum(c => c.Items);
}
