using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Clocks;

namespace CommitmentsTracker.Server.Items;

/// <summary>How many items each filter value would show, the other filters kept (the value's own filter left out).</summary>
public sealed record ItemFacets(
    IReadOnlyDictionary<ItemKind, int> Kinds, IReadOnlyDictionary<Status, int> Statuses,
    IReadOnlyDictionary<string, int> Themes, IReadOnlyDictionary<string, int> Signals);

/// <summary>Lists items at a day and an instant: one indexed query over the status spans.</summary>
public sealed class ItemLists
{
    /// <summary>One page. A cursor pins both clocks and overrides <paramref name="clocks"/>.</summary>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public Task<ItemPage> PageAsync(ItemFilter filter, ItemSort sort, int limit, string? cursor, AskedClocks clocks, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Counts for the filter chips.</summary>
    public Task<ItemFacets> FacetsAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default) => throw new NotImplementedException();
}
