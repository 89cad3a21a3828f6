using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;

namespace CommitmentsTracker.Server.Queue;

/// <summary>An open dispute.</summary>
/// <param name="Update">What is disputed.</param>
/// <param name="Reason">Why.</param>
/// <param name="Evidence">The sources that are held against it.</param>
public sealed record OpenDisputeRow(LoggedUpdate Update, Text Reason, IReadOnlyList<EvidenceSource> Evidence);

/// <summary>Disputes that nobody has settled.</summary>
public sealed class DisputeSection(NpgsqlDataSource source, ItemStreams streams) : IQueueSection
{
    /// <inheritdoc />
    public string Name => "disputes";

    /// <inheritdoc />
    public Act Act => Act.Confirm;

    /// <inheritdoc />
    public Type View => typeof(DisputeEntry);

    /// <inheritdoc />
    public async Task<QueueEntries> ReadAsync(QueueQuestion asked, CancellationToken ct)
    {
        // Each opening and each settling is one change, so this leaves the items in which something is open.
        var disputed = await source.AllAsync(
            """
            select c.item_id from changes c join items i on i.item_id = c.item_id where c.type in ('dispute.opened', 'dispute.settled')
                and i.retracted_at is null
            group by c.item_id having count(*) filter (where c.type = 'dispute.opened') > count(*) filter (where c.type = 'dispute.settled')
            """,
            r => r.GetGuid(0),
            ct
        );
        var items = disputed.Count == 0 ? [] : (await streams.LoadAsync(disputed, ct)).Select(s => Item.From(s.Events)!);
        return QueueEntries.Of(
            from item in items
            from update in item.Updates
            where !update.IsGone
            from dispute in update.Disputes
            where dispute.IsOpen
            select new QueueEntry(
                Name,
                item.Slug,
                item.Details.Title,
                item.Forum,
                dispute.Id,
                dispute.Opened.RecordedAt.DayOf(),
                null,
                new OpenDisputeRow(update, dispute.Opened.Reason, dispute.Opened.Evidence)
            ),
            asked
        );
    }
}
