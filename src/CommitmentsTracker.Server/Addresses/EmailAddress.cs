using MimeKit;

namespace CommitmentsTracker.Server.Addresses;

/// <summary>What counts as an e-mail address, and how it is kept.</summary>
public static class EmailAddress
{
    /// <summary>Most characters, after RFC 5321.</summary>
    public const int Longest = 254;

    private const int LongestMailbox = 64;
    private const string Never = "<>,;\"()";

    /// <summary>The address as it is kept: its domain in lower case. Null: it is no address.</summary>
    public static string? Of(string? typed)
    {
        var text = typed?.Trim() ?? "";
        if (text.Length is 0 or > Longest || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || Never.Contains(c)))
            return null;
        var at = text.LastIndexOf('@');
        if (at is < 1 or > LongestMailbox || !text[(at + 1)..].Contains('.', StringComparison.Ordinal))
            return null;
        return
            MailboxAddress.TryParse(text, out var parsed)
            && parsed.Address == text
            && parsed.Domain.Length > 0
            && Uri.CheckHostName(parsed.Domain) == UriHostNameType.Dns
            ? $"{text[..at]}@{text[(at + 1)..].ToLowerInvariant()}"
            : null;
    }
}
