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
        var at = text.LastIndexOf('@');
        if (text.Length > Longest || at is < 1 or > LongestMailbox || text.Any(IsForeign))
            return null;
        return
            text.IndexOf('.', at) > 0
            && MailboxAddress.TryParse(text, out var parsed)
            && parsed.Address == text
            && Uri.CheckHostName(parsed.Domain) == UriHostNameType.Dns
            ? $"{text[..at]}@{text[(at + 1)..].ToLowerInvariant()}"
            : null;
    }

    private static bool IsForeign(char c) => char.IsControl(c) || char.IsWhiteSpace(c) || Never.Contains(c);
}
