using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.People;

/// <summary>What a token may be like: the same for the page and the API.</summary>
public sealed class TokenDesk(Accounts accounts, ForumDirectory directory, TimeProvider time)
{
    /// <summary>Days until a token expires unless others are asked for.</summary>
    public const int DefaultDays = 90;

    /// <summary>Most days until a token expires.</summary>
    public const int MostDays = 365;

    /// <summary>Most tokens of one person.</summary>
    public const int MostOfOne = 50;

    private const int LongestName = 100;

    /// <summary>Makes a token, within the rights of who asks.</summary>
    public async Task<(GivenToken? Token, string? Secret, Refusal? Refusal)> MakeAsync(
        Author by,
        string? name,
        IReadOnlyList<Scope>? scopes,
        string? forum,
        int? days,
        CancellationToken ct
    )
    {
        name = name?.Trim() ?? "";
        forum = string.IsNullOrEmpty(forum) ? null : forum;
        var refusal =
            RefusalOf(by, name, days)
            ?? await UnknownForumAsync(forum, ct)
            ?? BeyondReach(by, scopes, forum)
            ?? await OneTooManyAsync(by.Person, ct);
        if (refusal is not null)
            return (null, null, refusal);
        var (token, secret) = await accounts.NewTokenAsync(
            by.Person,
            name,
            [.. scopes!.Append(Scope.Read).Distinct().Order()],
            forum,
            time.GetUtcNow().AddDays(days ?? DefaultDays),
            ct
        );
        return (token, secret, null);
    }

    private static Refusal? RefusalOf(Author by, string name, int? days) =>
        by.Rights.Scopes is not null
            ? new Refusal(
                RefusalKind.Forbidden,
                "scope",
                "Authorization",
                "A token with bounds makes no other tokens: sign in and make one at /desk/account/tokens."
            )
        : name.Length is 0 or > LongestName || name.Any(char.IsControl)
            ? new Refusal(
                RefusalKind.Invalid,
                "name",
                "name",
                $"A token has a name of at most {LongestName} characters, by which you know it again."
            )
        : days is < 1 or > MostDays ? new Refusal(RefusalKind.Invalid, "range", "days", $"A token lasts 1 to {MostDays} days.")
        : null;

    private async Task<Refusal?> UnknownForumAsync(string? forum, CancellationToken ct) =>
        forum is not null && !(await directory.NamesAsync(ct)).Forums.ContainsKey(forum)
            ? new Refusal(RefusalKind.Invalid, "unknown-forum", "forum", $"There is no forum '{forum}'.")
            : null;

    private static Refusal? BeyondReach(Author by, IReadOnlyList<Scope>? scopes, string? forum)
    {
        if (scopes is not { Count: > 0 })
            return new Refusal(
                RefusalKind.Invalid,
                "required",
                "scopes",
                $"Name one or more scopes: {string.Join(", ", Words.All<Scope>())}."
            );
        var possible = Permission.ScopesFor(by.Rights.Within(Enum.GetValues<Scope>(), forum));
        if (scopes.All(possible.Contains))
            return null;
        var beyond = scopes.First(s => !possible.Contains(s)).Word();
        return new Refusal(
            RefusalKind.Forbidden,
            "scope",
            "scopes",
            $"Your roles do not reach as far as '{beyond}'{(forum is null ? "" : " in that forum")}; "
                + $"they reach to: {string.Join(", ", possible.Select(s => s.Word()))}."
        );
    }

    private async Task<Refusal?> OneTooManyAsync(string person, CancellationToken ct) =>
        (await accounts.TokensAsync(person, ct)).Count >= MostOfOne
            ? new Refusal(
                RefusalKind.Conflict,
                "too-many",
                "",
                $"You have {MostOfOne} tokens, which is as many as one may have; revoke one first."
            )
            : null;
}

/// <summary>A token as the API writes it.</summary>
/// <param name="Name">Absent: it came with the person and has no bounds.</param>
/// <param name="Prefix">How the secret begins.</param>
/// <param name="Token">The secret, shown once.</param>
public sealed record TokenView(
    Guid Id,
    string? Name,
    string? Prefix,
    IReadOnlyList<Scope>? Scopes,
    string? Forum,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    string? Token = null
)
{
    internal static TokenView Of(GivenToken t, string? secret = null) =>
        new(t.Id, t.Name, t.Prefix, t.Scopes, t.Forum, t.CreatedAt, t.ExpiresAt, t.UsedAt, secret);
}

/// <summary>Your tokens.</summary>
public static class GetTokens
{
    /// <summary>The answer.</summary>
    public sealed record Answer(IReadOnlyList<TokenView> Tokens);

    [WolverineGet("/api/v1/tokens"), Tags("Tokens"), May(Act.Own)]
    [Describes("Your tokens, newest first; their secrets are kept nowhere", typeof(Answer), NeedsToken = true)]
    public static async Task<IResult> Get(HttpContext context, Accounts accounts, CancellationToken ct) =>
        PrivateAnswer.Parameter(context)
        ?? PrivateAnswer.Of(context, new Answer([.. (await accounts.TokensAsync(context.User.Id(), ct)).Select(t => TokenView.Of(t))]));
}

/// <summary>Makes a token.</summary>
public static class PostToken
{
    /// <summary>The body.</summary>
    /// <param name="Name">By which you know it again.</param>
    /// <param name="Scopes">What it may be used for, no more than your roles: read, suggest, log, confirm, administer.</param>
    /// <param name="Forum">The one forum for which it works; absent: all.</param>
    /// <param name="Days">Until it expires: 1 to 365, absent 90.</param>
    public sealed record Body(string Name, IReadOnlyList<Scope> Scopes, string? Forum = null, int? Days = null);

    [WolverinePost("/api/v1/tokens"), Tags("Tokens"), May(Act.Own)]
    [Describes(
        "Makes a token with bounds; the secret is shown this once",
        typeof(TokenView),
        Body = typeof(Body),
        Status = 201,
        Repeatable = false
    )]
    public static async Task<IResult> Post(HttpContext context, TokenDesk desk, SignInLog log, CancellationToken ct)
    {
        if (PostPeople.RefusesKey(context) is { } repeat)
            return repeat;
        var (request, problem) = await WriteRequest<Body>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var (token, secret, refusal) = await desk.MakeAsync(
            request.By,
            request.Body.Name,
            request.Body.Scopes,
            request.Body.Forum,
            request.Body.Days,
            ct
        );
        if (token is null)
            return Problems.Of(refusal!);
        await log.AddAsync(context, request.Person, "token");
        return PrivateAnswer.Of(context, TokenView.Of(token, secret), 201);
    }
}

/// <summary>Revokes a token.</summary>
public static class DeleteToken
{
    [WolverineDelete("/api/v1/tokens/{id}"), Tags("Tokens"), May(Act.Own)]
    [Describes("Revokes one of your tokens; it works no more at once", typeof(void), Status = 204, NeedsToken = true)]
    public static async Task<IResult> Delete(string id, HttpContext context, Accounts accounts, SignInLog log, CancellationToken ct)
    {
        if (!Guid.TryParse(id, out var token) || !await accounts.RevokeTokenAsync(context.User.Id(), token, ct))
            return Problems.Of(404, "unknown-token", "id", "There is no such token of yours.");
        await log.AddAsync(context, context.User.Id(), "token");
        return Results.NoContent();
    }
}
