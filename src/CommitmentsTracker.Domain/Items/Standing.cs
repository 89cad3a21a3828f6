using System.Collections.Immutable;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;

namespace CommitmentsTracker.Domain.Items;

/// <summary>
/// Where an item stands over a span of days. Everything that a day's answer needs besides the day itself, so that
/// every signal is arithmetic on the day.
/// </summary>
/// <param name="Status">The last counted step's status.</param>
/// <param name="Since">Its occurred-on.</param>
/// <param name="StalledAt">While stalled: the last status before it stalled.</param>
/// <param name="Due">Last day of the deadline in force.</param>
/// <param name="Target">The status that meets it; null without a deadline.</param>
/// <param name="ReachedOn">Last day of the step that met the target, while the item has not left it.</param>
/// <param name="LastActivity">Latest last day among the counted updates, the first step aside.</param>
/// <param name="Confidence">Confidence of the last counted step.</param>
/// <param name="Awaiting">Number of updates that wait for a second person.</param>
/// <param name="Flags">Ids of the steps that are unlawful after the step before them.</param>
public sealed record Standing(
    Status Status,
    PartialDate Since,
    Status? StalledAt,
    DateOnly? Due,
    Status? Target,
    DateOnly? ReachedOn,
    DateOnly? LastActivity,
    Confidence Confidence,
    int Awaiting,
    ImmutableArray<string> Flags
)
{
    /// <summary>How long a deadline counts as due soon, in days.</summary>
    public const int DueSoonDays = 30;

    /// <summary>How long an activity keeps an item current, in days.</summary>
    public const int CurrentDays = 180;

    /// <summary>How long it is at least ageing before it is stale, in days.</summary>
    public const int AgeingDays = 365;

    /// <summary>The time signal on a day within the span.</summary>
    public TimeSignal TimeOn(DateOnly day) => TimeOf(Status, Due, ReachedOn, day);

    /// <summary>The freshness signal on a day within the span.</summary>
    public Freshness FreshnessOn(DateOnly day) => FreshnessOf(LastActivity, day);

    /// <summary>The time signal on a day, from what it depends on.</summary>
    public static TimeSignal TimeOf(Status status, DateOnly? due, DateOnly? reachedOn, DateOnly day)
    {
        if (due is not { } last)
            return TimeSignal.NoDeadline;
        if (reachedOn is { } reached)
            return reached <= last ? TimeSignal.MetOnTime : TimeSignal.MetLate;
        if (Lifecycle.EndTheDeadline.Contains(status))
            return TimeSignal.Ended;
        if (day > last)
            return TimeSignal.Overdue;
        return last.DayNumber - day.DayNumber <= DueSoonDays ? TimeSignal.DueSoon : TimeSignal.Due;
    }

    /// <summary>The freshness signal on a day, from what it depends on.</summary>
    public static Freshness FreshnessOf(DateOnly? lastActivity, DateOnly day)
    {
        if (lastActivity is not { } last)
            return Freshness.NeverReviewed;
        return (day.DayNumber - last.DayNumber) switch
        {
            <= CurrentDays => Freshness.Current,
            <= AgeingDays => Freshness.Ageing,
            _ => Freshness.Stale,
        };
    }

    public bool Equals(Standing? other) =>
        other is not null
        && Status == other.Status
        && Since == other.Since
        && StalledAt == other.StalledAt
        && Due == other.Due
        && Target == other.Target
        && ReachedOn == other.ReachedOn
        && LastActivity == other.LastActivity
        && Confidence == other.Confidence
        && Awaiting == other.Awaiting
        && Flags.AsSpan().SequenceEqual(other.Flags.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Status, Since, Due, ReachedOn, LastActivity, Confidence, Awaiting, Flags.Length);
}

/// <summary>What a step is judged by: where the item stood just before it in order of occurrence.</summary>
/// <param name="Status">The last counted step's status; null: no step stands before.</param>
/// <param name="StalledAt">While stalled: the last status before it stalled.</param>
/// <param name="Due">The deadline in force then.</param>
public readonly record struct StepBefore(Status? Status, Status? StalledAt, Deadline? Due);

/// <summary>A standing and the days for which it holds (the first clock).</summary>
/// <param name="From">First day.</param>
/// <param name="To">Day behind the last one; null: still open.</param>
/// <param name="Standing">Where the item stood.</param>
public sealed record Span(DateOnly From, DateOnly? To, Standing Standing);
