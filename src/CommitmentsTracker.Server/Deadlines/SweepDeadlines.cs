using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Deadlines;

/// <summary>Asks for the changes of deadlines that passed.</summary>
public sealed record SweepDeadlines;

/// <summary>
/// Tells in the change log, once per item and due date, that a deadline passed unmet. The state knows it without the
/// sweep: overdue is arithmetic on the day.
/// </summary>
public static class SweepDeadlinesHandler
{
    /// <summary>Appends what is missing; may run at any time, on any node.</summary>
    public static async Task Handle(SweepDeadlines _, NpgsqlDataSource source, ItemStreams streams, StoreVersions versions, TimeProvider time, CancellationToken ct)
    {
        var today = time.GetUtcNow().DayOf();
        foreach (var (slug, due) in await PassedAsync(source, today, ct))
        {
            if (await streams.LoadAsync(slug, ct) is not { } stream) continue;
            var item = Item.From(stream.Events)!;
            if (item.StandingOn(today) is not { } standing || standing.Due != due || standing.TimeOn(today) != TimeSignal.Overdue) continue;
            await TellAsync(source, stream.Id, item, due, Instants.NextRecordedAt(time.GetUtcNow(), null), ct);
            versions.Written();
        }
    }

    private static async Task<List<(string Slug, DateOnly Due)>> PassedAsync(NpgsqlDataSource source, DateOnly today, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"""
            select i.slug, s.due from spans_now($1) s join items i using (item_id)
            where s.due < $1 and s.reached_on is null and s.status not in ({ItemQuery.EndedStatuses})
            and not exists (select 1 from passed_deadlines p where p.item_id = s.item_id and p.due = s.due)
            order by s.due, i.slug
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = today, NpgsqlDbType = NpgsqlDbType.Date });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var passed = new List<(string, DateOnly)>();
        while (await reader.ReadAsync(ct)) passed.Add((reader.GetString(0), reader.GetFieldValue<DateOnly>(1)));
        return passed;
    }

    private static async Task TellAsync(NpgsqlDataSource source, Guid id, Item item, DateOnly due, DateTimeOffset now, CancellationToken ct)
    {
        var change = new ChangeView
        {
            ChangeNo = 0, Id = Guid.CreateVersion7(now), Type = "deadline.passed", Cause = "deadline_passed", Item = item.Slug, Kind = item.Kind, Forum = item.Forum,
            Title = item.Details.Title, Themes = item.Details.Themes, Parties = [.. item.Details.Parties], OccurredOn = PartialDate.Day(due.AddDays(1)), RecordedAt = now,
            Before = ChangeRows.State(item, due), After = ChangeRows.State(item, due.AddDays(1)),
        };
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var once = new NpgsqlCommand("insert into passed_deadlines (item_id, due) values ($1, $2) on conflict do nothing", connection)
        {
            Parameters = { new NpgsqlParameter { Value = id }, new NpgsqlParameter { Value = due, NpgsqlDbType = NpgsqlDbType.Date } },
        })
        {
            if (await once.ExecuteNonQueryAsync(ct) == 0) return;
        }

        await using var tell = new NpgsqlCommand(
            "select record_changes('{}', '{}', '{}', '{}', '{}', '{}', array[$1::uuid], array[$2::uuid], array[$3::text], array[$4::text], array[$5::text], array[$6::timestamptz], array[$7::jsonb])", connection)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = change.Id }, new NpgsqlParameter { Value = id }, new NpgsqlParameter { Value = change.Type },
                new NpgsqlParameter { Value = change.Forum }, new NpgsqlParameter { Value = change.Kind.Word() },
                new NpgsqlParameter { Value = now.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new NpgsqlParameter { Value = JsonSerializer.Serialize(change, TrackerJson.Stored), NpgsqlDbType = NpgsqlDbType.Jsonb },
            },
        };
        await tell.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }
}
