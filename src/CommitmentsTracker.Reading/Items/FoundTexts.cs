using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Search;
using CommitmentsTracker.Record.Directories;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>
/// Reads where a search hit items that say nothing of it in title and summary: quotations, notes, who acts next, the
/// question to follow up, and the notes of their updates. One statement for all items of a page, without any stream.
/// </summary>
public sealed class FoundTexts(NpgsqlDataSource source, ForumDirectory directory)
{
    /// <summary>The first text of each item that holds one of the words, one in the language of the reader if there is any.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadAsync(
        IReadOnlyCollection<string> slugs,
        SearchQuery search,
        string language,
        AskedClocks clocks,
        CancellationToken ct = default
    )
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (slugs.Count == 0)
            return found;
        var query = new ItemQuery(new ItemFilter(), clocks, await directory.NamesAsync(ct));
        var only = query.Parameter(slugs.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var own = query.Parameter(language, NpgsqlDbType.Text);
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                select i.slug, t.said from items i join item_details d on d.item_id = i.item_id and {query.Known("d")}
                cross join lateral (
                    select 1 as place, 0 as foreign_one, c.value ->> 'exact' as said, 0 as latest
                        from jsonb_path_query(d.details, '$.citations[*]') c (value)
                    union all
                    select 2, (v.key <> {own})::int, v.value, 0
                        from unnest(array['note', 'nextActor', 'followUpQuestion']) n, jsonb_each_text({Object(
                    "d.details -> n"
                )}) v
                    union all
                    select 3, (v.key <> {own})::int, v.value, u.last_day - date '2000-01-01' from item_updates u, jsonb_each_text({Object(
                    "u.fields -> 'note'"
                )}) v
                    where u.item_id = i.item_id and {query.Known("u")} and u.last_day <= {query.Day}) t
                where i.slug = any({only}) and t.said is not null
                order by i.slug, t.foreign_one, t.place, t.latest desc
                """
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (slug, said) = (reader.GetString(0), reader.GetString(1));
            if (!found.ContainsKey(slug) && search.Hits(said))
                found.Add(slug, said);
        }

        return found;
    }

    private static string Object(string json) => $"case jsonb_typeof({json}) when 'object' then {json} else '{{}}' end";
}
