using CommitmentsTracker.Server.Api;
using Microsoft.AspNetCore.Authorization;
using Wolverine.Http;

namespace CommitmentsTracker.Server.People;

/// <summary>An administrator makes a person.</summary>
public static class PostPeople
{
    /// <summary>The body.</summary>
    public sealed record Body(string Name, string Role = Roles.Editor);

    /// <summary>The answer; the token is shown this once.</summary>
    public sealed record Answer(string Id, string Token);

    [WolverinePost("/api/v1/people"), Tags("People"), Authorize(Roles.Administrator)]
    [Describes("Makes a person; the token is shown this once. No Location is sent, since a person has no address; an Idempotency-Key is refused, since the answer is kept nowhere",
        typeof(Answer), Body = typeof(Body), Status = 201, Repeatable = false)]
    public static async Task<IResult> Post(HttpContext context, Accounts accounts, CancellationToken ct)
    {
        if (context.Request.Headers.ContainsKey("Idempotency-Key"))
        {
            return Problems.Of(400, "idempotency-key", "Idempotency-Key",
                "A repeat would have to show the token again, and the token is kept nowhere; send this request without a key.");
        }

        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null) return problem!;
        if (NameProblem(request.Body.Name) is { } wrong) return Problems.Of(400, "name", "name", wrong);
        if (request.Body.Role is not (Roles.Editor or Roles.Administrator)) return Problems.Of(400, "unknown-word", "role", "One of: editor, administrator.");
        var (person, token) = await accounts.AddAsync(request.Body.Name.Trim(), request.Body.Role, ct: ct);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(new Answer(person.Id, token), statusCode: 201);
    }

    /// <summary>What is wrong with a name; null: nothing.</summary>
    public static string? NameProblem(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "A name is required."
        : name.Length > 200 ? "A name has at most 200 characters."
        : name.Any(char.IsControl) ? "Control characters are not allowed."
        : null;
}
