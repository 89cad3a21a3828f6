using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Server.Queue;

/// <summary>One thing that needs attention.</summary>
/// <param name="Section">Name of its section.</param>
/// <param name="Slug">The item.</param>
/// <param name="Title">Its title.</param>
/// <param name="Forum">Its forum.</param>
/// <param name="Subject">What of the item: the id of an update, correction or dispute; empty: the item itself.</param>
/// <param name="Since">The day since when it needs attention.</param>
/// <param name="By">Opaque id of whoever it goes back to; null: nobody.</param>
/// <param name="Of">What the section's view shows.</param>
public sealed record QueueEntry(
    string Section,
    string Slug,
    Text Title,
    string Forum,
    string Subject,
    DateOnly Since,
    string? By,
    object Of
)
{
    /// <summary>By which it is claimed.</summary>
    public string Key => $"{Section}/{Slug}/{Subject}";

    /// <summary>Id of its place on a page.</summary>
    public string Anchor => Subject.Length > 0 ? $"{Section}-{Slug}-{Subject}" : $"{Section}-{Slug}";
}

/// <summary>What is asked of a section.</summary>
/// <param name="Person">Who asks, as an opaque id.</param>
/// <param name="Forums">Of these forums only; empty: of all.</param>
/// <param name="Slugs">Of these items only; null: of all.</param>
/// <param name="Limit">Most entries.</param>
/// <param name="Clocks">Now.</param>
public sealed record QueueQuestion(
    string Person,
    IReadOnlyList<string> Forums,
    IReadOnlyCollection<string>? Slugs,
    int Limit,
    AskedClocks Clocks
);

/// <summary>The entries of a section, those that wait longest first.</summary>
/// <param name="Total">How many there are; counting stops at 1,000.</param>
/// <param name="MoreThanTotal">True if there are more.</param>
public sealed record QueueEntries(IReadOnlyList<QueueEntry> Entries, int Total, bool MoreThanTotal = false)
{
    /// <summary>Of everything that there is, what was asked for.</summary>
    public static QueueEntries Of(IEnumerable<QueueEntry> all, QueueQuestion asked)
    {
        var here = all.Where(e =>
                (asked.Forums.Count == 0 || asked.Forums.Contains(e.Forum)) && (asked.Slugs is null || asked.Slugs.Contains(e.Slug))
            )
            .OrderBy(e => e.Since)
            .ThenBy(e => e.Key, StringComparer.Ordinal)
            .ToList();
        return new QueueEntries([.. here.Take(asked.Limit)], here.Count);
    }
}

/// <summary>A section of the queue. Whatever is registered as one is shown, in the order of registration.</summary>
public interface IQueueSection
{
    /// <summary>Its name, also in the phrases <c>queue.section.{name}</c>.</summary>
    string Name { get; }

    /// <summary>What one has to be allowed, in a forum, to see its entries of it.</summary>
    Act Act { get; }

    /// <summary>The component that shows an entry; it takes the <see cref="QueueEntry"/> as <c>Entry</c>.</summary>
    Type View { get; }

    /// <summary>Its entries.</summary>
    Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct);
}
