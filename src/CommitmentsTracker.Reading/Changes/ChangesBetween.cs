using System.Globalization;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>Why an item changed.</summary>
/// <param name="Kind">What sort of thing it was.</param>
/// <param name="OccurredOn">When it happened (first clock); of a deadline the first day after it.</param>
/// <param name="RecordedAt">When we learned it (known clock); null: nothing had to be recorded, the day came.</param>
/// <param name="Note">The note of the event, or its public reason.</param>
/// <param name="Update">Id of the update concerned.</param>
/// <param name="Correction">Id of the correction, if it is one.</param>
/// <param name="Version">Position of the event in the item's history, from 1.</param>
public sealed record CauseView(
    CauseKind Kind,
    PartialDate? OccurredOn,
    DateTimeOffset? RecordedAt,
    Text? Note,
    string? Update,
    string? Correction,
    int? Version
);

/// <summary>An item that differs between two dates.</summary>
/// <param name="Before">Its state on the earlier date; null: absent.</param>
/// <param name="After">Its state on the later date; null: absent.</param>
/// <param name="TurnedOverdue">True if its deadline passed unmet in between, whatever the group.</param>
public sealed record ChangedItem(
    string Slug,
    ItemKind Kind,
    string Forum,
    Text Title,
    ChangeState? Before,
    ChangeState? After,
    CauseView Cause,
    bool TurnedOverdue
);

/// <summary>Items that changed in the same way.</summary>
public sealed record ChangedGroup(ChangeGroup Group, IReadOnlyList<ChangedItem> Items);

/// <summary>What changed between two dates.</summary>
/// <param name="From">The earlier day.</param>
/// <param name="KnownFrom">What was known on it.</param>
/// <param name="To">The later day.</param>
/// <param name="KnownTo">What was known on it; null: everything until now.</param>
/// <param name="Total">How many items differ.</param>
/// <param name="Groups">Groups that hold an item, in the order of <see cref="ChangeGroup"/>; every item stands in one of them.</param>
public sealed record ComparisonView(
    DateOnly From,
    DateTimeOffset KnownFrom,
    DateOnly To,
    DateTimeOffset? KnownTo,
    int Total,
    IReadOnlyList<ChangedGroup> Groups
);

/// <summary>Compares all items on two dates.</summary>
public sealed class ChangesBetween(NpgsqlDataSource source, KnownNow known, PutAside aside)
{
    /// <summary>Most items of one answer.</summary>
    public const int MostItems = 2_000;

    /// <summary>
    /// What differs, in one statement over the spans and the change log, so that both are seen as of one moment; null if
    /// more than <see cref="MostItems"/> items differ. Of the filter count kinds, themes, parties and forums; themes and
    /// parties as known on the later date.
    /// </summary>
    public async Task<ComparisonView?> ReadAsync(ItemFilter filter, ComparedDates dates, CancellationToken ct = default)
    {
        if (dates.From == dates.To)
            return new ComparisonView(dates.From, dates.KnownFrom, dates.To, dates.KnownTo, 0, []);
        await using var command = source.CreateCommand();
        var query = new ComparisonQuery(command, filter, dates);
        var passed = dates.KnownTo is null ? await PassedAsync(dates, filter with { Signals = [], Statuses = [], Query = null }, ct) : null;
        query.Complete(passed, MostItems + 1);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (groups, unread) = (new SortedDictionary<ChangeGroup, List<ChangedItem>>(), new UnreadRows());
        for (var read = 0; await reader.ReadAsync(ct); read++)
        {
            if (read == MostItems)
                return null;
            if (
                !unread.TryRead(ItemLists.Table, () => reader.GetGuid(0).ToString("D"), () => Read(reader, dates, unread), out var changed)
                || changed is not var (group, item)
            )
                continue;
            if (!groups.TryGetValue(group, out var items))
                groups[group] = items = [];
            items.Add(item);
        }

        await reader.DisposeAsync();
        await aside.NoteAsync(unread.All, ct);
        return new ComparisonView(
            dates.From,
            dates.KnownFrom,
            dates.To,
            dates.KnownTo,
            groups.Values.Sum(g => g.Count),
            [.. groups.Select(g => new ChangedGroup(g.Key, g.Value))]
        );
    }

    /// <summary>Items whose deadline passed between the dates and that had not met it by the later one, as known now.</summary>
    private async Task<Guid[]> PassedAsync(ComparedDates dates, ItemFilter filter, CancellationToken ct)
    {
        var taken = new KnownFilter(filter);
        return
        [
            .. (await known.ReadAsync(ct))
                .On(dates.To, filter.Forums)
                .Where(s => s.Span.ReachedOn is null && s.Span.Due >= dates.From && s.Span.Due < dates.To && taken.Takes(s))
                .Select(s => s.Item.Id),
        ];
    }

