using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using CommitmentsTracker.Delivery.Addresses;

namespace CommitmentsTracker.Server.EvidenceLinks;

/// <summary>What came of visiting an address.</summary>
public enum Visit
{
    /// <summary>
    /// Somebody answered who does not say that the page is gone. A refusal (401, 403, 429) is an answer: many sites refuse programs.
    /// </summary>
    Answered,

    /// <summary>The server says that the page is gone (404, 410), or fails (5xx).</summary>
    Refused,

    /// <summary>Nobody answered: no such host, no connection, no answer in time.</summary>
    Unreachable,
}

/// <summary>
/// Visits addresses as a reader would, without reading the page. Addresses come from editors, so none may lead into
/// the operator's own network: every connection, redirects included, goes to a public address or nowhere.
/// </summary>
public sealed class LinkVisitor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpClient _http;

    /// <summary>A visitor.</summary>
    public LinkVisitor(AddressGuard guard)
    {
        _http = new HttpClient(guard.Handler(redirects: 8, plainHttp: true)) { Timeout = Patience };
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
            if (answer.StatusCode < HttpStatusCode.BadRequest)
                return Visit.Answered;
            // Many servers know only GET.
            using var full = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct);
            return full.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or >= HttpStatusCode.InternalServerError
                ? Visit.Refused
                : Visit.Answered;
        }
        catch (Exception e)
            when (e is HttpRequestException or SocketException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return Visit.Unreachable;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();
}
