using System.Runtime.CompilerServices;
using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Changes;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;

namespace CommitmentsTracker.Server.Store;

/// <summary>What the projection is told about an append besides its events.</summary>
/// <param name="Before">The items as the decision knew them (null: new ones), so that their streams are not read again.</param>
/// <param name="Imported">True for an import: its changes notify nobody, unless <paramref name="Announced"/>.</param>
/// <param name="Announced">True for an import of which subscribers are told.</param>
/// <param name="Order">Order of the events across streams; null: by recorded time, then stream.</param>
public sealed record AppendContext(
    IReadOnlyDictionary<Guid, Item?> Before,
    bool Imported = false,
    IReadOnlyDictionary<ItemEvent, int>? Order = null,
    bool Announced = false
);

/// <summary>
/// Keeps the read models and the change log of every appended event in the append's own transaction. Rows that are
/// still what we say are left alone; what an event changes is cut on the known clock and written anew.
/// </summary>
public sealed class ItemReadModels : IProjection
{
    private static readonly ConditionalWeakTable<IDocumentOperations, AppendContext> Contexts = [];

    /// <summary>Tells the projection about the append that the session is going to save.</summary>
    public static void Describe(IDocumentSession session, AppendContext context) => Contexts.AddOrUpdate(session, context);

    public async Task ApplyAsync(IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        Contexts.TryGetValue(operations, out var context);
        var changes = new List<(int Order, Guid ItemId, ChangeView Change)>();
        var position = 0;
        foreach (var stream in events.GroupBy(e => e.StreamId))
        {
            var id = stream.Key;
            var appended = stream.Select(e => (ItemEvent)e.Data).ToList();
            var before =
                context is not null && context.Before.TryGetValue(id, out var read) ? read
                : appended[0] is ItemRecorded ? null
                : await ReadAsync(operations, id, cancellation);
            var rows = ItemRows.Continue(id, before);
            var openBefore = rows.Open.ToList();
            var itemBefore = rows.Item;
            foreach (var group in ItemRows.SameInstant(appended))
                rows.Take(group);

            CutSpans(operations, id, openBefore, rows);
            AddSpans(operations, openBefore, rows);
            WriteUpdates(operations, rows);
            WriteItem(operations, itemBefore, rows, appended);
            WriteCorrections(operations, rows);
            foreach (var (e, change) in ChangesOf(itemBefore, appended, context?.Imported ?? false))
                changes.Add(
                    (context?.Order?[e] ?? position++, id, context is { Announced: true } ? change with { Announced = true } : change)
                );
        }

        RecordChanges(operations, changes);
    }

    private static async Task<Item?> ReadAsync(IDocumentOperations operations, Guid id, CancellationToken ct)
    {
        var stored = await operations.Events.FetchStreamAsync(id, token: ct);
        return Item.From(stored.Select(e => (ItemEvent)e.Data));
    }

    /// <summary>What the change log tells of the events that were appended to an item, event by event; not yet numbered.</summary>
    public static IEnumerable<(ItemEvent Event, ChangeView Change)> ChangesOf(Item? before, List<ItemEvent> appended, bool imported)
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

    private static void AddSpans(IDocumentOperations operations, List<KnownSpan> before, ItemRows rows)
    {
        var added = rows
            .Cut.Where(c => !before.Contains(c.Span))
            .Select(c => (c.Span, KnownTo: (DateTimeOffset?)c.KnownTo))
            .Concat(rows.Open.Where(s => !before.Contains(s)).Select(s => (Span: s, KnownTo: (DateTimeOffset?)null)))
            .ToList();
        if (added.Count == 0)
            return;
        operations.QueueSqlCommand(
            """
            insert into item_spans (item_id, kind, forum, occurred, known, status, since, since_last, stalled_at, due, target, reached_on, last_activity, confidence, awaiting, flags)
            select ?, ?, ?, daterange(occurred_from, occurred_to), tstzrange(known_from, known_to), status, since, since_last, stalled_at, due, target, reached_on, last_activity, confidence, awaiting, flags::jsonb
            from unnest(?::date[], ?::date[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[], ?::date[], ?::text[], ?::date[], ?::text[], ?::date[], ?::date[], ?::text[], ?::integer[], ?::text[])
                as s (occurred_from, occurred_to, known_from, known_to, status, since, since_last, stalled_at, due, target, reached_on, last_activity, confidence, awaiting, flags)
            """,
            rows.ItemId,
            rows.Item!.Kind.Word(),
            rows.Item.Forum,
            Column(a => a.Span.Span.From),
            Column(a => a.Span.Span.To),
            Column(a => a.Span.KnownFrom),
            Column(a => a.KnownTo),
            Column(a => a.Span.Span.Standing.Status.Word()),
            Column(a => a.Span.Span.Standing.Since.ToString()),
            Column(a => a.Span.Span.Standing.Since.LastDay),
            Column(a => a.Span.Span.Standing.StalledAt?.Word()),
            Column(a => a.Span.Span.Standing.Due),
            Column(a => a.Span.Span.Standing.Target?.Word()),
            Column(a => a.Span.Span.Standing.ReachedOn),
            Column(a => a.Span.Span.Standing.LastActivity),
            Column(a => a.Span.Span.Standing.Confidence.Word()),
            Column(a => a.Span.Span.Standing.Awaiting),
            Column(a => JsonSerializer.Serialize(a.Span.Span.Standing.Flags))
        );

        T[] Column<T>(Func<(KnownSpan Span, DateTimeOffset? KnownTo), T> value) => [.. added.Select(value)];
    }

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

