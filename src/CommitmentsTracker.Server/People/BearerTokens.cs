using System.Text.Encodings.Web;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CommitmentsTracker.Server.People;

/// <summary>Who somebody is by the token of a request to the API, and how the API says no.</summary>
internal sealed class BearerTokens(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    Accounts accounts
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        return await accounts.OfTokenAsync(header["Bearer ".Length..].Trim(), Context.RequestAborted) is { } person
            ? AuthenticateResult.Success(new AuthenticationTicket(Claimed.Principal(person, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("The token is unknown.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Of(401, "token", "Authorization", "This needs a valid token: Authorization: Bearer <token>.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var act =
            Context.GetEndpoint()?.Metadata.GetMetadata<MayAttribute>()?.Act
            ?? throw new InvalidOperationException("Nothing but an act forbids.");
        return Problems.Of(Permission.RefusesEverywhere(Context.User.Rights(), act)!).ExecuteAsync(Context);
    }
}
