using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;

namespace CommitmentsTracker.Server.Queue;

/// <summary>A section with what of it somebody sees.</summary>
public sealed record SeenSection(IQueueSection Section, QueueEntries Entries);

/// <summary>The queue as one person sees it: the sections that they may do something about, in the forums in which they may.</summary>
public sealed class WorkQueue(IEnumerable<IQueueSection> sections, Assignments claims)
{
    /// <summary>Entries of a section on the page.</summary>
    public const int Shown = 50;

    /// <summary>Reads the sections.</summary>
    /// <param name="by">Who looks.</param>
    /// <param name="forum">Of this forum only; null: of all that they work in.</param>
    /// <param name="mine">Only what they have taken, or what goes back to them.</param>
    /// <param name="limit">Most entries of each.</param>
    /// <param name="clocks">Now.</param>
    /// <param name="ct">Ends when the reader goes away.</param>
    public async Task<IReadOnlyList<SeenSection>> ReadAsync(
        Author by,
        string? forum,
        bool mine,
        int limit,
        AskedClocks clocks,
        CancellationToken ct
    )
    {
        var taken = mine
            ? (await claims.AllAsync(ct)).Values.Where(c => c.Person == by.Person).Select(c => c.Subject).ToHashSet(StringComparer.Ordinal)
            : null;
        var seen = new List<SeenSection>();
        foreach (var section in sections)
        {
            if (!Permission.MaySomewhere(by.Rights, section.Act))
                continue;
            var forums = Permission.Forums(by.Rights, section.Act);
            if (forum is not null && forums?.Contains(forum) == false)
                continue;
            var asked = new QueueQuestion(by.Person, forum is not null ? [forum] : forums ?? [], null, limit, clocks);
            if (taken is null)
            {
                seen.Add(new SeenSection(section, await section.ReadAsync(asked, ct)));
                continue;
            }

            var entries = await section.ReadAsync(
                asked with
                {
                    Slugs = [.. taken.Where(t => t.StartsWith(section.Name + "/", StringComparison.Ordinal)).Select(t => t.Split('/')[1])],
                },
                ct
            );
            var own = entries.Entries.Where(e => taken.Contains(e.Key) || (e.By == by.Person && section.Act == Act.Log)).ToList();
            seen.Add(new SeenSection(section, new QueueEntries(own, own.Count)));
        }

        return seen;
    }
}
