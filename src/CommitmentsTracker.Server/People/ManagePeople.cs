using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.People;

/// <summary>A role as the API writes it.</summary>
public sealed record RoleView(Guid Id, Role Role, string? Forum, string? Party, DateTimeOffset GivenAt)
{
    internal static RoleView Of(GivenGrant g) => new(g.Id, g.Grant.Role, g.Grant.Forum, g.Grant.Party, g.At);
}

/// <summary>Answers that nobody keeps.</summary>
internal static class PrivateAnswer
{
    public static IResult Of<T>(HttpContext context, T body, int status = 200)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(body, TrackerJson.Strict, statusCode: status);
    }

    /// <summary>The refusal of a parameter, since there are none here; null: there is none in the request.</summary>
    public static IResult? Parameter(HttpContext context) =>
        context.Request.Query.Keys.FirstOrDefault() is { } name
            ? Problems.Of(400, "unknown-parameter", name, $"There is no parameter '{name}' here.")
            : null;
}

/// <summary>People and their roles, for administrators.</summary>
public static class GetPeople
{
    /// <summary>A person.</summary>
    public sealed record View(string Id, string Name, string? Email, IReadOnlyList<RoleView> Roles);

    /// <summary>The answer.</summary>
    public sealed record Answer(IReadOnlyList<View> People);

    [WolverineGet("/api/v1/people"), Tags("People"), May(Act.Administer)]
    [Describes("People and their roles: everybody, or those of the forums that you administer", typeof(Answer), NeedsToken = true)]
    public static async Task<IResult> Get(HttpContext context, PeopleDesk desk, CancellationToken ct) =>
        PrivateAnswer.Parameter(context)
        ?? PrivateAnswer.Of(
            context,
            new Answer([
                .. (await desk.PeopleAsync(context.User.Author(), ct)).Select(p => new View(
                    p.Person.Id,
                    p.Person.Name,
                    p.Person.Email,
                    [.. p.Grants.Select(RoleView.Of)]
                )),
            ])
        );
}

/// <summary>Gives a role.</summary>
public static class PostRole
{
    /// <summary>The body.</summary>
    public sealed record Body(string Role, string? Forum = null, string? Party = null);

    [WolverinePost("/api/v1/people/{id}/roles"), Tags("People"), May(Act.Administer)]
    [Describes(
        "Gives a role in a forum, or in all; one that is there already stays",
        typeof(RoleView),
        Body = typeof(Body),
        Status = 201,
        Repeatable = false
    )]
    public static async Task<IResult> Post(string id, HttpContext context, PeopleDesk desk, SignInLog log, CancellationToken ct)
    {
        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var (given, refusal) = await desk.GiveAsync(request.By, id, request.Body.Role, request.Body.Forum, request.Body.Party, ct);
        if (given is null)
            return Problems.Of(refusal!);
        await log.AddAsync(context, id, "role");
        return PrivateAnswer.Of(context, RoleView.Of(given), 201);
    }
}

/// <summary>Takes a role away.</summary>
public static class DeleteRole
{
    [WolverineDelete("/api/v1/people/{id}/roles/{role}"), Tags("People"), May(Act.Administer)]
    [Describes("Takes a role away; it ends at once", typeof(void), Status = 204, NeedsToken = true)]
    public static async Task<IResult> Delete(
        string id,
        string role,
        HttpContext context,
        PeopleDesk desk,
        SignInLog log,
        CancellationToken ct
    )
    {
        if (await desk.TakeAsync(context.User.Author(), id, role, ct) is { } refusal)
            return Problems.Of(refusal);
        await log.AddAsync(context, id, "role");
        return Results.NoContent();
    }
}

/// <summary>Erases an account.</summary>
public static class DeletePerson
{
    [WolverineDelete("/api/v1/people/{id}"), Tags("People"), May(Act.Operate)]
    [Describes("Erases an account; what it recorded stays under its opaque id", typeof(void), Status = 204, NeedsToken = true)]
    public static async Task<IResult> Delete(string id, HttpContext context, PeopleDesk desk, CancellationToken ct) =>
        await desk.EraseAsync(context.User.Author(), id, ct) is { } refusal ? Problems.Of(refusal) : Results.NoContent();
}

/// <summary>Makes a one-time sign-in link.</summary>
public static class PostLink
{
    /// <summary>The answer; the link is shown this once.</summary>
    public sealed record Answer(string Link, DateTimeOffset ExpiresAt);

