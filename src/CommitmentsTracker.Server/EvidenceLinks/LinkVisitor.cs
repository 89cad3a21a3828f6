using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace CommitmentsTracker.Server.EvidenceLinks;

/// <summary>What came of visiting an address.</summary>
public enum Visit
{
    /// <summary>Somebody answered who does not say that the page is gone. A refusal (401, 403, 429) is an answer: many sites refuse programs.</summary>
    Answered,

    /// <summary>The server says that the page is gone (404, 410), or fails (5xx).</summary>
    Refused,

    /// <summary>Nobody answered: no such host, no connection, no answer in time.</summary>
    Unreachable,
}

/// <summary>Settings of the visits.</summary>
/// <param name="PrivateAddresses">True if addresses of the own network may be visited; only for tests.</param>
public sealed record LinkVisits(bool PrivateAddresses = false);

/// <summary>
/// Visits addresses as a reader would, without reading the page. Addresses come from editors, so none may lead into
/// the operator's own network: every connection, redirects included, goes to a public address or nowhere.
/// </summary>
public sealed class LinkVisitor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpClient _http;

    /// <summary>A visitor.</summary>
    public LinkVisitor(LinkVisits settings)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            MaxAutomaticRedirections = 8,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, settings.PrivateAddresses, ct),
        })
        { Timeout = Patience };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("CommitmentsTracker", "1.0"));
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("(weekly check of cited sources)"));
    }

    /// <summary>Visits an address.</summary>
    public async Task<Visit> VisitAsync(Uri address, CancellationToken ct)
    {
        try
        {
            using var head = new HttpRequestMessage(HttpMethod.Head, address);
            using var answer = await _http.SendAsync(head, HttpCompletionOption.ResponseHeadersRead, ct);
            if (answer.StatusCode < HttpStatusCode.BadRequest) return Visit.Answered;
            // Many servers know only GET.
            using var full = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
            return full.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or >= HttpStatusCode.InternalServerError ? Visit.Refused : Visit.Answered;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Visit.Unreachable;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    /// <summary>True for an address that anybody on the internet could reach.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !(address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6UniqueLocal || address.IsIPv6Multicast || address.IsIPv6Teredo);
        return address.GetAddressBytes() is var b && b[0] switch
        {
            0 or 10 or 127 or >= 224 => false,
            100 => b[1] is < 64 or > 127,
            169 => b[1] != 254,
            172 => b[1] is < 16 or > 31,
            192 => !(b[1] == 168 || (b[1] == 0 && b[2] is 0 or 2)),
            198 => b[1] is not (18 or 19),
            _ => true,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint to, bool privateAddresses, CancellationToken ct)
    {
        var addresses = await Dns.GetHostAddressesAsync(to.Host, ct);
        var allowed = privateAddresses ? addresses : [.. addresses.Where(IsPublic)];
        if (allowed.Length == 0) throw new HttpRequestException($"{to.Host} has no public address.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
