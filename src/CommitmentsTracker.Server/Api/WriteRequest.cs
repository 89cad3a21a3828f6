using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.Http.Features;

namespace CommitmentsTracker.Server.Api;

/// <summary>A write over HTTP: who, with what body, against which version, under which key.</summary>
public sealed partial class WriteRequest<TBody>
    where TBody : class
{
    private WriteRequest(Author by, TBody body, int? expectedVersion, Idempotency? idempotency) =>
        (By, Body, ExpectedVersion, Idempotency) = (by, body, expectedVersion, idempotency);

    /// <summary>Who writes.</summary>
    public Author By { get; }

    /// <summary>Opaque id of who writes.</summary>
    public string Person => By.Person;
    public TBody Body { get; }

    /// <summary>The version named by <c>If-Match</c>.</summary>
    public int? ExpectedVersion { get; }
    public Idempotency? Idempotency { get; }

    /// <summary>Reads the request, or says what is wrong with it.</summary>
    public static async Task<(WriteRequest<TBody>? Request, IResult? Problem)> ReadAsync(HttpContext context, CancellationToken ct)
    {
        var http = context.Request;
        var (body, bytes, wrong) = await BodyAsync(context, ct);
        if (body is null)
            return (null, wrong);
        int? version = null;
        if (http.Headers.IfMatch is { Count: > 0 } match && match.ToString() != "*")
        {
            if (VersionTag().Match(match.ToString()) is not { Success: true } tag || !int.TryParse(tag.Groups[1].Value, out var v))
                return Wrong(400, "if-match", "If-Match", "If-Match is the item's entity tag, e.g. \"7.20261124\", or its version \"7\".");
            version = v;
        }

        var by = context.User.Author();
        Idempotency? idempotency = null;
        if (http.Headers.TryGetValue("Idempotency-Key", out var key))
        {
            if (key.Count != 1 || key[0] is not { Length: > 0 and <= 200 } text || text.Any(c => c is < ' ' or > '~'))
                return Wrong(400, "idempotency-key", "Idempotency-Key", "A key has 1 to 200 printable ASCII characters.");
            idempotency = new Idempotency(by.Person, $"{http.Method} {http.Path}", text, SHA256.HashData(bytes));
        }

        return (new WriteRequest<TBody>(by, body, version, idempotency), null);

        static (WriteRequest<TBody>?, IResult?) Wrong(int status, string rule, string field, string message) =>
            (null, Problems.Of(status, rule, field, message));
    }

    /// <summary>Reads the body of a write that anyone may make, or says what is wrong with it.</summary>
    public static async Task<(TBody? Body, IResult? Problem)> ReadOpenAsync(HttpContext context, CancellationToken ct)
    {
        var (body, _, problem) = await BodyAsync(context, ct);
        return (body, problem);
    }

    private static async Task<(TBody? Body, byte[] Bytes, IResult? Problem)> BodyAsync(HttpContext context, CancellationToken ct)
    {
        var http = context.Request;
        foreach (var name in http.Query.Keys)
            return Wrong(400, "unknown-parameter", name, $"There is no parameter '{name}' here.");
        if (!http.HasJsonContentType())
            return Wrong(415, "content-type", "Content-Type", "The body is JSON: Content-Type: application/json.");
        if (await WriteBody.ReadAsync(context, ct) is not { } bytes)
            return Wrong(413, "too-large", "", $"A body has at most {WriteLimits.BodyBytes / 1024} kB.");
        try
        {
            return (
                JsonSerializer.Deserialize<TBody>(bytes, TrackerJson.Strict) ?? throw new JsonException("The body is an object."),
                bytes,
                null
            );
        }
        catch (JsonException e)
        {
            return Wrong(400, "format", FieldOf(e), MessageOf(e));
        }

        static (TBody?, byte[], IResult?) Wrong(int status, string rule, string field, string message) =>
            (null, [], Problems.Of(status, rule, field, message));
    }

    private static string FieldOf(JsonException e)
    {
        // A field of a change is read within a reading: its own path goes on where the outer one ends.
        var path = (e.Path ?? "$").TrimStart('$').TrimStart('.');
        var message = e.Message;
        for (; e.InnerException is JsonException { Path: not null } inner; e = inner)
            path += inner.Path!.TrimStart('$');
        path = path.TrimStart('.');
        var named =
            MissingField().Match(message) is { Success: true } missing ? missing.Groups[1].Value
            : UnknownField().Match(message) is { Success: true } unknown ? unknown.Groups[1].Value
            : "";
        return named.Length == 0 || path == named || path.EndsWith("." + named, StringComparison.Ordinal) ? path
            : path.Length == 0 ? named
            : $"{path}.{named}";
    }

    private static string MessageOf(JsonException e)
    {
        if (MissingField().IsMatch(e.Message))
            return $"The field '{FieldOf(e)}' is required.";
        if (UnknownField().IsMatch(e.Message))
            return $"There is no field '{FieldOf(e)}'.";
        if (
            e.InnerException is null or JsonException
            && !e.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal)
        )
            return e.Message.Split(" Path:")[0];
        return FieldOf(e).Length > 0 ? $"The value of '{FieldOf(e)}' has the wrong form." : "The body is no valid JSON.";
    }

    [GeneratedRegex("^(?:W/)?\"?([0-9]{1,9})(?:\\.[0-9a-z.]*)?\"?$")]
    private static partial Regex VersionTag();

    [GeneratedRegex("missing required properties including: '([^']+)'")]
    private static partial Regex MissingField();

    [GeneratedRegex("^The JSON property '([^']+)' could not be mapped")]
    private static partial Regex UnknownField();
}

