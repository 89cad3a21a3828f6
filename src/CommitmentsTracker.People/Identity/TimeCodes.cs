using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using CommitmentsTracker.People.Access;
using Microsoft.AspNetCore.Identity;

namespace CommitmentsTracker.People.Identity;

/// <summary>
/// Time-based codes of six figures (RFC 6238: SHA-1, 30 seconds, one step of grace either way). Identity's own would take
/// a code twice and know no other clock than the machine's.
/// </summary>
public sealed class TimeCodes(AccountStore store, TimeProvider time) : IUserTwoFactorTokenProvider<Account>
{
    private const int Figures = 6;
    private const int StepSeconds = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>A new key of 160 bits, in base 32.</summary>
    public static string NewKey() => RandomNumberGenerator.GetString(Alphabet, 32);

    /// <summary>The address by which an authenticator takes the key over.</summary>
    public static string Address(string key, string issuer, string account) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(account)}?secret={key}&issuer={Uri.EscapeDataString(issuer)}";

    /// <summary>The code of a key at an instant.</summary>
    public static string Code(string key, DateTimeOffset at) => Code(key, at.ToUnixTimeSeconds() / StepSeconds);

    /// <summary>Asked by Identity; nothing is ever sent.</summary>
    public Task<string> GenerateAsync(string purpose, UserManager<Account> manager, Account user) => Task.FromResult("");

    /// <summary>True if the code is right and was not used before; then it is used.</summary>
    public async Task<bool> ValidateAsync(string purpose, string token, UserManager<Account> manager, Account user)
    {
        if (user.TotpKey is not { } key || token.Length != Figures)
            return false;
        var now = time.GetUtcNow().ToUnixTimeSeconds() / StepSeconds;
        for (var step = now - 1; step <= now + 1; step++)
            if (
                CryptographicOperations.FixedTimeEquals(
                    System.Text.Encoding.UTF8.GetBytes(Code(key, step)),
                    System.Text.Encoding.UTF8.GetBytes(token)
                )
            )
                return await store.UseStepAsync(user.Id, step, CancellationToken.None);
        return false;
    }

    /// <inheritdoc />
    public Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<Account> manager, Account user) =>
        Task.FromResult(user.TotpKey is not null);

    private static string Code(string key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[20];
        // The standard says SHA-1, and authenticators know nothing else for certain; as a keyed hash it is sound.
        HMACSHA1.HashData(Bytes(key), counter, mac);
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac[(mac[^1] & 0xF)..]) & 0x7FFFFFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    private static byte[] Bytes(string key)
    {
        var bytes = new List<byte>();
        var (bits, held) = (0, 0);
        foreach (var c in key)
        {
            bits = (bits << 5) | Alphabet.IndexOf(c, StringComparison.Ordinal);
            held += 5;
            if (held < 8)
                continue;
            held -= 8;
            bytes.Add((byte)(bits >> held));
            bits &= (1 << held) - 1;
        }

        return [.. bytes];
    }
}
