using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Items;

/// <summary>What a link to an item shows of it.</summary>
public sealed record RelatedItem(string Slug, ItemKind Kind, Text Title, Status Status);

/// <summary>Reads the items that another one is linked to, in one statement.</summary>
public sealed class RelatedItems(NpgsqlDataSource source, ForumDirectory directory)
{
    /// <summary>The items by slug, on both clocks; those without a state there are left out.</summary>
    public async Task<IReadOnlyDictionary<string, RelatedItem>> ReadAsync(IReadOnlyCollection<string> slugs, AskedClocks clocks, CancellationToken ct = default)
    {
        var found = new Dictionary<string, RelatedItem>(StringComparer.Ordinal);
        if (slugs.Count == 0) return found;
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        query.And($"d.slug = any({query.Parameter(slugs.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(query.Statement($"select d.slug, d.kind, s.status, d.details -> 'title' {query.FromWhere(true)}"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var title = JsonSerializer.Deserialize<Text>(reader.GetFieldValue<byte[]>(3), TrackerJson.Stored)!;
            found[reader.GetString(0)] = new RelatedItem(reader.GetString(0), Words.Read<ItemKind>(reader.GetString(1)), title, Words.Read<Status>(reader.GetString(2)));
        }

        return found;
    }
}
