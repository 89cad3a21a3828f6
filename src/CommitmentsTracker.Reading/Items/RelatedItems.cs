using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>What a link to an item shows of it.</summary>
public sealed record RelatedItem(string Slug, ItemKind Kind, Text Title, Status Status);

/// <summary>Where a linked item stands in the story of another one.</summary>
public enum LineagePlace
{
    /// <summary>It came before, or the other one is part of it.</summary>
    Before,

    /// <summary>It came after, or is part of the other one.</summary>
    After,

    /// <summary>It has to do with it.</summary>
    Beside,
}

/// <summary>One link of an item, in either direction.</summary>
/// <param name="Slug">The other item.</param>
/// <param name="Relation">What the link says.</param>
/// <param name="IsBack">True if the other item links here.</param>
/// <param name="Item">What is shown of the other item; null if it has no state on these clocks.</param>
public sealed record LineageLink(string Slug, Relation Relation, bool IsBack, RelatedItem? Item)
{
    /// <summary>Where the other item stands.</summary>
    public LineagePlace Place =>
        (Relation, IsBack) switch
        {
            (Relation.Related, _) => LineagePlace.Beside,
            (Relation.GaveRiseTo or Relation.SupersededBy, false)
            or (Relation.PartOf or Relation.RefersTo or Relation.Renews or Relation.Revives, true) => LineagePlace.After,
            _ => LineagePlace.Before,
        };
}

/// <summary>Reads the items that another one is linked to, in both directions and in one statement.</summary>
public sealed class RelatedItems(NpgsqlDataSource source, ForumDirectory directory, PutAside aside)
{
    /// <summary>Most items that are named of those which link here.</summary>
    public const int MostBack = 100;

    /// <summary>
    /// Links of the item first, then those to it, without the ones that the item itself says already; as known at the
    /// instant, with the state of the day.
    /// </summary>
    public async Task<IReadOnlyList<LineageLink>> ReadAsync(
        string slug,
        IReadOnlyList<Link> links,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        var named = query.Parameter(links.Select(l => l.Slug).Distinct().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var self = query.Parameter(JsonSerializer.Serialize(new[] { new { slug } }), NpgsqlDbType.Jsonb);
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                with linked as (
                    select item_id, false as back from items where slug = any({named})
                    union all
                    (select d.item_id, true from item_details d where d.details -> 'related' @> {self} and {query.Known(
                    "d"
                )} order by d.slug limit {MostBack}))
                select l.back, d.slug, d.kind, s.status, d.details -> 'title', d.details -> 'related', l.item_id
                from linked l
                join item_details d on d.item_id = l.item_id and {query.Known("d")}
                join item_spans s on s.item_id = l.item_id and {query.Holds("s")}
                order by d.slug
                """
            )
        );
        var items = new Dictionary<string, RelatedItem>(StringComparer.Ordinal);
        var back = new List<LineageLink>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var unread = new UnreadRows();
        while (await reader.ReadAsync(ct))
        {
            if (!unread.TryRead(ItemLists.Table, () => reader.GetGuid(6).ToString("D"), () => ItemAt(reader), out var read))
                continue;
            if (!reader.GetBoolean(0))
                items[read.Item.Slug] = read.Item;
            else
                back.AddRange(
                    read.Links.Where(l => l.Slug == slug).Select(l => new LineageLink(read.Item.Slug, l.Relation, true, read.Item))
                );
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        var own = links.Select(l => new LineageLink(l.Slug, l.Relation, false, items.GetValueOrDefault(l.Slug))).ToList();
        // Two items that say of each other that they are related say one thing.
        return [.. own, .. back.Where(b => !own.Exists(o => o.Slug == b.Slug && o.Place == b.Place))];
    }

    private static (RelatedItem Item, Link[] Links) ItemAt(NpgsqlDataReader reader) =>
        (
            new RelatedItem(reader.GetString(1), reader.Word<ItemKind>(2), reader.Json<Text>(4), reader.Word<Status>(3)),
            reader.GetBoolean(0) ? reader.Json<Link[]>(5) : []
        );
}
