using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>Tells slugs of items from mistakes, whatever the clocks say of the items.</summary>
public sealed class ItemSlugs(NpgsqlDataSource source)
{
    /// <summary>Those of the slugs that an item has or had.</summary>
    public async Task<IReadOnlySet<string>> KnownAsync(IReadOnlyCollection<string> slugs, CancellationToken ct = default)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        // The database takes no text with a zero in it, and no slug has one.
        slugs = [.. slugs.Where(s => !s.Contains('\0', StringComparison.Ordinal))];
        if (slugs.Count == 0)
            return known;
        await using var command = source.CreateCommand("select slug from items where slug = any($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = slugs.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            known.Add(reader.GetString(0));
        return known;
    }
}
