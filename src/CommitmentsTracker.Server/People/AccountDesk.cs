using System.Security.Claims;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
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

/// <summary>
/// What people do with their own account. Whatever changes how they sign in takes the password once more, if there is one.
/// </summary>
public sealed class AccountDesk(
    AccountManager manager,
    SignIns signIns,
    Sessions sessions,
    Invitations invitations,
    SignInLog log,
    Lockouts lockouts,
    IHttpContextAccessor http
)
{
    private const int RecoveryCodes = 10;

    private HttpContext Context => http.HttpContext ?? throw new InvalidOperationException("An account is kept within a request.");

    /// <summary>The account of who is signed in.</summary>
    public async Task<Account> OwnAsync() =>
        await manager.FindByIdAsync(Context.User.Id()) ?? throw new InvalidOperationException("The person is gone.");

    /// <summary>True if the present password has to be given once more. Who came by a one-time link forgot it.</summary>
    public bool MustProve(Account account) =>
        account.PasswordHash is not null && Context.User.FindFirstValue(ClaimTypes.AuthenticationMethod) != "link";

    /// <summary>Changes name and e-mail address.</summary>
    public async Task<WrongFields> ChangeDetailsAsync(string? name, string? email, string? password)
    {
        var account = await OwnAsync();
        name = name?.Trim();
        if (Checks.PersonNameProblem(name) is not null)
            return WrongFields.Of("name", "account.wrong.name");
        var address = string.IsNullOrWhiteSpace(email) ? null : EmailAddress.Read(email);
        if (address is null && (account.PasswordHash is not null || !string.IsNullOrWhiteSpace(email)))
            return WrongFields.Of("email", "account.wrong.email");
        var isMoved = address != account.Email;
        if (isMoved && await ProveAsync(account, password) is { } unproven)
            return unproven;
        if (isMoved && AccountStore.KeyOf(address) is { } key && await manager.FindByNameAsync(key) is { } other && other.Id != account.Id)
            return WrongFields.Of("email", "account.wrong.email.taken");
        (account.Name, account.Email, account.EmailKey) = (name!, address, AccountStore.KeyOf(address));
        if (Failed(await manager.UpdateAsync(account)) is { } wrong)
            return wrong;
        if (isMoved)
            await log.AddAsync(Context, account.Id, "email");
        return [];
    }

    /// <summary>Sets the password. Every session ends, and this browser gets a new one.</summary>
    public async Task<WrongFields> SetPasswordAsync(string? email, string? present, string? password)
    {
        var account = await OwnAsync();
        if (account.Email is null)
        {
            if (EmailAddress.Read(email) is not { } address)
                return WrongFields.Of("email", "account.wrong.email");
            if (await manager.FindByNameAsync(AccountStore.KeyOf(address)!) is not null)
                return WrongFields.Of("email", "account.wrong.email.taken");
            (account.Email, account.EmailKey) = (address, AccountStore.KeyOf(address));
        }

        if (await ProveAsync(account, present) is { } unproven)
            return unproven;
        if (PasswordRules.Problem(password ?? "", account.Name, account.Email) is { } problem)
            return WrongFields.Of("password", "account.wrong.password." + problem);
        account.PasswordHash = manager.PasswordHasher.HashPassword(account, password!);
        if (Failed(await manager.UpdateAsync(account)) is { } wrong)
            return wrong;
        await manager.ResetAccessFailedCountAsync(account);
        await log.AddAsync(Context, account.Id, "password");
        await sessions.EndAllAsync(account.Id, null, Context.RequestAborted);
        await signIns.SignInAsync(account, isPersistent: true, "password");
        return [];
    }

    /// <summary>Takes a passkey away.</summary>
    public async Task<WrongFields> RemovePasskeyAsync(string? id, string? present)
    {
        var account = await OwnAsync();
        if (await ProveAsync(account, present) is { } unproven)
            return unproven;
        var passkey = (await manager.GetPasskeysAsync(account)).FirstOrDefault(p => Convert.ToHexStringLower(p.CredentialId) == id);
        if (passkey is null)
            return WrongFields.Of("", "account.wrong.meanwhile");
        await manager.RemovePasskeyAsync(account, passkey.CredentialId);
        await log.AddAsync(Context, account.Id, "passkey");
        return [];
    }

    /// <summary>Takes the role of an invitation, signed in.</summary>
    public async Task<WrongFields> TakeInvitationAsync(string secret)
    {
        if (!await invitations.TakeAsync(secret, Context.User.Id(), Context.RequestAborted))
            return WrongFields.Of("", "invitation.over");
        await log.AddAsync(Context, Context.User.Id(), "invitation");
        return [];
    }

    /// <summary>Makes an account with the role of an invitation, and signs in.</summary>
    public async Task<WrongFields> JoinAsync(string secret, string? name, string? email, string? password)
    {
        name = name?.Trim();
        if (Checks.PersonNameProblem(name) is not null)
            return WrongFields.Of("name", "account.wrong.name");
        if (EmailAddress.Read(email) is not { } address)
            return WrongFields.Of("email", "account.wrong.email");
        if (PasswordRules.Problem(password ?? "", name, address) is { } problem)
            return WrongFields.Of("password", "account.wrong.password." + problem);
        if (await manager.FindByNameAsync(AccountStore.KeyOf(address)!) is not null)
            return WrongFields.Of("email", "account.wrong.email.taken");
        var nobody = new Account { Id = "", Name = name! };
        if (
            await invitations.JoinAsync(
                secret,
                name!,
                address,
                manager.PasswordHasher.HashPassword(nobody, password!),
                Context.RequestAborted
            )
            is not { } person
        )
            return WrongFields.Of("", "invitation.over");
        await log.AddAsync(Context, person.Id, "invitation");
        await signIns.EnterAsync(person.Id, "password");
        return [];
    }

    /// <summary>Makes a new key for an authenticator; it counts once a code of it was typed.</summary>
    public async Task<WrongFields> StartSecondStepAsync()
    {
        var account = await OwnAsync();
        if (account.HasSecondStep)
            return WrongFields.Of("", "account.wrong.meanwhile");
        account.TotpKey = TimeCodes.NewKey();
        return Failed(await manager.UpdateAsync(account)) ?? [];
    }

    /// <summary>Turns the second step on, if the code is right: the recovery codes, to be shown this once.</summary>
    public async Task<(IReadOnlyList<string> Codes, WrongFields Wrong)> TurnSecondStepOnAsync(string? code)
    {
        var account = await OwnAsync();
        var typed = new string([.. (code ?? "").Where(char.IsAsciiDigit)]);
        if (account.HasSecondStep)
            return ([], WrongFields.Of("", "account.wrong.meanwhile"));
        if (account.TotpKey is null || !await manager.VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, typed))
            return ([], WrongFields.Of("code", "step.wrong"));
        account.HasSecondStep = true;
        return await NewCodesAsync(account);
    }

    /// <summary>Makes new recovery codes; the former ones work no more.</summary>
    public async Task<(IReadOnlyList<string> Codes, WrongFields Wrong)> RenewCodesAsync(string? present)
    {
        var account = await OwnAsync();
        if (!account.HasSecondStep)
            return ([], WrongFields.Of("", "account.wrong.meanwhile"));
        return await ProveAsync(account, present) is { } unproven ? ([], unproven) : await NewCodesAsync(account);
    }

    /// <summary>Turns the second step off.</summary>
    public async Task<WrongFields> TurnSecondStepOffAsync(string? present)
    {
        var account = await OwnAsync();
        if (await ProveAsync(account, present) is { } unproven)
            return unproven;
        (account.HasSecondStep, account.TotpKey, account.Recovery) = (false, null, []);
        if (Failed(await manager.UpdateAsync(account)) is { } wrong)
            return wrong;
        await log.AddAsync(Context, account.Id, "second-step");
        return [];
    }

    /// <summary>The present password, where it has to be given. Wrong ones are counted like those of signing in.</summary>
    public async Task<WrongFields?> ProveAsync(Account account, string? password)
    {
        if (!MustProve(account))
            return null;
        if (
            !await manager.IsLockedOutAsync(account)
            && lockouts.MayTry(Context.Connection.RemoteIpAddress)
            && await manager.CheckPasswordAsync(account, password ?? "")
        )
            return null;
        await manager.AccessFailedAsync(account);
        return WrongFields.Of("present", "account.wrong.present");
    }

    private async Task<(IReadOnlyList<string> Codes, WrongFields Wrong)> NewCodesAsync(Account account)
    {
        var codes = await manager.GenerateNewTwoFactorRecoveryCodesAsync(account, RecoveryCodes);
        await log.AddAsync(Context, account.Id, "second-step");
        return ([.. codes!], []);
    }

    private static WrongFields? Failed(IdentityResult result) =>
        result.Succeeded
            ? null
            : WrongFields.Of(
                "",
                result.Errors.Any(e => e.Code == "DuplicateUserName") ? "account.wrong.email.taken" : "account.wrong.meanwhile"
            );
}
