using System.Net;

namespace CommitmentsTracker.Delivery.Addresses;

/// <summary>How an address that somebody gave has to be written. Only what looks the same to every reader passes.</summary>
public static class AddressForm
{
    private const int Longest = 2_000;

    /// <summary>What is wrong with the form of an address; null: nothing.</summary>
    public static AddressProblem? Wrong(string address)
    {
        if (address.Length > Longest)
            return new("too-long", "An address has at most 2,000 characters.");
        if (address.Any(c => c <= ' ' || c == '\\' || char.IsControl(c) || char.IsWhiteSpace(c)))
            return new("url", "An address holds no spaces, control characters or backslashes.");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !IsWeb(address, uri))
            return new("url", "An address starts with https:// and names a host.");
        var written = Authority(address);
        return WrongAround(address, uri, written) ?? WrongHost(uri, Host(written));
    }

    private static bool IsWeb(string address, Uri uri) =>
        uri.Scheme is "https" or "http" && address.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with what stands around the host.</summary>
    private static AddressProblem? WrongAround(string address, Uri uri, string written)
    {
        if (uri.Host.Length == 0)
            return new("url", "The address names no host.");
        if (uri.UserInfo.Length > 0 || written.Contains('@', StringComparison.Ordinal))
            return new("user-info", "A name or password in an address would stand in logs; use the signature instead.");
        if (address.Contains('#', StringComparison.Ordinal))
            return new("fragment", "A fragment is never sent; leave out # and what follows.");
        return uri.Port is < 1 or > 65535 ? new("port", "A port is a number from 1 to 65535.") : null;
    }

    /// <summary>What is wrong with the host.</summary>
    /// <param name="host">As it was written.</param>
    private static AddressProblem? WrongHost(Uri uri, string host)
    {
        if (host.Length == 0)
            return new("url", "The address names no host.");
        if (host.EndsWith('.'))
            return new("host", "Write the host without a dot at its end.");
        var hasZone = host.Contains('%', StringComparison.Ordinal);
        return uri.HostNameType switch
        {
            UriHostNameType.IPv6 when hasZone => new("host", "An address with a zone means something else on each machine."),
            UriHostNameType.IPv6 => null,
            UriHostNameType.IPv4 when host != uri.Host => new(
                "host",
                $"Write the host as {uri.Host}, four decimal numbers, if that is what is meant."
            ),
            UriHostNameType.Dns or UriHostNameType.IPv4 when !hasZone => uri.HostNameType == UriHostNameType.Dns && IsNumber(uri.IdnHost)
                ? new("host", "The host looks like a number; write an address as four decimal numbers.")
                : null,
            _ => new("host", "The host is no name and no address."),
        };
    }

    /// <summary>
    /// True if a name means a number to somebody: digits and dots of other scripts become one when the name is made ready
    /// for the network.
    /// </summary>
    private static bool IsNumber(string name) => IPAddress.TryParse(name, out _) || name.EndsWith('.') || LooksNumeric(name);

    /// <summary>What stands between the slashes, as it was written.</summary>
    private static string Authority(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = address.AsSpan(start).IndexOfAny('/', '?', '#');
        return end < 0 ? address[start..] : address[start..(start + end)];
    }

    private static string Host(string written) =>
        written.StartsWith('[') ? written[..(written.IndexOf(']', StringComparison.Ordinal) + 1)] : written.Split(':')[0];

    private static bool LooksNumeric(string host)
    {
        var last = host[(host.LastIndexOf('.') + 1)..];
        return last.Length > 0
            && (
                last.All(char.IsAsciiDigit)
                || (
                    last.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                    && last.AsSpan(2).IndexOfAnyExcept("0123456789abcdefABCDEF") < 0
                )
            );
    }
}
