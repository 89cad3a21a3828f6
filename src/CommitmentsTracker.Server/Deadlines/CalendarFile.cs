using System.Text;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Deadlines;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Deadlines;

/// <summary>A deadline as calendars keep it.</summary>
/// <param name="ItemId">The item; its event is the same for ever.</param>
/// <param name="Slug">Its address.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">Its title.</param>
/// <param name="Status">Where it stands, or stood when the deadline vanished.</param>
/// <param name="Since">Since when.</param>
/// <param name="Due">The date, no more exact than it was named.</param>
/// <param name="Moves">How often the deadline was moved or taken back.</param>
/// <param name="ChangedAt">When the item changed last.</param>
/// <param name="IsGone">True if the deadline vanished, or its item was retracted.</param>
public sealed record CalendarEntry(
    Guid ItemId,
    string Slug,
    ItemKind Kind,
    Text Title,
    Status Status,
    PartialDate Since,
    PartialDate Due,
    int Moves,
    DateTimeOffset ChangedAt,
    bool IsGone
);

/// <summary>Deadlines as an iCalendar file (RFC 5545, RFC 7986). Its bytes follow from the data alone.</summary>
public sealed class CalendarFile(NpgsqlDataSource source, ForumDirectory directory, PutAside aside)
{
    /// <summary>Most deadlines of one file.</summary>
    public const int Most = 10_000;

    /// <summary>How long an event that no longer takes place is told as cancelled.</summary>
    public static readonly TimeSpan CancelledFor = TimeSpan.FromDays(90);

    /// <summary>
    /// Every item with a deadline in force on both clocks, whatever its day, and those whose deadline vanished in the 90
    /// days before; null: more than <see cref="Most"/>. Of what vanished, a filter asks what the item was just before.
    /// </summary>
    public async Task<IReadOnlyList<CalendarEntry>?> ReadAsync(ItemFilter filter, AskedClocks clocks, CancellationToken ct = default)
    {
        var query = new ItemQuery(filter, clocks, await directory.NamesAsync(ct));
        query.And("s.due is not null");
        var until = clocks.KnownAt is { } known ? query.Parameter(known.UtcDateTime, NpgsqlDbType.TimestampTz) : "'infinity'::timestamptz";
        var join = $"""
            {DeadlineCalendar.NamedDue(query)}
            cross join lateral (select count(*)::integer as n from changes c where c.item_id = s.item_id and moves_deadline(c.change)
                and c.recorded_at <= {until}) moves
            cross join lateral (select recorded_at from changes c where c.item_id = s.item_id and c.recorded_at <= {until}
                order by change_no desc limit 1) latest
            """;
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(
            query.Statement(
                $"""
                select s.item_id, d.slug, s.kind, d.details -> 'title', s.status, s.since, coalesce(m.due, d.details -> 'due' ->> 'date'),
                    moves.n, latest.recorded_at
                {query.FromWhere(true, join)} order by s.due, d.slug limit {Most + 1}
                """
            )
        );
        batch.BatchCommands.Add(Vanished(clocks));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var unread = new UnreadRows();
        var entries = await EntriesAsync(reader, unread, ct);
        if (entries.Count > Most)
            return null;
        await reader.NextResultAsync(ct);
        var there = entries.Select(e => e.ItemId).ToHashSet();
        var gone = await GoneAsync(reader, there, ChangeFilter.Of(filter), unread, ct);
        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return [.. entries, .. gone];
    }

    /// <summary>The changes by which a deadline vanished lately, of items that have got none since.</summary>
    private static NpgsqlBatchCommand Vanished(AskedClocks clocks) =>
        new(
            """
            select c.item_id, c.change,
                (select count(*)::integer from changes e where e.item_id = c.item_id and moves_deadline(e.change)
                and e.change_no <= c.change_no), c.change_no
            from changes c
            where moves_deadline(c.change) and c.recorded_at > $1 and c.recorded_at <= $2 and c.change #>> '{after,dueOn}' is null
                and c.change #>> '{before,dueOn}' is not null
            and not exists (select 1 from changes l where l.item_id = c.item_id and moves_deadline(l.change)
                and l.change_no > c.change_no and l.recorded_at <= $2)
            order by c.change_no
            """
        )
        {
            Parameters =
            {
                new NpgsqlParameter
                {
                    Value = ((clocks.KnownAt ?? clocks.Now) - CancelledFor).UtcDateTime,
                    NpgsqlDbType = NpgsqlDbType.TimestampTz,
                },
                new NpgsqlParameter
                {
                    Value = clocks.KnownAt is { } k ? k.UtcDateTime : DateTime.MaxValue.ToUniversalTime(),
                    NpgsqlDbType = NpgsqlDbType.TimestampTz,
                },
            },
        };

