using System.Text.Json;
using System.Threading.Channels;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Corrections;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Store;

/// <summary>What a rebuild did.</summary>
public sealed record RebuildReport(int Items, long Events, TimeSpan Took);

/// <summary>
/// Writes all read models anew from the events, stream by stream, in one transaction: what fails half way leaves the
/// old rows. Appends and readers wait until it is done. The change log is a record and stays.
/// </summary>
public sealed class Rebuild(NpgsqlDataSource source, StoreVersions versions, TimeProvider time)
{
    private const int StreamsPerBatch = 500;
    private const int ReportEvery = 50_000;
    private static readonly string[] Tables = ["items", "item_details", "item_spans", "item_updates", "corrections"];

    /// <summary>Rebuilds if a change of the schema asks for it; null: nothing was due. Of several nodes that start at once, one does it.</summary>
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

        // One task reads, some fold, this one writes. Streams do not depend on each other, so their order does not matter.
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
                            .Select(_ =>
                                Task.Run(
                                    async () =>
                                    {
                                        await foreach (var batch in read.Reader.ReadAllAsync(failed.Token))
                                            await folded.Writer.WriteAsync(RebuiltRows.Of(batch), failed.Token);
                                    },
                                    failed.Token
                                )
                            )
                    )
                ),
            ct
        );
        var (items, events) = (0, 0L);
        try
        {
            await foreach (var rows in folded.Reader.ReadAllAsync(ct))
            {
                await rows.WriteAsync(writing, ct);
                items += rows.Items;
                if ((events + rows.Events) / ReportEvery > events / ReportEvery)
                    progress.Report(
                        $"{events + rows.Events} events, {(events + rows.Events) / Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds):0} a second …"
                    );
                events += rows.Events;
            }
        }
        finally
        {
            await failed.CancelAsync();
            await Task.WhenAll(reading, folding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        progress.Report("Building the indexes …");
        await RunAsync(writing, "set local maintenance_work_mem = '256MB'", ct);
        foreach (var (_, definition) in indexes)
            await RunAsync(writing, definition, ct);
        await RunAsync(writing, $"analyze {string.Join(", ", Tables)}", ct);
        await transaction.CommitAsync(ct);
        versions.Written();
        return new RebuildReport(items, events, time.GetElapsedTime(started));
    }

    private async Task ReadAsync(ChannelWriter<List<StoredStream>> to, CancellationToken ct)
    {
        // A tombstone only holds the place of an append that failed.
        await using var command = source.CreateCommand(
            "select stream_id, type, data from mt_events where not is_archived and type <> 'tombstone' order by stream_id, version"
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var batch = new List<StoredStream>(StreamsPerBatch);
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetGuid(0);
            if (batch.Count == 0 || batch[^1].Id != id)
            {
                if (batch.Count == StreamsPerBatch)
                {
                    await to.WriteAsync(batch, ct);
                    batch = new List<StoredStream>(StreamsPerBatch);
                }

                batch.Add(new StoredStream(id, []));
            }

            batch[^1].Events.Add((reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
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
            and not exists (select 1 from pg_constraint where conindid = (quote_ident(schemaname) || '.' || quote_ident(indexname))::regclass)
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

/// <summary>A stream as it is stored: names and JSON of its events, in order.</summary>
internal sealed record StoredStream(Guid Id, List<(string Type, byte[] Json)> Events);

/// <summary>Rows of rebuilt items, written by COPY.</summary>
internal sealed class RebuiltRows
{
    private readonly List<(Guid Id, Item Item)> _items = [];
    private readonly List<(Guid Id, Item Item, DateTimeOffset From, DateTimeOffset? To, NpgsqlTsVector[] Words)> _details = [];
    private readonly List<(Guid Id, Item Item, KnownSpan Span, DateTimeOffset? KnownTo)> _spans = [];
    private readonly List<(Guid Id, CorrectionEntry Entry, DateTimeOffset From, DateTimeOffset? To)> _corrections = [];
    private readonly List<(Guid Id, KnownUpdate Update, DateTimeOffset? KnownTo, string Json, NpgsqlTsVector Words)> _updates = [];

    /// <summary>How many items were taken.</summary>
    public int Items => _items.Count;

    /// <summary>How many events they have.</summary>
    public int Events { get; private set; }

    /// <summary>The rows of some streams.</summary>
    public static RebuiltRows Of(IEnumerable<StoredStream> streams)
    {
        var rows = new RebuiltRows();
        foreach (var (id, stored) in streams)
        {
            rows.Take(id, [.. stored.Select(e => EventNames.Read(e.Type, e.Json))]);
            rows.Events += stored.Count;
        }

        return rows;
    }

    private void Take(Guid id, IReadOnlyList<ItemEvent> stream)
    {
        var rows = ItemRows.Continue(id, null);
        (Item Item, DateTimeOffset From)? details = null;
        foreach (var group in ItemRows.SameInstant(stream))
        {
            rows.Take(group);
            var at = group[^1].RecordedAt;
            if (!group.Any(e => e is ItemRecorded or DetailsChanged or ItemRetracted))
                continue;
            if (details is { } old && old.From < at)
                _details.Add((id, old.Item, old.From, at, WordsOf(old.Item)));
            details = rows.Item!.Retracted is null ? (rows.Item, at) : null;
        }

        if (details is { } open)
            _details.Add((id, open.Item, open.From, null, WordsOf(open.Item)));
        _items.Add((id, rows.Item!));
        foreach (var (span, to) in rows.Cut)
            _spans.Add((id, rows.Item!, span, to));
        foreach (var span in rows.Open)
            _spans.Add((id, rows.Item!, span, null));
        foreach (var states in rows.Corrections.GroupBy(c => c.Entry.Version).Select(g => g.ToList()))
            for (var i = 0; i < states.Count; i++)
                _corrections.Add((id, states[i].Entry, states[i].KnownFrom, i + 1 < states.Count ? states[i + 1].KnownFrom : null));
        foreach (var (update, to) in rows.CutUpdates)
            _updates.Add((id, update, to, update.Json, Vector(update.Words)));
        foreach (var update in rows.Updates)
            _updates.Add((id, update, null, update.Json, Vector(update.Words)));
    }

    /// <summary>Writes them. Values go into a buffer; a task for each of them would cost more than the value.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        using (
            var copy = connection.BeginBinaryImport(
                "copy items (item_id, slug, kind, forum, recorded_at, retracted_at, merged_into, waiting) from stdin (format binary, freeze)"
            )
        )
        {
            foreach (var (id, item) in _items)
            {
                copy.StartRow();
                copy.Write(id, NpgsqlDbType.Uuid);
                copy.Write(item.Slug, NpgsqlDbType.Text);
                copy.Write(item.Kind.Word(), NpgsqlDbType.Text);
                copy.Write(item.Forum, NpgsqlDbType.Text);
                copy.Write(item.Recorded.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
                Nullable(copy, item.Retracted?.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
                Nullable(copy, item.Retracted?.MergedInto, NpgsqlDbType.Text);
                copy.Write(item.HasWaiting, NpgsqlDbType.Boolean);
            }

            copy.Complete();
        }

        using (
            var copy = connection.BeginBinaryImport(
                "copy item_details (item_id, known, slug, kind, forum, testability, themes, parties, title_words, words, more_words, details) from stdin (format binary, freeze)"
            )
        )
        {
            foreach (var (id, item, from, to, words) in _details)
            {
                copy.StartRow();
                copy.Write(id, NpgsqlDbType.Uuid);
                copy.Write(Known(from, to), NpgsqlDbType.TimestampTzRange);
                copy.Write(item.Slug, NpgsqlDbType.Text);
                copy.Write(item.Kind.Word(), NpgsqlDbType.Text);
                copy.Write(item.Forum, NpgsqlDbType.Text);
                copy.Write(item.Details.Testability.Word(), NpgsqlDbType.Text);
                copy.Write(item.Details.Themes.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
                copy.Write(item.Details.Parties.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
                // Npgsql can write this type asynchronously only.
                foreach (var place in words)
                    await copy.WriteAsync(place, NpgsqlDbType.TsVector, ct);
                copy.Write(ItemRows.Json(item.Details), NpgsqlDbType.Jsonb);
            }

            copy.Complete();
        }

        using (
            var copy = connection.BeginBinaryImport(
                """
                copy item_spans (item_id, kind, forum, occurred, known, status, since, since_last, stalled_at, due, target, reached_on, last_activity, confidence, awaiting, flags)
                from stdin (format binary, freeze)
                """
            )
        )
        {
            foreach (var (id, item, span, to) in _spans)
            {
                var s = span.Span.Standing;
                copy.StartRow();
                copy.Write(id, NpgsqlDbType.Uuid);
                copy.Write(item.Kind.Word(), NpgsqlDbType.Text);
                copy.Write(item.Forum, NpgsqlDbType.Text);
                copy.Write(
                    span.Span.To is { } end
                        ? new NpgsqlRange<DateOnly>(span.Span.From, true, end, false)
                        : new NpgsqlRange<DateOnly>(span.Span.From, true, false, default, false, true),
                    NpgsqlDbType.DateRange
                );
                copy.Write(Known(span.KnownFrom, to), NpgsqlDbType.TimestampTzRange);
                copy.Write(s.Status.Word(), NpgsqlDbType.Text);
                copy.Write(s.Since.ToString(), NpgsqlDbType.Text);
                copy.Write(s.Since.LastDay, NpgsqlDbType.Date);
                Nullable(copy, s.StalledAt?.Word(), NpgsqlDbType.Text);
                Nullable(copy, s.Due, NpgsqlDbType.Date);
                Nullable(copy, s.Target?.Word(), NpgsqlDbType.Text);
                Nullable(copy, s.ReachedOn, NpgsqlDbType.Date);
                Nullable(copy, s.LastActivity, NpgsqlDbType.Date);
                copy.Write(s.Confidence.Word(), NpgsqlDbType.Text);
                copy.Write(s.Awaiting, NpgsqlDbType.Integer);
                copy.Write(s.Flags.IsEmpty ? "[]" : JsonSerializer.Serialize(s.Flags), NpgsqlDbType.Jsonb);
            }

            copy.Complete();
        }

        using (
            var copy = connection.BeginBinaryImport(
                "copy corrections (item_id, version, known, forum, made_at, correction) from stdin (format binary, freeze)"
            )
        )
        {
            foreach (var (id, entry, from, to) in _corrections)
            {
                copy.StartRow();
                copy.Write(id, NpgsqlDbType.Uuid);
                copy.Write(entry.Version, NpgsqlDbType.Integer);
                copy.Write(Known(from, to), NpgsqlDbType.TimestampTzRange);
                copy.Write(entry.Forum, NpgsqlDbType.Text);
                copy.Write(entry.MadeAt.UtcDateTime, NpgsqlDbType.TimestampTz);
                copy.Write(JsonSerializer.Serialize(entry, TrackerJson.Stored), NpgsqlDbType.Jsonb);
            }

            copy.Complete();
        }

        using (
            var copy = connection.BeginBinaryImport(
                "copy item_updates (item_id, update_id, known, last_day, place, position, counts, lane, actors, fields, words) from stdin (format binary, freeze)"
            )
        )
        {
            foreach (var (id, known, to, json, words) in _updates)
            {
                var update = known.Update;
                copy.StartRow();
                copy.Write(id, NpgsqlDbType.Uuid);
                copy.Write(update.Id, NpgsqlDbType.Text);
                copy.Write(Known(known.KnownFrom, to), NpgsqlDbType.TimestampTzRange);
                copy.Write(update.LastDay, NpgsqlDbType.Date);
                copy.Write(update.Fields.Order, NpgsqlDbType.Integer);
                copy.Write(update.Position, NpgsqlDbType.Integer);
                copy.Write(update.IsCounted, NpgsqlDbType.Boolean);
                copy.Write(update.Fields.Lane.Word(), NpgsqlDbType.Text);
                copy.Write(known.Actors, NpgsqlDbType.Array | NpgsqlDbType.Text);
                copy.Write(json, NpgsqlDbType.Jsonb);
                await copy.WriteAsync(words, NpgsqlDbType.TsVector, ct);
            }

            copy.Complete();
        }
    }

    private static NpgsqlRange<DateTime> Known(DateTimeOffset from, DateTimeOffset? to) =>
        to is { } end
            ? new NpgsqlRange<DateTime>(from.UtcDateTime, true, end.UtcDateTime, false)
            : new NpgsqlRange<DateTime>(from.UtcDateTime, true, false, default, false, true);

    /// <summary>The words of an item's title, of its title and summary, and of all else that is said about it.</summary>
    private static NpgsqlTsVector[] WordsOf(Item item) =>
        [
            Vector(string.Join(' ', ItemRows.TitleWords(item.Details))),
            Vector(string.Join(' ', ItemRows.Words(item.Details))),
            Vector(string.Join(' ', ItemRows.MoreWords(item.Slug, item.Details))),
        ];

#pragma warning disable CS0618 // Parsing here is safe: the words are letters and digits only.
    private static NpgsqlTsVector Vector(string words) => NpgsqlTsVector.Parse(words);
#pragma warning restore CS0618

    private static void Nullable<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type)
    {
        if (value is null)
            copy.WriteNull();
        else
            copy.Write(value, type);
    }
}
