using System.Collections.Concurrent;
using System.Text;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CommitmentsTracker.Testing.Webhooks;

/// <summary>One request that a receiver got.</summary>
/// <param name="At">Milliseconds of the machine's own clock.</param>
public sealed record Received(
    long At,
    string Path,
    string Id,
    string Timestamp,
    string Signature,
    string ContentType,
    string UserAgent,
    byte[] Body
)
{
    private JsonNode? _json;

    public JsonNode Json => _json ??= JsonNode.Parse(Body)!;
    public string Type => (string)Json["type"]!;
    public bool IsPing => Type == "ping";

    public bool IsSignedWith(string secret) => SignatureCheck.Verify(secret, Id, Timestamp, Body, Signature);
}

/// <summary>A real receiver on a port of this machine, which keeps a ledger of all that it got.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<Received> _ledger = new();
    private readonly CancellationTokenSource _closing = new();

    private Receiver(WebApplication web) => _web = web;

    /// <summary>How it answers notices; pings are always accepted.</summary>
    public Func<HttpContext, Received, Task> Answers { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>How it answers pings.</summary>
    public int AnswersPings { get; set; } = 200;

    /// <summary>Without a slash at the end.</summary>
    public string Url => _web.Urls.First();

    /// <summary>Notices in the order in which they came, without pings.</summary>
    public IReadOnlyList<Received> Notices => [.. _ledger.Where(r => !r.IsPing)];

    public IReadOnlyList<Received> Pings => [.. _ledger.Where(r => r.IsPing)];

    /// <summary>Ends hanging answers when the receiver ends.</summary>
    public CancellationToken Closing => _closing.Token;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var receiver = new Receiver(web);
        web.Run(receiver.ReceiveAsync);
        await web.StartAsync();
        return receiver;
    }

    /// <summary>Answers every notice with this status, and headers.</summary>
    public void AnswersWith(int status, params (string Name, string Value)[] headers) =>
        Answers = (context, _) =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            return Task.CompletedTask;
        };

    /// <summary>Never answers.</summary>
    public void Hangs() =>
        Answers = (context, _) =>
            Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, Closing).Token);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _web.DisposeAsync();
        _closing.Dispose();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers;
        var received = new Received(
            Environment.TickCount64,
            context.Request.Path,
            headers["webhook-id"].ToString(),
            headers["webhook-timestamp"].ToString(),
            headers["webhook-signature"].ToString(),
            context.Request.ContentType ?? "",
            headers.UserAgent.ToString(),
            body.ToArray()
        );
        _ledger.Enqueue(received);
        if (received.IsPing)
        {
            context.Response.StatusCode = AnswersPings;
            return;
        }

        try
        {
            await Answers(context, received);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }
}
