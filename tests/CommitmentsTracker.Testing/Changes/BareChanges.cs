using System.Text.Json;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Testing.Changes;

/// <summary>Appends rows to the change log as appends of events do, without events: many, and quickly.</summary>
public static class BareChanges
{
    /// <summary>Hands changes over to the commit of a transaction; they get their numbers there.</summary>
    public static async Task AppendAsync(NpgsqlConnection connection, DateTimeOffset at, int changes, string note = "Bare.")
    {
        var rows = Enumerable
            .Range(0, changes)
            .Select(_ => new ChangeView
            {
                ChangeNo = 0,
                Id = Guid.CreateVersion7(at),
                Type = ChangeType.UpdateLogged,
                Cause = ChangeCause.UpdateLogged,
                Item = "bare",
                Kind = ItemKind.Commitment,
                Forum = Harbour.Slug,
                Title = new Text("Bare"),
                Themes = ["water"],
                Parties = ["city"],
                RecordedAt = at,
                Note = new Text(note),
            })
            .ToList();
        await using var command = new NpgsqlCommand("insert into changes_to_record values ($1, $2, $3, $4, $5, $6, $7, $8)", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(at) });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. rows.Select(r => r.Id)] });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. rows.Select(_ => Guid.Empty)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(r => r.Type.Word())] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(r => r.Forum)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(_ => "commitment")] });
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = rows.Select(r => r.RecordedAt.UtcDateTime).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            }
        );
        command.Parameters.Add(
            new NpgsqlParameter
            {
                Value = rows.Select(r => JsonSerializer.Serialize(r, TrackerJson.Stored)).ToArray(),
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
            }
        );
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Appends changes in a transaction of their own.</summary>
    public static async Task AppendAsync(this Tracker tracker, int changes, string note = "Bare.")
    {
        await using var connection = await tracker.Get<NpgsqlDataSource>().OpenConnectionAsync();
        await AppendAsync(connection, tracker.Time.GetUtcNow(), changes, note);
    }

    /// <summary>Puts many copies of the last change into the change log, as if as many had been recorded now, and has them told.</summary>
    public static async Task ManyChangesAsync(this Tracker tracker, int count)
    {
        await using var command = tracker
            .Get<NpgsqlDataSource>()
            .CreateCommand(
                """
                with counter as (update change_counter set last_no = last_no + $1 returning last_no - $1 as first),
                new as (select first + g as no, gen_random_uuid() as id from counter, generate_series(1, $1) g)
                insert into changes (change_no, change_id, item_id, type, forum, kind, recorded_at, change)
                select n.no, n.id, c.item_id, c.type, c.forum, c.kind, $2, c.change || jsonb_build_object('id', n.id)
                from new n, (select * from changes order by change_no desc limit 1) c
                """
            );
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        command.Parameters.Add(new NpgsqlParameter { Value = tracker.Time.GetUtcNow().UtcDateTime });
        await command.ExecuteNonQueryAsync();
        await Wait.UntilAsync(
            async () =>
            {
                await tracker.Get<TellChanges>().TellAsync(CancellationToken.None);
                return await tracker.AskAsync<bool>(
                    "select (select last_no from delivery_progress) = (select last_no from change_counter)"
                );
            },
            "all changes told",
            60
        );
    }
}
