using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Record.Changes;

/// <summary>
/// Reads rows of the change log as they are stored. The log outlives programs: a newer one may have written words that this one
/// lacks.
/// </summary>
public static class StoredChange
{
    /// <summary>The table, as it is named where its rows are put aside.</summary>
    public const string Table = "changes";

    /// <summary>The row of a number.</summary>
    /// <exception cref="JsonException">It has a shape or a word that this program does not know.</exception>
    /// <exception cref="UnreadableException">
    /// It is of a type that this program does not know, or something is missing that every row has.
    /// </exception>
    public static ChangeView Read(long changeNo, byte[] stored)
    {
        var change = JsonSerializer.Deserialize<ChangeView>(stored, TrackerJson.Stored);
        object?[] all = [change?.Item, change?.Forum, change?.Title, change?.Themes, change?.Parties];
        if (change is null || all.Contains(null) || change.Evidence is null)
            throw new UnreadableException("The row lacks something that every change has.");
        if (!NewsKinds.Knows(change.Type) || change.Cause == ChangeCause.Unreadable)
            throw new UnreadableException("The row is of a type that this program does not know.");
        return change with { ChangeNo = changeNo };
    }

    /// <summary>What stands for rows that cannot be read: their number, their item, and that they cannot be shown yet.</summary>
    public static async Task<Dictionary<long, ChangeView>> PlacesAsync(
        NpgsqlDataSource source,
        IReadOnlyCollection<long> changes,
        CancellationToken ct
    ) =>
        (
            await source.AllAsync(
                """
                select c.change_no, c.change_id, coalesce(i.slug, ''), c.forum, c.kind, c.recorded_at
                from changes c left join items i using (item_id) where c.change_no = any($1)
                """,
                PlaceOf,
                ct,
                changes.ToArray()
            )
        ).ToDictionary(c => c.ChangeNo);

    private static ChangeView PlaceOf(NpgsqlDataReader r) =>
        new()
        {
            ChangeNo = r.GetInt64(0),
            Id = r.GetGuid(1),
            Type = ChangeType.Unreadable,
            Cause = ChangeCause.Unreadable,
            Item = r.GetString(2),
            Forum = r.GetString(3),
            Kind = Words.TryRead<ItemKind>(r.GetString(4), out var kind) ? kind : default,
            Title = new Text($"Change {r.GetInt64(0)} cannot be shown yet", $"第 {r.GetInt64(0)} 号变更暂时无法显示"),
            Themes = [],
            Parties = [],
            RecordedAt = r.At(5),
        };
}
