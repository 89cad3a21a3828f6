using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Server.Items;
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
    /// <summary>Items whose deadlines are told in one transaction.</summary>
    private const int AtOnce = 200;

    /// <summary>Appends what is missing; may run at any time, on any node.</summary>
    public static async Task Handle(
        SweepDeadlines _,
        NpgsqlDataSource source,
        ItemStreams streams,
        StoreVersions versions,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow().ToMicroseconds();
        foreach (var passed in (await PassedAsync(source, now.DayOf(), ct)).Chunk(AtOnce))
        {
            var due = passed.ToDictionary(p => p.Item, p => p.Due);
            var told = new Dictionary<Guid, ChangeView>();
            foreach (var stream in await streams.LoadAsync(due.Keys, ct))
            {
                var item = Item.From(stream.Events)!;
                if (
                    item.StandingOn(now.DayOf()) is { } standing
                    && standing.Due == due[stream.Id]
                    && standing.TimeOn(now.DayOf()) == TimeSignal.Overdue
                )
                    told[stream.Id] = Change(item, due[stream.Id], now);
            }

            await TellAsync(source, told, due, ct);
            versions.Written();
        }
    }

    private static async Task<List<(Guid Item, DateOnly Due)>> PassedAsync(NpgsqlDataSource source, DateOnly today, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"""
            select s.item_id, s.due from spans_now($1) s join items i using (item_id)
            where s.due < $1 and s.reached_on is null and s.status not in ({ItemQuery.EndedStatuses})
            and not exists (select 1 from passed_deadlines p where p.item_id = s.item_id and p.due = s.due)
            order by s.due, i.slug
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = today, NpgsqlDbType = NpgsqlDbType.Date });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var passed = new List<(Guid, DateOnly)>();
        while (await reader.ReadAsync(ct))
            passed.Add((reader.GetGuid(0), reader.GetFieldValue<DateOnly>(1)));
        return passed;
    }

    private static ChangeView Change(Item item, DateOnly due, DateTimeOffset now) =>
        new()
        {
            ChangeNo = 0,
            Id = Guid.CreateVersion7(now),
            Type = ChangeType.DeadlinePassed,
            Cause = ChangeCause.DeadlinePassed,
            Item = item.Slug,
            Kind = item.Kind,
            Forum = item.Forum,
            Title = item.Details.Title,
            Themes = item.Details.Themes,
            Parties = [.. item.Details.Parties],
            OccurredOn = PartialDate.Day(due.AddDays(1)),
            RecordedAt = now,
            Before = ChangeRows.State(item, due),
            After = ChangeRows.State(item, due.AddDays(1)),
        };

    private static async Task TellAsync(
        NpgsqlDataSource source,
        Dictionary<Guid, ChangeView> told,
        Dictionary<Guid, DateOnly> due,
        CancellationToken ct
    )
    {
        if (told.Count == 0)
            return;
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // What another node tells at this moment is not told again.
        var ids = new List<Guid>();
        await using (
            var once = new NpgsqlCommand(
                "insert into passed_deadlines (item_id, due) select * from unnest($1, $2) on conflict do nothing returning item_id",
                connection
            )
        )
        {
            once.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. told.Keys] });
            once.Parameters.Add(
                new NpgsqlParameter
                {
                    Value = told.Keys.Select(id => due[id]).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date,
                }
            );
            await using var reader = await once.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                ids.Add(reader.GetGuid(0));
        }

        if (ids.Count == 0)
            return;
        var first = ids.ConvertAll(id => told[id]);
        await using var tell = new NpgsqlCommand("select record_changes($1, $2, $3, $4, $5, $6, $7)", connection);
        tell.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. first.Select(c => c.Id)] });
        tell.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        tell.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. first.Select(c => c.Type.Word())] });
        tell.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. first.Select(c => c.Forum)] });
        tell.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. first.Select(c => c.Kind.Word())] });
        tell.Parameters.Add(
            new NpgsqlParameter
            {
                Value = first.Select(c => c.RecordedAt.UtcDateTime).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            }
        );
        tell.Parameters.Add(
            new NpgsqlParameter
            {
                Value = first.Select(c => JsonSerializer.Serialize(c, TrackerJson.Stored)).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
            }
        );
        await tell.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }
}
