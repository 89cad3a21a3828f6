using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Changes;

/// <summary>How an item differs between two dates.</summary>
[JsonConverter(typeof(WordConverter<ChangeGroup>))]
public enum ChangeGroup
{
    /// <summary>It has a status now and had none.</summary>
    New,

    /// <summary>It reached a later stage of its lifecycle, or came back onto it; or what was not delivered was delivered in part.</summary>
    MovedForward,

    /// <summary>
    /// It fell back to an earlier stage, or left the stages: stalled, rejected, withdrawn, lapsed, superseded, closed,
    /// reversed.
    /// </summary>
    MovedBack,

    /// <summary>What we said on the earlier date was wrong and has been put right.</summary>
    Corrected,

    /// <summary>Same status, but its deadline passed unmet.</summary>
    BecameOverdue,

    /// <summary>Same status, but something happened or came to light.</summary>
    News,

    /// <summary>Somebody looked and found nothing new; nothing else changed.</summary>
    Reviewed,

    /// <summary>It has no status now and had one: taken out, or merged into another.</summary>
    TakenOut,
}

/// <summary>Why an item differs.</summary>
/// <param name="Kind">What sort of thing it was.</param>
/// <param name="OccurredOn">When it happened; of a deadline the first day after it.</param>
/// <param name="Logged">The entry of the log; null: nothing had to be recorded, the day came.</param>
public sealed record Cause(CauseKind Kind, PartialDate? OccurredOn, LoggedChange? Logged);

/// <summary>How one item differs between two dates: one group, one cause.</summary>
/// <param name="TurnedOverdue">True if its deadline passed unmet between the dates, whatever the group.</param>
public sealed record Difference(ChangeGroup Group, Cause Cause, bool TurnedOverdue);

/// <summary>
/// Compares an item on two dates, both clocks moving: where it stood on the earlier day as known then with where it
/// stood on the later day as known then.
/// </summary>
/// <remarks>
/// An item differs if its <see cref="Standing"/> does (status, since, deadline, last activity, confidence, what waits,
/// flags) or if its deadline passed unmet. What days alone do to the other signals (ageing, due soon) is no difference,
/// nor is a change of title or themes. A change of status decides before everything else; the decisive event is the last
/// one that brought the status about. What waited for a second person is due to the confirmation if it had been logged
/// before the earlier date, else it is simply a fact. A correction makes the group <see cref="ChangeGroup.Corrected"/> only if it mends
/// what was on record before the earlier date: a slip that came and went in between was never seen on either date.
/// </remarks>
public static class Comparison
{
    /// <summary>The difference, or null if there is none.</summary>
    /// <param name="kind">Whose lifecycle it is.</param>
    /// <param name="before">Where it stood on the earlier date; null: nowhere.</param>
    /// <param name="from">The earlier day.</param>
    /// <param name="after">Where it stood on the later date; null: nowhere.</param>
    /// <param name="to">The later day.</param>
    /// <param name="log">
    /// What was recorded of it after the earlier instant and up to the later one, in order; also what was recorded
    /// before and happened after <paramref name="from"/> (a day begins at UTC+14 before it begins here).
    /// </param>
    public static Difference? Between(
        ItemKind kind,
        Standing? before,
        DateOnly from,
        Standing? after,
        DateOnly to,
        IReadOnlyList<LoggedChange> log
    )
    {
        if (before is null && after is null)
            return null;
        // What happens after the later day is known, but not yet true on it.
        var told = log.Where(c => c.Kind is CauseKind.Correction || c.OccurredOn is not { } on || on.LastDay <= to).ToList();
        if (before is null)
            return Came(after!, to, told, log);
        if (after is null)
            return Went(told, log);

        var overdue = after.TimeOn(to) == TimeSignal.Overdue && before.TimeOn(from) != TimeSignal.Overdue;
        if (before == after && !overdue)
            return null;
        var (group, cause) =
            before.Status != after.Status ? Moved(kind, before, after, told, log)
            : overdue ? (ChangeGroup.BecameOverdue, Passed(after, from, told, log))
            : Stayed(before, after, told, log);
        return new Difference(group, cause, overdue);
    }

    /// <summary>True if the second status lies further along the lifecycle than the first, or is back on it.</summary>
    public static bool IsForward(ItemKind kind, Status before, Status after)
    {
        var lifecycle = Lifecycle.Of(kind);
        return lifecycle.Stages.Contains(after)
            ? !lifecycle.Stages.Contains(before) || lifecycle.Reaches(after, before)
            : before == Status.NotDelivered && after == Status.PartlyDelivered;
    }

    private static Difference Came(Standing after, DateOnly to, List<LoggedChange> told, IReadOnlyList<LoggedChange> log)
    {
        var first =
            told.FindLast(c => c.Kind == CauseKind.Recorded)
            ?? told.FindLast(c => c is { Before: null, After: not null })
            ?? told.FirstOrDefault();
        return new Difference(ChangeGroup.New, Because(first, after.Since, log), after.TimeOn(to) == TimeSignal.Overdue);
    }

    private static Difference Went(List<LoggedChange> told, IReadOnlyList<LoggedChange> log)
    {
        var last =
            told.FindLast(c => c.Kind == CauseKind.Retraction)
            ?? told.FindLast(c => c is { Before: not null, After: null })
            ?? told.LastOrDefault();
        return new Difference(ChangeGroup.TakenOut, Because(last, null, log), false);
    }

