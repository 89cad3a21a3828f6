using CommitmentsTracker.People.Access;

namespace CommitmentsTracker.People.Identity;

/// <summary>How a person signs in: the row that ASP.NET Core Identity works on.</summary>
public sealed class Account
{
    /// <summary>Opaque id of the person.</summary>
    public required string Id { get; init; }
    public required string Name { get; set; }

    /// <summary>Under which address they sign in; null: not by a password.</summary>
    public string? Email { get; set; }
    public string? EmailKey { get; set; }
    public string? PasswordHash { get; set; }

    /// <summary>Key of their time-based codes.</summary>
    public string? TotpKey { get; set; }

    /// <summary>True if signing in by password takes a second step.</summary>
    public bool HasSecondStep { get; set; }

    /// <summary>Hashes of the recovery codes that are left.</summary>
    public string[] Recovery { get; set; } = [];

    /// <summary>Raised with every change; a stale one is refused.</summary>
    public int Version { get; set; }
}