    /// <summary>The day on which the first item of a forum was recorded; null if there is none.</summary>
    public async Task<DateOnly?> FirstDayAsync(string? forum, CancellationToken ct = default)
    {
        await using var command = source.CreateCommand("select min(recorded_at) from items where forum = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)forum ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(ct) is DateTime first ? DateOnly.FromDateTime(first) : null;
    }

    private static (ChangeGroup Group, ChangedItem Item)? Read(NpgsqlDataReader reader, ComparedDates dates, UnreadRows unread)
    {
        const int first = 5;
        var second = first + ReadModelTables.StandingColumns.Count;
        var log = second + ReadModelTables.StandingColumns.Count;
        var kind = reader.Word<ItemKind>(2);
        var (before, after) = (ReadModelTables.StandingAt(reader, first), ReadModelTables.StandingAt(reader, second));
        var rows = reader.IsDBNull(log)
            ? []
            : Told(reader.Json<JsonElement[]>(log), unread)
                .Zip(reader.GetFieldValue<int[]>(log + 1))
                .Where(r => r.First is not null)
                .Select(r => (First: r.First!, r.Second))
                // The same said in another language makes no item differ.
                .Where(r =>
                    r.First.Cause != ChangeCause.TranslationAdded
                    && (r.First.RecordedAt > dates.KnownFrom || r.First.OccurredOn?.LastDay > dates.From)
                )
                .ToArray();
        if (Comparison.Between(kind, before, dates.From, after, dates.To, [.. rows.Select(r => Logged(r.First))]) is not { } difference)
            return null;
        var (row, version) = difference.Cause.Logged is { } logged ? rows.First(r => r.First.ChangeNo == logged.No) : default;
        var details = reader.Json<Details>(4);
        return (
            difference.Group,
            new ChangedItem(
                reader.GetString(1),
                kind,
                reader.GetString(3),
                details.Title,
                State(before, dates.From),
                State(after, dates.To),
                new CauseView(
                    difference.Cause.Kind,
                    difference.Cause.OccurredOn,
                    row?.RecordedAt,
                    row?.Note,
                    row?.Update,
                    row?.Correction,
                    row is null ? null : version
                ),
                difference.TurnedOverdue
            )
        );
    }

    /// <summary>The rows of the log of an item, each in its place; null: it cannot be read.</summary>
    private static IEnumerable<ChangeView?> Told(JsonElement[] stored, UnreadRows unread)
    {
        foreach (var row in stored)
        {
            var no = row.GetProperty("no").GetInt64();
            yield return unread.TryRead(
                StoredChange.Table,
                () => no.ToString(CultureInfo.InvariantCulture),
                () => StoredChange.Read(no, Encoding.UTF8.GetBytes(row.GetProperty("change").GetRawText())),
                out var change
            )
                ? change
                : null;
        }
    }

    private static ChangeState? State(Standing? s, DateOnly day) =>
        s is null ? null : new ChangeState(s.Status, s.Since, s.TimeOn(day), s.FreshnessOn(day), s.Confidence, s.Due, s.Awaiting, s.Flags);

    private static LoggedChange Logged(ChangeView change) =>
        new(
            change.ChangeNo,
            KindOf(change),
            change.RecordedAt,
            change.OccurredOn,
            change.Update,
            change.Cause is ChangeCause.UpdateLogged or ChangeCause.ItemRecorded,
            change.Late,
            Logged(change.Before),
            Logged(change.After),
            IsOther(change.Before, change.After)
        );

    private static LoggedState? Logged(ChangeState? state) =>
        state is null ? null : new LoggedState(state.Status, state.StatusSince, state.DueOn, state.Time);

    private static bool IsOther(ChangeState? before, ChangeState? after) =>
        before is null || after is null
            ? before != after
            : before with { Flags = after.Flags } != after || !before.Flags.SequenceEqual(after.Flags);

    private static CauseKind KindOf(ChangeView change) =>
        change.Cause switch
        {
            ChangeCause.ItemRecorded => CauseKind.Recorded,
            ChangeCause.ItemRetracted => CauseKind.Retraction,
            ChangeCause.DetailsChanged => CauseKind.Details,
            ChangeCause.EvidenceAdded => CauseKind.Evidence,
            ChangeCause.DisputeOpened or ChangeCause.DisputeSettled => CauseKind.Dispute,
            ChangeCause.UpdateConfirmed => CauseKind.Confirmation,
            ChangeCause.CorrectionMade or ChangeCause.CorrectionConfirmed when change.Type == ChangeType.CorrectionMade =>
                CauseKind.Correction,
            ChangeCause.UpdateLogged when change.Type == ChangeType.ReviewMade => CauseKind.Review,
            ChangeCause.UpdateLogged when change.Type != ChangeType.UpdateAwaiting => change.Late ? CauseKind.LateFact : CauseKind.Fact,
            _ => CauseKind.Waiting,
        };
}
