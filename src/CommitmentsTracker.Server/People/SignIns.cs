using System.Security.Claims;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CommitmentsTracker.Server.People;

/// <summary>How an attempt to sign in ended.</summary>
public enum Entry
{
    /// <summary>Signed in.</summary>
    In,

    /// <summary>A code has to follow.</summary>
    SecondStep,

    /// <summary>Something was wrong; which of it is not said.</summary>
    Wrong,

    /// <summary>The account, if there is one, waits after too many wrong tries.</summary>
    Waits,

    /// <summary>Too many wrong tries came from this network address.</summary>
    TooMany,

    /// <summary>The second step comes too late, or without a first one.</summary>
    Expired,
}

/// <summary>What came of an attempt.</summary>
/// <param name="Entry">How it ended.</param>
/// <param name="Until">Until when an account waits.</param>
public sealed record EntryOutcome(Entry Entry, DateTimeOffset? Until = null);

/// <summary>Signs people in on the pages: by password, link, token, second step.</summary>
public sealed class SignIns(
    AccountManager manager,
    IHttpContextAccessor http,
    IUserClaimsPrincipalFactory<Account> claims,
    IOptions<IdentityOptions> options,
    ILogger<SignInManager<Account>> logger,
    IAuthenticationSchemeProvider schemes,
    IUserConfirmation<Account> confirmation,
    Sessions sessions,
    Lockouts lockouts,
    SignInLog log
) : SignInManager<Account>(manager, http, claims, options, logger, schemes, confirmation)
{
    // What nobody types; whoever sends more wants the hash to work.
    private const int LongestTyped = 1_024;

    private string? _way;

    /// <summary>
    /// Signs in by e-mail address and password. An address without an account is answered as slowly and with the same words as one with.
    /// </summary>
    public async Task<EntryOutcome> PasswordAsync(string email, string password)
    {
        email = email.Trim();
        if (email.Length is 0 or > LongestTyped || password.Length is 0 or > LongestTyped)
            return new EntryOutcome(Entry.Wrong);
        var from = Context.Connection.RemoteIpAddress;
        if (!lockouts.MayTry(from))
            return new EntryOutcome(Entry.TooMany);
        var subject = AccountStore.KeyOf(email)!;
        if (await lockouts.UntilAsync(subject) is { } waits)
            return new EntryOutcome(Entry.Waits, waits);
        var account = await manager.FindByNameAsync(subject);
        var result = SignInResult.Failed;
        if (account?.PasswordHash is null)
        {
            manager.CheckNothing(password);
            await lockouts.FailedAsync(subject, from);
        }
        else
        {
            _way = "password";
            result = await PasswordSignInAsync(account, password, isPersistent: true, lockoutOnFailure: true);
        }

        return await EndedAsync(result, account, subject, "password");
    }

    /// <summary>The account that has passed the first step and owes the second; null: there is none.</summary>
    public Task<Account?> OwesSecondStepAsync() => GetTwoFactorAuthenticationUserAsync();

    /// <summary>The second step: a code of the authenticator, or one of the recovery codes.</summary>
    public async Task<EntryOutcome> SecondStepAsync(string code, bool isRecovery)
    {
        if (await GetTwoFactorAuthenticationUserAsync() is not { } account)
            return new EntryOutcome(Entry.Expired);
        var from = Context.Connection.RemoteIpAddress;
        if (!lockouts.MayTry(from))
            return new EntryOutcome(Entry.TooMany);
        var subject = AccountManager.SubjectOf(account);
        if (await lockouts.UntilAsync(subject) is { } waits)
            return new EntryOutcome(Entry.Waits, waits);
        _way = isRecovery ? "recovery" : "second-step";
        var typed = new string([.. code.Where(char.IsAsciiLetterOrDigit)]);
        if (isRecovery)
        {
            // Codes are written in two halves.
            var result = await TwoFactorRecoveryCodeSignInAsync(typed.Length == 10 ? $"{typed[..5]}-{typed[5..]}".ToUpperInvariant() : "-");
            if (!result.Succeeded)
                await lockouts.FailedAsync(subject, from);
            return await EndedAsync(result, account, subject, _way);
        }

        return await EndedAsync(
            await TwoFactorAuthenticatorSignInAsync(typed, isPersistent: true, rememberClient: false),
            account,
            subject,
            _way
        );
    }

    /// <summary>Signs in by a passkey, which is both steps in one: what one has, and what unlocks it.</summary>
    public async Task<EntryOutcome> PasskeyAsync(string credential)
    {
        if (!lockouts.MayTry(Context.Connection.RemoteIpAddress))
            return new EntryOutcome(Entry.TooMany);
        _way = "passkey";
        var asserted = await PerformPasskeyAssertionAsync(credential);
        if (!asserted.Succeeded || !(await manager.AddOrUpdatePasskeyAsync(asserted.User, asserted.Passkey)).Succeeded)
        {
            await log.AddAsync(Context, asserted.User?.Id, "wrong", _way);
            return new EntryOutcome(Entry.Wrong);
        }

        await SignInOrTwoFactorAsync(asserted.User, isPersistent: true, bypassTwoFactor: true);
        await log.AddAsync(Context, asserted.User.Id, "in", _way);
        return new EntryOutcome(Entry.In);
    }

    /// <summary>
    /// Signs in somebody who came by a link, a token or a provider; the second step stays due unless the provider sees to it.
    /// </summary>
    public async Task<EntryOutcome> EnterAsync(string person, string way)
    {
        var account = await manager.FindByIdAsync(person) ?? throw new InvalidOperationException("The person is gone.");
        _way = way;
        var result = await SignInOrTwoFactorAsync(account, isPersistent: true, bypassTwoFactor: way == "provider");
        if (result.Succeeded)
            await log.AddAsync(Context, person, "in", way);
        return new EntryOutcome(result.Succeeded ? Entry.In : Entry.SecondStep);
    }

    /// <summary>Signs in with a new session, also where one is open: that one ends.</summary>
    public override async Task SignInWithClaimsAsync(
        Account user,
        AuthenticationProperties? authenticationProperties,
        IEnumerable<Claim> additionalClaims
    )
    {
        if (Context.User.Session() is { } open)
            await sessions.EndAsync(Context.User.Id(), open, Context.RequestAborted);
        // The handler of this request has read the old session and would only renew it.
        var request = Context.RequestServices;
        await using var fresh = request.CreateAsyncScope();
        Context.RequestServices = fresh.ServiceProvider;
        try
        {
            await base.SignInWithClaimsAsync(
                user,
                authenticationProperties,
                _way is null ? additionalClaims : [new Claim(ClaimTypes.AuthenticationMethod, _way)]
            );
        }
        finally
        {
            Context.RequestServices = request;
        }
    }

    private async Task<EntryOutcome> EndedAsync(SignInResult result, Account? account, string subject, string way)
    {
        if (result.Succeeded)
        {
            await log.AddAsync(Context, account!.Id, "in", way);
            return new EntryOutcome(Entry.In);
        }

        if (result.RequiresTwoFactor)
            return new EntryOutcome(Entry.SecondStep);
        var until = await lockouts.UntilAsync(subject);
        await log.AddAsync(Context, account?.Id, until is null ? "wrong" : "locked", way);
        return until is null ? new EntryOutcome(Entry.Wrong) : new EntryOutcome(Entry.Waits, until);
    }
}

/// <summary>The claims with which somebody signs in; the session adds their roles at each request.</summary>
internal sealed class AccountClaims : IUserClaimsPrincipalFactory<Account>
{
    public Task<ClaimsPrincipal> CreateAsync(Account user) =>
        Task.FromResult(
            new ClaimsPrincipal(
                new ClaimsIdentity(
                    [new Claim(ClaimTypes.NameIdentifier, user.Id), new Claim(ClaimTypes.Name, user.Name)],
                    IdentityConstants.ApplicationScheme
                )
            )
        );
}
