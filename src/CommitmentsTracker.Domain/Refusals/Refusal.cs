using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;

namespace CommitmentsTracker.Domain.Refusals;

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
