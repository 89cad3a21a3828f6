using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;

namespace CommitmentsTracker.People.Identity;

/// <summary>A role as it was given.</summary>
/// <param name="Id">By which it is taken away.</param>
public sealed record GivenGrant(Guid Id, string Person, Grant Grant, DateTimeOffset At, string? By);

/// <summary>A token as its owner sees it; the secret is not kept.</summary>
/// <param name="Name">Null: it came with the person and has no bounds.</param>
/// <param name="Prefix">How it begins; null: it was made before that was kept.</param>
public sealed record GivenToken(
    Guid Id,
    string? Name,
    string? Prefix,
    IReadOnlyList<Scope>? Scopes,
    string? Forum,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? UsedAt
);
