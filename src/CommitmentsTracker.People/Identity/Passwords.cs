using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CommitmentsTracker.People.Identity;

/// <summary>
/// What a password must be: long enough, not among those that everybody tries first, and not made of the person's own
/// name or address. No rule asks for kinds of characters.
/// </summary>
public sealed class PasswordRules : IPasswordValidator<Account>
{
    /// <summary>Fewest characters, counted as code points.</summary>
    public const int Shortest = 12;

    /// <summary>Most characters.</summary>
    public const int Longest = 256;

    private const int FewestDifferent = 5;
    private const int OwnWordLength = 4;

    private static readonly Lazy<FrozenSet<string>> Common = new(ReadCommon);

    /// <inheritdoc />
    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
        Task.FromResult(
            Problem(password ?? "", user.Name, user.Email) is { } problem
                ? IdentityResult.Failed(new IdentityError { Code = problem, Description = problem })
                : IdentityResult.Success
        );

    /// <summary>Name of the rule that a password breaks: <c>short</c>, <c>long</c>, <c>common</c>, <c>own</c>; null: none.</summary>
    public static string? Problem(string password, string? name, string? email)
    {
        var text = password.Normalize(NormalizationForm.FormKC);
        var length = text.EnumerateRunes().Count();
        if (length < Shortest)
            return "short";
        if (length > Longest)
            return "long";
        var plain = text.ToLowerInvariant();
        if (plain.EnumerateRunes().Distinct().Count() < FewestDifferent || IsCommon(plain) || IsRun(plain))
            return "common";
        var left = plain;
        foreach (var word in OwnWords(name, email))
            left = left.Replace(word, "", StringComparison.Ordinal);
        return left.Length < plain.Length && left.EnumerateRunes().Count(r => !Rune.IsDigit(r)) < Shortest / 2 ? "own" : null;
    }

    /// <summary>True for a common password, also one that is repeated, or dressed up with figures and signs at its ends.</summary>
    private static bool IsCommon(string plain)
    {
        if (Common.Value.Contains(plain))
            return true;
        var bare = plain.Trim([.. plain.Where(c => !char.IsLetter(c))]);
        if (bare.Length >= OwnWordLength && bare.Length <= plain.Length && Common.Value.Contains(bare))
            return true;
        for (var part = 1; part <= plain.Length / 2; part++)
        {
            if (plain.Length % part != 0)
                continue;
            var piece = plain[..part];
            if (string.Concat(Enumerable.Repeat(piece, plain.Length / part)) == plain)
                return true;
        }

        return false;
    }

    /// <summary>True for characters that follow each other, such as abcdefghijkl or 987654321098.</summary>
    private static bool IsRun(string plain)
    {
        var steps = plain.Zip(plain.Skip(1), (a, b) => b - a).ToList();
        return steps.Count(s => s is 1 or -1 or 9 or -9) >= steps.Count - 1;
    }

    private static IEnumerable<string> OwnWords(string? name, string? email) =>
        $"{name} {email} commitments tracker"
            .ToLowerInvariant()
            .Split([' ', '@', '.', '-', '_', '+'], StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w.Length >= OwnWordLength)
            .OrderByDescending(w => w.Length);

    private static FrozenSet<string> ReadCommon()
    {
        using var file = typeof(PasswordRules).Assembly.GetManifestResourceStream("People/common-passwords.txt.gz")!;
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress), Encoding.UTF8);
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
    }
}

/// <summary>Identity's hash over the password in one Unicode form, so that it does not matter on which keyboard it is typed.</summary>
public sealed class UnicodeHasher(IOptions<PasswordHasherOptions> options) : PasswordHasher<Account>(options)
{
    /// <inheritdoc />
    public override string HashPassword(Account user, string password) =>
        base.HashPassword(user, password.Normalize(NormalizationForm.FormKC));

    /// <inheritdoc />
    public override PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword) =>
        base.VerifyHashedPassword(user, hashedPassword, providedPassword.Normalize(NormalizationForm.FormKC));
}
