using System.Globalization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Workers;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace CommitmentsTracker.Reading.Feeds;

/// <summary>
/// A change that a feed tells.
/// </summary>
/// <param name="Change">The row of the change log.</param>
/// <param name="Mended">Of what puts right, disputes or takes back: what had been said last; null of all others.</param>
public sealed record ToldChange(ChangeView Change, ChangeView? Mended);

/// <summary>
/// Finds the changes of a filter, the newest first: those that match, and of what was put right, disputed or taken back
/// those that mend what matched. Editorial corrections are not among them. Whether a change is found follows from the
/// log up to it, so an answer about numbers that exist never changes.
/// </summary>
public sealed class FoundChanges(NpgsqlDataSource source, PutAside aside) : IDisposable
{
    /// <summary>How far back the first look goes; most filters are answered there. Each further look goes eight times as far.</summary>
    private const int FirstLook = 5_000;

    private const int MostAtOnce = 1_000;

    private readonly MemoryCache _latest = new(new MemoryCacheOptions { SizeLimit = 4_000 });

    /// <summary>The newest changes of a filter with numbers above <paramref name="above"/> and up to <paramref name="last"/>.</summary>
    public async Task<IReadOnlyList<ToldChange>> BeforeAsync(ChangeFilter filter, long above, long last, int limit, CancellationToken ct)
    {
        var query = ChangeIndex.QueryOf(filter);
        var found = new List<ToldChange>();
        await using var connection = await source.OpenConnectionAsync(ct);
        var chunk = 1;
        for (long top = last, look = FirstLook; top > above && found.Count < limit; look *= 8)
        {
            var bottom = Math.Max(above, top - look);
            while (top > bottom && found.Count < limit)
            {
                // Rows that the index finds and the filter does not take are few; where they are not, more are read at a time.
                var wanted = Math.Max(limit - found.Count, chunk);
                chunk = Math.Min(chunk * 4, MostAtOnce);
                var rows = await CandidatesAsync(connection, query, new Stretch(bottom, top, wanted, look > FirstLook), ct);
                var places = await PlacesAsync(filter, rows, ct);
                foreach (var row in rows.Found.Concat(places).OrderByDescending(r => r.Change.ChangeNo).TakeWhile(_ => found.Count < limit))
                {
                    if (row.Change.Type == ChangeType.Unreadable)
                    {
                        found.Add(new ToldChange(row.Change, null));
                        continue;
                    }

                    var mended = FoundChange.Mends(row.Change) ? await row.MendedAsync(connection, ct) : [];
                    if (filter.Matches(row.Change) || mended.Any(filter.Matches))
                        found.Add(new ToldChange(row.Change, mended.Count > 0 ? mended[0] : null));
                }

                top = rows.Count < wanted ? bottom : rows.LastNo - 1;
            }
        }

        return found;
    }

    /// <summary>
    /// The number of the newest change of a filter; 0: none. What was found is kept, so that asking again looks only at what came since.
    /// </summary>
    /// <param name="key">Names feed and filter.</param>
    public async Task<long> LastAsync(string key, ChangeFilter filter, long last, CancellationToken ct)
    {
        var kept = _latest.Get<Latest>(key) ?? new Latest(0, 0);
        if (kept.LookedUpTo >= last)
            return kept.Last;
        var newest = await BeforeAsync(filter, kept.LookedUpTo, last, 1, ct);
        var now = new Latest(last, newest.Count > 0 ? newest[0].Change.ChangeNo : kept.Last);
        _latest.Set(key, now, new MemoryCacheEntryOptions { Size = 1 });
        return now.Last;
    }

    /// <inheritdoc />
    public void Dispose() => _latest.Dispose();

    /// <summary>What stands for rows that cannot be read; whether they match can be told only of forum, kind and item.</summary>
    private async Task<List<FoundChange>> PlacesAsync(ChangeFilter filter, FoundRows rows, CancellationToken ct)
    {
        if (rows.Unread.Count == 0)
            return [];
        await aside.NoteAsync(rows.Unread, ct);
        if (!(filter with { Forum = [], Kind = [], Item = [] }).IsEmpty)
            return [];
        var numbers = rows.Unread.Select(u => long.Parse(u.Key, CultureInfo.InvariantCulture)).ToList();
        var places = await StoredChange.PlacesAsync(source, numbers, ct);
        return [.. places.Values.Where(filter.Watches).Select(c => new FoundChange(c, Guid.Empty))];
    }

    private static async Task<FoundRows> CandidatesAsync(NpgsqlConnection connection, string? query, Stretch stretch, CancellationToken ct)
    {
        // Over many numbers the index comes first, whatever the planner hopes to find near the end.
        await using var command = new NpgsqlCommand(
            $"""
            with hits as {(stretch.IsWide && query is not null ? "materialized" : "not materialized")} (
                select change_no from change_words where change_no > $1 and change_no <= $2 {(
                query is null ? "" : "and words @@ $4::tsquery"
            )})
            select h.change_no, c.item_id, c.change from (select change_no from hits order by change_no desc limit $3) h
                join changes c using (change_no) order by h.change_no desc
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = stretch.Above });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = stretch.UpTo });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = stretch.Limit });
        if (query is not null)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = query });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await FoundChange.ReadAsync(reader, ct);
    }

    /// <summary>A part of the log that is looked through.</summary>
    /// <param name="Above">Numbers above this one.</param>
    /// <param name="UpTo">Up to this one.</param>
    /// <param name="Limit">At most so many, the latest.</param>
    /// <param name="IsWide">It is long: more lies in it than will be read.</param>
    private sealed record Stretch(long Above, long UpTo, int Limit, bool IsWide);

    private sealed record Latest(long LookedUpTo, long Last);
}
