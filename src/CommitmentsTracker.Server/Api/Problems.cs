using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.Mvc;

namespace CommitmentsTracker.Server.Api;

/// <summary>Errors as RFC 9457 problem details that name the field and the rule.</summary>
public static class Problems
{
    /// <summary>The HTTP status of a refusal.</summary>
    public static int StatusOf(RefusalKind kind) =>
        kind switch
        {
            RefusalKind.Invalid => StatusCodes.Status400BadRequest,
            RefusalKind.Unlawful => StatusCodes.Status422UnprocessableEntity,
            RefusalKind.Conflict => StatusCodes.Status409Conflict,
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Gone => StatusCodes.Status410Gone,
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    /// <summary>The answer to refusals: the first one leads, all are listed under <c>errors</c>.</summary>
    public static IResult Of(params IReadOnlyList<Refusal> refusals) =>
        Of(StatusOf(refusals[0].Kind), refusals[0].Rule, refusals[0].Field, refusals[0].Message, refusals);

    /// <summary>A problem of another status than its refusals have.</summary>
    public static IResult Of(
        int status,
        string rule,
        string field,
        string message,
        IReadOnlyList<Refusal>? refusals = null,
        IDictionary<string, object?>? more = null
    )
    {
        var problem = new ProblemDetails
        {
            Status = status,
            Title = message,
            Type = $"/method#rule-{rule}",
            Extensions =
            {
                ["rule"] = rule,
                ["field"] = field,
                ["errors"] = (refusals ?? [new Refusal(RefusalKind.Invalid, rule, field, message)])
                    .Select(r => new
                    {
                        r.Field,
                        r.Rule,
                        r.Message,
                    })
                    .ToArray(),
            },
        };
        if (refusals?.FirstOrDefault(r => r.Lawful is not null) is { } unlawful)
            problem.Extensions["lawful"] = unlawful.Lawful!.Select(s => s.Word()).ToArray();
        if (refusals?.FirstOrDefault(r => r.Needed is not null) is { } role)
            problem.Extensions["needed"] = role.Needed!.Select(r => r.Word()).ToArray();
        foreach (var (name, value) in more ?? new Dictionary<string, object?>())
            problem.Extensions[name] = value;
        return new ProblemAnswer(problem);
    }

    /// <summary>Writes a problem; a reader may keep one that answered a GET, but must ask again.</summary>
    private sealed class ProblemAnswer(ProblemDetails problem) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => problem.Status;

        public async Task ExecuteAsync(HttpContext context)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(problem, TrackerJson.Strict);
            context.Response.StatusCode = problem.Status!.Value;
            context.Response.ContentType = "application/problem+json; charset=utf-8";
            context.Response.ContentLength = body.Length;
            context.Response.Headers.CacheControl = HttpMethods.IsGet(context.Request.Method) ? "no-cache" : "no-store";
            if (HttpMethods.IsGet(context.Request.Method))
                context.Response.Headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12))}\"";
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
