using CommitmentsTracker.Server.Clocks;

namespace CommitmentsTracker.Server.Items;

/// <summary>Reads one item from its own stream.</summary>
public sealed class ItemReader
{
    /// <summary>The item's state on both clocks, or why there is none; both null: no item ever had that slug.</summary>
    public Task<(ItemView? Item, ItemAbsent? Absent)> ReadAsync(string slug, AskedClocks clocks, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Every recorded event up to the known instant; null: no item ever had that slug, or nothing was recorded by then.</summary>
    public Task<ItemHistory?> HistoryAsync(string slug, AskedClocks clocks, CancellationToken ct = default) => throw new NotImplementedException();
}
