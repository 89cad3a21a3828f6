using System.Text.Json;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>
/// What ASP.NET Core Identity keeps of an account, in the table of people. The user name is the e-mail address, or the id where there is
/// none.
/// </summary>
public sealed class AccountStore(
    NpgsqlDataSource source,
    IDataProtectionProvider protection,
    IPasswordHasher<Account> hasher,
    TimeProvider time
)
    : IUserPasswordStore<Account>,
        IUserEmailStore<Account>,
        IUserTwoFactorStore<Account>,
        IUserAuthenticatorKeyStore<Account>,
        IUserTwoFactorRecoveryCodeStore<Account>,
        IUserPasskeyStore<Account>
{
    private const string Columns = "select id, name, email, email_key, password_hash, totp_key, totp_on, recovery, version from people";

    private readonly IDataProtector _protector = protection.CreateProtector("CommitmentsTracker.TimeCodes.v1");

    /// <summary>By which an address is found, whatever its case.</summary>
    public static string? KeyOf(string? email) => email?.Normalize(System.Text.NormalizationForm.FormKC).ToUpperInvariant();

    /// <summary>Takes a time step as used; false: it or a later one was before.</summary>
    public async Task<bool> UseStepAsync(string id, long step, CancellationToken ct) =>
        await source.RunAsync("update people set totp_step = $2 where id = $1 and totp_step < $2", ct, id, step) == 1;

    /// <summary>The ids of those whose signing in by password takes a code.</summary>
    public async Task<IReadOnlySet<string>> WithSecondStepAsync(CancellationToken ct) =>
        (await source.AllAsync("select id from people where totp_on", r => r.GetString(0), ct)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Takes the second step and the recovery codes away.</summary>
    public Task ForgetSecondStepAsync(string id, CancellationToken ct) =>
        source.RunAsync("update people set totp_on = false, totp_key = null, recovery = '{}', version = version + 1 where id = $1", ct, id);

    public Task<Account?> FindByIdAsync(string userId, CancellationToken ct) =>
        source.OneAsync(Columns + " where id = $1", Read, ct, userId);

    public Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken ct) =>
        source.OneAsync(Columns + " where email_key = $1", Read, ct, normalizedUserName);

    public Task<Account?> FindByEmailAsync(string normalizedEmail, CancellationToken ct) => FindByNameAsync(normalizedEmail, ct);

    public async Task<IdentityResult> UpdateAsync(Account user, CancellationToken ct)
    {
        var changed = await source.RunAsync(
            """
            update people set name = $3, email = $4, email_key = $5, password_hash = $6, totp_key = $7, totp_on = $8, recovery = $9,
                version = version + 1
            where id = $1 and version = $2
            """,
            ct,
            user.Id,
            user.Version,
            user.Name,
            user.Email,
            user.EmailKey,
            user.PasswordHash,
            user.TotpKey is { } key ? _protector.Protect(key) : null,
            user.HasSecondStep,
            user.Recovery
        );
        if (changed == 0)
            return IdentityResult.Failed(new IdentityErrorDescriber().ConcurrencyFailure());
        user.Version++;
        return IdentityResult.Success;
    }

    /// <summary>People are made by <see cref="Accounts"/>, with their roles.</summary>
    public Task<IdentityResult> CreateAsync(Account user, CancellationToken ct) =>
        throw new NotSupportedException("Accounts makes people.");

    /// <summary>People are erased by <see cref="Accounts"/>.</summary>
    public Task<IdentityResult> DeleteAsync(Account user, CancellationToken ct) =>
        throw new NotSupportedException("Accounts erases people.");

    public Task<string> GetUserIdAsync(Account user, CancellationToken ct) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(Account user, CancellationToken ct) => Task.FromResult<string?>(user.Email ?? user.Id);

    public Task SetUserNameAsync(Account user, string? userName, CancellationToken ct) => SetEmailAsync(user, userName, ct);

    public Task<string?> GetNormalizedUserNameAsync(Account user, CancellationToken ct) => Task.FromResult(user.EmailKey);

    /// <summary>The key follows the address; Identity's own would be that of the id where there is no address.</summary>
    public Task SetNormalizedUserNameAsync(Account user, string? normalizedName, CancellationToken ct) => Task.CompletedTask;

    public Task<string?> GetEmailAsync(Account user, CancellationToken ct) => Task.FromResult(user.Email);

    public Task<bool> GetEmailConfirmedAsync(Account user, CancellationToken ct) => Task.FromResult(true);

    public Task SetEmailConfirmedAsync(Account user, bool confirmed, CancellationToken ct) => Task.CompletedTask;

    public Task<string?> GetNormalizedEmailAsync(Account user, CancellationToken ct) => Task.FromResult(user.EmailKey);

    public Task SetNormalizedEmailAsync(Account user, string? normalizedEmail, CancellationToken ct) => Task.CompletedTask;

    public Task SetEmailAsync(Account user, string? email, CancellationToken ct)
    {
        (user.Email, user.EmailKey) = (email, KeyOf(email));
        return Task.CompletedTask;
    }

    public Task<string?> GetPasswordHashAsync(Account user, CancellationToken ct) => Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(Account user, CancellationToken ct) => Task.FromResult(user.PasswordHash is not null);

    public Task SetPasswordHashAsync(Account user, string? passwordHash, CancellationToken ct)
    {
        user.PasswordHash = passwordHash;
        return Task.CompletedTask;
    }

    public Task<bool> GetTwoFactorEnabledAsync(Account user, CancellationToken ct) => Task.FromResult(user.HasSecondStep);

    public Task SetTwoFactorEnabledAsync(Account user, bool enabled, CancellationToken ct)
    {
        user.HasSecondStep = enabled;
        return Task.CompletedTask;
    }

    public Task<string?> GetAuthenticatorKeyAsync(Account user, CancellationToken ct) => Task.FromResult(user.TotpKey);

    public Task SetAuthenticatorKeyAsync(Account user, string key, CancellationToken ct)
    {
        user.TotpKey = key;
        return Task.CompletedTask;
    }

    public Task<int> CountCodesAsync(Account user, CancellationToken ct) => Task.FromResult(user.Recovery.Length);

    /// <summary>Keeps the codes as slow hashes, since people can type them and they are therefore short.</summary>
    public Task ReplaceCodesAsync(Account user, IEnumerable<string> recoveryCodes, CancellationToken ct)
    {
        user.Recovery = [.. recoveryCodes.Select(c => hasher.HashPassword(user, c))];
        return Task.CompletedTask;
    }

    /// <summary>Takes the code away; the update that follows makes sure that nobody else used it meanwhile.</summary>
    public Task<bool> RedeemCodeAsync(Account user, string code, CancellationToken ct)
    {
        var used = user.Recovery.FirstOrDefault(hash => hasher.VerifyHashedPassword(user, hash, code) != PasswordVerificationResult.Failed);
        if (used is null)
            return Task.FromResult(false);
        user.Recovery = [.. user.Recovery.Where(hash => hash != used)];
        return Task.FromResult(true);
    }

    /// <summary>Keeps a passkey, or what a use of it changed.</summary>
    public Task AddOrUpdatePasskeyAsync(Account user, UserPasskeyInfo passkey, CancellationToken ct) =>
        source.RunAsync(
            """
            insert into passkeys (id, person, name, created_at, passkey) values ($1, $2, $3, $4, $5::jsonb)
            on conflict (id) do update set name = coalesce(excluded.name, passkeys.name), passkey = excluded.passkey, used_at = $4
                where passkeys.person = excluded.person
            """,
            ct,
            passkey.CredentialId,
            user.Id,
            passkey.Name,
            time.GetUtcNow(),
            JsonSerializer.Serialize(
                new StoredPasskey(
                    passkey.PublicKey,
                    passkey.SignCount,
                    passkey.Transports,
                    passkey.IsUserVerified,
                    passkey.IsBackupEligible,
                    passkey.IsBackedUp,
                    passkey.AttestationObject,
                    passkey.ClientDataJson
                )
            )
        );

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Account user, CancellationToken ct) =>
        await source.AllAsync(
            "select id, created_at, passkey, name from passkeys where person = $1 order by created_at",
            ReadPasskey,
            ct,
            user.Id
        );

    public Task<Account?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken ct) =>
        source.OneAsync(Columns + " where id = (select person from passkeys where id = $1)", Read, ct, credentialId);

    public Task<UserPasskeyInfo?> FindPasskeyAsync(Account user, byte[] credentialId, CancellationToken ct) =>
        source.OneAsync(
            "select id, created_at, passkey, name from passkeys where person = $1 and id = $2",
            ReadPasskey,
            ct,
            user.Id,
            credentialId
        );

    public Task RemovePasskeyAsync(Account user, byte[] credentialId, CancellationToken ct) =>
        source.RunAsync("delete from passkeys where person = $1 and id = $2", ct, user.Id, credentialId);

    /// <summary>Who somebody is for a provider.</summary>
    public Task<Account?> FindByLoginAsync(string loginProvider, string providerKey, CancellationToken ct) =>
        source.OneAsync(
            Columns + " where id = (select person from provider_logins where provider = $1 and subject = $2)",
            Read,
            ct,
            loginProvider,
            providerKey
        );

    /// <inheritdoc />
    public void Dispose() { }

    private static UserPasskeyInfo ReadPasskey(NpgsqlDataReader r)
    {
        var p = JsonSerializer.Deserialize<StoredPasskey>(r.GetString(2))!;
        return new UserPasskeyInfo(
            (byte[])r.GetValue(0),
            p.PublicKey,
            r.At(1),
            p.SignCount,
            p.Transports,
            p.IsUserVerified,
            p.IsBackupEligible,
            p.IsBackedUp,
            p.AttestationObject,
            p.ClientDataJson
        )
        {
            Name = r.Text(3),
        };
    }

    private sealed record StoredPasskey(
        byte[] PublicKey,
        uint SignCount,
        string[]? Transports,
        bool IsUserVerified,
        bool IsBackupEligible,
        bool IsBackedUp,
        byte[] AttestationObject,
        byte[] ClientDataJson
    );

    private Account Read(NpgsqlDataReader r) =>
        new()
        {
            Id = r.GetString(0),
            Name = r.GetString(1),
            Email = r.Text(2),
            EmailKey = r.Text(3),
            PasswordHash = r.Text(4),
            TotpKey = r.Text(5) is { } key ? _protector.Unprotect(key) : null,
            HasSecondStep = r.GetBoolean(6),
            Recovery = r.GetFieldValue<string[]>(7),
            Version = r.GetInt32(8),
        };
}
