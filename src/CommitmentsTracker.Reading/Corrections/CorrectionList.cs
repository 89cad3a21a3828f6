using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Corrections;

/// <summary>One page of the corrections, newest first.</summary>
/// <param name="Total">How many there are, on all pages.</param>
/// <param name="NextCursor">Opaque; null on the last page.</param>
public sealed record CorrectionPage(IReadOnlyList<PublicCorrection> Corrections, int Total, string? NextCursor);

/// <summary>Lists what was put right in public.</summary>
public sealed class CorrectionList(NpgsqlDataSource source, PutAside aside) : IReadsAgain
{
    private const string Table = "corrections";

    /// <summary>One page of the corrections made by an instant, in the state known at it, newest first.</summary>
    /// <param name="forum">Of one forum, or of all.</param>
    /// <param name="day">Only those of updates that were said, wrongly or rightly, to have happened by this day; null: all.</param>
    /// <param name="knownAt">The instant; null: everything known.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cursor">Where the page before ended.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    public async Task<CorrectionPage> PageAsync(
        string? forum,
        DateOnly? day,
        DateTimeOffset? knownAt,
        int limit,
        string? cursor,
        CancellationToken ct = default
    )
    {
        var after = cursor is null ? (Place?)null : Place.Read(cursor);
        var known = $"""
            {(knownAt is null ? "upper_inf(known)" : "known @> $3")} and ($1::text is null or forum = $1)
            and ($2::date is null or coalesce(least({LastDay("said")}, {LastDay("says")}) <= $2, true))
            """;
        await using var batch = source.CreateBatch();
        Add($"select count(*) from corrections where {known}");
        Add(
            $"""
            select correction, made_at, item_id, version from corrections where {known} {(
                after is null ? ""
                : knownAt is null ? "and (made_at, item_id, version) < ($3, $4, $5)"
                : "and (made_at, item_id, version) < ($4, $5, $6)"
            )}
            order by made_at desc, item_id desc, version desc limit {limit + 1}
            """,
            after
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = (int)reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var (entries, unread, count, next) = (new List<PublicCorrection>(), new UnreadRows(), 0, (string?)null);
        Place last = default;
        while (await reader.ReadAsync(ct))
        {
            if (count++ == limit)
            {
                next = last.Write();
                break;
            }

            last = new Place(reader.GetFieldValue<DateTimeOffset>(1), reader.GetGuid(2), reader.GetInt32(3));
            if (unread.TryRead(Table, () => $"{last.Item:D} {last.Version}", () => EntryAt(reader), out var entry))
                entries.Add(entry);
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return new CorrectionPage(entries, total, next);

        void Add(string sql, Place? place = null) => batch.BatchCommands.Add(Statement(sql, forum, day, knownAt, place));
    }

    private static NpgsqlBatchCommand Statement(string sql, string? forum, DateOnly? day, DateTimeOffset? knownAt, Place? place)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)forum ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)day ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        if (knownAt is { } k)
            command.Parameters.Add(new NpgsqlParameter { Value = k.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        if (place is { } p)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = p.MadeAt.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            command.Parameters.Add(new NpgsqlParameter { Value = p.Item, NpgsqlDbType = NpgsqlDbType.Uuid });
            command.Parameters.Add(new NpgsqlParameter { Value = p.Version, NpgsqlDbType = NpgsqlDbType.Integer });
        }

        return command;
    }

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public Task ReadAgainAsync(AsideRow row, CancellationToken ct) =>
        source.AllAsync(
            "select correction from corrections where item_id::text || ' ' || version = $1 and upper_inf(known)",
            EntryAt,
            ct,
            row.Key
        );

    private static PublicCorrection EntryAt(NpgsqlDataReader reader) =>
        JsonSerializer.Deserialize<PublicCorrection>(reader.GetFieldValue<byte[]>(0), TrackerJson.Stored)
        ?? throw new UnreadableException("The entry is empty.");

    /// <summary>The last day of the period in which the update happened, as one version of it says; null without one.</summary>
    private static string LastDay(string version) =>
        $$"""
            (select case length(o)
                when 4 then (o || '-12-31')::date
                when 7 then ((o || '-01')::date + interval '1 month' - interval '1 day')::date
                else o::date end
             from (select correction #>> '{{{version}},occurredOn}') v (o))
            """;

    private readonly record struct Place(DateTimeOffset MadeAt, Guid Item, int Version)
    {
        public string Write() =>
            Base64Url.EncodeToString(
                Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{MadeAt.UtcTicks}|{Item:N}|{Version}"))
            );

        public static Place Read(string text)
        {
            try
            {
                if (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|') is [var ticks, var item, var version])
                    return new Place(
                        new DateTimeOffset(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero).ToMicroseconds(),
                        Guid.ParseExact(item, "N"),
                        int.Parse(version, CultureInfo.InvariantCulture)
                    );
            }
            catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
            {
                throw new FormatException("The cursor is broken; start from the first page.", e);
            }

            throw new FormatException("The cursor is broken; start from the first page.");
        }
    }
}
