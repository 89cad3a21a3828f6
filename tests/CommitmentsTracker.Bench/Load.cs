using System.Text.Json;
using System.Threading.Channels;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Bench;

/// <summary>Writes generated histories into the event tables and the change log by COPY; the read models are left to a rebuild.</summary>
internal static class Load
{
    private const int ItemsPerBatch = 1_000;

    public static async Task RunAsync(NpgsqlDataSource source, int items, IProgress<string> progress, CancellationToken ct)
    {
        var histories = new Histories(TimeProvider.System.GetUtcNow());
        var batches = Channel.CreateBounded<List<Stream>>(4);
        var generating = Task.Run(
            async () =>
            {
                for (var n = 0; n < items; n += ItemsPerBatch)
                    await batches.Writer.WriteAsync(
                        [.. Enumerable.Range(n, Math.Min(ItemsPerBatch, items - n)).Select(i => Written(histories.Of(i)))],
                        ct
                    );
                batches.Writer.Complete();
            },
            ct
        );

        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await DirectoryAsync(connection, ct);
        var (sequence, changes) = (0L, 0L);
        await foreach (var batch in batches.Reader.ReadAllAsync(ct))
        {
            await using (
                var copy = await connection.BeginBinaryImportAsync(
                    "copy mt_streams (id, type, version, timestamp, created, tenant_id, is_archived) from stdin (format binary)",
                    ct
                )
            )
            {
                foreach (var (id, events, _) in batch)
                {
                    await copy.StartRowAsync(ct);
                    await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                    await copy.WriteAsync("item_stream", NpgsqlDbType.Varchar, ct);
                    await copy.WriteAsync((long)events.Count, NpgsqlDbType.Bigint, ct);
                    await copy.WriteAsync(events[^1].Event.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                    await copy.WriteAsync(events[0].Event.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                    await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar, ct);
                    await copy.WriteAsync(false, NpgsqlDbType.Boolean, ct);
                }

                await copy.CompleteAsync(ct);
            }

            await using (
                var copy = await connection.BeginBinaryImportAsync(
                    "copy mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, "
                        + "is_archived) from stdin (format binary)",
                    ct
                )
            )
            {
                foreach (var (id, events, _) in batch)
                {
                    for (var i = 0; i < events.Count; i++)
                    {
                        var (e, json) = events[i];
                        await copy.StartRowAsync(ct);
                        await copy.WriteAsync(++sequence, NpgsqlDbType.Bigint, ct);
                        await copy.WriteAsync(Guid.CreateVersion7(e.RecordedAt), NpgsqlDbType.Uuid, ct);
                        await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                        await copy.WriteAsync(i + 1L, NpgsqlDbType.Bigint, ct);
                        await copy.WriteAsync(json, NpgsqlDbType.Jsonb, ct);
                        await copy.WriteAsync(EventNames.NameOf(e), NpgsqlDbType.Varchar, ct);
                        await copy.WriteAsync(e.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                        await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar, ct);
                        await copy.WriteAsync($"{e.GetType().FullName}, {e.GetType().Assembly.GetName().Name}", NpgsqlDbType.Varchar, ct);
                        await copy.WriteAsync(false, NpgsqlDbType.Boolean, ct);
                    }
                }

                await copy.CompleteAsync(ct);
            }

            await using (
                var copy = await connection.BeginBinaryImportAsync(
                    "copy changes (change_no, change_id, item_id, type, forum, kind, recorded_at, change) from stdin (format binary)",
                    ct
                )
            )
            {
                foreach (var (id, _, told) in batch)
                {
                    foreach (var (change, json) in told)
                    {
                        await copy.StartRowAsync(ct);
                        await copy.WriteAsync(++changes, NpgsqlDbType.Bigint, ct);
                        await copy.WriteAsync(change.Id, NpgsqlDbType.Uuid, ct);
                        await copy.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                        await copy.WriteAsync(change.Type.Word(), NpgsqlDbType.Text, ct);
                        await copy.WriteAsync(change.Forum, NpgsqlDbType.Text, ct);
                        await copy.WriteAsync(change.Kind.Word(), NpgsqlDbType.Text, ct);
                        await copy.WriteAsync(change.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, ct);
                        await copy.WriteAsync(json, NpgsqlDbType.Jsonb, ct);
                    }
                }

                await copy.CompleteAsync(ct);
            }

            progress.Report($"{sequence} events written …");
        }

        await generating;
        await using (
            var advance = new NpgsqlCommand("select setval('mt_events_sequence', $1)", connection)
            {
                Parameters = { new() { Value = sequence } },
            }
        )
            await advance.ExecuteScalarAsync(ct);
        await Sql.RunAsync(connection, "update change_counter set last_no = $1", ct, changes);
        await transaction.CommitAsync(ct);
        await Sql.RunAsync(source, "vacuum analyze mt_events", ct);
        await Sql.RunAsync(source, "vacuum analyze mt_streams", ct);
        await Sql.RunAsync(source, "vacuum analyze changes", ct);
    }

    private static Stream Written(List<ItemEvent> events) =>
        new(
            Guid.CreateVersion7(events[0].RecordedAt),
            [.. events.Select(e => (e, JsonSerializer.Serialize(e, e.GetType(), TrackerJson.Stored)))],
            [
                .. ItemReadModels
                    .ChangesOf(null, events, false)
                    .Select(c => (c.Change, JsonSerializer.Serialize(c.Change, TrackerJson.Stored))),
            ]
        );

    /// <summary>The events of an item and what the change log tells of them.</summary>
    private sealed record Stream(Guid Id, List<(ItemEvent Event, string Json)> Events, List<(ChangeView Change, string Json)> Changes);

    private static async Task DirectoryAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        for (var n = 0; n < Histories.Forums; n++)
            await Sql.RunAsync(
                connection,
                "insert into forums (slug, forum) values ($1, $2::jsonb)",
                ct,
                Histories.Forum(n),
                Json(
                    new Forum
                    {
                        Slug = Histories.Forum(n),
                        Name = new Text($"Forum {n}"),
                        Date = PartialDate.Day(Histories.FirstDay.AddDays(365 * n)),
                    }
                )
            );
        for (var n = 0; n < Histories.Parties; n++)
            await Sql.RunAsync(
                connection,
                "insert into parties (slug, forums, party) values ($1, '{}', $2::jsonb)",
                ct,
                Histories.Party(n),
                Json(
                    new Party
                    {
                        Slug = Histories.Party(n),
                        Type = PartyType.Organisation,
                        Name = new Text($"Party {n}"),
                    }
                )
            );
        for (var n = 0; n < Histories.Themes; n++)
            await Sql.RunAsync(
                connection,
                "insert into themes (slug, forums, theme) values ($1, '{}', $2::jsonb)",
                ct,
                Histories.Theme(n),
                Json(new Theme { Slug = Histories.Theme(n), Name = new Text($"Theme {n}") })
            );

        static string Json<T>(T value) => JsonSerializer.Serialize(value, TrackerJson.Stored);
    }
}

/// <summary>Plain statements.</summary>
internal static class Sql
{
    public static async Task RunAsync(NpgsqlDataSource source, string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<long> NumberAsync(NpgsqlDataSource source, string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        return Convert.ToInt64(await command.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static async Task<string> TextAsync(NpgsqlDataSource source, string sql, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 0;
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }
}
