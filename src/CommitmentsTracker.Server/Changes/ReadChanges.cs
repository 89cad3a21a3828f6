using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Store;
using Microsoft.AspNetCore.Http.Features;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Changes;

/// <summary>Pages through the change log.</summary>
public static class GetChanges
{
    [WolverineGet("/api/v1/changes"), Tags("Changes")]
    [Describes("Changes after a number, oldest first; changeNo is dense", typeof(ChangePage), "after", "limit")]
    public static async Task<IResult> Get(HttpContext context, ChangeLog log, TimeProvider time, CancellationToken ct)
    {
        var request = ReadRequest.Of(context, time, "after", "limit");
        var (after, limit) = (request.Number("after", 0, 0, long.MaxValue), (int)request.Number("limit", 100, 1, ChangeLog.MostChanges));
        return request.Problem ?? request.Answer(await log.AfterAsync(after, limit, ct));
    }
}

/// <summary>The change log live, as server-sent events.</summary>
public static class StreamChanges
{
    /// <summary>Most open streams of one address.</summary>
    public const int MostPerAddress = 50;

    /// <summary>A comment is sent at least this often, so that a dead connection is noticed.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static readonly ConcurrentDictionary<string, int> Open = new(StringComparer.Ordinal);

    [WolverineGet("/api/v1/changes/stream"), Tags("Changes")]
    [Describes("The change log live, as server-sent events; resumes by Last-Event-ID", typeof(ChangeView), "after", "feedId")]
    public static async Task Get(HttpContext context, ChangeLog log, ChangeSignal signal, TimeProvider time, IHostApplicationLifetime program, CancellationToken gone)
    {
        var request = ReadRequest.Of(context, time, "after", "feedId");
        var asked = request.Number("after", -1, 0, long.MaxValue);
        if (context.Request.Headers.TryGetValue("Last-Event-ID", out var lastId)
            && !long.TryParse(lastId.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out asked))
            request.Refuse("range", "Last-Event-ID", "The id of an event is a whole number.");
        var feedId = request.One("feedId");
        if (feedId is not null && !Guid.TryParse(feedId, out _)) request.Refuse("format", "feedId", "A feed id is a UUID.");
        if (request.Problem is { } problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (Open.AddOrUpdate(address, 1, (_, n) => n + 1) > MostPerAddress)
        {
            Leave(address);
            context.Response.Headers.RetryAfter = "30";
            await Problems.Of(429, "too-many-streams", "", $"At most {MostPerAddress} open streams for one address; close one, or page through /api/v1/changes.").ExecuteAsync(context);
            return;
        }

        // An open stream must not hold up the end of the program.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(gone, program.ApplicationStopping);
        try
        {
            await SendAsync(context, log, signal, time, asked, feedId, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The reader went away, or the program stops.
        }
        finally
        {
            Leave(address);
        }
    }

    private static async Task SendAsync(HttpContext context, ChangeLog log, ChangeSignal signal, TimeProvider time, long asked, string? feedId, CancellationToken ct)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var first = await log.AfterAsync(long.MaxValue, 1, ct);
        var isAnother = (feedId is not null && Guid.Parse(feedId) != first.FeedId) || asked > first.Last;
        var after = asked < 0 || isAnother ? first.Last : asked;
        await WriteAsync(isAnother ? "reset" : "hello", null, new { first.FeedId, Last = first.Last });
        while (true)
        {
            var next = signal.Next;
            var page = await log.AfterAsync(after, ChangeLog.MostChanges, ct);
            foreach (var change in page.Changes) await WriteAsync("change", change.ChangeNo, change);
            if (page.Changes.Count > 0) after = page.Changes[^1].ChangeNo;
            await context.Response.Body.FlushAsync(ct);
            if (page.NextAfter is not null) continue;
            try
            {
                await next.WaitAsync(Heartbeat, time, ct);
            }
            catch (TimeoutException)
            {
                await context.Response.WriteAsync(": heartbeat\n\n", ct);
            }
        }

        async Task WriteAsync<T>(string name, long? id, T data)
        {
            if (id is { } n) await context.Response.WriteAsync($"id: {n.ToString(CultureInfo.InvariantCulture)}\n", ct);
            await context.Response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data, TrackerJson.Strict)}\n\n", ct);
        }
    }

    private static void Leave(string address)
    {
        if (Open.AddOrUpdate(address, 0, (_, n) => n - 1) <= 0) Open.TryRemove(new(address, 0));
    }
}
