using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Queue;

/// <summary>Items that need attention because of how they stand.</summary>
/// <param name="lists">The items.</param>
/// <param name="name">Name of the section.</param>
/// <param name="signals">The signals that bring an item here.</param>
/// <param name="since">The day since when it needs attention, as a column of spans; what has none comes first.</param>
/// <param name="day">The same of a row.</param>
public abstract class ItemSection(ItemLists lists, string name, IReadOnlyList<string> signals, string since, Func<ItemRow, DateOnly> day)
    : IQueueSection
{
    /// <inheritdoc />
    public string Name => name;

    /// <summary>What is to be done about it takes an editor.</summary>
    public Act Act => Act.Edit;

    /// <inheritdoc />
    public Type View => typeof(StandingEntry);

    /// <inheritdoc />
    public async Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct)
    {
        var (rows, total) = await lists.LongestAsync(
            new ItemFilter { Signals = signals, Forums = asked.Forums },
            since,
            asked.Slugs,
            asked.Limit,
            asked.Clocks,
            ct
        );
        return new QueueEntries(
            [.. rows.Select(r => new QueueEntry(name, r.Slug, r.Title, r.Forum, "", day(r), null, r))],
            Math.Min(total, ItemLists.CountedAtMost),
            total > ItemLists.CountedAtMost
        );
    }
}

/// <summary>Items with a step that a late fact made unlawful.</summary>
public sealed class FlaggedSection(ItemLists lists)
    : ItemSection(lists, "flagged", ["flagged"], "s.since_last", r => r.StatusSince.LastDay);

/// <summary>Items whose deadline has passed.</summary>
public sealed class OverdueSection(ItemLists lists)
    : ItemSection(lists, "overdue", ["overdue"], "s.due", r => r.DueOn ?? r.StatusSince.LastDay);

/// <summary>Items that nobody looked at for long, or ever.</summary>
public sealed class ReviewSection(ItemLists lists)
    : ItemSection(
        lists,
        "review",
        ["never_reviewed", "stale"],
        "coalesce(s.last_activity, s.since_last)",
        r => r.LastActivity ?? r.StatusSince.LastDay
    );
