using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Record.Workers;

/// <summary>A row that could not be read or told.</summary>
/// <param name="Table">Its table.</param>
/// <param name="Key">Its key as text; nothing personal.</param>
/// <param name="Why">One line for the operator; nothing personal.</param>
/// <param name="FromNo">Of what is told of changes: what it misses from now on are changes after this number.</param>
public sealed record UnreadRow(string Table, string Key, string Why, long? FromNo = null);

/// <summary>A row that was put aside.</summary>
/// <param name="Since">When it first could not be read, by the tracker's clock.</param>
public sealed record AsideRow(string Table, string Key, string Why, DateTimeOffset Since, long? FromNo);

/// <summary>
/// Keeps which rows cannot be read or told, so that the rest goes on without them: workers put a row aside and pass on,
/// readers leave it out. Nothing of the row itself is changed, and it counts as put aside until it was released.
/// </summary>
public sealed partial class PutAside(NpgsqlDataSource source, TimeProvider time, ILogger<PutAside> logger)
{
    /// <summary>Most rows of one answer.</summary>
    public const int Most = 1_000;

    /// <summary>A row that readers meet again and again is not written again within this time of the machine.</summary>
    private static readonly TimeSpan Noted = TimeSpan.FromMinutes(1);

    /// <summary>Counts for monitoring are read again after this time of the machine.</summary>
    private static readonly TimeSpan MayLag = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Table, string Key), long> _noted = new();

    /// <summary>Tells that rows of this node were let go: whoever passed them over may look again.</summary>
    public event Action? Released;

    private readonly Lock _counting = new();
    private IReadOnlyDictionary<string, long>? _counted;
    private long _countedAt;

    /// <summary>Puts a row aside; one that is there already keeps its instant and number.</summary>
    /// <exception cref="NpgsqlException">The database did not keep it; then nobody may pass it over for good.</exception>
    public Task KeepAsync(string table, string key, string why, CancellationToken ct, long? fromNo = null) =>
        KeepAsync([new UnreadRow(table, key, why, fromNo)], ct);

    /// <summary>Puts rows aside; those that are there already keep their instant and number.</summary>
    /// <exception cref="NpgsqlException">The database did not keep them; then nobody may pass them over for good.</exception>
    public async Task KeepAsync(IReadOnlyCollection<UnreadRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            var isNew = await source.OneAsync(
                """
                insert into put_aside as p (table_name, key, why, since, from_no) values ($1, $2, $3, $4, nullif($5, -1))
                on conflict (table_name, key) do update set why = excluded.why, from_no = coalesce(p.from_no, excluded.from_no)
                returning case when xmax = 0 then 'new' else '' end
                """,
                r => r.GetString(0),
                ct,
                row.Table,
                row.Key,
                row.Why,
                time.GetUtcNow(),
                row.FromNo ?? -1L
            );
            _noted[(row.Table, row.Key)] = Stopwatch.GetTimestamp();
            if (isNew == "new")
                LogKept(logger, row.Table, row.Key, row.Why);
        }
    }

    /// <summary>Notes rows that a reader leaves out of an answer. The answer does not depend on whether the note could be kept.</summary>
    public async Task NoteAsync(IReadOnlyCollection<UnreadRow> rows, CancellationToken ct)
    {
        if (rows.Count == 0)
            return;
        var news = rows.Where(r => !_noted.TryGetValue((r.Table, r.Key), out var at) || Stopwatch.GetElapsedTime(at) > Noted).ToList();
        try
        {
            await KeepAsync(news, ct);
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException)
        {
            LogNotKept(logger, news.Count, Failure.Said(e));
        }
    }

    /// <summary>The rows of a question; those that cannot be read are left out and noted.</summary>
    /// <param name="table">The table whose rows they are.</param>
    /// <param name="key">The key of the row on which the reader stands.</param>
    /// <param name="sql">The question, with positional parameters.</param>
    /// <param name="read">Reads the row on which the reader stands.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <param name="values">Values of the parameters.</param>
    public async Task<List<T>> AllAsync<T>(
        string table,
        Func<NpgsqlDataReader, string> key,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params object?[] values
    )
    {
        var unread = new UnreadRows();
        var rows = await source.AllAsync(
            sql,
            r => (IsRead: unread.TryRead(table, () => key(r), () => read(r), out var row), Row: row),
            ct,
            values
        );
        await NoteAsync(unread.All, ct);
        return [.. rows.Where(r => r.IsRead).Select(r => r.Row)];
    }

    /// <summary>Lets a row go: it was read or told, or is gone.</summary>
    /// <returns>False if it was not put aside.</returns>
    public async Task<bool> ReleaseAsync(string table, string key, CancellationToken ct)
    {
        var released = await source.RunAsync("delete from put_aside where table_name = $1 and key = $2", ct, table, key) > 0;
        _noted.TryRemove((table, key), out _);
        if (released)
        {
            LogReleased(logger, table, key);
            Released?.Invoke();
        }

        return released;
    }

    /// <summary>One row that is put aside; null: it is not.</summary>
    public Task<AsideRow?> FindAsync(string table, string key, CancellationToken ct) =>
        source.OneAsync(
            "select table_name, key, why, since, from_no from put_aside where table_name = $1 and key = $2",
            Read,
            ct,
            table,
            key
        );

    /// <summary>Rows that are put aside, those that wait longest first; at most <see cref="Most"/>.</summary>
    public async Task<IReadOnlyList<AsideRow>> ListAsync(CancellationToken ct) =>
        await source.AllAsync(
            "select table_name, key, why, since, from_no from put_aside order by since, table_name, length(key), key limit $1",
            Read,
            ct,
            Most
        );

    /// <summary>How many rows are put aside, by table; no entry for a table without any.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken ct) =>
        (
            await source.AllAsync(
                "select table_name, count(*) from put_aside group by 1 order by 1",
                r => (Table: r.GetString(0), Rows: r.GetInt64(1)),
                ct
            )
        ).ToDictionary(c => c.Table, c => c.Rows, StringComparer.Ordinal);

    /// <summary>The same for monitoring, which asks when it likes: a few seconds old at most.</summary>
    public IReadOnlyDictionary<string, long> CountedLately()
    {
        lock (_counting)
        {
            if (_counted is not null && Stopwatch.GetElapsedTime(_countedAt) < MayLag)
                return _counted;
            try
            {
                _counted = CountAsync(CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (Exception e) when (!Failure.IsOfRow(e))
            {
                // The other figures are told all the same; that the database is away shows in readiness.
                _counted ??= new Dictionary<string, long>(StringComparer.Ordinal);
            }

            _countedAt = Stopwatch.GetTimestamp();
            return _counted;
        }
    }

    private static AsideRow Read(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetString(1), r.GetString(2), r.At(3), r.IsDBNull(4) ? null : r.GetInt64(4));

    [LoggerMessage(
        LogLevel.Error,
        "The row {Key} of {Table} is put aside and everything else goes on without it; see /desk/deliveries: {Why}"
    )]
    private static partial void LogKept(ILogger logger, string table, string key, string why);

    [LoggerMessage(LogLevel.Information, "The row {Key} of {Table} is no longer put aside")]
    private static partial void LogReleased(ILogger logger, string table, string key);

    [LoggerMessage(LogLevel.Error, "{Rows} rows that cannot be read were left out of an answer and could not be put aside: {Why}")]
    private static partial void LogNotKept(ILogger logger, int rows, string why);
}

/// <summary>Reads rows one by one and gathers those that cannot be read.</summary>
public sealed class UnreadRows
{
    private readonly List<UnreadRow> _all = [];

    /// <summary>The rows that could not be read, in the order in which they were met.</summary>
    public IReadOnlyList<UnreadRow> All => _all;

    /// <summary>Reads a row.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="key">Its key.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="row">What was read.</param>
    /// <param name="fromNo">See <see cref="UnreadRow.FromNo"/>.</param>
    /// <returns>False: it cannot be read and is among <see cref="All"/>.</returns>
    public bool TryRead<T>(string table, Func<string> key, Func<T> read, out T row, long? fromNo = null)
    {
        try
        {
            row = read();
            return true;
        }
        catch (Exception e) when (Failure.IsOfRow(e))
        {
            Add(table, key(), e, fromNo);
            row = default!;
            return false;
        }
    }

    /// <summary>Adds a row that could not be read.</summary>
    public void Add(string table, string key, Exception why, long? fromNo = null) =>
        _all.Add(new UnreadRow(table, key, Failure.Said(why), fromNo));
}
