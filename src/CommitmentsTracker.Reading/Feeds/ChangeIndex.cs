using System.Globalization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Search;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Search;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Reading.Feeds;

/// <summary>
/// Keeps an index of what each change of the log says, so that a feed of any filter finds its changes without reading
/// the log. It follows the log in its order, on demand and every minute; on each node, one at a time.
/// </summary>
public sealed class ChangeIndex(
    NpgsqlDataSource source,
    PutAside aside,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<ChangeIndex> logger
) : Worker(time, meters, logger), IReadsAgain
{
    /// <summary>A reader waits while so many changes are taken in; if there are more, it is told to come again.</summary>
    public const int MostAwaited = 10_000;

    private const int AtOnce = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _working = new(1, 1);
    private long _last;

    /// <summary>Takes in what is missing up to a change number.</summary>
    /// <returns>False if too much is missing to wait for it.</returns>
    public async Task<bool> ReachesAsync(long changeNo, CancellationToken ct)
    {
        if (Volatile.Read(ref _last) >= changeNo)
            return true;
        await using (var command = source.CreateCommand("select last_no from change_words_progress"))
            Volatile.Write(ref _last, (long)(await command.ExecuteScalarAsync(ct))!);
        if (changeNo - Volatile.Read(ref _last) > MostAwaited)
            return false;
        await CatchUpAsync(changeNo, ct);
        return true;
    }

    /// <summary>Takes in the log up to a change number, or to its end.</summary>
    public async Task CatchUpAsync(long changeNo, CancellationToken ct)
    {
        await _working.WaitAsync(ct);
        try
        {
            while (Volatile.Read(ref _last) < changeNo && await AddAsync(ct)) { }
        }
        finally
        {
            _working.Release();
        }
    }

    /// <summary>What a row is found by: a letter for each thing that a filter may name, then its value.</summary>
    public static IEnumerable<string> LexemesOf(ChangeView change)
    {
        yield return "k:" + change.Kind.Word();
        yield return "f:" + change.Forum;
        yield return "i:" + change.Item;
        yield return "c:" + NewsKinds.Of(change.Type).Word();
        foreach (var theme in change.Themes)
            yield return "t:" + theme;
        foreach (var party in change.Parties)
            yield return "p:" + party;
        if (change.Testability is { } testability)
            yield return "g:" + testability.Word();
        foreach (var state in new[] { change.Before, change.After }.OfType<ChangeState>())
        {
            yield return "s:" + state.Status.Word();
            yield return "g:" + state.Time.Word();
            yield return "g:" + state.Freshness.Word();
            yield return "g:" + state.Confidence.Word();
            if (state.Awaiting > 0)
                yield return "g:awaiting";
            if (state.Flags.Count > 0)
                yield return "g:flagged";
        }

        string?[] texts = [change.Title.En, change.Title.Zh, change.Note?.En, change.Note?.Zh];
        foreach (var word in SearchWords.WholeOf(texts))
            yield return "w:" + word;
        foreach (var part in SearchWords.PartsOf(texts))
            yield return "m:" + part;
    }

    /// <summary>
    /// What the index is asked for a filter, in PostgreSQL's notation for <c>tsquery</c>: all that match, and little else. Null:
    /// everything.
    /// </summary>
    public static string? QueryOf(ChangeFilter filter)
    {
        var all = new List<string>();
        Any("k", filter.Kind.Select(k => k.Word()));
        Any("s", filter.Status.Select(s => s.Word()));
        Any("t", filter.Theme);
        Any("p", filter.Party);
        Any("f", filter.Forum);
        Any("i", filter.Item);
        Any("c", filter.Changes.Select(c => c.Word()));
        foreach (var signal in filter.Signal.GroupBy(ItemQuery.GroupOf))
            Any("g", signal);
        if (!string.IsNullOrWhiteSpace(filter.Q))
        {
            var terms = SearchQuery.Of(filter.Q).Terms;
            // A text of signs alone is found nowhere.
            if (terms.Count == 0)
                all.Add("'w:'");
            foreach (var term in terms)
                all.Add($"({SearchQuery.AnyHitOf(term)})");
        }

        return all.Count == 0 ? null : string.Join(" & ", all);

        void Any(string letter, IEnumerable<string> values)
        {
            var any = string.Join(" | ", values.Select(v => $"'{letter}:{v}'"));
            if (any != "")
                all.Add($"({any})");
        }
    }

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [StoredChange.Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        // What the index has not come to yet, it comes to.
        var rows = await FoundChange.ReadAsync(
            connection,
            "change_no = $1 and change_no <= (select last_no from change_words_progress)",
            ct,
            long.Parse(row.Key, CultureInfo.InvariantCulture)
        );
        if (rows.Unread is [var still])
            throw new UnreadableException(still.Why);
        if (rows.Found is [{ Change.Editorial: false }])
            await WriteAsync(connection, rows, ct);
    }

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        await CatchUpAsync(long.MaxValue, ct);
        return Rest.For(Pause);
    }

    /// <summary>Takes in the next changes, in a transaction with the progress.</summary>
    /// <returns>False if there are no more.</returns>
    private async Task<bool> AddAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var progress = new NpgsqlCommand("select last_no from change_words_progress for update", connection);
        var last = (long)(await progress.ExecuteScalarAsync(ct))!;
        var rows = await FoundChange.ReadAsync(connection, "change_no > $1 order by change_no limit $2", ct, last, AtOnce);
        var read = rows.Count > 0 ? rows.LastNo : last;
        if (read > last)
        {
            await aside.KeepAsync(rows.Unread, ct);
            await WriteAsync(connection, rows, ct);
            await using var progressed = new NpgsqlCommand("update change_words_progress set last_no = $1", connection)
            {
                Parameters = { new NpgsqlParameter<long> { TypedValue = read } },
            };
            await progressed.ExecuteNonQueryAsync(ct);
            await transaction.CommitAsync(ct);
        }

        Volatile.Write(ref _last, read);
        return read > last;
    }

    /// <summary>
    /// Keeps what each row is found by; of a row that cannot be read, what it is about, so that feeds can say that it is there.
    /// </summary>
    private static async Task WriteAsync(NpgsqlConnection connection, FoundRows rows, CancellationToken ct)
    {
        var (numbers, words) = (new List<long>(), new List<string>());
        foreach (var row in rows.Found.Where(r => !r.Change.Editorial))
        {
            // Whoever was told what is put right is told so, whether or not the correction has the words of the filter.
            var told = FoundChange.Mends(row.Change) ? await row.MendedAsync(connection, ct) : [];
            numbers.Add(row.Change.ChangeNo);
            words.Add(string.Join(' ', told.Prepend(row.Change).SelectMany(LexemesOf).Distinct(StringComparer.Ordinal)));
        }

        await using var insert = new NpgsqlBatch(connection);
        insert.BatchCommands.Add(
            new(
                """
                insert into change_words (change_no, words)
                select n, array_to_tsvector(string_to_array(w, ' ')) from unnest($1, $2) as x (n, w)
                on conflict (change_no) do update set words = excluded.words
                """
            )
            {
                Parameters =
                {
                    new NpgsqlParameter<long[]> { TypedValue = [.. numbers] },
                    new NpgsqlParameter<string[]> { TypedValue = [.. words] },
                },
            }
        );
        if (rows.Unread.Count > 0)
        {
            insert.BatchCommands.Add(
                new(
                    """
                    insert into change_words (change_no, words)
                    select c.change_no, array_to_tsvector(array['k:' || c.kind, 'f:' || c.forum, 'i:' || i.slug])
                    from changes c join items i using (item_id) where c.change_no = any($1) on conflict do nothing
                    """
                )
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long[]>
                        {
                            TypedValue = [.. rows.Unread.Select(u => long.Parse(u.Key, CultureInfo.InvariantCulture))],
                        },
                    },
                }
            );
        }

        await insert.ExecuteNonQueryAsync(ct);
    }
}