    private static (ChangeGroup, Cause) Moved(
        ItemKind kind,
        Standing before,
        Standing after,
        List<LoggedChange> told,
        IReadOnlyList<LoggedChange> log
    )
    {
        var step =
            told.FindLast(c => c.After?.Status == after.Status && c.Before?.Status != after.Status)
            ?? CameTrue(after, told)
            ?? told.LastOrDefault();
        var group =
            step is not null && MendsTheOld(step, log) ? ChangeGroup.Corrected
            : IsForward(kind, before.Status, after.Status) ? ChangeGroup.MovedForward
            : ChangeGroup.MovedBack;
        return (group, Because(step, after.Since, log));
    }

    private static (ChangeGroup, Cause) Stayed(Standing before, Standing after, List<LoggedChange> told, IReadOnlyList<LoggedChange> log)
    {
        var mends = told.FindAll(c => MendsTheOld(c, log));
        if (NewSince(before, after, told) is { } step)
            return (mends.Contains(step) ? ChangeGroup.Corrected : ChangeGroup.News, Because(step, after.Since, log));
        var facts = told.FindAll(IsFact);
        var reviews = told.FindAll(c => c.Kind == CauseKind.Review);
        var isQuiet = facts.Count + reviews.Count == 0;
        if ((mends.FindLast(c => c.ChangedState) ?? (isQuiet ? mends.LastOrDefault() : null)) is { } mended)
            return (ChangeGroup.Corrected, Because(mended, null, log));
        if (before with { LastActivity = after.LastActivity } != after)
            return (ChangeGroup.News, Because(Decisive(before, after, told), null, log));
        return facts.Count == 0 && reviews.Count > 0
            ? (ChangeGroup.Reviewed, Because(reviews[^1], null, log))
            : (ChangeGroup.News, Because(facts.LastOrDefault() ?? told.LastOrDefault(), null, log));
    }

    /// <summary>What gave the same status another day; null: its day is the same, or nothing tells.</summary>
    private static LoggedChange? NewSince(Standing before, Standing after, List<LoggedChange> told) =>
        before.Since == after.Since
            ? null
            : told.FindLast(c => IsSince(c.After, after) && !IsSince(c.Before, after)) ?? CameTrue(after, told);

    /// <summary>What changed more than the last activity: the deadline before anything else.</summary>
    private static LoggedChange? Decisive(Standing before, Standing after, List<LoggedChange> told)
    {
        var due = before.Due == after.Due ? null : told.FindLast(c => c.After?.Due == after.Due && c.Before?.Due != after.Due);
        return due ?? told.FindLast(c => c.ChangedState) ?? told.LastOrDefault();
    }

    private static bool IsFact(LoggedChange change) => change.Kind is CauseKind.Fact or CauseKind.LateFact or CauseKind.Confirmation;

    /// <summary>
    /// The deadline, unless it was named when it had passed already, or something else than its passing made the item
    /// overdue.
    /// </summary>
    private static Cause Passed(Standing after, DateOnly from, List<LoggedChange> told, IReadOnlyList<LoggedChange> log)
    {
        var due = after.Due!.Value;
        var named = told.FindLast(c => c.After?.Due == due && c.Before?.Due != due);
        if (named is not null && named.RecordedAt.DayOf() <= due)
            named = null;
        if (named is null && due < from)
            named = told.FindLast(c => c.After?.Time == TimeSignal.Overdue && c.Before?.Time != TimeSignal.Overdue) ?? told.LastOrDefault();
        return named is not null ? Because(named, null, log) : new Cause(CauseKind.Deadline, PartialDate.Day(due.AddDays(1)), null);
    }

    /// <summary>The step that had been recorded before its day began here.</summary>
    private static LoggedChange? CameTrue(Standing after, List<LoggedChange> told) =>
        told.FindLast(c =>
            c.OccurredOn == after.Since
            && c.Kind is CauseKind.Fact or CauseKind.LateFact or CauseKind.Confirmation or CauseKind.Correction or CauseKind.Recorded
        );

    /// <summary>True of a correction of something that was on record before the earlier date.</summary>
    private static bool MendsTheOld(LoggedChange change, IReadOnlyList<LoggedChange> log) =>
        change.Kind == CauseKind.Correction && !log.Any(c => c.Logs && c.Update == change.Update && c.Kind != CauseKind.Correction);

    private static bool IsSince(LoggedState? state, Standing standing) =>
        state is not null && state.Status == standing.Status && state.Since == standing.Since;

    private static Cause Because(LoggedChange? decisive, PartialDate? since, IReadOnlyList<LoggedChange> log)
    {
        if (decisive is null)
            return new Cause(CauseKind.Fact, since, null);
        return decisive.Kind == CauseKind.Confirmation && log.FirstOrDefault(c => c.Logs && c.Update == decisive.Update) is { } logged
            ? new Cause(logged.Late ? CauseKind.LateFact : CauseKind.Fact, decisive.OccurredOn, logged)
            : new Cause(decisive.Kind, decisive.OccurredOn, decisive);
    }
}
