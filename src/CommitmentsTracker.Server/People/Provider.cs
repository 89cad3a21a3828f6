using System.Security.Claims;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Npgsql;

namespace CommitmentsTracker.Server.People;

/// <summary>Signing in by an OpenID Connect provider of the operator's choice. Whoever comes so for the first time has no role.</summary>
/// <param name="Authority">Issuer; null: there is none.</param>
public sealed record Provider(string? Authority)
{
    /// <summary>Setting: the issuer.</summary>
    public const string AuthoritySetting = "TRACKER_OIDC_AUTHORITY";

    /// <summary>Setting: the client id.</summary>
    public const string ClientSetting = "TRACKER_OIDC_CLIENT";

    /// <summary>Setting: the client secret.</summary>
    public const string SecretSetting = "TRACKER_OIDC_SECRET";

    private const string Scheme = "Provider";

    /// <summary>Where the way to the provider begins.</summary>
    public const string Start = SignIn.Page + "/provider";
    private const string End = SignIn.Page + "/provider/done";
    private const int LongestSubject = 255;

    /// <summary>True if people may sign in so.</summary>
    public bool IsThere => Authority is not null;

    /// <summary>Registers the provider that the settings name.</summary>
    /// <exception cref="InvalidOperationException">The settings are incomplete, or the issuer is not reached by https.</exception>
    internal static void Add(IServiceCollection services, IConfiguration configuration, Action<CookieBuilder, string> harden)
    {
        var provider = new Provider(configuration[AuthoritySetting] is { Length: > 0 } set ? set : null);
        services.AddSingleton(provider);
        if (provider.Authority is not { } authority)
            return;
        var isLocal = Uri.TryCreate(authority, UriKind.Absolute, out var uri) && uri is { Scheme: "http", IsLoopback: true };
        if (uri is null || (uri.Scheme != "https" && !isLocal))
            throw new InvalidOperationException(
                $"{AuthoritySetting} is '{authority}'; it is the https address of an OpenID Connect provider."
            );
        if (configuration[ClientSetting] is not { Length: > 0 } client)
            throw new InvalidOperationException(
                $"{AuthoritySetting} needs {ClientSetting}, the id under which the provider knows this tracker."
            );
        services
            .AddAuthentication()
            .AddOpenIdConnect(
                Scheme,
                o =>
                {
                    o.Authority = authority;
                    o.ClientId = client;
                    o.ClientSecret = configuration[SecretSetting] is { Length: > 0 } secret ? secret : null;
                    o.RequireHttpsMetadata = !isLocal;
                    o.SignInScheme = IdentityConstants.ExternalScheme;
                    o.ResponseType = OpenIdConnectResponseType.Code;
                    o.ResponseMode = OpenIdConnectResponseMode.Query;
                    o.UsePkce = true;
                    o.SaveTokens = false;
                    o.MapInboundClaims = false;
                    o.CallbackPath = SignIn.Page + "/provider/callback";
                    o.Scope.Clear();
                    foreach (var scope in new[] { "openid", "profile", "email" })
                        o.Scope.Add(scope);
                    o.TokenValidationParameters.NameClaimType = "name";
                    harden(o.CorrelationCookie, SignInCookie.Name + "-asked");
                    harden(o.NonceCookie, SignInCookie.Name + "-nonce");
                    o.Events.OnRemoteFailure = c =>
                    {
                        c.HandleResponse();
                        c.Response.Redirect(SignIn.Page + "?failed=provider");
                        return Task.CompletedTask;
                    };
                }
            );
    }

    /// <summary>Maps the way to the provider and back.</summary>
    internal static void Map(WebApplication app)
    {
        if (!app.Services.GetRequiredService<Provider>().IsThere)
            return;
        // A link and no form: a form may lead to this site only, and its redirects count.
        app.MapGet(
                Start,
                ([FromQuery(Name = "return")] string? back, SignIns signIns) =>
                    Results.Challenge(
                        signIns.ConfigureExternalAuthenticationProperties(
                            Scheme,
                            $"{End}?ReturnUrl={Uri.EscapeDataString(PagesSetup.Local(back))}"
                        ),
                        [Scheme]
                    )
            )
            .ExcludeFromDescription();
        app.MapGet(
                End,
                async (
                    HttpContext context,
                    Accounts accounts,
                    AccountStore store,
                    SignIns signIns,
                    Provider provider,
                    NpgsqlDataSource source,
                    CancellationToken ct
                ) =>
                {
                    context.Response.Headers.CacheControl = "no-store";
                    var result = await context.AuthenticateAsync(IdentityConstants.ExternalScheme);
                    await context.SignOutAsync(IdentityConstants.ExternalScheme);
                    if (result.Principal?.FindFirstValue("sub") is not { Length: > 0 and <= LongestSubject } subject)
                        return Results.Redirect(SignIn.Page + "?failed=provider");
                    var person = (await store.FindByLoginAsync(provider.Authority!, subject, ct))?.Id;
                    if (person is null)
                    {
                        await using var connection = await source.OpenConnectionAsync(ct);
                        await using var transaction = await connection.BeginTransactionAsync(ct);
                        person = await AddPersonAsync(transaction, accounts, provider.Authority!, result.Principal, ct);
                        await transaction.CommitAsync(ct);
                    }

                    await signIns.EnterAsync(person, "provider");
                    return Results.LocalRedirect(PagesSetup.Local(context.Request.Query["ReturnUrl"]));
                }
            )
            .ExcludeFromDescription();
    }

    /// <summary>An account for somebody whom the provider knows and we do not; without any right.</summary>
    private static async Task<string> AddPersonAsync(
        NpgsqlTransaction transaction,
        Accounts accounts,
        string authority,
        ClaimsPrincipal known,
        CancellationToken ct
    )
    {
        var subject = known.FindFirstValue("sub")!;
        var given = known.FindFirstValue("name")?.Trim();
        var name = Checks.PersonNameProblem(given) is null ? given! : EmailAddress.Read(known.FindFirstValue("email")) ?? subject;
        // The address of the provider is a name and no key: nobody gets an account that is here already by claiming its
        // address elsewhere.
        var person = (await accounts.AddAsync(transaction, new NewPerson(name, []), ct)).Id;
        await transaction.RunAsync(
            "insert into provider_logins (provider, subject, person) values ($1, $2, $3)",
            ct,
            authority,
            subject,
            person
        );
        return person;
    }
}
