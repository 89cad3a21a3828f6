using System.Collections.Immutable;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;

namespace CommitmentsTracker.Domain.Items;

/// <summary>
/// An item as known after a number of its events: the fold over the known clock. What was true on a day is asked of
/// it afterwards (<see cref="StandingOn"/>, <see cref="Spans"/>), so both clocks stay apart.
/// </summary>
public sealed record Item
{
    private Item(ItemRecorded recorded)
    {
        Recorded = recorded;
        Details = recorded.Details;
        Version = 1;
        LastRecordedAt = recorded.RecordedAt;
    }

    /// <summary>The event with which it came into the tracker.</summary>
    public ItemRecorded Recorded { get; }

    public string Slug => Recorded.Slug;
    public ItemKind Kind => Recorded.Kind;
    public string Forum => Recorded.Forum;

    /// <summary>Details as last known; they live on the known clock only.</summary>
    public Details Details { get; private init; }

    /// <summary>All updates in the order of their logging.</summary>
    public ImmutableList<LoggedUpdate> Updates { get; private init; } = [];

    /// <summary>Number of events folded.</summary>
    public int Version { get; private init; }

    /// <summary>Recorded time of the last event folded.</summary>
    public DateTimeOffset LastRecordedAt { get; private init; }

    /// <summary>Set when the item was retracted or merged.</summary>
    public ItemRetracted? Retracted { get; private init; }

    public Lifecycle Lifecycle => Lifecycle.Of(Kind);

    /// <summary>The item known from a whole stream or a part of it from its start; null without events.</summary>
    public static Item? From(IEnumerable<ItemEvent> events)
    {
        Item? item = null;
        foreach (var e in events)
            item = Fold(item, e);
        return item;
    }

    /// <summary>The item as known at an instant: from the events recorded at or before it. Null: not yet recorded.</summary>
    public static Item? KnownAt(IEnumerable<ItemEvent> events, DateTimeOffset? knownAt) =>
        From(knownAt is { } k ? events.TakeWhile(e => e.RecordedAt <= k) : events);

    /// <summary>One more event.</summary>
    /// <exception cref="InvalidOperationException">
    /// The stream does not start with <see cref="ItemRecorded"/>, or names an update that it does not hold.
    /// </exception>
    public static Item Fold(Item? item, ItemEvent e) =>
        item is null
            ? e is ItemRecorded recorded
                ? new Item(recorded)
                : throw new InvalidOperationException($"A stream starts with item_recorded, not with {e.GetType().Name}.")
            : item.After(e) with
            {
                Version = item.Version + 1,
                LastRecordedAt = e.RecordedAt,
            };

    /// <summary>The update with that id, or null.</summary>
    public LoggedUpdate? Update(string id) => Updates.Find(u => u.Id == id);

    /// <summary>The update that carries the correction, or null.</summary>
    public LoggedUpdate? UpdateOfCorrection(string correctionId) => Updates.Find(u => u.Corrections.Exists(c => c.Id == correctionId));

    /// <summary>The update that is disputed there, or null.</summary>
    public LoggedUpdate? UpdateOfDispute(string disputeId) => Updates.Find(u => u.Disputes.Exists(d => d.Id == disputeId));

    /// <summary>Counted updates in order of occurrence.</summary>
    public IEnumerable<LoggedUpdate> CountedInOrder => Updates.Where(u => u.IsCounted).OrderBy(u => u.Key);

    /// <summary>What waits for a second person: a status step, or a correction of one. At most one at a time.</summary>
    public bool HasWaiting => Updates.Exists(u => !u.IsGone && u.IsPending || u.Corrections.Exists(c => c.IsPending));

    /// <summary>The highest order among the updates of a last day, 0 if there is none.</summary>
    public int HighestOrder(DateOnly lastDay, string? exceptUpdate = null) =>
        Updates.Where(u => u.LastDay == lastDay && u.Id != exceptUpdate).Select(u => u.Fields.Order).DefaultIfEmpty(0).Max();

    /// <summary>
    /// Where the item stood on each day: consecutive spans from its first status on, the last one open. Empty if no
    /// status step counts. The signals of a day follow from the span by arithmetic.
    /// </summary>
    public ImmutableArray<Span> Spans()
    {
        if (Retracted is not null)
            return [];
        var walk = new Walk(this);
        var spans = ImmutableArray.CreateBuilder<Span>();
        foreach (var day in Updates.Where(u => !u.IsGone).OrderBy(u => u.Key).GroupBy(u => u.LastDay))
        {
            foreach (var update in day)
                walk.Take(update);
            if (walk.Standing() is not { } standing)
                continue;
            if (spans.Count > 0 && spans[^1].Standing.Equals(standing))
                continue;
            if (spans.Count > 0)
                spans[^1] = spans[^1] with { To = day.Key };
            spans.Add(new Span(day.Key, null, standing));
        }

        return spans.ToImmutable();
    }

    /// <summary>Where the item stood on a day; null: no status by then.</summary>
    public Standing? StandingOn(DateOnly day)
    {
        if (Retracted is not null)
            return null;
        var walk = new Walk(this);
        foreach (var update in Updates.Where(u => !u.IsGone && u.LastDay <= day).OrderBy(u => u.Key))
            walk.Take(update);
        return walk.Standing();
    }

