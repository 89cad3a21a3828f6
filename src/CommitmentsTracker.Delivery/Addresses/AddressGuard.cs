using System.Net;
using System.Net.Sockets;

namespace CommitmentsTracker.Delivery.Addresses;

/// <summary>What is wrong with an address that somebody gave.</summary>
/// <param name="Rule">Name of the broken rule.</param>
/// <param name="Message">What to do instead.</param>
public sealed record AddressProblem(string Rule, string Message);

/// <summary>An address led to where no request may go; nothing was connected to.</summary>
public sealed class AddressBlockedException(AddressProblem problem) : HttpRequestException(problem.Message)
{
    /// <summary>Why.</summary>
    public AddressProblem Problem => problem;

    /// <summary>The reason in what a request threw; null: it failed otherwise.</summary>
    public static AddressProblem? In(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is AddressBlockedException blocked)
                return blocked.Problem;
        return null;
    }
}

/// <summary>
/// Keeps requests to addresses that users name out of the operator's own network. The same verdict falls when an address
/// is saved and at every connection: names are resolved here and the connection goes to the checked address, so that no
/// second look-up can answer otherwise.
/// </summary>
public sealed class AddressGuard
{
    /// <summary>Setting that lets webhooks reach networks of one's own, as CIDRs separated by commas.</summary>
    public const string Setting = "TRACKER_WEBHOOK_ALLOW";

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Everything that is not the public internet. What is sealed opens only to a CIDR that lies inside it: nobody who
    /// allows a large network means the machine itself or its cloud's metadata.
    /// </summary>
    private static readonly Block[] Blocks =
    [
        new("0.0.0.0/8", "this network", true),
        new("10.0.0.0/8", "a private network", false),
        new("100.64.0.0/10", "a carrier's network", false),
        new("127.0.0.0/8", "this machine", true),
        new("169.254.0.0/16", "link-local", true),
        new("172.16.0.0/12", "a private network", false),
        new("192.0.0.0/24", "reserved", true),
        new("192.0.2.0/24", "reserved for documentation", true),
        new("192.88.99.0/24", "a tunnel", true),
        new("192.168.0.0/16", "a private network", false),
        new("198.18.0.0/15", "reserved for benchmarks", true),
        new("198.51.100.0/24", "reserved for documentation", true),
        new("203.0.113.0/24", "reserved for documentation", true),
        new("224.0.0.0/4", "multicast", true),
        new("240.0.0.0/4", "reserved", true),
        new("::1/128", "this machine", true),
        new("::/96", "reserved", true),
        new("64:ff9b::/96", "a translation to IPv4", true),
        new("64:ff9b:1::/48", "a translation to IPv4", true),
        new("2001::/23", "a tunnel or reserved", true),
        new("2001:db8::/32", "reserved for documentation", true),
        new("2002::/16", "a tunnel", true),
        new("3fff::/20", "reserved for documentation", true),
        new("fc00::/7", "a private network", false),
        new("fe80::/10", "link-local", true),
        new("fec0::/10", "a private network", true),
        new("ff00::/8", "multicast", true),
    ];

    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    private readonly IReadOnlyList<IPNetwork> _allowed;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <summary>A guard.</summary>
    /// <param name="allowed">Networks that may be reached although they are not public.</param>
    /// <param name="resolve">Finds the addresses of a name; null: the system does.</param>
    public AddressGuard(IReadOnlyList<IPNetwork> allowed, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) =>
        (_allowed, _resolve) = (allowed, resolve ?? ((host, ct) => Dns.GetHostAddressesAsync(host, ct)));

    /// <summary>Lets requests go to the public internet only.</summary>
    public static AddressGuard PublicOnly { get; } = new([]);

