using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>Rows of rebuilt items, written by COPY.</summary>
public sealed class RebuiltRows
{
    private readonly UnreadRows _unread = new();
    private readonly List<(Guid Id, Item Item)> _items = [];
    private readonly List<StoredDetails> _details = [];
    private readonly List<StoredSpan> _spans = [];
    private readonly List<StoredCorrection> _corrections = [];
    private readonly List<StoredUpdate> _updates = [];

    /// <summary>How many items were taken.</summary>
    public int Items => _items.Count;

    /// <summary>The streams that cannot be read, as they are put aside.</summary>
    public IReadOnlyList<UnreadRow> Unread => _unread.All;

    /// <summary>How many events they have.</summary>
    public int Events { get; private set; }

    /// <summary>The rows of some streams.</summary>
    public static RebuiltRows Of(IEnumerable<StoredStream> streams)
    {
        var rows = new RebuiltRows();
        foreach (var (id, stored) in streams)
        {
            var before = rows.Counts;
            try
            {
                rows.Take(id, [.. stored.Select(e => EventNames.Read(e.Type, e.Json))]);
                rows.Events += stored.Count;
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                rows.CutTo(before);
                rows._unread.Add(ItemStreams.Table, id.ToString("D"), e);
            }
        }

        return rows;
    }

    private (int Items, int Details, int Spans, int Corrections, int Updates) Counts =>
        (_items.Count, _details.Count, _spans.Count, _corrections.Count, _updates.Count);

    /// <summary>Takes back what was taken of a stream before it turned out that it cannot be read.</summary>
    private void CutTo((int Items, int Details, int Spans, int Corrections, int Updates) before)
    {
        Cut(_items, before.Items);
        Cut(_details, before.Details);
        Cut(_spans, before.Spans);
        Cut(_corrections, before.Corrections);
        Cut(_updates, before.Updates);

        static void Cut<T>(List<T> rows, int count) => rows.RemoveRange(count, rows.Count - count);
    }

    /// <summary>Writes them.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await ReadModelTables.Items.CopyAsync(connection, _items, ct);
        await ReadModelTables.Details.CopyAsync(connection, _details, ct);
        await ReadModelTables.Spans.CopyAsync(connection, _spans, ct);
        await ReadModelTables.Corrections.CopyAsync(connection, _corrections, ct);
        await ReadModelTables.Updates.CopyAsync(connection, _updates, ct);
    }

    private void Take(Guid id, IReadOnlyList<ItemEvent> stream)
    {
        var rows = ItemRows.Continue(id, null);
        (Item Item, DateTimeOffset From)? details = null;
        foreach (var group in ItemRows.SameInstant(stream))
        {
            rows.Take(group);
            var at = group[^1].RecordedAt;
            if (!group.Any(e => e is ItemRecorded or DetailsChanged or ItemRetracted))
                continue;
            if (details is { } old && old.From < at)
                Add(new StoredDetails(id, old.Item, old.From, at));
            details = rows.Item!.Retracted is null ? (rows.Item, at) : null;
        }

        if (details is { } open)
            Add(new StoredDetails(id, open.Item, open.From, null));
        _items.Add((id, rows.Item!));
        _spans.AddRange(rows.Spans());
        foreach (var states in rows.Corrections.GroupBy(c => c.Entry.Version).Select(g => g.ToList()))
            for (var i = 0; i < states.Count; i++)
                _corrections.Add(
                    new StoredCorrection(id, states[i].Entry, states[i].KnownFrom, i + 1 < states.Count ? states[i + 1].KnownFrom : null)
                );
        foreach (var update in rows.NewUpdates())
        {
            update.Words.Parse();
            _updates.Add(update);
        }
    }

    /// <summary>Parses the words already here, where several tasks are at work.</summary>
    private void Add(StoredDetails details)
    {
        details.TitleWords.Parse();
        details.Words.Parse();
        details.MoreWords.Parse();
        _details.Add(details);
    }
}
