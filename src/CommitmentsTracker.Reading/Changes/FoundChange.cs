using System.Globalization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>A row of the change log with the id of its item.</summary>
public sealed record FoundChange(ChangeView Change, Guid ItemId)
{
    /// <summary>True if the change puts right, disputes or takes back what earlier rows said.</summary>
    public static bool Mends(ChangeView change) => NewsKinds.Of(change.Type) == NewsKind.Correction;

    /// <summary>
    /// What earlier rows said of the same update, the latest first; of a retracted item, all that was said of it. Rows that
    /// cannot be read are not among them.
    /// </summary>
    public async Task<IReadOnlyList<ChangeView>> MendedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string earlier = "item_id = $1 and change_no < $2";
        var rows = Change.Update is { } update
            ? await ReadAsync(
                connection,
                $"{earlier} and change ->> 'update' = $3 order by change_no desc",
                ct,
                ItemId,
                Change.ChangeNo,
                update
            )
            : await ReadAsync(connection, $"{earlier} order by change_no desc", ct, ItemId, Change.ChangeNo);
        return [.. rows.Found.Select(r => r.Change).Where(c => !c.Editorial)];
    }

    /// <summary>Reads rows of the change log.</summary>
    public static async Task<FoundRows> ReadAsync(NpgsqlConnection connection, string where, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand($"select change_no, item_id, change from changes where {where}", connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadAsync(reader, ct);
    }

    /// <summary>Reads rows of number, item and change.</summary>
    public static async Task<FoundRows> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var (found, unread, count, last) = (new List<FoundChange>(), new UnreadRows(), 0, 0L);
        while (await reader.ReadAsync(ct))
        {
            (count, last) = (count + 1, reader.GetInt64(0));
            if (
                unread.TryRead(
                    StoredChange.Table,
                    () => last.ToString(CultureInfo.InvariantCulture),
                    () => new FoundChange(StoredChange.Read(last, reader.GetFieldValue<byte[]>(2)), reader.GetGuid(1)),
                    out var row
                )
            )
                found.Add(row);
        }

        return new FoundRows(found, unread.All, count, last);
    }
}

/// <summary>Rows of the change log, in the order asked for.</summary>
/// <param name="Found">Those that can be read.</param>
/// <param name="Unread">Those that cannot.</param>
/// <param name="Count">How many of both.</param>
/// <param name="LastNo">The number of the last one of both; 0: there is none.</param>
public sealed record FoundRows(IReadOnlyList<FoundChange> Found, IReadOnlyList<UnreadRow> Unread, int Count, long LastNo);
