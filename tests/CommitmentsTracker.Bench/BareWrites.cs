using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Bench;

/// <summary>What the bare endpoint keeps of an item in memory, so that it need not read anything.</summary>
internal sealed class BareItem
{
    public required Guid Id { get; init; }
    public required string Slug { get; init; }
    public required string Kind { get; init; }
    public required string Forum { get; init; }
    public required Details Details { get; init; }
    public required string Status { get; init; }
    public required long Version { get; set; }

    /// <summary>First day of the item's open span.</summary>
    public required DateOnly From { get; set; }
    public required DateOnly? LastActivity { get; set; }
    public int Logged { get; set; }
}

/// <summary>The items that both sides log to.</summary>
internal static class BareItems
{
    /// <summary>Items that have room for further days before today and no due date, so that both sides change the same counts.</summary>
    public static async Task<List<BareItem>> ReadAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            select i.item_id, i.slug, i.kind, i.forum, d.details, s.status, m.version, lower(s.occurred), s.last_activity
            from items i join item_details d on d.item_id = i.item_id and upper_inf(d.known) join mt_streams m on m.id = i.item_id
            join item_spans s on s.item_id = i.item_id and upper_inf(s.known) and upper_inf(s.occurred)
            where lower(s.occurred) < current_date - 150 and s.last_activity <= lower(s.occurred) order by i.item_id
            """
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var items = new List<BareItem>();
        while (await reader.ReadAsync(ct))
        {
            items.Add(
                new BareItem
                {
                    Id = reader.GetGuid(0),
                    Slug = reader.GetString(1),
                    Kind = reader.GetString(2),
                    Forum = reader.GetString(3),
                    Details = JsonSerializer.Deserialize<Details>(reader.GetFieldValue<byte[]>(4), TrackerJson.Stored)!,
                    Status = reader.GetString(5),
                    Version = reader.GetInt64(6),
                    From = reader.GetFieldValue<DateOnly>(7),
                    LastActivity = reader.GetFieldValue<DateOnly?>(8),
                }
            );
        }

        return items;
    }

    /// <summary>The body of the next update: progress on the next day that has none.</summary>
    public static string Update(BareItem item)
    {
        var day = item.From.AddDays(++item.Logged);
        return $$"""
            {"type":"progress","occurredOn":"{{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}}",
            "note":{"en":"The party published the second of the three reports that it had promised, and named the next one."},
            "actor":"party-7","lane":"independent",
            "evidence":[{"title":"Second report on the public register","publisher":"Publisher of the register",
            "url":"https://example.org/reports/2","grade":"primary"}]}
            """;
    }
}

/// <summary>
/// The least that can write the rows of a logged update: no decision, no reading, one batch that is one transaction.
/// </summary>
internal static class BareWrites
{
    public static Dictionary<string, BareItem> Items { get; set; } = [];
    public static NpgsqlDataSource Source { get; set; } = null!;

    /// <summary>Words of the note and of the source of every update here.</summary>
    private static readonly string[] NoteWords =
    [
        "had",
        "named",
        "next",
        "one",
        "party",
        "promised",
        "public",
        "published",
        "register",
        "report",
        "reports",
        "second",
        "three",
    ];

    public static void Map(WebApplication app) =>
        app.MapPost(
            "/bare/{slug}/updates",
            async (string slug, HttpContext context, CancellationToken ct) =>
            {
                using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: ct);
                var item = Items[slug];
                var update = body.RootElement;
                var day = DateOnly.ParseExact(update.GetProperty("occurredOn").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
                var now = TimeProvider.System.GetUtcNow().ToMicroseconds();
                var id = Guid.CreateVersion7(now).ToString("N");
                var change = new ChangeView
                {
                    ChangeNo = 0,
                    Id = Guid.CreateVersion7(now),
                    Type = ChangeType.UpdateLogged,
                    Cause = ChangeCause.UpdateLogged,
                    Item = slug,
                    Kind = Enum.Parse<ItemKind>(item.Kind, true),
                    Forum = item.Forum,
                    Title = item.Details.Title,
                    Themes = item.Details.Themes,
                    Parties = [.. item.Details.Parties],
                    Update = id,
                    OccurredOn = PartialDate.Day(day),
                    RecordedAt = now,
                    Note = new Text(update.GetProperty("note").GetProperty("en").GetString()),
                    Before = State(item.From),
                    After = State(day),
                };
                var data =
                    $$"""{"id":"{{id}}","fields":{{update.GetRawText()}},"needsConfirmation":false,"""
                    + $$""" "recordedAt":"{{now:yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'}}","by":"bench"}""";
                await using var batch = Source.CreateBatch();
                Add(
                    "update mt_streams set version = $2, timestamp = $3 where id = $1 and version = $4",
                    item.Id,
                    item.Version + 1,
                    now.UtcDateTime,
                    item.Version
                );
                Add(
                    """
                    insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
                    values (nextval('mt_events_sequence'), $1, $2, $3, $4::jsonb, 'update_logged', $5, '*DEFAULT*',
                        'CommitmentsTracker.Domain.Items.UpdateLogged, CommitmentsTracker.Domain', false)
                    """,
                    Guid.CreateVersion7(now),
                    item.Id,
                    item.Version + 1,
                    data,
                    now.UtcDateTime
                );
                Add(
                    "update item_spans set known = tstzrange(lower(known), $3) where item_id = $1 and upper_inf(known) and "
                        + "lower(occurred) = $2",
                    item.Id,
                    item.From,
                    now.UtcDateTime
                );
                Add(
                    """
                    insert into item_spans (item_id, kind, forum, occurred, known, status, since, since_last, stalled_at, due, target,
                        reached_on, last_activity, confidence, awaiting, flags)
                    values ($1, $2, $3, daterange($4, $5), tstzrange($6, null), $7, '2020-01-01', '2020-01-01', null, null, null, null, $8,
                        'confirmed', 0, '[]'),
                        ($1, $2, $3, daterange($5, null), tstzrange($6, null), $7, '2020-01-01', '2020-01-01', null, null, null, null, $5,
                        'confirmed', 0, '[]')
                    """,
                    item.Id,
                    item.Kind,
                    item.Forum,
                    item.From,
                    day,
                    now.UtcDateTime,
                    item.Status,
                    item.LastActivity!
                );
                Add(
                    """
                    insert into item_updates (item_id, update_id, known, last_day, place, position, counts, lane, actors, fields, words)
                    values ($1, $2, tstzrange($3, null), $4, 1, $5, true, 'independent', '{party-7}', $6::jsonb, array_to_tsvector($7))
                    """,
                    item.Id,
                    id,
                    now.UtcDateTime,
                    day,
                    item.Version,
                    update.GetRawText(),
                    NoteWords
                );
                Add(
                    "select record_changes($1, $2, $3, $4, $5, $6, $7::jsonb[])",
                    new[] { change.Id },
                    new[] { item.Id },
                    new[] { change.Type.Word() },
                    new[] { item.Forum },
                    new[] { item.Kind },
                    new[] { now.UtcDateTime },
                    new[] { JsonSerializer.Serialize(change, TrackerJson.Stored) }
                );
                await batch.ExecuteNonQueryAsync(ct);
                (item.Version, item.From, item.LastActivity, item.Logged) = (item.Version + 1, day, day, 0);
                return Results.Text($$"""{"id":"{{id}}"}""", "application/json", statusCode: 201);

                void Add(string sql, params object[] values)
                {
                    var command = new NpgsqlBatchCommand(sql);
                    foreach (var value in values)
                        command.Parameters.Add(
                            value is DateTime at
                                ? new NpgsqlParameter { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz }
                                : new NpgsqlParameter { Value = value }
                        );
                    batch.BatchCommands.Add(command);
                }

                ChangeState State(DateOnly on) =>
                    new(
                        Status.Underway,
                        PartialDate.Day(item.From),
                        TimeSignal.NoDeadline,
                        Freshness.Current,
                        Confidence.Confirmed,
                        null,
                        0,
                        []
                    );
            }
        );
}
