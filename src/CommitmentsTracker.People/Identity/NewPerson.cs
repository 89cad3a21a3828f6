using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;

namespace CommitmentsTracker.People.Identity;

/// <summary>Somebody of whom an account is made.</summary>
/// <param name="Name">Shown to signed-in people only.</param>
/// <param name="Grants">What they may do.</param>
/// <param name="Email">By which they sign in; null: not by an address.</param>
/// <param name="PasswordHash">Null: not by a password.</param>
/// <param name="By">Id of who gave the roles; null: nobody, the program did.</param>
public sealed record NewPerson(
    string Name,
    IReadOnlyList<Grant> Grants,
    string? Email = null,
    string? PasswordHash = null,
    string? By = null
);
