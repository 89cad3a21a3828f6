using System.Text;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using Microsoft.Net.Http.Headers;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Batches;

/// <summary>Logs the updates of a CSV file.</summary>
public static class PostUpdateFile
{
    [WolverinePost("/api/v1/updates.csv"), Tags("Updates"), May(Act.Log)]
    [Describes(
        "Logs the updates of a CSV file (text/csv, UTF-8, at most 256 kB and 1,000 rows): all rows or none. With dryRun=true nothing "
            + "is recorded and every row is reported; a file with a refused row is answered with 422 and the same report",
        typeof(BatchReport),
        "dryRun",
        Body = typeof(string),
        BodyMediaType = "text/csv",
        Repeatable = false,
        Status = 201
    )]
    public static async Task<IResult> Post(HttpContext context, UpdateBatch batch, CancellationToken ct)
    {
        var http = context.Request;
        foreach (var name in http.Query.Keys.Where(k => k != "dryRun"))
            return Problems.Of(400, "unknown-parameter", name, $"There is no parameter '{name}' here.");
        if (http.Query["dryRun"].ToString() is not ("" or "true" or "false"))
            return Problems.Of(400, "unknown-word", "dryRun", "One of: true, false.");
        if (!MediaTypeHeaderValue.TryParse(http.ContentType, out var type) || type.MediaType != "text/csv")
            return Problems.Of(415, "content-type", "Content-Type", "The body is a CSV file: Content-Type: text/csv.");
        if (http.Headers.ContainsKey("Idempotency-Key"))
            return Problems.Of(
                400,
                "idempotency-key",
                "Idempotency-Key",
                "A file takes no key: give its rows ids, and none is recorded twice."
            );
        if (await WriteBody.ReadAsync(context, ct) is not { } bytes)
            return Problems.Of(413, "too-large", "", $"A body has at most {WriteLimits.BodyBytes / 1024} kB.");
        var (rows, refusal) = UpdateFile.Read(bytes);
        if (refusal is not null)
            return Problems.Of(refusal);
        var dryRun = http.Query["dryRun"] == "true";
        var report = await batch.RunAsync(rows, dryRun, context.User.Author(), ct);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(
            report,
            TrackerJson.Strict,
            statusCode: report.Recorded ? StatusCodes.Status201Created
                : dryRun ? StatusCodes.Status200OK
                : StatusCodes.Status422UnprocessableEntity
        );
    }

    /// <summary>A file to begin with.</summary>
    [WolverineGet("/api/v1/updates/example.csv"), Tags("Updates")]
    [Describes("A file of updates to begin with: all columns, two rows", typeof(string), MediaType = "text/csv")]
    public static IResult Example(HttpContext context, TimeProvider time)
    {
        if (ReadRequest.Of(context, time).Problem is { } problem)
            return problem;
        context.Response.Headers.CacheControl = "no-cache";
        return Results.File(Encoding.UTF8.GetBytes(UpdateFile.Example), "text/csv; charset=utf-8", "updates-example.csv");
    }
}
