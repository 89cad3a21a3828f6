using System.Globalization;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using Microsoft.AspNetCore.Http.Features;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Changes;

/// <summary>
/// The change log live, as server-sent events. It begins with <c>hello</c>, or with <c>reset</c> where the reader's place
/// is unknown or too far back; both name the present number and, as the id of the event, the place at which the stream
/// goes on. Who was cut resumes by the last id and misses nothing.
/// </summary>
public static class StreamChanges
{
    /// <summary>A reader further back than so many changes pages through the log instead.</summary>
    public const int MostReplayed = 10_000;

    /// <summary>A reader to whom a part cannot be sent while so many changes come is cut.</summary>
    public const int MostBehind = 1_000;

    /// <summary>A comment is sent at least this often, so that a dead connection is noticed.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>How long a browser that was cut waits, in milliseconds.</summary>
    private const string Retry = "retry: 3000\n";

    [WolverineGet("/api/v1/changes/stream"), Tags("Changes")]
    [Describes("The change log live, as server-sent events; resumes by Last-Event-ID", typeof(ChangeView), "after", "feedId")]
    public static async Task Get(
        HttpContext context,
        ChangeLog log,
        ChangeTail tail,
        OpenStreams streams,
        ChangeSignal signal,
        StoreVersions versions,
        TimeProvider time,
        IHostApplicationLifetime program,
        CancellationToken gone
    )
    {
        var (asked, feedId, problem) = PlaceOf(context, time);
        if (problem is not null)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (streams.Enter(address) is { } full)
        {
            context.Response.Headers.RetryAfter = "30";
            await Problems.Of(429, "too-many-streams", "", full).ExecuteAsync(context);
            return;
        }

        // An open stream must not hold up the end of the program.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(gone, program.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            var (present, last) = await log.HeadAsync(ended.Token);
            var isLost = (feedId is { } known && known != present) || asked > last || (asked >= 0 && last - asked > MostReplayed);
            var after = isLost || asked < 0 ? last : asked;
            await context.Response.WriteAsync(Retry, ended.Token);
            await context.Response.Body.WriteAsync(
                ChangeTail.EventOf(isLost ? "reset" : "hello", after, new { FeedId = present, Last = last }),
                ended.Token
            );
            await new ChangeSender(context, tail, signal, versions, time).SendAsync(after, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The reader went away, or the program stops.
        }
        finally
        {
            streams.Leave(address);
        }
    }

    /// <summary>Where the reader stands: the last number that it has, -1 for none; and the feed that it knows.</summary>
    private static (long Asked, Guid? FeedId, IResult? Problem) PlaceOf(HttpContext context, TimeProvider time)
    {
        var request = ReadRequest.Of(context, time, "after", "feedId");
        var asked = request.Number("after", -1, 0, long.MaxValue);
        // An id that we never gave is a place that we do not know.
        if (
            context.Request.Headers.TryGetValue("Last-Event-ID", out var lastId)
            && !long.TryParse(lastId.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out asked)
        )
            asked = long.MaxValue;
        Guid? feedId = null;
        if (request.One("feedId") is { } text)
        {
            if (Guid.TryParse(text, out var given))
                feedId = given;
            else
                request.Refuse("format", "feedId", "A feed id is a UUID.");
        }

        return (asked, feedId, request.Problem);
    }
}

/// <summary>Counts the open streams of this node.</summary>
public sealed class OpenStreams
{
    /// <summary>Most open streams of one address.</summary>
    public const int MostPerAddress = 50;

    /// <summary>Most open streams in all.</summary>
    public const int Most = 2_000;

    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly Lock _counting = new();
    private int _all;

    /// <summary>Takes a place; else says why there is none.</summary>
    public string? Enter(string address)
    {
        lock (_counting)
        {
            var open = _open.GetValueOrDefault(address);
            if (open >= MostPerAddress)
                return $"At most {MostPerAddress} open streams for one address; close one, or page through /api/v1/changes.";
            if (_all >= Most)
                return $"At most {Most} open streams in all; page through /api/v1/changes, or come back later.";
            _open[address] = open + 1;
            _all++;
            return null;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Leave(string address)
    {
        lock (_counting)
        {
            _all--;
            if (--_open[address] == 0)
                _open.Remove(address);
        }
    }
}

/// <summary>What streams send next.</summary>
/// <param name="Events">The changes as they go out.</param>
/// <param name="UpTo">Number of the last one; null: there is none.</param>
/// <param name="Last">Highest change number of the log.</param>
/// <param name="HasMore">True if there are more changes already.</param>
public sealed record StreamPart(IReadOnlyList<byte[]> Events, long? UpTo, long Last, bool HasMore);

/// <summary>Reads the end of the change log once for all streams that wait at the same place.</summary>
public sealed class ChangeTail(ChangeLog log)
{
    // What was read for a reader who goes away meanwhile is lost work; so parts are small.
    private const int AtOnce = 100;

    private readonly Lock _reading = new();
    private (long After, Task Signal, Task<StreamPart> Part)? _shared;

    /// <summary>Changes after a number.</summary>
    /// <param name="after">The reader's place.</param>
    /// <param name="signal">The signal that the reader took before; who took the same one shares the answer, since whatever comes later
    /// completes it. Null: read anew.</param>
    /// <param name="ct">Ends the wait of this reader.</param>
    public Task<StreamPart> AfterAsync(long after, Task? signal, CancellationToken ct)
    {
        if (signal is null)
            return ReadAsync(after);
        lock (_reading)
        {
            if (_shared is { } shared && shared.After == after && shared.Signal == signal && !shared.Part.IsFaulted)
                return shared.Part.WaitAsync(ct);
            var part = ReadAsync(after);
            _shared = (after, signal, part);
            return part.WaitAsync(ct);
        }
    }

    /// <summary>An event as it goes out.</summary>
    internal static byte[] EventOf<T>(string name, long id, T data) =>
        Encoding.UTF8.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"id: {id}\nevent: {name}\ndata: {JsonSerializer.Serialize(data, TrackerJson.Strict)}\n\n"
            )
        );

    private async Task<StreamPart> ReadAsync(long after)
    {
        var page = await log.AfterAsync(after, AtOnce);
        return new StreamPart(
            [.. page.Changes.Select(c => EventOf("change", c.ChangeNo, c))],
            page.Changes.Count > 0 ? page.Changes[^1].ChangeNo : null,
            page.Last,
            page.NextAfter is not null
        );
    }
}
