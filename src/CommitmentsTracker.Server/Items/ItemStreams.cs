using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Server.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Items;

/// <summary>An item's whole stream.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Events">All events in stream order.</param>
public sealed record LoadedStream(Guid Id, IReadOnlyList<ItemEvent> Events);

/// <summary>Reads streams, in one statement.</summary>
public sealed class ItemStreams(NpgsqlDataSource source)
{
    /// <summary>The stream; null if no item ever had the slug.</summary>
    public async Task<LoadedStream?> LoadAsync(string slug, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            "select e.stream_id, e.type, e.data from mt_events e join items i on i.item_id = e.stream_id where i.slug = $1 order by e.version"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = slug });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var id = Guid.Empty;
        var events = new List<ItemEvent>();
        while (await reader.ReadAsync(ct))
        {
            id = reader.GetGuid(0);
            events.Add(EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return events.Count == 0 ? null : new LoadedStream(id, events);
    }

    /// <summary>Several streams: for work in the background, and for the few items in which something waits for the desk. No answer to a reader needs more than one.</summary>
    public async Task<IReadOnlyList<LoadedStream>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            "select stream_id, type, data from mt_events where stream_id = any($1) order by stream_id, version"
        );
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var streams = new List<LoadedStream>();
        var events = new List<ItemEvent>();
        while (await reader.ReadAsync(ct))
        {
            if (streams.Count == 0 || streams[^1].Id != reader.GetGuid(0))
                streams.Add(new LoadedStream(reader.GetGuid(0), events = []));
            events.Add(EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return streams;
    }
}
