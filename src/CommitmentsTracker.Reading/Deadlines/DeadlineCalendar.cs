using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Deadlines;

/// <summary>A deadline in force: its date, no more exact than it was named, and the item as it stands.</summary>
public sealed record DatedItem(PartialDate Due, ItemRow Item);

/// <summary>Reads deadlines in the order of their last days, in one statement.</summary>
public sealed class DeadlineCalendar(NpgsqlDataSource source, ForumDirectory directory, PutAside aside)
{
    /// <summary>Most deadlines of one answer.</summary>
    public const int Most = 500;

    /// <summary>
    /// Deadlines in force on both clocks whose last day lies between two days, both included; the earliest first.
    /// </summary>
    /// <returns>At most <see cref="Most"/> of them, and whether there are more.</returns>
    public async Task<(IReadOnlyList<DatedItem> Deadlines, bool More)> ReadAsync(
        ItemFilter filter,
        DateOnly from,
        DateOnly to,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        query.And($"s.due between {query.Parameter(from, NpgsqlDbType.Date)} and {query.Parameter(to, NpgsqlDbType.Date)}");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"select {ItemLists.Columns(query)}, coalesce(m.due, d.details -> 'due' ->> 'date') "
                    + $"{query.FromWhere(true, NamedDue(query))} order by s.due, d.slug limit {Most + 1}"
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (deadlines, unread) = (new List<DatedItem>(), new UnreadRows());
        while (await reader.ReadAsync(ct))
            if (unread.TryRead(ItemLists.Table, () => reader.GetGuid(0).ToString("D"), () => DatedAt(reader), out var dated))
                deadlines.Add(dated);
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return (deadlines.Count > Most ? deadlines[..Most] : deadlines, deadlines.Count > Most);
    }

    private static DatedItem DatedAt(NpgsqlDataReader reader) => new(PartialDate.Parse(reader.GetString(15)), ItemLists.Row(reader));

    /// <summary>
    /// Joins (alias <c>m</c>) the date of the update that set the deadline, as exactly as it was named: the span knows the
    /// last day only. Null where the details set it.
    /// </summary>
    public static string NamedDue(ItemQuery query) =>
        $"""
            left join lateral (
                select u.fields -> 'due' ->> 'date' as due from item_updates u
                where u.item_id = s.item_id and {query.Known(
                "u"
            )} and u.counts and u.last_day <= {query.Day} and u.fields ->> 'type' = 'deadline'
                order by u.last_day desc, u.place desc, u.position desc limit 1) m on true
            """;
}
