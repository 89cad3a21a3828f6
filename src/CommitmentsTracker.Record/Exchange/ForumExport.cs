using System.Text.Json;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>Writes a forum as the folder that import reads, recorded times included.</summary>
public sealed class ForumExport(NpgsqlDataSource source)
{
    /// <summary>Slugs of all forums.</summary>
    public async Task<IReadOnlyList<string>> ForumsAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("select slug from forums order by slug");
        var slugs = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            slugs.Add(reader.GetString(0));
        return slugs;
    }

    /// <summary>The whole forum, read in one snapshot; null: there is none of that slug.</summary>
    public async Task<ForumFolder?> ReadAsync(string forum, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var forums = await JsonAsync<Forum>("select forum from forums where slug = $1");
        if (forums.Count == 0)
            return null;
        var parties = await JsonAsync<Party>("select party from parties where forums @> array[$1::text] order by slug");
        var themes = await JsonAsync<Theme>("select theme from themes where forums @> array[$1::text] order by slug");
        var events = await ItemStreams.RecordedInAsync(forum, snapshot, ct);
        return ExportedRows.Of(forums[0], parties, themes, events);

        NpgsqlCommand Command(string sql) =>
            new(sql, connection, snapshot) { Parameters = { new NpgsqlParameter<string> { TypedValue = forum } } };

        async Task<List<T>> JsonAsync<T>(string sql)
        {
            var all = new List<T>();
            await using var command = Command(sql);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                all.Add(JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(0), TrackerJson.Stored)!);
            return all;
        }
    }
}