    [WolverinePost("/api/v1/people/{id}/link"), Tags("People"), May(Act.Operate)]
    [Describes("Makes a link by which the person signs in once and sets a new password", typeof(Answer), Status = 201, NeedsToken = true)]
    public static async Task<IResult> Post(
        string id,
        HttpContext context,
        PeopleDesk desk,
        SignInLog log,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var (link, refusal) = await desk.LinkAsync(context.User.Author(), id, ct);
        if (link is null)
            return Problems.Of(refusal!);
        await log.AddAsync(context, id, "link");
        return PrivateAnswer.Of(context, new Answer(link, time.GetUtcNow() + Accounts.LinkLasts), 201);
    }
}

/// <summary>An invitation as the API writes it.</summary>
/// <param name="State">open, used, revoked or expired.</param>
/// <param name="Link">Shown once, when it is made.</param>
public sealed record InvitationView(
    Guid Id,
    Role Role,
    string? Forum,
    string? Party,
    string? Note,
    string State,
    DateTimeOffset MadeAt,
    DateTimeOffset ExpiresAt,
    string? Link = null
)
{
    internal static InvitationView Of(Invitation i, DateTimeOffset now, string? link = null) =>
        new(i.Id, i.Grant.Role, i.Grant.Forum, i.Grant.Party, i.Note, StateOf(i, now), i.MadeAt, i.ExpiresAt, link);

    internal static string StateOf(Invitation i, DateTimeOffset now) =>
        i.UsedAt is not null ? "used"
        : i.RevokedAt is not null ? "revoked"
        : i.ExpiresAt <= now ? "expired"
        : "open";
}

/// <summary>Invites somebody.</summary>
public static class PostInvitation
{
    /// <summary>The body.</summary>
    /// <param name="Role">The role.</param>
    /// <param name="Forum">Slug of the forum; absent: all.</param>
    /// <param name="Party">Slug of the party, of a representative.</param>
    /// <param name="Note">For whom, as administrators see it.</param>
    public sealed record Body(string Role, string? Forum = null, string? Party = null, string? Note = null);

    [WolverinePost("/api/v1/invitations"), Tags("People"), May(Act.Administer)]
    [Describes(
        "Invites to a role: the link works once, for seven days, and is shown this once",
        typeof(InvitationView),
        Body = typeof(Body),
        Status = 201,
        Repeatable = false
    )]
    public static async Task<IResult> Post(HttpContext context, PeopleDesk desk, TimeProvider time, CancellationToken ct)
    {
        if (PostPeople.RefusesKey(context) is { } repeat)
            return repeat;
        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var (made, link, refusal) = await desk.InviteAsync(
            request.By,
            request.Body.Role,
            request.Body.Forum,
            request.Body.Party,
            request.Body.Note,
            ct
        );
        return made is null ? Problems.Of(refusal!) : PrivateAnswer.Of(context, InvitationView.Of(made, time.GetUtcNow(), link), 201);
    }
}

/// <summary>Invitations, for administrators.</summary>
public static class GetInvitations
{
    /// <summary>The answer.</summary>
    public sealed record Answer(IReadOnlyList<InvitationView> Invitations);

    [WolverineGet("/api/v1/invitations"), Tags("People"), May(Act.Administer)]
    [Describes("Invitations to the forums that you administer, newest first", typeof(Answer), NeedsToken = true)]
    public static async Task<IResult> Get(HttpContext context, PeopleDesk desk, TimeProvider time, CancellationToken ct) =>
        PrivateAnswer.Parameter(context)
        ?? PrivateAnswer.Of(
            context,
            new Answer([.. (await desk.InvitationsAsync(context.User.Author(), ct)).Select(i => InvitationView.Of(i, time.GetUtcNow()))])
        );
}

/// <summary>Revokes an invitation.</summary>
public static class DeleteInvitation
{
    [WolverineDelete("/api/v1/invitations/{id}"), Tags("People"), May(Act.Administer)]
    [Describes("Revokes an invitation that is open", typeof(void), Status = 204, NeedsToken = true)]
    public static async Task<IResult> Delete(string id, HttpContext context, PeopleDesk desk, CancellationToken ct) =>
        await desk.RevokeAsync(context.User.Author(), id, ct) is { } refusal ? Problems.Of(refusal) : Results.NoContent();
}
