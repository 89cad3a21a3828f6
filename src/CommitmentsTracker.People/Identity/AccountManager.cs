using CommitmentsTracker.People.Access;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CommitmentsTracker.People.Identity;

/// <summary>Identity's manager, with waits that grow and are the same for addresses without an account.</summary>
public sealed class AccountManager(
    AccountStore store,
    IOptions<IdentityOptions> options,
    IPasswordHasher<Account> hasher,
    IEnumerable<IUserValidator<Account>> users,
    IEnumerable<IPasswordValidator<Account>> passwords,
    ILookupNormalizer keys,
    IdentityErrorDescriber errors,
    IServiceProvider services,
    ILogger<UserManager<Account>> logger,
    Lockouts lockouts,
    IHttpContextAccessor http
) : UserManager<Account>(store, options, hasher, users, passwords, keys, errors, services, logger)
{
    // Checked where there is no account, so that the answer takes as long.
    private static string? _nobody;

    /// <inheritdoc />
    public override bool SupportsUserLockout => true;

    /// <summary>What wrong tries of an account are counted under.</summary>
    public static string SubjectOf(Account user) => user.EmailKey ?? user.Id;

    /// <inheritdoc />
    public override async Task<bool> IsLockedOutAsync(Account user) =>
        await lockouts.UntilAsync(SubjectOf(user), CancellationToken) is not null;

    /// <inheritdoc />
    public override async Task<IdentityResult> AccessFailedAsync(Account user)
    {
        await lockouts.FailedAsync(SubjectOf(user), http.HttpContext?.Connection.RemoteIpAddress, CancellationToken);
        return IdentityResult.Success;
    }

    /// <inheritdoc />
    public override async Task<IdentityResult> ResetAccessFailedCountAsync(Account user)
    {
        await lockouts.ForgetAsync(SubjectOf(user), CancellationToken);
        return IdentityResult.Success;
    }

    /// <summary>The counts lie elsewhere; Identity asks in order to spare itself a reset.</summary>
    public override Task<int> GetAccessFailedCountAsync(Account user) => Task.FromResult(1);

    /// <summary>Takes as long as the check of a password does.</summary>
    public void CheckNothing(string password) =>
        PasswordHasher.VerifyHashedPassword(Nobody, _nobody ??= PasswordHasher.HashPassword(Nobody, Secrets.Create()), password);

    private static Account Nobody => new() { Id = "", Name = "" };
}
