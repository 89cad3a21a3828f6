using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.People;

/// <summary>An administrator of all forums makes a person.</summary>
public static class PostPeople
{
    /// <summary>The body.</summary>
    /// <param name="Name">Shown to signed-in people only.</param>
    /// <param name="Role">A role; <c>editor</c> in all forums is one who also confirms.</param>
    /// <param name="Forum">Slug of the forum in which it holds; absent: all.</param>
    /// <param name="Party">Slug of the party, of a representative.</param>
    public sealed record Body(string Name, string Role = Roles.Editor, string? Forum = null, string? Party = null);

    /// <summary>The answer; the token is shown this once.</summary>
    public sealed record Answer(string Id, string Token);

    [WolverinePost("/api/v1/people"), Tags("People"), May(Act.Operate)]
    [Describes(
        "Makes a person; the token is shown this once. No Location is sent, since a person has no address; an Idempotency-Key "
            + "is refused, since the answer is kept nowhere",
        typeof(Answer),
        Body = typeof(Body),
        Status = 201,
        Repeatable = false
    )]
    public static async Task<IResult> Post(HttpContext context, Accounts accounts, ForumDirectory directory, CancellationToken ct)
    {
        if (RefusesKey(context) is { } repeat)
            return repeat;
        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        if (Checks.PersonNameProblem(request.Body.Name) is { } wrong)
            return Problems.Of(400, "name", "name", wrong);
        var (asked, refusal) = RequestedGrant.Read(
            request.Body.Role,
            request.Body.Forum,
            request.Body.Party,
            await directory.NamesAsync(ct)
        );
        if (asked is null)
            return Problems.Of(refusal!);
        var (person, token) = await accounts.AddAsync(request.Body.Name.Trim(), asked.Grants, null, request.Person, ct);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(new Answer(person.Id, token), statusCode: 201);
    }

    /// <summary>The answer to a key where the answer holds a secret; null: there is no key.</summary>
    internal static IResult? RefusesKey(HttpContext context) =>
        context.Request.Headers.ContainsKey("Idempotency-Key")
            ? Problems.Of(
                400,
                "idempotency-key",
                "Idempotency-Key",
                "A repeat would have to show a secret again, and the secret is kept nowhere; send this request without a key."
            )
            : null;
}