    /// <summary>Reads the setting.</summary>
    /// <exception cref="InvalidOperationException">It is no list of networks.</exception>
    public static AddressGuard Of(IConfiguration configuration)
    {
        var networks = new List<IPNetwork>();
        foreach (
            var text in (configuration[Setting] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (!IPNetwork.TryParse(text, out var network))
                throw new InvalidOperationException($"{Setting} holds '{text}', which is no network such as 10.0.0.0/8.");
            networks.Add(network);
        }

        return new AddressGuard(networks);
    }

    /// <summary>
    /// A handler whose connections all go through this guard: no proxy, which would connect by itself, and no cookies.
    /// Redirects are followed only if asked for; each of them is a connection like any other.
    /// </summary>
    /// <param name="redirects">How many redirects are followed.</param>
    /// <param name="plainHttp">True if http is as good as https also for public addresses.</param>
    public SocketsHttpHandler Handler(int redirects = 0, bool plainHttp = false) =>
        new()
        {
            AllowAutoRedirect = redirects > 0,
            MaxAutomaticRedirections = Math.Max(1, redirects),
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = ConnectPatience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, ct) => ConnectAsync(context, plainHttp, ct),
        };

    /// <summary>The verdict on an address that is to be saved: the same as at a connection.</summary>
    /// <returns>What is wrong; null: nothing.</returns>
    public async Task<AddressProblem?> CheckAsync(string address, CancellationToken ct)
    {
        if (AddressForm.Wrong(address) is { } wrong)
            return wrong;
        var uri = new Uri(address);
        try
        {
            await AllowedAsync(uri.IdnHost, uri.Scheme == Uri.UriSchemeHttp, ct);
            return null;
        }
        catch (AddressBlockedException e)
        {
            return e.Problem;
        }
        catch (SocketException e)
        {
            return new AddressProblem("unknown-host", $"The host '{uri.Host}' cannot be resolved: {e.Message}.");
        }
    }

    /// <summary>Why nothing may be sent to an address; null: it may.</summary>
    /// <param name="address">The address.</param>
    /// <param name="plainHttp">True if the request is not encrypted: then only what is allowed by name may be reached.</param>
    public AddressProblem? Verdict(IPAddress address, bool plainHttp)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        else if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0)
            address = new IPAddress(address.GetAddressBytes());
        foreach (var block in Blocks)
        {
            if (!block.Network.Contains(address))
                continue;
            if (_allowed.Any(a => a.Contains(address) && (!block.Sealed || IsInside(a, block.Network))))
                return null;
            return new("blocked-address", $"{address} is {block.What}: nothing is sent there. The operator can allow it by {Setting}.");
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6 && !PublicV6.Contains(address))
            return new("blocked-address", $"{address} is reserved: nothing is sent there.");
        if (plainHttp && !_allowed.Any(a => a.Contains(address)))
            return new("https", "The address starts with https://; http is for networks that the operator allowed only.");
        return null;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, bool plainHttp, CancellationToken ct)
    {
        var uri = context.InitialRequestMessage.RequestUri!;
        var allowed = await AllowedAsync(context.DnsEndPoint.Host, !plainHttp && uri.Scheme == Uri.UriSchemeHttp, ct);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The addresses of a host to which something may be sent.</summary>
    /// <exception cref="AddressBlockedException">It has none.</exception>
    /// <exception cref="SocketException">The host is unknown.</exception>
    private async Task<IPAddress[]> AllowedAsync(string host, bool plainHttp, CancellationToken ct)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, ct);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        var problems = addresses.Select(a => (Address: a, Problem: Verdict(a, plainHttp))).ToList();
        IPAddress[] allowed = [.. problems.Where(p => p.Problem is null).Select(p => p.Address)];
        return allowed.Length > 0 ? allowed : throw new AddressBlockedException(problems[0].Problem!);
    }

    private static bool IsInside(IPNetwork network, IPNetwork block) =>
        network.PrefixLength >= block.PrefixLength && block.Contains(network.BaseAddress);

    private sealed class Block(string network, string what, bool isSealed)
    {
        public IPNetwork Network { get; } = IPNetwork.Parse(network);
        public string What => what;
        public bool Sealed => isSealed;
    }
}
