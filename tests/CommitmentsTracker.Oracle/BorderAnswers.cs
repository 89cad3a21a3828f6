namespace CommitmentsTracker.Oracle;

/// <summary>Answers at borders, written by hand: deadlines to the day, order within a day, partial dates.</summary>
internal static class BorderAnswers
{
    private const string Absent = null!;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<HandWrittenAnswer> All =
    [
        // Deadlines at their borders.
        new(
            "the last day of the deadline counts",
            "frontier-ai-book-formal-launch",
            "2024-07-15",
            "2024-07-20",
            "announced",
            "2024-07-04",
            "due_soon",
            "current",
            "confirmed",
            "2024-07-15"
        ),
        new(
            "the day after it is overdue",
            "frontier-ai-book-formal-launch",
            "2024-07-16",
            "2024-07-20",
            "announced",
            "2024-07-04",
            "overdue",
            "current",
            "confirmed",
            "2024-07-15"
        ),
        new(
            "a month's last day is the deadline",
            "california-sb-1047",
            "2024-08-31",
            "2024-09-05",
            "proposed",
            "2024-02-07",
            "due_soon",
            "never_reviewed",
            "reported",
            "2024-08-31"
        ),
        new(
            "overdue until somebody logs the veto",
            "california-sb-1047",
            "2024-09-29",
            "2024-09-30",
            "proposed",
            "2024-02-07",
            "overdue",
            "current",
            "reported",
            "2024-08-31"
        ),
        new(
            "rejected: no deadline runs any more",
            "california-sb-1047",
            "2024-09-29",
            "2024-10-01",
            "rejected",
            "2024-09-29",
            "ended",
            "current",
            "confirmed",
            "2024-08-31"
        ),
        new(
            "a year's last day is the deadline: 31 days before",
            "think-tank-books-event-at-world-bank",
            "2025-11-30",
            "2026-02-01",
            "announced",
            "2024-07-04",
            "due",
            "never_reviewed",
            "reported",
            "2025-12-31"
        ),
        new(
            "a year's last day is the deadline: 30 days before",
            "think-tank-books-event-at-world-bank",
            "2025-12-01",
            "2026-02-01",
            "announced",
            "2024-07-04",
            "due_soon",
            "never_reviewed",
            "reported",
            "2025-12-31"
        ),
        new(
            "a year's last day is the deadline: the day after",
            "think-tank-books-event-at-world-bank",
            "2026-01-01",
            "2026-02-01",
            "announced",
            "2024-07-04",
            "overdue",
            "never_reviewed",
            "reported",
            "2025-12-31"
        ),
        new(
            "on the very day of the deadline, not yet known to be met",
            "global-digital-compact",
            "2024-09-22",
            "2024-09-24",
            "in_negotiation",
            "2024-04",
            "due_soon",
            "never_reviewed",
            "reported",
            "2024-09-22"
        ),
        new(
            "met on the very day",
            "global-digital-compact",
            "2024-09-22",
            "2024-09-25",
            "adopted",
            "2024-09-22",
            "met_on_time",
            "current",
            "confirmed",
            "2024-09-22"
        ),
        new(
            "a first status known to the month starts on its last day",
            "global-digital-compact",
            "2024-04-29",
            "2024-07-10",
            Absent,
            "no_status_yet"
        ),
        // Order within a day, late links, closings, partial dates of other updates.
        new(
            "two steps of one day, before the second was known",
            "tsinghua-alibaba-governance-report-final-release",
            "2024-07-04",
            "2024-07-10",
            "announced",
            "2024-07-04",
            "no_deadline",
            "never_reviewed",
            "confirmed"
        ),
        new(
            "two steps of one day: the higher order is the status",
            "tsinghua-alibaba-governance-report-final-release",
            "2024-07-04",
            "2024-07-11",
            "underway",
            "2024-07-04",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "adopted and signed on one day",
            "world-ai-cooperation-organization",
            "2026-07-16",
            "2026-07-18",
            "signed",
            "2026-07-16",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "the day before that was known",
            "world-ai-cooperation-organization",
            "2026-07-16",
            "2026-07-17",
            "proposed",
            "2025-07-26",
            "no_deadline",
            "ageing",
            "confirmed"
        ),
        new(
            "the author says less than the sources allow",
            "unu-hlab-final-report-drafting",
            "2024-10-01",
            "2024-10-01",
            "delivered",
            "2024-09-19",
            "no_deadline",
            "current",
            "reported"
        ),
        new(
            "only the party itself says so",
            "group-of-friends-ai-capacity-building",
            "2025-01-01",
            "2025-01-01",
            "in_force",
            "2024-12-03",
            "no_deadline",
            "never_reviewed",
            "claimed"
        ),
        new(
            "an activity known to the year counts from its last day",
            "tsinghua-international-forum-ai-cooperation-governance",
            "2025-12-30",
            "2026-01-10",
            "in_force",
            "2020-12-18",
            "no_deadline",
            "stale",
            "confirmed"
        ),
        new(
            "and on its last day makes the item current",
            "tsinghua-international-forum-ai-cooperation-governance",
            "2025-12-31",
            "2026-01-10",
            "in_force",
            "2020-12-18",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "not yet recorded although it had happened",
            "eu-digital-omnibus-on-ai",
            "2025-11-19",
            "2025-11-20",
            Absent,
            "not_yet_recorded"
        ),
        new(
            "a body dissolved",
            "us-executive-order-compute-threshold",
            "2025-01-20",
            "2025-01-30",
            "ended",
            "2025-01-20",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "replaced by a linked item",
            "pre-seoul-scientific-report-on-ai-safety",
            "2025-01-29",
            "2025-02-04",
            "superseded",
            "2025-01-29",
            "no_deadline",
            "current",
            "confirmed"
        ),
    ];
}
