using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Queue;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>Tips, suggestions and disputes that nobody has decided on.</summary>
public sealed class InboxSection(InboxStore store) : IQueueSection
{
    /// <inheritdoc />
    public string Name => "inbox";

    /// <inheritdoc />
    public Act Act => Act.Moderate;

    /// <inheritdoc />
    public Type View => typeof(InboxWaiting);

    /// <inheritdoc />
    public async Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct)
    {
        var forums = asked.Forums.Count == 0 ? null : asked.Forums;
        var entries = await store.ListAsync(new InboxFilter(forums, Items: asked.Slugs), asked.Limit, ct);
        return new QueueEntries(
            [
                .. entries.Select(e => new QueueEntry(
                    Name,
                    e.Item,
                    e.Title ?? new Text(e.Item),
                    e.Forum,
                    e.RecordId,
                    e.SentAt.DayOf(),
                    null,
                    e
                )),
            ],
            asked.Slugs is null ? (await store.CountAsync(forums, ct)).Values.Sum() : entries.Count
        );
    }
}
