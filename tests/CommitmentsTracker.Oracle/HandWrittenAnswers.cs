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
        .. BorderAnswers.All,
    ];
}
