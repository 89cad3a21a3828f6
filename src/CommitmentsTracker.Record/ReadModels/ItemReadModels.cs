using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Marten;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>
/// Keeps the read models and the change log of every appended event in the append's own transaction. Rows that are
/// still what we say are left alone; what an event changes is cut on the known clock and written anew.
/// </summary>
public static class ItemReadModels
{
    /// <summary>Writes what an append comes to, with the session's next save.</summary>
    public static void Write(IDocumentOperations operations, IReadOnlyList<ItemAppend> appends, AppendTelling telling)
    {
        var changes = new List<(int Order, Guid ItemId, ChangeView Change)>();
        var position = 0;
        foreach (var append in appends)
        {
            var rows = ItemRows.Continue(append.Id, append.Before);
            var openBefore = rows.Open.ToList();
            foreach (var group in ItemRows.SameInstant(append.Events))
                rows.Take(group);

            CutSpans(operations, append.Id, openBefore, rows);
            AddSpans(operations, openBefore, rows);
            WriteUpdates(operations, rows);
            WriteItem(operations, append.Before, rows);
            WriteDetails(operations, append);
            WriteCorrections(operations, rows);
            foreach (var (e, change) in ChangesOf(append.Before, append.Events, telling.Imported))
                changes.Add((telling.Order?[e] ?? position++, append.Id, telling.Announced ? change with { Announced = true } : change));
        }

        RecordChanges(operations, appends[^1].Events[^1].RecordedAt, changes);
    }

    /// <summary>What the change log tells of the events that were appended to an item, event by event; not yet numbered.</summary>
    public static IEnumerable<(ItemEvent Event, ChangeView Change)> ChangesOf(
        Item? before,
        IReadOnlyList<ItemEvent> appended,
        bool imported
    )
    {
        var item = before;
        for (var i = 0; i < appended.Count; i++)
        {
            var after = Item.Fold(item, appended[i]);
            var told = appended[i] is ItemRecorded && i + 1 < appended.Count ? Item.Fold(after, appended[i + 1]) : after;
            if (ChangeRows.Of(item, appended[i], told, imported) is { } change)
                yield return (appended[i], change);
            item = after;
        }
    }

    private static void CutSpans(IDocumentOperations operations, Guid id, List<KnownSpan> before, ItemRows rows)
    {
        var cut = rows.Cut.Where(c => before.Contains(c.Span)).ToList();
        if (cut.Count == 0)
            return;
        operations.QueueSqlCommand(
            """
            update item_spans s set known = tstzrange(lower(s.known), c.known_to)
            from unnest(?::date[], ?::timestamptz[]) as c (occurred_from, known_to)
            where s.item_id = ? and upper_inf(s.known) and lower(s.occurred) = c.occurred_from
            """,
            cut.Select(c => c.Span.Span.From).ToArray(),
            cut.Select(c => c.KnownTo).ToArray(),
            id
        );
    }

    private static void AddSpans(IDocumentOperations operations, List<KnownSpan> before, ItemRows rows) =>
        ReadModelTables.Spans.Insert(operations, [.. rows.Spans().Where(s => !before.Contains(s.Known))]);

    private static void WriteUpdates(IDocumentOperations operations, ItemRows rows)
    {
        var cut = rows.CutUpdates.Where(c => c.Update.IsStored).ToList();
        if (cut.Count > 0)
        {
            operations.QueueSqlCommand(
                """
                update item_updates u set known = tstzrange(lower(u.known), c.known_to)
                from unnest(?::text[], ?::timestamptz[]) as c (update_id, known_to)
                where u.item_id = ? and u.update_id = c.update_id and upper_inf(u.known)
                """,
                cut.Select(c => c.Update.Update.Id).ToArray(),
                cut.Select(c => c.KnownTo).ToArray(),
                rows.ItemId
            );
        }

        ReadModelTables.Updates.Insert(operations, [.. rows.NewUpdates()]);
    }

    /// <summary>The item's own row. Its slug, kind and forum are for ever; that it waits, and that it was retracted, are not.</summary>
    private static void WriteItem(IDocumentOperations operations, Item? before, ItemRows rows)
    {
        var item = rows.Item!;
        if (before is null)
        {
            ReadModelTables.Items.Insert(operations, [(rows.ItemId, item)]);
            return;
        }

        if (item.HasWaiting != before.HasWaiting)
            operations.QueueSqlCommand("update items set waiting = ? where item_id = ?", item.HasWaiting, rows.ItemId);
        if (item.Retracted is not { } retracted || before.Retracted is not null)
            return;
        operations.QueueSqlCommand(
            "update items set retracted_at = ?, merged_into = nullif(?, '') where item_id = ?",
            retracted.RecordedAt,
            retracted.MergedInto ?? "",
            rows.ItemId
        );
    }

    private static void WriteDetails(IDocumentOperations operations, ItemAppend append)
    {
        var known = append.Before;
        foreach (var group in ItemRows.SameInstant(append.Events))
        {
            var (earlier, at) = (known, group[^1].RecordedAt);
            known = group.Aggregate(known, (item, e) => Item.Fold(item, e));
            if (!group.Any(e => e is ItemRecorded or DetailsChanged or ItemRetracted))
                continue;
            if (earlier is not null)
                operations.QueueSqlCommand(
                    "update item_details set known = tstzrange(lower(known), ?) where item_id = ? and upper_inf(known)",
                    at,
                    append.Id
                );
            if (known!.Retracted is null)
                ReadModelTables.Details.Insert(operations, [new StoredDetails(append.Id, known, at, null)]);
        }
    }

    private static void WriteCorrections(IDocumentOperations operations, ItemRows rows)
    {
        foreach (var (entry, at) in rows.Corrections)
        {
            if (entry.MadeAt < at)
                operations.QueueSqlCommand(
                    """
                    update corrections set known = tstzrange(lower(known), ?)
                    where item_id = ? and version = ? and upper_inf(known)
                    """,
                    at,
                    rows.ItemId,
                    entry.Version
                );
            ReadModelTables.Corrections.Insert(operations, [new StoredCorrection(rows.ItemId, entry, at, null)]);
        }
    }

    private static void RecordChanges(
        IDocumentOperations operations,
        DateTimeOffset at,
        List<(int Order, Guid ItemId, ChangeView Change)> changes
    )
    {
        var told = changes.OrderBy(c => c.Change.RecordedAt).ThenBy(c => c.Order).ToList();
        operations.QueueSqlCommand(
            "insert into changes_to_record values (?, ?, ?, ?, ?, ?, ?, ?::jsonb[])",
            Guid.CreateVersion7(at),
            told.Select(c => c.Change.Id).ToArray(),
            told.Select(c => c.ItemId).ToArray(),
            told.Select(c => c.Change.Type.Word()).ToArray(),
            told.Select(c => c.Change.Forum).ToArray(),
            told.Select(c => c.Change.Kind.Word()).ToArray(),
            told.Select(c => c.Change.RecordedAt).ToArray(),
            told.Select(c => JsonSerializer.Serialize(c.Change, TrackerJson.Stored)).ToArray()
        );
    }
}
