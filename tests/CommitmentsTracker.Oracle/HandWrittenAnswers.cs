namespace CommitmentsTracker.Oracle;

/// <summary>
/// One question on the forum of the 2024 World AI Conference and the answer that a person wrote down after reading the
/// forum's files. Where a member is null, the answer does not speak of it (but a null <see cref="Status"/> means absent).
/// </summary>
/// <param name="Why">What the answer shows.</param>
/// <param name="Item">Slug.</param>
/// <param name="AsOf">D, YYYY-MM-DD.</param>
/// <param name="KnownOn">K, the end of that day, YYYY-MM-DD.</param>
/// <param name="Status">The status, or null if the item is absent.</param>
/// <param name="Since">Since when, as written; or the reason of the absence.</param>
/// <param name="Time">The time signal.</param>
/// <param name="Freshness">The freshness signal.</param>
/// <param name="Confidence">The confidence signal.</param>
/// <param name="Due">Last day of the deadline in force.</param>
public sealed record HandWrittenAnswer(
    string Why,
    string Item,
    string AsOf,
    string KnownOn,
    string? Status,
    string Since,
    string? Time = null,
    string? Freshness = null,
    string? Confidence = null,
    string? Due = null
);

/// <summary>Answers written by hand, for every reader of the tracker to give: domain, store, API and pages.</summary>
public static class HandWrittenAnswers
{
    private const string Absent = null!;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<HandWrittenAnswer> All =
    [
        // The resolution was logged with 25 June 2024 and re-dated to 1 July on 20 September.
        new(
            "before the catalogue was registered nothing is known",
            "un-resolution-ai-capacity-building",
            "2024-07-05",
            "2024-07-09",
            Absent,
            "not_yet_recorded"
        ),
        new(
            "known wrongly: a day on which it had not been adopted",
            "un-resolution-ai-capacity-building",
            "2024-06-28",
            "2024-08-01",
            "adopted",
            "2024-06-25",
            "no_deadline",
            "never_reviewed",
            "disputed"
        ),
        new(
            "known wrongly until the day before the re-date",
            "un-resolution-ai-capacity-building",
            "2024-07-01",
            "2024-09-19",
            "adopted",
            "2024-06-25",
            "no_deadline",
            "never_reviewed"
        ),
        new(
            "the re-date takes the same day's answer away",
            "un-resolution-ai-capacity-building",
            "2024-06-28",
            "2024-09-20",
            Absent,
            "no_status_yet"
        ),
        new(
            "the re-date moves since, and its own sources confirm it",
            "un-resolution-ai-capacity-building",
            "2024-07-01",
            "2024-12-31",
            "adopted",
            "2024-07-01",
            "no_deadline",
            "never_reviewed",
            "confirmed"
        ),
        // The convention was claimed to be in force since 1 November 2025: logged on 9 April 2026, retracted on 20 May.
        new(
            "180 days after the last news it is current",
            "coe-framework-convention-on-ai",
            "2025-11-30",
            "2025-12-01",
            "signed",
            "2024-09-05",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "181 days after it is ageing",
            "coe-framework-convention-on-ai",
            "2025-12-01",
            "2025-12-01",
            "signed",
            "2024-09-05",
            "no_deadline",
            "ageing",
            "confirmed"
        ),
        new(
            "a false claim, logged late, changes the past",
            "coe-framework-convention-on-ai",
            "2025-12-01",
            "2026-04-09",
            "in_force",
            "2025-11-01",
            "no_deadline",
            "current",
            "disputed"
        ),
        new(
            "the last day on which the claim stood",
            "coe-framework-convention-on-ai",
            "2026-05-19",
            "2026-05-19",
            "in_force",
            "2025-11-01",
            "no_deadline",
            "current",
            "disputed"
        ),
        new(
            "the retraction gives the status before back",
            "coe-framework-convention-on-ai",
            "2026-05-20",
            "2026-05-20",
            "signed",
            "2024-09-05",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new(
            "and gives the past back",
            "coe-framework-convention-on-ai",
            "2025-12-01",
            "2026-05-20",
            "signed",
            "2024-09-05",
            "no_deadline",
            "ageing",
            "confirmed"
        ),
        // The act was due for 2 August 2026; on 27 July 2026 that was moved to 2 August 2028, which was logged on 5 August.
        new(
            "thirteen days before the first deadline",
            "eu-ai-act",
            "2026-07-20",
            "2026-07-20",
            "in_force",
            "2024-08-01",
            "due_soon",
            "ageing",
            "confirmed",
            "2026-08-02"
        ),
        new(
            "after the first deadline, before the move was known",
            "eu-ai-act",
            "2026-08-04",
            "2026-08-04",
            "in_force",
            "2024-08-01",
            "overdue",
            "stale",
            "confirmed",
            "2026-08-02"
        ),
        new(
            "the same day once the move is known",
            "eu-ai-act",
            "2026-08-04",
            "2026-08-05",
            "in_force",
            "2024-08-01",
            "due",
            "current",
            "confirmed",
            "2028-08-02"
        ),
        new(
            "the day before the move, now that it is known",
            "eu-ai-act",
            "2026-07-26",
            "2026-08-05",
            "in_force",
            "2024-08-01",
            "due_soon",
            "ageing",
            "confirmed",
            "2026-08-02"
        ),
        new(
            "with the deadline still ahead when it came into force",
            "eu-ai-act",
            "2024-08-01",
            "2024-08-07",
            "in_force",
            "2024-08-01",
            "due",
            "current",
            "confirmed",
            "2026-08-02"
        ),
        // The law was on the plan in 2023, off it in 2025 (logged in November), on it again in 2026.
        new(
            "nobody has noticed yet that it stalled",
            "china-ai-law",
            "2025-08-01",
            "2025-08-01",
            "taken_up",
            "2023-06",
            "no_deadline",
            "never_reviewed",
            "reported"
        ),
        new(
            "the same day, once somebody noticed",
            "china-ai-law",
            "2025-08-01",
            "2025-11-18",
            "stalled",
            "2025-05",
            "no_deadline",
            "current",
            "confirmed"
        ),
        new("a month counts from its last day", "china-ai-law", "2025-05-31", "2026-11-23", "stalled", "2025-05"),
        new("and not a day earlier", "china-ai-law", "2025-05-30", "2026-11-23", "taken_up", "2023-06"),
        new(
            "from stalled it went back to the stage at which it stalled",
            "china-ai-law",
            "2026-11-23",
            "2026-11-23",
            "taken_up",
            "2026-05-11",
            "no_deadline",
            "ageing",
            "reported"
        ),
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
