using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>A row of the change log with the id of its item.</summary>
public sealed record FoundChange(ChangeView Change, Guid ItemId)
{
    /// <summary>True if the change puts right, disputes or takes back what earlier rows said.</summary>
    public static bool Mends(ChangeView change) => NewsKinds.Of(change.Type) == NewsKind.Correction;

    /// <summary>What earlier rows said of the same update, the latest first; of a retracted item, all that was said of it.</summary>
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
        return [.. rows.Select(r => r.Change).Where(c => !c.Editorial)];
    }

    /// <summary>Reads rows of the change log.</summary>
    public static async Task<List<FoundChange>> ReadAsync(
        NpgsqlConnection connection,
        string where,
        CancellationToken ct,
        params object[] values
    )
    {
        await using var command = new NpgsqlCommand($"select change_no, item_id, change from changes where {where}", connection);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadAsync(reader, ct);
    }

    /// <summary>Reads rows of number, item and change.</summary>
    public static async Task<List<FoundChange>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var rows = new List<FoundChange>();
        while (await reader.ReadAsync(ct))
            rows.Add(
                new(
                    JsonSerializer.Deserialize<ChangeView>(reader.GetFieldValue<byte[]>(2), TrackerJson.Stored)! with
                    {
                        ChangeNo = reader.GetInt64(0),
                    },
                    reader.GetGuid(1)
                )
            );
        return rows;
    }
}
