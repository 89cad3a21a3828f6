using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Record.Changes;

/// <summary>Reads the change log.</summary>
public sealed class ChangeLog(NpgsqlDataSource source, PutAside aside)
{
    /// <summary>Most changes of one answer.</summary>
    public const int MostChanges = 1_000;

    /// <summary>Changes after a number, oldest first.</summary>
    public async Task<ChangePage> AfterAsync(long after, int limit, CancellationToken ct = default)
    {
        await using var batch = source.CreateBatch();
        // The counter is read first: a change that commits in between is then merely left for the next page.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select feed_id, last_no from change_counter"));
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand("select change_no, change from changes where change_no > $1 order by change_no limit $2")
            {
                Parameters =
                {
                    new NpgsqlParameter { Value = after, NpgsqlDbType = NpgsqlDbType.Bigint },
                    new NpgsqlParameter { Value = limit, NpgsqlDbType = NpgsqlDbType.Integer },
                },
            }
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (feed, last) = (reader.GetGuid(0), reader.GetInt64(1));
        await reader.NextResultAsync(ct);
        var changes = await ReadAsync(reader, keepPlaces: true, ct);
        if (changes.Count > 0)
            last = Math.Max(last, changes[^1].ChangeNo);
        return new ChangePage(changes, feed, last, changes.Count > 0 && changes[^1].ChangeNo < last ? changes[^1].ChangeNo : null);
    }

    /// <summary>The highest change number.</summary>
    public async Task<long> LastAsync(CancellationToken ct = default)
    {
        await using var command = source.CreateCommand("select last_no from change_counter");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The feed's id and its highest change number.</summary>
    public async Task<(Guid FeedId, long Last)> HeadAsync(CancellationToken ct = default)
    {
        await using var command = source.CreateCommand("select feed_id, last_no from change_counter");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetGuid(0), reader.GetInt64(1));
    }

    /// <summary>
    /// What a reader is told as the latest changes: without editorial corrections, and nothing recorded after the day asked for, which is
    /// no news on it.
    /// </summary>
    public Task<IReadOnlyList<ChangeView>> ToldAsync(string? forum, int limit, AskedClocks clocks, CancellationToken ct = default)
    {
        var until = clocks.AsOfGiven && !(clocks.KnownAt < Instants.EndOf(clocks.AsOf)) ? Instants.EndOf(clocks.AsOf) : clocks.KnownAt;
        return LatestAsync(forum, limit, until, ct, told: true);
    }

    /// <summary>The latest changes of a forum (or all), newest first, none recorded after <paramref name="knownAt"/>.</summary>
    public Task<IReadOnlyList<ChangeView>> LatestAsync(string? forum, int limit, DateTimeOffset? knownAt, CancellationToken ct = default) =>
        LatestAsync(forum, limit, knownAt, ct, told: false);

    private async Task<IReadOnlyList<ChangeView>> LatestAsync(
        string? forum,
        int limit,
        DateTimeOffset? knownAt,
        CancellationToken ct,
        bool told
    )
    {
        await using var command = source.CreateCommand(
            $"""
            select change_no, change from changes
            where ($1::text is null or forum = $1) and ($2::timestamptz is null or recorded_at <= $2) {(
                told ? "and change -> 'editorial' is distinct from 'true'" : ""
            )} order by recorded_at desc, change_no desc limit $3
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)forum ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(
            new NpgsqlParameter { Value = (object?)knownAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }
        );
        command.Parameters.Add(new NpgsqlParameter { Value = limit, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await ReadAsync(reader, keepPlaces: false, ct);
    }

    /// <summary>True if something of a forum was recorded after an instant.</summary>
    public async Task<bool> AnyAfterAsync(string forum, DateTimeOffset instant, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand("select exists (select 1 from changes where forum = $1 and recorded_at > $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = forum });
        command.Parameters.Add(new NpgsqlParameter { Value = instant.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Reads rows of number and change.</summary>
    /// <param name="keepPlaces">
    /// True: something stands for each row that cannot be read, so that numbers stay dense. False: such rows are left out.
    /// </param>
    private async Task<List<ChangeView>> ReadAsync(NpgsqlDataReader reader, bool keepPlaces, CancellationToken ct)
    {
        var (changes, unread, missing) = (new List<ChangeView?>(), new UnreadRows(), new List<(int At, long ChangeNo)>());
        while (await reader.ReadAsync(ct))
        {
            var no = reader.GetInt64(0);
            if (
                !unread.TryRead(
                    StoredChange.Table,
                    () => no.ToString(CultureInfo.InvariantCulture),
                    () => StoredChange.Read(no, reader.GetFieldValue<byte[]>(1)),
                    out ChangeView? change
                )
            )
                missing.Add((changes.Count, no));
            changes.Add(change);
        }

        if (missing.Count > 0)
        {
            await reader.DisposeAsync();
            await aside.NoteAsync(unread.All, ct);
            if (keepPlaces)
            {
                var places = await StoredChange.PlacesAsync(source, missing.ConvertAll(m => m.ChangeNo), ct);
                foreach (var (at, no) in missing)
                    changes[at] = places.GetValueOrDefault(no);
            }
        }

        return [.. changes.OfType<ChangeView>()];
    }
}