    private static async Task<List<CalendarEntry>> EntriesAsync(NpgsqlDataReader reader, UnreadRows unread, CancellationToken ct)
    {
        var entries = new List<CalendarEntry>();
        while (await reader.ReadAsync(ct))
            if (unread.TryRead(ItemLists.Table, () => reader.GetGuid(0).ToString("D"), () => EntryAt(reader), out var entry))
                entries.Add(entry);
        return entries;
    }

    private static async Task<List<CalendarEntry>> GoneAsync(
        NpgsqlDataReader reader,
        HashSet<Guid> there,
        ChangeFilter wanted,
        UnreadRows unread,
        CancellationToken ct
    )
    {
        var gone = new List<CalendarEntry>();
        while (await reader.ReadAsync(ct))
        {
            var no = reader.GetInt64(3);
            if (
                unread.TryRead(
                    StoredChange.Table,
                    () => no.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    () => GoneAt(reader, no, wanted),
                    out var entry
                )
                && entry is not null
                && !there.Contains(entry.ItemId)
            )
                gone.Add(entry);
        }

        return gone;
    }

    private static CalendarEntry EntryAt(NpgsqlDataReader reader) =>
        new(
            reader.GetGuid(0),
            reader.GetString(1),
            Word<ItemKind>(reader.GetString(2)),
            reader.Json<Text>(3),
            Word<Status>(reader.GetString(4)),
            PartialDate.Parse(reader.GetString(5)),
            PartialDate.Parse(reader.GetString(6)),
            Math.Max(0, reader.GetInt32(7) - 1),
            reader.GetFieldValue<DateTimeOffset>(8),
            false
        );

    /// <summary>What tells that a deadline is gone; null: the calendar is not about its item.</summary>
    private static CalendarEntry? GoneAt(NpgsqlDataReader reader, long changeNo, ChangeFilter wanted)
    {
        var change = StoredChange.Read(changeNo, reader.GetFieldValue<byte[]>(1));
        return wanted.Watches(change)
            ? new CalendarEntry(
                reader.GetGuid(0),
                change.Item,
                change.Kind,
                change.Title,
                change.Before!.Status,
                change.Before.StatusSince,
                PartialDate.Day(change.Before.DueOn!.Value),
                Math.Max(0, reader.GetInt32(2) - 1),
                change.RecordedAt,
                true
            )
            : null;
    }

    /// <summary>Writes the file.</summary>
    public static byte[] Write(IReadOnlyList<CalendarEntry> entries, Phrasebook words, string origin)
    {
        var calendar = new Calendar
        {
            Method = "PUBLISH",
            ProductId = $"-//CommitmentsTracker//Deadlines//{words.Language.ToUpperInvariant()}",
        };
        calendar.AddProperty("NAME", words["calendar.file"]);
        calendar.AddProperty("X-WR-CALNAME", words["calendar.file"]);
        var refresh = new CalendarProperty("REFRESH-INTERVAL", "PT1H");
        refresh.AddParameter("VALUE", "DURATION");
        calendar.Properties.Add(refresh);
        calendar.AddProperty("X-PUBLISHED-TTL", "PT1H");
        foreach (var entry in entries)
            calendar.Events.Add(Event(entry, words, origin));
        return Encoding.UTF8.GetBytes(new CalendarSerializer().SerializeToString(calendar)!);
    }

    private static CalendarEvent Event(CalendarEntry entry, Phrasebook words, string origin)
    {
        var (day, changed) = (entry.Due.LastDay, new CalDateTime(entry.ChangedAt.UtcDateTime, "UTC"));
        var link = $"{origin}/items/{entry.Slug}?lang={words.Language}";
        string[] lines =
        [
            words.Say(
                "calendar.event.status",
                words["kind." + entry.Kind.Word()],
                words.Status(entry.Status),
                words.Say("status.since", words.Date(entry.Since))
            ),
            entry.Due.Precision == Precision.Day ? "" : words.Say("calendar.event.named", words.Date(entry.Due)),
            entry.IsGone ? words["calendar.event.gone"] : "",
            link,
        ];
        return new CalendarEvent
        {
            Uid = $"{entry.ItemId:d}@commitments-tracker",
            Summary = words.Say("calendar.event", entry.Title.In(words.Language)),
            Description = string.Join('\n', lines.Where(l => l != "")),
            Start = new CalDateTime(day),
            End = day == DateOnly.MaxValue ? null : new CalDateTime(day.AddDays(1)),
            DtStamp = changed,
            LastModified = changed,
            Sequence = entry.Moves,
            Status = entry.IsGone ? EventStatus.Cancelled : EventStatus.Confirmed,
            Transparency = TransparencyType.Transparent,
            Url = new Uri(link),
        };
    }

    private static T Word<T>(string word)
        where T : struct, Enum =>
        Words.TryRead<T>(word, out var value) ? value : throw new InvalidOperationException($"'{word}' is no word of {typeof(T).Name}.");
}
