using System.Runtime.CompilerServices;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Record.Streams;

/// <summary>An item's whole stream.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Events">All events in stream order.</param>
public sealed record LoadedStream(Guid Id, IReadOnlyList<ItemEvent> Events);

/// <summary>A stream as it is stored: names and JSON of its events, in stream order.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Events">The stored name of each event (see <see cref="EventNames"/>) and its JSON.</param>
public sealed record StoredStream(Guid Id, List<(string Type, byte[] Json)> Events);

/// <summary>Reads streams. The one place that knows the event tables.</summary>
public sealed class ItemStreams(NpgsqlDataSource source, PutAside aside) : IReadsAgain
{
    /// <summary>The table of streams, as it is named where one of them is put aside because of an event that cannot be read.</summary>
    public const string Table = "mt_streams";

    /// <summary>
    /// A question, in SQL, for the addresses that the evidence in all events names: one column, each once. It goes through
    /// all events.
    /// </summary>
    public const string EvidenceAddresses = """
        select distinct e ->> 'url' as url
        from mt_events, jsonb_path_query(data, '$.**{0 to 3}.evidence[*] ? (exists (@.url))') e
        where not is_archived and e ->> 'url' ~ '^https?://[^/]' and length(e ->> 'url') <= 2000
        """;

    /// <summary>
    /// The stream; null if no item ever had the slug. One with an event that cannot be read is put aside, and fails whoever asked
    /// for it.
    /// </summary>
    public async Task<LoadedStream?> LoadAsync(string slug, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            """
            select e.stream_id, e.type, e.data from mt_events e join items i on i.item_id = e.stream_id
            where i.slug = $1 order by e.version
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = slug });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var id = Guid.Empty;
        var events = new List<ItemEvent>();
        while (await reader.ReadAsync(ct))
        {
            id = reader.GetGuid(0);
            try
            {
                events.Add(Event(reader));
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                await aside.NoteAsync([new UnreadRow(Table, id.ToString("D"), Failure.Said(e))], ct);
                throw;
            }
        }

        return events.Count == 0 ? null : new LoadedStream(id, events);
    }

    /// <summary>
    /// Several streams, in the order of their ids: for work in the background, for imports, and for the few items in which
    /// something waits for the desk. No answer to a reader needs more than one. A stream with an event that cannot be read, or
    /// that cannot be folded, is put aside and left out.
    /// </summary>
    public async Task<IReadOnlyList<LoadedStream>> LoadAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            "select stream_id, type, data from mt_events where stream_id = any($1) order by stream_id, version"
        );
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await LoadedAsync(reader, ct);
    }

    /// <summary>The streams of all items of a forum, in the order of their ids.</summary>
    public async Task<IReadOnlyList<LoadedStream>> OfForumAsync(string forum, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand(
            """
            select e.stream_id, e.type, e.data from mt_events e join items i on i.item_id = e.stream_id
            where i.forum = $1 order by e.stream_id, e.version
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = forum });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await LoadedAsync(reader, ct);
    }

    /// <summary>
    /// All events of a forum's items with the slugs of their items, as a transaction sees them: by recorded instant, then slug,
    /// then place in the stream. Nothing in this order would be given anew by an import, so that a copy has the same.
    /// </summary>
    public static async Task<IReadOnlyList<(string Slug, ItemEvent Event)>> RecordedInAsync(
        string forum,
        NpgsqlTransaction snapshot,
        CancellationToken ct
    )
    {
        await using var command = new NpgsqlCommand(
            """
            select i.slug, e.type, e.data from mt_events e join items i on i.item_id = e.stream_id
            where i.forum = $1 order by (e.data ->> 'recordedAt')::timestamptz, i.slug collate "C", e.version
            """,
            snapshot.Connection,
            snapshot
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = forum });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var events = new List<(string, ItemEvent)>();
        while (await reader.ReadAsync(ct))
            events.Add((reader.GetString(0), Event(reader)));
        return events;
    }

    /// <summary>All streams, one after the other, as they are stored; however long it takes.</summary>
    public async IAsyncEnumerable<StoredStream> AllAsync([EnumeratorCancellation] CancellationToken ct = default)
    {
        // A tombstone only holds the place of an append that failed.
        await using var command = source.CreateCommand(
            """
            select stream_id, type, data from mt_events
            where not is_archived and type <> 'tombstone' order by stream_id, version
            """
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(ct);
        StoredStream? stream = null;
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetGuid(0);
            if (stream?.Id != id)
            {
                if (stream is not null)
                    yield return stream;
                stream = new StoredStream(id, []);
            }

            stream.Events.Add((reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        if (stream is not null)
            yield return stream;
    }

    private async Task<List<LoadedStream>> LoadedAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var (streams, unread) = (new Dictionary<Guid, List<ItemEvent>>(), new UnreadRows());
        var failed = new HashSet<Guid>();
        while (await reader.ReadAsync(ct))
        {
            var id = reader.GetGuid(0);
            if (failed.Contains(id))
                continue;
            if (!streams.TryGetValue(id, out var events))
                streams[id] = events = [];
            if (unread.TryRead(Table, () => id.ToString("D"), () => Event(reader), out var e))
                events.Add(e);
            else
                failed.Add(id);
        }

        await reader.DisposeAsync();
        var read = new List<LoadedStream>();
        foreach (var (id, events) in streams.Where(s => !failed.Contains(s.Key)))
            if (unread.TryRead(Table, () => id.ToString("D"), () => Folded(new LoadedStream(id, events)), out var stream))
                read.Add(stream);
        await aside.NoteAsync(unread.All, ct);
        return read;
    }

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        var id = Guid.Parse(row.Key);
        var events = await source.AllAsync(
            "select type, data from mt_events where stream_id = $1 order by version",
            r => EventNames.Read(r.GetString(0), r.GetFieldValue<byte[]>(1)),
            ct,
            id
        );
        if (events.Count == 0)
            return;
        Folded(new LoadedStream(id, events));
        // A rebuild had to leave it out; the next start makes up for it.
        await source.RunAsync(
            """
            insert into rebuilds_due (reason) select 'a stream that can be read again'
            where not exists (select 1 from items where item_id = $1) on conflict do nothing
            """,
            ct,
            id
        );
    }

    /// <summary>The stream, if an item and its standing come of it; what an event lacks may show only there.</summary>
    private static LoadedStream Folded(LoadedStream stream)
    {
        var item = Item.From(stream.Events) ?? throw new UnreadableException("The record of the item has no beginning.");
        _ = item.StandingOn(stream.Events[^1].RecordedAt.DayOf());
        return stream;
    }

    /// <summary>The event whose name and JSON stand in the second and the third column.</summary>
    private static ItemEvent Event(NpgsqlDataReader reader) => EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2));
}