    /// <summary>
    /// The step just before a key among the counted ones, and the deadline in force then: what a new or replaced step
    /// is judged by.
    /// </summary>
    /// <param name="key">Where the new step is to stand.</param>
    /// <param name="exceptUpdate">Id of the update that is replaced, as if it were not there; null: none.</param>
    public StepBefore Predecessor(OccurrenceKey key, string? exceptUpdate = null)
    {
        var walk = new Walk(this);
        foreach (var update in CountedInOrder)
        {
            if (update.Key >= key)
                break;
            if (update.Id != exceptUpdate)
                walk.Take(update);
        }

        return new StepBefore(walk.Last?.Fields.Status, walk.StalledAt, walk.Due);
    }

    /// <summary>
    /// The statuses to which a new step may lead, in the table's order: judged after the step before it in order of
    /// occurrence, as known now. Some of them need a <see cref="Ground"/>, see <see cref="Lifecycle.NeedsGround"/>.
    /// </summary>
    /// <param name="occurredOn">When the step happened; it stands behind all else of its last day. Null: behind every step.</param>
    /// <returns>Empty also where no status counts by then.</returns>
    public IReadOnlyList<Status> LawfulOn(PartialDate? occurredOn)
    {
        var key = occurredOn is { LastDay: var day }
            ? new OccurrenceKey(day, HighestOrder(day) + 1, Updates.Count)
            : new OccurrenceKey(DateOnly.MaxValue, int.MaxValue, Updates.Count);
        return Predecessor(key) is { Status: { } from } before ? [.. Lifecycle.After(from, before.StalledAt, Details.Binding)] : [];
    }

    private Item After(ItemEvent e) =>
        e switch
        {
            DetailsChanged x => this with { Details = x.Changes.Over(Details) },
            UpdateLogged x => this with { Updates = Updates.Add(LoggedUpdate.From(x, Updates.Count)) },
            UpdateConfirmed x => With(x.UpdateId, u => u.Confirmed(x)),
            UpdateRejected x => With(x.UpdateId, u => u.Rejected(x)),
            CorrectionMade x => With(x.UpdateId, u => u.With(x, Version + 1)),
            CorrectionConfirmed x => With(UpdateOfCorrection(x.CorrectionId)?.Id, u => u.With(x)),
            CorrectionRejected x => With(UpdateOfCorrection(x.CorrectionId)?.Id, u => u.With(x)),
            EvidenceAdded x => With(x.UpdateId, u => u.With(x)),
            TranslationAdded x => With(x.UpdateId, u => u.With(x)),
            DisputeOpened x => With(x.UpdateId, u => u.With(x)),
            DisputeSettled x => With(UpdateOfDispute(x.Id)?.Id, u => u.With(x)),
            ItemRetracted x => this with { Retracted = x },
            _ => throw new InvalidOperationException($"{e.GetType().Name} does not belong into the middle of an item's stream."),
        };

    private Item With(string? updateId, Func<LoggedUpdate, LoggedUpdate> change)
    {
        var at = Updates.FindIndex(u => u.Id == updateId);
        return at < 0
            ? throw new InvalidOperationException($"Item {Slug} holds no update {updateId}.")
            : this with
            {
                Updates = Updates.SetItem(at, change(Updates[at])),
            };
    }

    /// <summary>Takes live updates in order of occurrence and knows where the item stands after them.</summary>
    private sealed class Walk(Item item)
    {
        private readonly List<LoggedUpdate> _steps = [];
        private readonly List<string> _flags = [];
        private DateOnly? _lastActivity;
        private int _awaiting;

        public LoggedUpdate? Last => _steps.Count > 0 ? _steps[^1] : null;
        public Status? StalledAt { get; private set; }
        public Deadline? Due { get; private set; } = item.Details.Due;

        public void Take(LoggedUpdate update)
        {
            if (update.IsPending)
            {
                _awaiting++;
                return;
            }

            var isFirstStep = update.IsStep && _steps.Count == 0;
            if (update.IsStep)
                TakeStep(update);
            if (update.Fields.Type == UpdateType.Deadline)
                Due = update.Fields.Due;
            if (!isFirstStep && (_lastActivity is null || update.LastDay > _lastActivity))
                _lastActivity = update.LastDay;
        }

        public Standing? Standing() =>
            Last is not { } last
                ? null
                : new Standing(
                    last.Fields.Status!.Value,
                    last.Fields.OccurredOn,
                    StalledAt,
                    Due?.Date.LastDay,
                    Due is null ? null : Target,
                    ReachedOn(),
                    _lastActivity,
                    last.Confidence,
                    _awaiting,
                    [.. _flags]
                );

        private void TakeStep(LoggedUpdate step)
        {
            var status = step.Fields.Status!.Value;
            if (IsFlagged(step, status))
                _flags.Add(step.Id);
            if (status != Status.Stalled)
                StalledAt = null;
            else if (Last?.Fields.Status is { } before and not Status.Stalled)
                StalledAt = before;
            _steps.Add(step);
        }

        private bool IsFlagged(LoggedUpdate step, Status status) =>
            Last is { } before
                ? StepRule.Judge(item, before.Fields.Status!.Value, StalledAt, Due, step.Fields) is not null
                : Lifecycle.FirstOf(item.Kind) is { } first && status != first;

        private Status Target => Due?.Target ?? Lifecycle.DefaultTarget(item.Kind);

        /// <summary>Last day of the step with which the target was reached, if the item has not left it since.</summary>
        private DateOnly? ReachedOn()
        {
            if (Due is null)
                return null;
            DateOnly? reached = null;
            foreach (var step in _steps)
                reached = item.Lifecycle.Reaches(step.Fields.Status!.Value, Target) ? reached ?? step.LastDay : null;
            return reached;
        }
    }
}
