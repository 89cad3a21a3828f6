using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>Why something is refused, in kinds that every edge (HTTP, pages, commands) renders in its own way.</summary>
public enum RefusalKind
{
    /// <summary>The input itself is wrong.</summary>
    Invalid,

    /// <summary>The step is not lawful now.</summary>
    Unlawful,

    /// <summary>It conflicts with what is recorded.</summary>
    Conflict,

    /// <summary>Another person has to do it, or one with another role.</summary>
    Forbidden,

    /// <summary>What it names does not exist.</summary>
    NotFound,

    /// <summary>The item was retracted or merged.</summary>
    Gone,
}

/// <summary>A refusal: nothing is recorded.</summary>
/// <param name="Kind">What kind of refusal.</param>
/// <param name="Rule">Stable name of the broken rule, kebab-case.</param>
/// <param name="Field">Path of the field, as in the JSON of the API.</param>
/// <param name="Message">What is wrong and what would be right, in English.</param>
/// <param name="Lawful">For an unlawful step: the statuses that are lawful instead.</param>
/// <param name="Needed">For what a role forbids: the roles that may do it.</param>
public sealed record Refusal(
    RefusalKind Kind,
    string Rule,
    string Field,
    string Message,
    IReadOnlyList<Status>? Lawful = null,
    IReadOnlyList<Role>? Needed = null
);

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
