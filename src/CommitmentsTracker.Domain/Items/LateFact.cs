using CommitmentsTracker.Domain.Clocks;

namespace CommitmentsTracker.Domain.Items;

/// <summary>
/// The rule of late facts: what reached the record long after it had happened. Lateness is only shown, never a reason
/// to refuse.
/// </summary>
public static class LateFact
{
    /// <summary>A fact recorded more than this many days (UTC) after the last day of its period is late.</summary>
    public const int Days = 60;

    /// <summary>
    /// True if an event logs a fact over <see cref="Days"/> days after its period ended, and after the item was first
    /// recorded: what came in with the item itself is history, and what a correction says was never logged late.
    /// </summary>
    /// <param name="e">The event.</param>
    /// <param name="item">Its item, at this event or any later one.</param>
    public static bool Is(ItemEvent e, Item item) =>
        e is UpdateLogged logged
        && e.RecordedAt > item.Recorded.RecordedAt
        && e.RecordedAt.DayOf().DayNumber - logged.Fields.OccurredOn.LastDay.DayNumber > Days;
}
