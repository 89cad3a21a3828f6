using System.Security.Claims;
using CommitmentsTracker.Server.Subscriptions;
using Microsoft.AspNetCore.Identity;

namespace CommitmentsTracker.Server.People;

/// <summary>What is wrong with a form of the account: a phrase for each field.</summary>
public sealed class WrongFields : Dictionary<string, string>
{
    /// <summary>Nothing is wrong.</summary>
    public bool None => Count == 0;

    /// <summary>One field.</summary>
    public static WrongFields Of(string field, string phrase) => new() { [field] = phrase };
}

/// <summary>What people do with their own account. Whatever changes how they sign in takes the password once more, if there is one.</summary>
public sealed class AccountDesk(AccountManager manager, SignIns signIns, Sessions sessions, SignInLog log, Lockouts lockouts, IHttpContextAccessor http)
{
    private HttpContext Context => http.HttpContext ?? throw new InvalidOperationException("An account is kept within a request.");

    /// <summary>The account of who is signed in.</summary>
    public async Task<Account> OwnAsync() => await manager.FindByIdAsync(Context.User.Id()) ?? throw new InvalidOperationException("The person is gone.");

    /// <summary>True if the present password has to be given once more. Who came by a one-time link forgot it.</summary>
    public bool MustProve(Account account) => account.PasswordHash is not null && Context.User.FindFirstValue(ClaimTypes.AuthenticationMethod) != "link";

    /// <summary>Changes name and e-mail address.</summary>
    public async Task<WrongFields> ChangeDetailsAsync(string? name, string? email, string? password)
    {
        var account = await OwnAsync();
        name = name?.Trim();
        if (PostPeople.NameProblem(name) is not null) return WrongFields.Of("name", "account.wrong.name");
        var address = string.IsNullOrWhiteSpace(email) ? null : SignUps.Address(email);
        if (address is null && (account.PasswordHash is not null || !string.IsNullOrWhiteSpace(email))) return WrongFields.Of("email", "account.wrong.email");
        var isMoved = address != account.Email;
        if (isMoved && await ProveAsync(account, password) is { } unproven) return unproven;
        if (isMoved && AccountStore.KeyOf(address) is { } key && await manager.FindByNameAsync(key) is { } other && other.Id != account.Id) return WrongFields.Of("email", "account.wrong.email.taken");
        (account.Name, account.Email, account.EmailKey) = (name!, address, AccountStore.KeyOf(address));
        if (Failed(await manager.UpdateAsync(account)) is { } wrong) return wrong;
        if (isMoved) await log.AddAsync(Context, account.Id, "email");
        return [];
    }

    /// <summary>Sets the password. Every session ends, and this browser gets a new one.</summary>
    public async Task<WrongFields> SetPasswordAsync(string? email, string? present, string? password)
    {
        var account = await OwnAsync();
        if (account.Email is null)
        {
            if (SignUps.Address(email) is not { } address) return WrongFields.Of("email", "account.wrong.email");
            if (await manager.FindByNameAsync(AccountStore.KeyOf(address)!) is not null) return WrongFields.Of("email", "account.wrong.email.taken");
            (account.Email, account.EmailKey) = (address, AccountStore.KeyOf(address));
        }

        if (await ProveAsync(account, present) is { } unproven) return unproven;
        if (PasswordRules.Problem(password ?? "", account.Name, account.Email) is { } problem) return WrongFields.Of("password", "account.wrong.password." + problem);
        account.PasswordHash = manager.PasswordHasher.HashPassword(account, password!);
        if (Failed(await manager.UpdateAsync(account)) is { } wrong) return wrong;
        await manager.ResetAccessFailedCountAsync(account);
        await log.AddAsync(Context, account.Id, "password");
        await sessions.EndAllAsync(account.Id, null, Context.RequestAborted);
        await signIns.SignInAsync(account, isPersistent: true, "password");
        return [];
    }

    /// <summary>The present password, where it has to be given. Wrong ones are counted like those of signing in.</summary>
    public async Task<WrongFields?> ProveAsync(Account account, string? password)
    {
        if (!MustProve(account)) return null;
        if (!await manager.IsLockedOutAsync(account) && lockouts.MayTry(Context.Connection.RemoteIpAddress) && await manager.CheckPasswordAsync(account, password ?? "")) return null;
        await manager.AccessFailedAsync(account);
        return WrongFields.Of("present", "account.wrong.present");
    }

    private static WrongFields? Failed(IdentityResult result) => result.Succeeded ? null : WrongFields.Of("", result.Errors.Any(e => e.Code == "DuplicateUserName") ? "account.wrong.email.taken" : "account.wrong.meanwhile");
}
