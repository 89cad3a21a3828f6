using System.Diagnostics;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Store;

/// <summary>What a rebuild did.</summary>
public sealed record RebuildReport(int Items, long Events, TimeSpan Took);

/// <summary>
/// Writes all read models anew from the events, stream by stream, in one transaction: readers see the old rows until
/// the new ones are complete. The change log is a record and stays.
/// </summary>
public sealed class Rebuild(NpgsqlDataSource source, TimeProvider time)
{
    private const int ReportEvery = 50_000;

    /// <summary>Rebuilds; appends wait until it is done.</summary>
    public async Task<RebuildReport> RunAsync(IProgress<string> progress, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        await using var reading = await source.OpenConnectionAsync(ct);
        await using var writing = await source.OpenConnectionAsync(ct);
        await using var transaction = await writing.BeginTransactionAsync(ct);
        // Appends hold the counter row to their commit: with it locked, none is half way.
        await RunAsync(writing, "select 1 from change_counter for update", ct);
        await RunAsync(writing, "truncate items, item_details, item_spans, tallies", ct);
        var rows = new RebuiltRows();
        var (items, events) = (0, 0L);
        await using (var command = new NpgsqlCommand("select stream_id, type, data from mt_events where not is_archived order by stream_id, version", reading) { CommandTimeout = 0 })
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            var stream = new List<ItemEvent>();
            var id = Guid.Empty;
            while (await reader.ReadAsync(ct))
            {
                var next = reader.GetGuid(0);
                if (next != id && stream.Count > 0)
                {
                    rows.Take(id, stream);
                    items++;
                    stream.Clear();
                }

                id = next;
                stream.Add(EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
                if (++events % ReportEvery == 0)
                {
                    await rows.WriteAsync(writing, ct);
                    progress.Report($"{events} events, {events / Math.Max(0.001, time.GetElapsedTime(started).TotalSeconds):0} a second …");
                }
            }

            if (stream.Count > 0)
            {
                rows.Take(id, stream);
                items++;
            }
        }

        await rows.WriteAsync(writing, ct);
        await rows.WriteTalliesAsync(writing, ct);
        await transaction.CommitAsync(ct);
        return new RebuildReport(items, events, time.GetElapsedTime(started));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>Rows of rebuilt items, written by COPY.</summary>
internal sealed class RebuiltRows
{
    private readonly List<(Guid Id, Item Item)> _items = [];
    private readonly List<(Guid Id, Item Item, DateTimeOffset From, DateTimeOffset? To)> _details = [];
    private readonly List<(Guid Id, Item Item, KnownSpan Span, DateTimeOffset? KnownTo)> _spans = [];
    private readonly Dictionary<TallyKey, int> _tallies = [];

    public void Take(Guid id, IReadOnlyList<ItemEvent> stream)
    {
        var rows = new ItemRows(id, null, []);
        (Item Item, DateTimeOffset From)? details = null;
        foreach (var group in ItemRows.SameInstant(stream))
        {
            rows.Take(group);
            var at = group[^1].RecordedAt;
            if (!group.Any(e => e is ItemRecorded or DetailsChanged or ItemRetracted)) continue;
            if (details is { } old && old.From < at) _details.Add((id, old.Item, old.From, at));
            details = rows.Item!.Retracted is null ? (rows.Item, at) : null;
        }

        if (details is { } open) _details.Add((id, open.Item, open.From, null));
        _items.Add((id, rows.Item!));
        foreach (var (span, to) in rows.Cut) _spans.Add((id, rows.Item!, span, to));
        foreach (var span in rows.Open) _spans.Add((id, rows.Item!, span, null));
        foreach (var key in ItemRows.Tallies(rows.Item, ItemRows.Latest(rows.Open))) _tallies[key] = _tallies.GetValueOrDefault(key) + 1;
    }

    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var copy = await connection.BeginBinaryImportAsync("copy items (item_id, slug, kind, forum, recorded_at, retracted_at, merged_into, waiting) from stdin (format binary)", ct))
        {
            foreach (var (id, item) in _items)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(item.Slug, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Kind.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Forum, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Recorded.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                await NullableAsync(copy, item.Retracted?.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                await NullableAsync(copy, item.Retracted?.MergedInto, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.HasWaiting, NpgsqlDbType.Boolean, ct);
            }

            await copy.CompleteAsync(ct);
        }

        await using (var copy = await connection.BeginBinaryImportAsync(
            "copy item_details (item_id, known, slug, kind, forum, testability, themes, parties, words, details) from stdin (format binary)", ct))
        {
            foreach (var (id, item, from, to) in _details)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(Known(from, to), NpgsqlDbType.TimestampTzRange, ct);
                await copy.WriteAsync(item.Slug, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Kind.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Forum, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Details.Testability.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Details.Themes.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Details.Parties.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
#pragma warning disable CS0618 // Parsing here is safe: the words are letters and digits only.
                await copy.WriteAsync(NpgsqlTsVector.Parse(string.Join(' ', ItemRows.Words(item.Details))), NpgsqlDbType.TsVector, ct);
#pragma warning restore CS0618
                await copy.WriteAsync(ItemRows.Json(item.Details), NpgsqlDbType.Jsonb, ct);
            }

            await copy.CompleteAsync(ct);
        }

        await using (var copy = await connection.BeginBinaryImportAsync(
            """
            copy item_spans (item_id, kind, forum, occurred, known, status, since, since_last, stalled_at, due, target, reached_on, last_activity, confidence, awaiting, flags)
            from stdin (format binary)
            """, ct))
        {
            foreach (var (id, item, span, to) in _spans)
            {
                var s = span.Span.Standing;
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(item.Kind.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(item.Forum, NpgsqlDbType.Text, ct);
                await copy.WriteAsync(span.Span.To is { } end
                    ? new NpgsqlRange<DateOnly>(span.Span.From, true, end, false)
                    : new NpgsqlRange<DateOnly>(span.Span.From, true, false, default, false, true), NpgsqlDbType.DateRange, ct);
                await copy.WriteAsync(Known(span.KnownFrom, to), NpgsqlDbType.TimestampTzRange, ct);
                await copy.WriteAsync(s.Status.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(s.Since.ToString(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(s.Since.LastDay, NpgsqlDbType.Date, ct);
                await NullableAsync(copy, s.StalledAt?.Word(), NpgsqlDbType.Text, ct);
                await NullableAsync(copy, s.Due, NpgsqlDbType.Date, ct);
                await NullableAsync(copy, s.Target?.Word(), NpgsqlDbType.Text, ct);
                await NullableAsync(copy, s.ReachedOn, NpgsqlDbType.Date, ct);
                await NullableAsync(copy, s.LastActivity, NpgsqlDbType.Date, ct);
                await copy.WriteAsync(s.Confidence.Word(), NpgsqlDbType.Text, ct);
                await copy.WriteAsync(s.Awaiting, NpgsqlDbType.Integer, ct);
                await copy.WriteAsync(System.Text.Json.JsonSerializer.Serialize(s.Flags), NpgsqlDbType.Jsonb, ct);
            }

            await copy.CompleteAsync(ct);
        }

        _items.Clear();
        _details.Clear();
        _spans.Clear();
    }

    public async Task WriteTalliesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy tallies (forum, dimension, kind, bucket, day, items) from stdin (format binary)", ct);
        foreach (var (key, n) in _tallies)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(key.Forum, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(key.Dimension, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(key.Kind, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(key.Bucket, NpgsqlDbType.Text, ct);
            await copy.WriteAsync(key.Day, NpgsqlDbType.Date, ct);
            await copy.WriteAsync(n, NpgsqlDbType.Integer, ct);
        }

        await copy.CompleteAsync(ct);
    }

    private static NpgsqlRange<DateTime> Known(DateTimeOffset from, DateTimeOffset? to) => to is { } end
        ? new NpgsqlRange<DateTime>(from.UtcDateTime, true, end.UtcDateTime, false)
        : new NpgsqlRange<DateTime>(from.UtcDateTime, true, false, default, false, true);

    private static Task NullableAsync<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type, CancellationToken ct) =>
        value is null ? copy.WriteNullAsync(ct) : copy.WriteAsync(value, type, ct);
}
