using System.Threading.Channels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>What a rebuild did.</summary>
public sealed record RebuildReport(int Items, long Events, TimeSpan Took);

/// <summary>
/// Writes all read models anew from the events, stream by stream, in one transaction: what fails half way leaves the
/// old rows. Appends and readers wait until it is done. The change log is a record and stays. A stream with an event that
/// cannot be read is put aside: its item has no rows until a rebuild can read it.
/// </summary>
public sealed class Rebuild(NpgsqlDataSource source, ItemStreams streams, StoreVersions versions, PutAside aside, TimeProvider time)
{
    private const int StreamsPerBatch = 500;
    private const int ReportEvery = 50_000;
    private static readonly string[] Tables = [.. ReadModelTables.Columns.Keys];

    /// <summary>
    /// Rebuilds if a change of the schema asks for it; null: nothing was due. Of several nodes that start at once, one does
    /// it.
    /// </summary>
    public async Task<RebuildReport?> RunIfDueAsync(IProgress<string> progress, CancellationToken ct)
    {
        await using (var command = source.CreateCommand("select exists (select 1 from rebuilds_due)"))
            if (await command.ExecuteScalarAsync(ct) is not true)
                return null;
        return await RunAsync(progress, onlyIfDue: true, ct);
    }

    /// <summary>Rebuilds.</summary>
    public async Task<RebuildReport> RunAsync(IProgress<string> progress, CancellationToken ct) =>
        (await RunAsync(progress, onlyIfDue: false, ct))!;

    private async Task<RebuildReport?> RunAsync(IProgress<string> progress, bool onlyIfDue, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        await using var writing = await source.OpenConnectionAsync(ct);
        await using var transaction = await writing.BeginTransactionAsync(ct);
        // Appends hold the counter row to their commit: with it locked, none is half way.
        await RunAsync(writing, "update change_counter set rebuilds = rebuilds + 1", ct);
        if (await RunAsync(writing, "delete from rebuilds_due", ct) == 0 && onlyIfDue)
            return null;
        // Indexes are built in one go afterwards; kept up row by row they would take most of the time.
        var indexes = await IndexesAsync(writing, ct);
        await RunAsync(writing, $"truncate {string.Join(", ", Tables)}", ct);
        foreach (var (name, _) in indexes)
            await RunAsync(writing, $"drop index \"{name}\"", ct);
        var (items, events, unread) = await FillAsync(writing, progress, started, ct);
        progress.Report("Building the indexes …");
        await RunAsync(writing, "set local maintenance_work_mem = '256MB'", ct);
        foreach (var (_, definition) in indexes)
            await RunAsync(writing, definition, ct);
        await RunAsync(writing, $"analyze {string.Join(", ", Tables)}", ct);
        await transaction.CommitAsync(ct);
        await aside.KeepAsync(unread, ct);
        versions.Written();
        return new RebuildReport(items, events, time.GetElapsedTime(started));
    }

    /// <summary>
    /// Fills the empty tables. One task reads, some fold, this one writes: streams do not depend on each other, so their
    /// order does not matter.
    /// </summary>
    private async Task<(int Items, long Events, List<UnreadRow> Unread)> FillAsync(
        NpgsqlConnection writing,
        IProgress<string> progress,
        long started,
        CancellationToken ct
    )
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var read = Channel.CreateBounded<List<StoredStream>>(8);
        var folded = Channel.CreateBounded<RebuiltRows>(4);
        var reading = Task.Run(() => Complete(read.Writer, ReadAsync(read.Writer, failed.Token)), ct);
        var folding = Task.Run(
            () =>
                Complete(
                    folded.Writer,
                    Task.WhenAll(
                        Enumerable
                            .Range(0, Environment.ProcessorCount)
                            .Select(_ => Task.Run(() => FoldAsync(read.Reader, folded.Writer, failed.Token), failed.Token))
                    )
                ),
            ct
        );
        var (items, events, unread) = (0, 0L, new List<UnreadRow>());
        try
        {
            await foreach (var rows in folded.Reader.ReadAllAsync(ct))
            {
                await rows.WriteAsync(writing, ct);
                items += rows.Items;
                unread.AddRange(rows.Unread);
                var done = events + rows.Events;
                if (done / ReportEvery > events / ReportEvery)
                    progress.Report($"{done} events, {done / Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds):0} a second …");
                events = done;
            }
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll(reading, folding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return (items, events, unread);
    }

    private static async Task FoldAsync(ChannelReader<List<StoredStream>> from, ChannelWriter<RebuiltRows> to, CancellationToken ct)
    {
        await foreach (var batch in from.ReadAllAsync(ct))
            await to.WriteAsync(RebuiltRows.Of(batch), ct);
    }

    private async Task ReadAsync(ChannelWriter<List<StoredStream>> to, CancellationToken ct)
    {
        var batch = new List<StoredStream>(StreamsPerBatch);
        await foreach (var stream in streams.AllAsync(ct))
        {
            if (batch.Count == StreamsPerBatch)
            {
                await to.WriteAsync(batch, ct);
                batch = new List<StoredStream>(StreamsPerBatch);
            }

            batch.Add(stream);
        }

        if (batch.Count > 0)
            await to.WriteAsync(batch, ct);
    }

    /// <summary>Hands the end of the work, or its failure, to whoever reads the channel.</summary>
    private static async Task Complete<T>(ChannelWriter<T> writer, Task work)
    {
        try
        {
            await work;
            writer.Complete();
        }
        catch (Exception e)
        {
            writer.Complete(e);
        }
    }

    private static async Task<List<(string Name, string Definition)>> IndexesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            select indexname, indexdef from pg_indexes where schemaname = current_schema() and tablename = any($1)
            and not exists (
                select 1 from pg_constraint
                where conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass)
            order by indexname
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Tables });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var indexes = new List<(string, string)>();
        while (await reader.ReadAsync(ct))
            indexes.Add((reader.GetString(0), reader.GetString(1)));
        return indexes;
    }

    private static async Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(ct);
    }
}
