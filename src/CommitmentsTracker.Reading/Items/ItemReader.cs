using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;

namespace CommitmentsTracker.Reading.Items;

/// <summary>Reads one item from its own stream.</summary>
public sealed class ItemReader(ItemStreams streams)
{
    /// <summary>The item's state on both clocks, or why there is none; both null: no item ever had that slug.</summary>
    public async Task<(ItemView? Item, ItemAbsent? Absent)> ReadAsync(string slug, AskedClocks clocks, CancellationToken ct = default) =>
        await streams.LoadAsync(slug, ct) is { } stream ? Answer(stream.Events, clocks) : (null, null);

    /// <summary>The statuses to which a step may lead on a day, or after everything known; the decision judges again.</summary>
    /// <param name="slug">The item; one that is not there may have no step.</param>
    /// <param name="occurredOn">When the step happened; null: behind every step.</param>
    public async Task<IReadOnlyList<Status>> LawfulAsync(string slug, PartialDate? occurredOn, CancellationToken ct = default) =>
        await streams.LoadAsync(slug, ct) is { } stream ? Item.From(stream.Events)!.LawfulOn(occurredOn) : [];

    /// <summary>State and every event of an item, from one load of its stream; null: no item ever had that slug.</summary>
    public async Task<ItemRecord?> RecordAsync(string slug, AskedClocks clocks, CancellationToken ct = default)
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream)
            return null;
        var entries = new List<HistoryEntry>();
        Item? item = null,
            known = null;
        var count = 0;
        foreach (var e in stream.Events)
        {
            var before = item;
            item = Item.Fold(item, e);
            var day = e.RecordedAt.DayOf();
            entries.Add(
                new HistoryEntry(
                    item.Version,
                    EventNames.NameOf(e),
                    e.RecordedAt,
                    e.By,
                    e,
                    new HistoryEffect(before?.StandingOn(day)?.Status, item.StandingOn(day)?.Status, LateFact.Is(e, item))
                )
            );
            if (clocks.KnownAt is not { } k || e.RecordedAt <= k)
                (known, count) = (item, entries.Count);
        }

        var (view, absent) = Answer(stream.Events, clocks);
        var history = known is null
            ? null
            : new ItemHistory(known.Slug, known.Kind, known.Forum, known.Details.Title, clocks.KnownAt, entries[..count]);
        return new ItemRecord(view, absent, history, entries[count..], Answer(stream.Events, AskedClocks.OfNow(clocks.Now)).Item);
    }

    /// <summary>The answer from a whole stream.</summary>
    public static (ItemView? Item, ItemAbsent? Absent) Answer(IReadOnlyList<ItemEvent> events, AskedClocks clocks)
    {
        var (state, absence, item) = ItemState.Of(Item.KnownAt(events, clocks.KnownAt), clocks.AsOf);
        return state is not null ? (View(state, clocks), null) : (null, Absent(events, absence!.Value, item));
    }

    /// <summary>The item as known after its last event, as of a day; null if it has no state then.</summary>
    public static ItemView? ViewNow(Item item, DateOnly today) =>
        ItemState.Of(item, today).State is { } state ? View(state, new AskedClocks(today, null, item.LastRecordedAt, false)) : null;

    /// <summary>The same for a write's answer; where the first status has begun at UTC+14 only, as of its day.</summary>
    public static ItemView ViewAlways(Item item, DateOnly today) => ViewNow(item, today) ?? ViewNow(item, item.Updates[0].LastDay)!;

    /// <summary>One update as known, whether it counts or not.</summary>
    public static UpdateView View(LoggedUpdate update, Item item, IReadOnlyCollection<string> unlawful)
    {
        var flags = new List<string>();
        if (unlawful.Contains(update.Id))
            flags.Add("unlawful");
        if (LateFact.Is(update.Logged, item))
            flags.Add("late");
        if (update.Corrections.Exists(c => c.IsEffective))
            flags.Add("corrected");
        var fields = update.Fields;
        return new UpdateView
        {
            Id = update.Id,
            Type = fields.Type,
            Status = fields.Status,
            Ground = fields.Ground,
            Order = fields.Order,
            Due = fields.Due,
            OccurredOn = fields.OccurredOn,
            RecordedAt = update.Logged.RecordedAt,
            ArchiveRecordedAt = update.Logged.ArchiveRecordedAt,
            Note = fields.Note,
            Actor = fields.Actor,
            CoActors = fields.CoActors ?? [],
            Lane = fields.Lane,
            Evidence = [.. update.Sources],
            Confidence = update.Confidence,
            Confirmed = !update.IsPending,
            Flags = flags,
            ReplyTo = fields.ReplyTo,
            Role = update.Logged.As,
            ConfirmedRole = update.ConfirmedAs,
            By = update.Logged.By,
            ConfirmedBy = update.ConfirmedBy,
            Disputes =
            [
                .. update.Disputes.Select(d => new DisputeView(
                    d.Id,
                    d.Opened.Reason,
                    d.Opened.Evidence,
                    d.Opened.RecordedAt,
                    d.Settled?.Outcome,
                    d.Settled?.Note,
                    d.Settled?.RecordedAt
                )),
            ],
        };
    }

    private static ItemView View(ItemState state, AskedClocks clocks)
    {
        var (item, standing) = (state.Item, state.Standing);
        return new ItemView
        {
            Slug = item.Slug,
            Kind = item.Kind,
            Forum = item.Forum,
            Details = item.Details,
            Status = standing.Status,
            StatusSince = standing.Since,
            StalledAt = standing.StalledAt,
            Due = DueOf(state),
            LastActivity = standing.LastActivity,
            Signals = new Signals(state.Time, state.Freshness, standing.Confidence, item.Details.Testability),
            AwaitingConfirmation = standing.Awaiting,
            Flags = standing.Flags,
            Version = item.Version,
            AsOf = clocks.AsOf,
            KnownAt = clocks.KnownAt,
            Updates = [.. state.Updates.Select(u => View(u, item, standing.Flags))],
        };
    }

    private static DeadlineView? DueOf(ItemState state)
    {
        var moved = state.Updates.LastOrDefault(u => u.IsCounted && u.Fields.Type == UpdateType.Deadline)?.Fields.Due;
        return (moved ?? state.Item.Details.Due) is { } due ? new DeadlineView(due.Date, due.Basis, state.Standing.Target!.Value) : null;
    }

    private static ItemAbsent Absent(IReadOnlyList<ItemEvent> events, Absence absence, Item? item)
    {
        var recorded = (ItemRecorded)events[0];
        return absence switch
        {
            Absence.NotYetRecorded => new ItemAbsent(recorded.Slug, absence, null, recorded.RecordedAt.UtcDateTime.ToString("O"), null),
            Absence.NoStatusYet => new ItemAbsent(
                recorded.Slug,
                absence,
                null,
                item!.CountedInOrder.FirstOrDefault(u => u.IsStep)?.Fields.OccurredOn.ToString(),
                null
            ),
            _ => new ItemAbsent(
                recorded.Slug,
                absence,
                item!.Retracted!.MergedInto,
                item.Retracted.RecordedAt.UtcDateTime.ToString("O"),
                item.Retracted.Reason
            ),
        };
    }
}