/// <summary>The bytes of a write.</summary>
public static class WriteBody
{
    /// <summary>
    /// The body, or nothing if it is too large. What is too much is read and dropped, within bounds: a server that
    /// answers and closes while the sender still writes often resets the connection before the answer is read.
    /// </summary>
    public static async Task<byte[]?> ReadAsync(HttpContext context, CancellationToken ct)
    {
        if (context.Request.ContentLength > WriteLimits.DroppedBytes)
            return null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var total = 0;
        for (int n; total <= WriteLimits.DroppedBytes && (n = await context.Request.Body.ReadAsync(chunk, ct)) > 0; total += n)
            if (total + n <= WriteLimits.BodyBytes)
                buffer.Write(chunk, 0, n);
        return total > WriteLimits.BodyBytes ? null : buffer.ToArray();
    }
}

/// <summary>Bounds of a write.</summary>
public static class WriteLimits
{
    /// <summary>Largest body in bytes.</summary>
    public const int BodyBytes = 256 * 1024;

    /// <summary>Of a larger body, so many bytes are read before the connection is closed on the sender.</summary>
    public const int DroppedBytes = 8 * 1024 * 1024;
}

/// <summary>Answers to writes.</summary>
public static class WriteAnswers
{
    /// <summary>The entity tag of an item at now: its version and the day, because signals change with the day.</summary>
    public static string ETag(int version, DateOnly day) => $"{version}.{day:yyyyMMdd}";

    /// <summary>What to keep and to send after a write.</summary>
    public static StoredAnswer Stored<T>(T body, Item item, DateOnly today, string? location, int status = StatusCodes.Status201Created) =>
        new(status, location, ETag(item.Version, today), JsonSerializer.Serialize(body, TrackerJson.Strict));

    /// <summary>Sends what came of a write.</summary>
    public static IResult Send(HttpContext context, WriteOutcome outcome, Func<StoredAnswer> answer, DateOnly today)
    {
        if (outcome.Refusals.Count > 0)
            return Problems.Of(outcome.Refusals);
        if (outcome.IsStale)
        {
            context.Response.Headers.ETag = $"\"{ETag(outcome.Item!.Version, today)}\"";
            return Problems.Of(
                StatusCodes.Status412PreconditionFailed,
                "stale",
                "If-Match",
                $"The item changed meanwhile: it is at version {outcome.Item.Version} now.",
                more: new Dictionary<string, object?>
                {
                    ["current"] = ItemReader.ViewNow(outcome.Item, today) is { } view ? ItemAnswer.Of(view) : null,
                }
            );
        }

        var stored = outcome.Repeated ?? answer();
        if (outcome.Repeated is not null)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        if (stored.Location is { Length: > 0 } location)
            context.Response.Headers.Location = location;
        if (stored.ETag is { Length: > 0 } etag)
            context.Response.Headers.ETag = $"\"{etag}\"";
        return Results.Content(stored.Json, "application/json; charset=utf-8", statusCode: stored.Status);
    }
}
