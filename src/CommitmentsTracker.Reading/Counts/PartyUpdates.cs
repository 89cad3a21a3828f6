using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Counts;

/// <summary>An update that counts, with the item it belongs to. Its evidence stays with the item.</summary>
public sealed record PartyUpdate(string Item, ItemKind Kind, Text Title, string Id, UpdateFields Fields);

/// <summary>What one lane holds about a party: how many updates, and the latest of them, latest first.</summary>
public sealed record PartyLane(int Total, IReadOnlyList<PartyUpdate> Latest)
{
    /// <summary>A lane without updates.</summary>
    public static readonly PartyLane Empty = new(0, []);
}

/// <summary>Reads what is said about a party, in one statement and without any item's stream.</summary>
public sealed class PartyUpdates(NpgsqlDataSource source, ForumDirectory directory, PutAside aside)
{
    /// <summary>
    /// Counted updates by lane on both clocks: those of items that the party proposed or is responsible for, and those
    /// in which it acted.
    /// </summary>
    public async Task<IReadOnlyDictionary<Lane, PartyLane>> ReadAsync(
        string party,
        IReadOnlyList<string> forums,
        int limit,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        var (slug, only) = (
            query.Parameter(party, NpgsqlDbType.Text),
            query.Parameter(forums.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
        );
        await using var batch = source.CreateBatch();
        // Two walks along two indexes; an "or" over both would read the whole table.
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                select lane, total, slug, kind, title, update_id, fields from (
                    select u.*, d.slug, d.kind, d.details -> 'title' as title, count(*) over (partition by u.lane) as total,
                        row_number() over (
                            partition by u.lane order by u.last_day desc, u.place desc, u.position desc, d.slug, u.update_id) as n
                    from (
                        select a.* from item_updates a where {query.Known(
                    "a"
                )} and a.counts and cardinality(a.actors) > 0 and a.last_day <= {query.Day} and a.actors @> array[{slug}]
                        union all
                        select o.* from item_details n join item_updates o on o.item_id = n.item_id
                        where {query.Known("n")} and n.parties @> array[{slug}] and (n.proposer = {slug} or {slug} = any(n.responsible))
                            and {query.Known("o")} and o.counts and o.last_day <= {query.Day} and not o.actors @> array[{slug}]) u
                    join item_details d on d.item_id = u.item_id and {query.Known("d")}
                    where exists (select 1 from item_spans s where s.item_id = u.item_id and {query.Holds(
                    "s"
                )}) and (cardinality({only}) = 0 or d.forum = any({only}))) x
                where n <= {query.Parameter(limit, NpgsqlDbType.Integer)}
                order by lane, n
                """
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (lanes, unread) = (new Dictionary<Lane, PartyLane>(), new UnreadRows());
        while (await reader.ReadAsync(ct))
        {
            if (!unread.TryRead(ItemLists.Table, () => reader.GetGuid(7).ToString("D"), () => UpdateAt(reader), out var read))
                continue;
            var before = lanes.GetValueOrDefault(read.Lane, PartyLane.Empty).Latest;
            lanes[read.Lane] = new PartyLane((int)reader.GetInt64(1), [.. before, read.Update]);
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return lanes;
    }

    private static (Lane Lane, PartyUpdate Update) UpdateAt(NpgsqlDataReader reader) =>
        (
            reader.Word<Lane>(0),
            new PartyUpdate(
                reader.GetString(2),
                reader.Word<ItemKind>(3),
                reader.Json<Text>(4),
                reader.GetString(5),
                reader.Json<UpdateFields>(6)
            )
        );
}
