using System.Net;
using System.Net.Sockets;

namespace CommitmentsTracker.Record.Audit;

/// <summary>From where a request comes.</summary>
public static class Visitor
{
    /// <summary>How long network addresses and devices are kept.</summary>
    public static readonly TimeSpan AddressesKept = TimeSpan.FromDays(90);

    private const int LongestDevice = 200;

    /// <summary>The network address; null: from within the process.</summary>
    public static string? AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    /// <summary>Browser and system in a few words; what is known of neither stays as it is.</summary>
    public static string? NameOf(string? device)
    {
        if (device is null)
            return null;
        // Each says that it is also those after it.
        var browser = new[] { ("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari") }
            .FirstOrDefault(b => device.Contains(b.Item1, StringComparison.Ordinal))
            .Item2;
        var system = new[]
        {
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Macintosh", "macOS"),
            ("Linux", "Linux"),
        }
            .FirstOrDefault(s => device.Contains(s.Item1, StringComparison.Ordinal))
            .Item2;
        return browser is null ? device
            : system is null ? browser
            : $"{browser} · {system}";
    }

    /// <summary>What the browser says of itself, cut to a bearable length.</summary>
    public static string? DeviceOf(HttpContext context)
    {
        var agent = new string([.. context.Request.Headers.UserAgent.ToString().Where(c => !char.IsControl(c))]);
        return agent.Length == 0 ? null : agent[..Math.Min(agent.Length, LongestDevice)];
    }

    /// <summary>Whose reads are counted together: an IPv4 address, or the network of an IPv6 one. Null: within the process.</summary>
    public static string? ReaderOf(IPAddress? address)
    {
        if (address is null)
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }
}
