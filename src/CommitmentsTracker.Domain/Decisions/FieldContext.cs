using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>What the fields of one object are checked with.</summary>
/// <param name="Checks">Takes what is wrong.</param>
/// <param name="At">Path of the object in the body, with a dot behind it; empty: the body itself.</param>
/// <param name="Known">Slugs that exist.</param>
/// <param name="Recording">Who records and when.</param>
internal sealed record FieldContext(Checks Checks, string At, KnownSlugs Known, Recording Recording)
{
    /// <summary>Refuses a field of the object.</summary>
    public void Refuse(string rule, string field, string message) => Checks.Refuse(rule, At + field, message);

    /// <summary>The slug of a party; null: left out.</summary>
    public void Party(string field, string? slug) => Checks.Known(At + field, slug, Known.Parties, "party");

    /// <summary>The same for an object within this one.</summary>
    public FieldContext Within(string field) => this with { At = $"{At}{field}." };
}
