using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>What a decision comes to: events to record, or refusals (then nothing is recorded).</summary>
public sealed record Decision
{
    private Decision(IReadOnlyList<ItemEvent> events, IReadOnlyList<Refusal> refusals) => (Events, Refusals) = (events, refusals);

    public IReadOnlyList<ItemEvent> Events { get; }
    public IReadOnlyList<Refusal> Refusals { get; }
    public bool IsAccepted => Refusals.Count == 0;

    public static Decision Accept(params ItemEvent[] events) => new(events, []);

    public static Decision Refuse(params IReadOnlyList<Refusal> refusals) => new([], refusals);

    public static implicit operator Decision(Refusal refusal) => Refuse(refusal);
}

/// <summary>Who records and when.</summary>
/// <param name="RecordedAt">The known clock's instant of the append.</param>
/// <param name="By">Opaque id of the person; null: an import.</param>
/// <param name="ArchiveRecordedAt">The archive's own time of a row that was added later.</param>
/// <param name="As">The role in which the person records.</param>
public sealed record Recording(DateTimeOffset RecordedAt, string? By = null, DateTimeOffset? ArchiveRecordedAt = null, Role? As = null)
{
    internal T Stamp<T>(T e)
        where T : ItemEvent => (T)(e with { RecordedAt = RecordedAt, By = By, As = As, ArchiveRecordedAt = ArchiveRecordedAt });
}

/// <summary>The slugs that a decision may refer to, looked up beforehand.</summary>
public sealed record KnownSlugs(
    IReadOnlySet<string> Forums,
    IReadOnlySet<string> Parties,
    IReadOnlySet<string> Themes,
    IReadOnlySet<string> Items
);
