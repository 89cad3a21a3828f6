using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Domain.Notices;

/// <summary>The shape of an e-mail address.</summary>
public static class EmailAddress
{
    /// <summary>Longest address, in characters, after RFC 5321.</summary>
    public const int Longest = 254;

    private const int LongestLocalPart = 64;
    private const string AtomSigns = "!#$%&'*+-/=?^_`{|}~";

    /// <summary>
    /// The address as it is kept: without blanks around it, its domain in lower case. Before the last <c>@</c> stand
    /// words of letters, digits and signs, joined by single dots; behind it a host name of at least two parts. Names in
    /// quotes and bare IP addresses are not taken, letters of any script are.
    /// </summary>
    /// <returns>Null: it is no address.</returns>
    public static string? Read(string? typed)
    {
        var text = typed?.Trim() ?? "";
        var at = text.LastIndexOf('@');
        if (text.Length > Longest || at is < 1 or > LongestLocalPart || Checks.HoldsControlCharacters(text))
            return null;
        var (name, host) = (text[..at], text[(at + 1)..]);
        return name.Split('.').All(IsAtom) && IsHost(host) ? $"{name}@{host.ToLowerInvariant()}" : null;
    }

    private static bool IsAtom(string word) =>
        word.Length > 0
        && word.All(c =>
            char.IsAscii(c)
                ? char.IsAsciiLetterOrDigit(c) || AtomSigns.Contains(c, StringComparison.Ordinal)
                : !char.IsControl(c) && !char.IsWhiteSpace(c)
        );

    private static bool IsHost(string name) =>
        name.Contains('.', StringComparison.Ordinal) && !name.EndsWith('.') && Uri.CheckHostName(name) == UriHostNameType.Dns;
}
