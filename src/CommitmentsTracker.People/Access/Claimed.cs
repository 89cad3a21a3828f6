using System.Security.Claims;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.People.Access;

/// <summary>What a signed-in principal says of the person.</summary>
public static class Claimed
{
    /// <summary>Type of the claim that names the session.</summary>
    public const string SessionClaim = "session";

    private const string GrantClaim = "grant";
    private const string ScopeClaim = "scope";
    private const string BoundClaim = "bound";

    /// <summary>The opaque id.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in; the endpoint has to ask for it.</exception>
    public static string Id(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("Nobody is signed in.");

    /// <summary>What they may do.</summary>
    public static Rights Rights(this ClaimsPrincipal user) =>
        new(
            [.. GrantText.Read(user.FindAll(GrantClaim).Select(c => c.Value))],
            user.HasClaim(c => c.Type == BoundClaim) ? [.. user.FindAll(ScopeClaim).Select(c => Words.Read<Scope>(c.Value))] : null
        );

    /// <summary>Who writes.</summary>
    public static Author Author(this ClaimsPrincipal user) => new(user.Id(), user.Rights());

    /// <summary>True if they may do it in some forum: enough to show the way to it.</summary>
    public static bool May(this ClaimsPrincipal user, Act act) =>
        user.Identity?.IsAuthenticated == true && Permission.MaySomewhere(user.Rights(), act);

    /// <summary>The session; null: they came by a token.</summary>
    public static Guid? Session(this ClaimsPrincipal user) =>
        Guid.TryParse(user.FindFirstValue(Claimed.SessionClaim), out var id) ? id : null;

    /// <summary>The claims of a person.</summary>
    public static ClaimsPrincipal Principal(Person person, string scheme, Guid? session = null, string? way = null)
    {
        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, person.Id),
            new(ClaimTypes.Name, person.Name),
            .. person.Rights.Grants.Select(g => new Claim(GrantClaim, GrantText.Write(g))),
        ];
        if (person.Rights.Scopes is { } scopes)
        {
            claims.Add(new Claim(BoundClaim, "yes"));
            claims.AddRange(scopes.Select(s => new Claim(ScopeClaim, s.Word())));
        }

        if (session is { } id)
            claims.Add(new Claim(Claimed.SessionClaim, id.ToString("N")));
        if (way is not null)
            claims.Add(new Claim(ClaimTypes.AuthenticationMethod, way));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }
}
