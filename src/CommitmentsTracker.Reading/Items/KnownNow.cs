using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>
/// Holds in memory what is known now of all items: enough to list and to count them on any day. It follows the change
/// log by its numbers, so that after a write only the items that it changed are read. What was known earlier is not
/// here; that is asked of the database.
/// </summary>
public sealed class KnownNow(NpgsqlDataSource source, StoreVersions versions, PutAside aside) : IHostedService
{
    // Further behind than this, reading everything is faster than reading what changed.
    private const long MostChanges = 20_000;

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<Guid, int> _places = [];
    private readonly Dictionary<string, string> _slugs = new(StringComparer.Ordinal);
    private volatile KnownItems _items = KnownItems.None;

    /// <summary>All items as known now; like all that is read, at most <see cref="StoreVersions.MayLag"/> behind other nodes.</summary>
    public async ValueTask<KnownItems> ReadAsync(CancellationToken ct = default)
    {
        var version = await versions.CurrentAsync(ct);
        if (Shows(version))
            return _items;
        await _reading.WaitAsync(ct);
        try
        {
            return Shows(version) ? _items : _items = await FollowAsync(version, ct);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads everything, so that the first reader need not wait for it.</summary>
    async Task IHostedService.StartAsync(CancellationToken cancellationToken) => await ReadAsync(cancellationToken);

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private bool Shows(StoreVersion version) => _items.LastChange >= version.LastChange && _items.Rebuilds >= version.Rebuilds;

    private async Task<KnownItems> FollowAsync(StoreVersion version, CancellationToken ct)
    {
        var all = _items.Rebuilds < version.Rebuilds || version.LastChange - _items.LastChange > MostChanges;
        var which = all ? "" : "and item_id in (select item_id from changes where change_no > $1)";
        await using var connection = await source.OpenConnectionAsync(ct);
        // One snapshot for all statements: an item's details and spans belong together, and to the last change.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await using var batch = new NpgsqlBatch(connection, transaction) { Timeout = all ? 0 : 30 };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select last_no, rebuilds from change_counter"));
        Add(all ? "select item_id from items" : "select distinct item_id from changes where change_no > $1");
        Add(
            $"""
            select item_id, kind, forum, testability, themes, parties, proposer, speaker, responsible, addressees
            from item_details where upper_inf(known) {which}
            """
        );
        Add(
            $"""
            select item_id, lower(occurred), upper(occurred), status, since_last, due, reached_on, last_activity, confidence,
                awaiting > 0, flags <> '[]'
            from item_spans where upper_inf(known) {which}
            """
        );
        KnownItems items;
        // An item of which a row cannot be read is not among those that are listed and counted; all others are.
        var unread = new UnreadRows();
        await using (var reader = await batch.ExecuteReaderAsync(ct))
            items = await ReadAsync(reader, unread, ct);
        await transaction.CommitAsync(ct);
        await aside.NoteAsync(unread.All, ct);
        return items;

        void Add(string sql)
        {
            var command = new NpgsqlBatchCommand(sql);
            if (!all)
                command.Parameters.Add(new NpgsqlParameter { Value = _items.LastChange, NpgsqlDbType = NpgsqlDbType.Bigint });
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Reads the answers: the last change, which items changed, their details, their spans.</summary>
    private async Task<KnownItems> ReadAsync(NpgsqlDataReader reader, UnreadRows unread, CancellationToken ct)
    {
        var (changed, spans) = (new Dictionary<Guid, KnownItem?>(), new Dictionary<Guid, List<StandingSpan>>());
        await reader.ReadAsync(ct);
        var (last, rebuilds) = (reader.GetInt64(0), reader.GetInt64(1));
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            changed[reader.GetGuid(0)] = null;
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            if (unread.TryRead(ItemLists.Table, () => reader.GetGuid(0).ToString("D"), () => Item(reader), out var item))
                changed[reader.GetGuid(0)] = item;
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!spans.TryGetValue(reader.GetGuid(0), out var of))
                spans[reader.GetGuid(0)] = of = [];
            if (unread.TryRead(ItemLists.Table, () => reader.GetGuid(0).ToString("D"), () => Span(reader), out var span))
                of.Add(span);
            else
                changed[reader.GetGuid(0)] = null;
        }

        var placed = new Dictionary<int, KnownItem?>(changed.Count);
        foreach (var (id, item) in changed)
        {
            if (!_places.TryGetValue(id, out var place))
                _places[id] = place = _places.Count;
            placed[place] =
                item is not null && spans.TryGetValue(id, out var of) ? item with { Spans = [.. of.OrderBy(s => s.From)] } : null;
        }

        return _items.With(placed, last, rebuilds);
    }

    private KnownItem Item(NpgsqlDataReader reader) =>
        new()
        {
            Id = reader.GetGuid(0),
            Kind = reader.Word<ItemKind>(1),
            Forum = Slug(reader.GetString(2)),
            Testability = reader.Word<Testability>(3),
            Themes = Slugs(reader, 4),
            Parties = Slugs(reader, 5),
            Proposer = Slug(reader.GetString(6)),
            Speaker = reader.IsDBNull(7) ? null : Slug(reader.GetString(7)),
            Responsible = Slugs(reader, 8),
            Addressees = Slugs(reader, 9),
            Spans = [],
        };

    private static StandingSpan Span(NpgsqlDataReader reader) =>
        new(
            reader.Day(1),
            reader.OptionalDay(2),
            reader.Word<Status>(3),
            reader.Day(4),
            reader.OptionalDay(5),
            reader.OptionalDay(6),
            reader.OptionalDay(7),
            reader.Word<Confidence>(8),
            reader.GetBoolean(9),
            reader.GetBoolean(10)
        );

    private string[] Slugs(NpgsqlDataReader reader, int column) => [.. reader.GetFieldValue<string[]>(column).Select(Slug)];

    /// <summary>The same text for the same slug, which many items share.</summary>
    private string Slug(string slug)
    {
        if (_slugs.TryGetValue(slug, out var kept))
            return kept;
        _slugs[slug] = slug;
        return slug;
    }
}