        var added = rows
            .CutUpdates.Select(c => (c.Update, KnownTo: (DateTimeOffset?)c.KnownTo))
            .Concat(rows.Updates.Select(u => (Update: u, KnownTo: (DateTimeOffset?)null)))
            .Where(u => !u.Update.IsStored)
            .ToList();
        if (added.Count == 0)
            return;
        // Slugs and words have no blanks, so a list of them fits into one text.
        operations.QueueSqlCommand(
            """
            insert into item_updates (item_id, update_id, known, last_day, place, position, counts, lane, actors, fields, words)
            select ?, update_id, tstzrange(known_from, known_to), last_day, place, position, counts, lane, string_to_array(actors, ' '), fields::jsonb, array_to_tsvector(string_to_array(words, ' '))
            from unnest(?::text[], ?::timestamptz[], ?::timestamptz[], ?::date[], ?::integer[], ?::integer[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[])
                as u (update_id, known_from, known_to, last_day, place, position, counts, lane, actors, fields, words)
            """,
            rows.ItemId,
            Column(a => a.Update.Update.Id),
            Column(a => a.Update.KnownFrom),
            Column(a => a.KnownTo),
            Column(a => a.Update.Update.LastDay),
            Column(a => a.Update.Update.Fields.Order),
            Column(a => a.Update.Update.Position),
            Column(a => a.Update.Update.IsCounted),
            Column(a => a.Update.Update.Fields.Lane.Word()),
            Column(a => string.Join(' ', a.Update.Actors)),
            Column(a => a.Update.Json),
            Column(a => a.Update.Words)
        );

        T[] Column<T>(Func<(KnownUpdate Update, DateTimeOffset? KnownTo), T> value) => [.. added.Select(value)];
    }

    private static void WriteItem(IDocumentOperations operations, Item? before, ItemRows rows, List<ItemEvent> appended)
    {
        var item = rows.Item!;
        if (before is null)
        {
            operations.QueueSqlCommand(
                "insert into items (item_id, slug, kind, forum, recorded_at) values (?, ?, ?, ?, ?)",
                rows.ItemId,
                item.Slug,
                item.Kind.Word(),
                item.Forum,
                item.Recorded.RecordedAt
            );
        }

        if (item.HasWaiting != (before?.HasWaiting ?? false))
            operations.QueueSqlCommand("update items set waiting = ? where item_id = ?", item.HasWaiting, rows.ItemId);

        var known = before;
        foreach (var group in ItemRows.SameInstant(appended))
        {
            var at = group[^1].RecordedAt;
            foreach (var e in group)
                known = Item.Fold(known, e);
            if (group.Any(e => e is DetailsChanged or ItemRetracted) && (before is not null || group[0] is not ItemRecorded))
            {
                operations.QueueSqlCommand(
                    "update item_details set known = tstzrange(lower(known), ?) where item_id = ? and upper_inf(known)",
                    at,
                    rows.ItemId
                );
            }

            if (known!.Retracted is not null)
                continue;
            if (!group.Any(e => e is ItemRecorded or DetailsChanged))
                continue;
            operations.QueueSqlCommand(
                """
                insert into item_details (item_id, known, slug, kind, forum, testability, themes, parties, title_words, words, more_words, details)
                values (?, tstzrange(?, null), ?, ?, ?, ?, ?, ?, array_to_tsvector(?), array_to_tsvector(?), array_to_tsvector(?), ?::jsonb)
                """,
                rows.ItemId,
                at,
                known.Slug,
                known.Kind.Word(),
                known.Forum,
                known.Details.Testability.Word(),
                known.Details.Themes.ToArray(),
                known.Details.Parties.ToArray(),
                ItemRows.TitleWords(known.Details),
                ItemRows.Words(known.Details),
                ItemRows.MoreWords(known.Slug, known.Details),
                ItemRows.Json(known.Details)
            );
        }

        if (item.Retracted is { } retracted && before?.Retracted is null)
        {
            if (retracted.MergedInto is { } into)
                operations.QueueSqlCommand(
                    "update items set retracted_at = ?, merged_into = ? where item_id = ?",
                    retracted.RecordedAt,
                    into,
                    rows.ItemId
                );
            else
                operations.QueueSqlCommand("update items set retracted_at = ? where item_id = ?", retracted.RecordedAt, rows.ItemId);
        }
    }

    private static void WriteCorrections(IDocumentOperations operations, ItemRows rows)
    {
        foreach (var (entry, at) in rows.Corrections)
        {
            if (entry.MadeAt < at)
                operations.QueueSqlCommand(
                    "update corrections set known = tstzrange(lower(known), ?) where item_id = ? and version = ? and upper_inf(known)",
                    at,
                    rows.ItemId,
                    entry.Version
                );
            operations.QueueSqlCommand(
                "insert into corrections (item_id, version, known, forum, made_at, correction) values (?, ?, tstzrange(?, null), ?, ?, ?::jsonb)",
                rows.ItemId,
                entry.Version,
                at,
                entry.Forum,
                entry.MadeAt,
                JsonSerializer.Serialize(entry, TrackerJson.Stored)
            );
        }
    }

    private static void RecordChanges(IDocumentOperations operations, List<(int Order, Guid ItemId, ChangeView Change)> changes)
    {
        var told = changes.OrderBy(c => c.Change.RecordedAt).ThenBy(c => c.Order).ToList();
        operations.QueueSqlCommand(
            "insert into changes_to_record values (?, ?, ?, ?, ?, ?, ?, ?::jsonb[])",
            Guid.CreateVersion7(),
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
