using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;

namespace CommitmentsTracker.Domain.Items;

/// <summary>Why an item gives no state.</summary>
public enum Absence
{
    /// <summary>No event of it was recorded by then.</summary>
    NotYetRecorded,

    /// <summary>It had no status by that day.</summary>
    NoStatusYet,

    /// <summary>It was retracted.</summary>
    Retracted,

    /// <summary>It was merged into another item.</summary>
    Merged,
}

/// <summary>The answer of both clocks: where the item stood on a day, as known at an instant.</summary>
/// <param name="Item">The item as known then.</param>
/// <param name="AsOf">The day.</param>
/// <param name="Standing">Where it stood.</param>
public sealed record ItemState(Item Item, DateOnly AsOf, Standing Standing)
{
    public TimeSignal Time => Standing.TimeOn(AsOf);
    public Freshness Freshness => Standing.FreshnessOn(AsOf);

    /// <summary>What is said of the item that happened by the day and is not gone, in order of occurrence.</summary>
    public IEnumerable<LoggedUpdate> Updates => Item.Updates.Where(u => !u.IsGone && u.LastDay <= AsOf).OrderBy(u => u.Key);

    /// <summary>
    /// <c>state(item, asOf, knownAt)</c>: a pure, total function of the recorded events.
    /// </summary>
    /// <param name="events">The item's whole stream, in its order.</param>
    /// <param name="asOf">The day; null: the day of <paramref name="knownAt"/> if given, else <paramref name="today"/>.</param>
    /// <param name="knownAt">Only what was recorded at or before it counts; null: everything.</param>
    /// <param name="today">The present UTC day.</param>
    public static (ItemState? State, Absence? Absence, Item? Item) Of(
        IEnumerable<ItemEvent> events,
        DateOnly? asOf,
        DateTimeOffset? knownAt,
        DateOnly today
    ) => Of(Item.KnownAt(events, knownAt), asOf ?? knownAt?.DayOf() ?? today);

    /// <summary>The state on a day of an item as known.</summary>
    public static (ItemState? State, Absence? Absence, Item? Item) Of(Item? known, DateOnly day)
    {
        if (known is null)
            return (null, Items.Absence.NotYetRecorded, null);
        if (known.Retracted is { } gone)
            return (null, gone.MergedInto is null ? Items.Absence.Retracted : Items.Absence.Merged, known);
        return known.StandingOn(day) is { } standing
            ? (new ItemState(known, day, standing), null, known)
            : (null, Items.Absence.NoStatusYet, known);
    }
}
