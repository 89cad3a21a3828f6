using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Server.Desk;
using CommitmentsTracker.Server.Drafts;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Languages;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CommitmentsTracker.Server.People;

/// <summary>Who somebody is: by a bearer token on the API, by a session on the pages.</summary>
public static class SignIn
{
    /// <summary>Scheme of the API.</summary>
    public const string Bearer = "Bearer";

    /// <summary>The page to which whoever has to sign in is sent.</summary>
    public const string Page = "/desk/sign-in";

    private const string Either = "Either";
    private const int Iterations = 210_000;
    private static readonly TimeSpan SecondStepWithin = TimeSpan.FromMinutes(5);

    /// <summary>Registers accounts and both ways of signing in. Keys live in the database, so that several nodes and restarts share them.</summary>
    public static void AddSignIn(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        services.AddSingleton<Accounts>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<LapsedForms>();
        services.AddSingleton<SignInLog>();
        services.AddSingleton<Lockouts>();
        services.AddSingleton<Invitations>();
        services.AddSingleton<PeopleDesk>();
        services.AddSingleton<TokenDesk>();
        services.AddScoped<AccountDesk>();
        services.AddSingleton(MasterKey.Of(configuration, dataFolder));
        services.AddDataProtection().SetApplicationName("CommitmentsTracker");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s => new ConfigureOptions<KeyManagementOptions>(o =>
            o.XmlRepository = new KeysInDatabase(s.GetRequiredService<NpgsqlDataSource>(), s.GetRequiredService<MasterKey>())
        ));

        services.AddSingleton<IPasswordHasher<Account>, UnicodeHasher>();
        services.Configure<PasswordHasherOptions>(o => o.IterationCount = Iterations);
        services.AddSingleton<AccountStore>();
        services.AddSingleton<IUserStore<Account>>(s => s.GetRequiredService<AccountStore>());
        services.AddSingleton<TimeCodes>();
        services.AddScoped<IUserClaimsPrincipalFactory<Account>, AccountClaims>();
        services
            .AddIdentityCore<Account>(o =>
            {
                // The rules of passwords are our own, and a user name is an address or an id.
                o.Password = new PasswordOptions
                {
                    RequiredLength = 1,
                    RequireDigit = false,
                    RequireLowercase = false,
                    RequireUppercase = false,
                    RequireNonAlphanumeric = false,
                    RequiredUniqueChars = 0,
                };
                o.User.AllowedUserNameCharacters = "";
                o.Tokens.ProviderMap[TokenOptions.DefaultAuthenticatorProvider] = new TokenProviderDescriptor(typeof(TimeCodes));
            })
            .AddUserManager<AccountManager>()
            .AddPasswordValidator<PasswordRules>()
            .AddSignInManager<SignIns>();
        services.AddScoped<SignIns>();
        services.Configure<IdentityPasskeyOptions>(o =>
        {
            o.ServerDomain = PublicAddress.Of(configuration).Host;
            // Unlocked by finger, face or PIN, and found without a name: then it is both steps in one.
            o.UserVerificationRequirement = "required";
            o.ResidentKeyRequirement = "required";
        });

        // A name with __Host- is taken by browsers only with https, for this host, for all paths.
        var isHttps = PublicAddress.Of(configuration).IsSecure;
        services
            .AddAuthentication(Either)
            // Answers of the API never depend on a cookie; pages never on a token.
            .AddPolicyScheme(
                Either,
                null,
                o => o.ForwardDefaultSelector = c => PagesSetup.IsPage(c.Request.Path) ? IdentityConstants.ApplicationScheme : Bearer
            )
            .AddScheme<AuthenticationSchemeOptions, BearerTokens>(Bearer, null)
            .AddCookie(
                IdentityConstants.ApplicationScheme,
                o =>
                {
                    Harden(o.Cookie, SignInCookie.Name);
                    o.ExpireTimeSpan = Sessions.Longest;
                    o.SlidingExpiration = false;
                    o.LoginPath = Page;
                    o.Events.OnRedirectToLogin = async c =>
                    {
                        await c.HttpContext.RequestServices.GetRequiredService<LapsedForms>().KeepAsync(c.HttpContext, c.Options);
                        // Who reads in a language is asked to sign in in it.
                        c.Response.Redirect(c.RedirectUri + InLanguage(c.Request.Query["lang"]));
                    };
                    o.Events.OnRedirectToAccessDenied = c =>
                        PagesSetup.ShowInsteadAsync<NotAllowedPage>(c.HttpContext, StatusCodes.Status403Forbidden);
                }
            )
            .AddCookie(
                IdentityConstants.TwoFactorUserIdScheme,
                o =>
                {
                    Harden(o.Cookie, SignInCookie.Name + "-step");
                    o.ExpireTimeSpan = SecondStepWithin;
                }
            )
            .AddCookie(IdentityConstants.TwoFactorRememberMeScheme, o => Harden(o.Cookie, SignInCookie.Name + "-known"))
            .AddCookie(
                IdentityConstants.ExternalScheme,
                o =>
                {
                    Harden(o.Cookie, SignInCookie.Name + "-provider");
                    o.ExpireTimeSpan = SecondStepWithin;
                }
            );
        Provider.Add(services, configuration, Harden);
        services
            .AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<Sessions>((o, sessions) => o.SessionStore = sessions);
        services.Configure<AntiforgeryOptions>(o => Harden(o.Cookie, SignInCookie.Name + "-form"));
        services.AddSingleton<IAuthorizationHandler, MayHandler>();
        var policies = services.AddAuthorizationBuilder();
        foreach (var act in Enum.GetValues<Act>())
            policies.AddPolicy(MayAttribute.PolicyOf(act), p => p.AddRequirements(new MayRequirement(act)));

        void Harden(CookieBuilder cookie, string name)
        {
            cookie.Name = isHttps ? "__Host-" + name : name;
            cookie.HttpOnly = true;
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = isHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            cookie.Path = "/";
        }
    }

    /// <summary>Maps signing in by a token, and signing out.</summary>
    public static void MapSignIn(this WebApplication app)
    {
        app.MapPost(
                Page + "/token",
                async (
                    [FromForm] string token,
                    [FromForm(Name = "return")] string? back,
                    [FromForm] string? lang,
                    HttpContext context,
                    Accounts accounts,
                    SignIns signIns,
                    Lockouts lockouts,
                    SignInLog log,
                    CancellationToken ct
                ) =>
                {
                    var from = context.Connection.RemoteIpAddress;
                    var person = lockouts.MayTry(from) ? await accounts.OfTokenAsync(token.Trim(), ct) : null;
                    // A token with bounds would lose them, and one beside a password would go round it.
                    var failed =
                        person is null ? "token"
                        : person.Rights.Scopes is not null || await accounts.HasPasswordOrPasskeyAsync(person.Id, ct) ? "own"
                        : null;
                    if (failed is null)
                        return After(await signIns.EnterAsync(person!.Id, "token"), PagesSetup.Local(back), lang);
                    if (person is null)
                        await lockouts.FailedAsync(token, from, ct);
                    await log.AddAsync(context, person?.Id, "wrong", "token");
                    return Results.Redirect(
                        $"{Page}?failed={failed}&ReturnUrl={Uri.EscapeDataString(PagesSetup.Local(back))}{InLanguage(lang)}"
                    );
                }
            )
            .ExcludeFromDescription();
        app.MapPost(
                "/desk/sign-out",
                async ([FromForm(Name = "return")] string? back, HttpContext context, SignIns signIns, SignInLog log) =>
                {
                    if (context.User.Identity?.IsAuthenticated == true)
                        await log.AddAsync(context, context.User.Id(), "out");
                    await signIns.SignOutAsync();
                    return Results.LocalRedirect(PagesSetup.Local(back));
                }
            )
            .ExcludeFromDescription();
    }

    /// <summary>Where somebody goes after the first step.</summary>
    internal static string Next(EntryOutcome outcome, string back, string? lang) =>
        outcome.Entry == Entry.In ? back : $"{Page}/second-step?ReturnUrl={Uri.EscapeDataString(back)}{InLanguage(lang)}";

    private static IResult After(EntryOutcome outcome, string back, string? lang) => Results.LocalRedirect(Next(outcome, back, lang));

    private static string InLanguage(string? language) =>
        language is not null && Phrasebook.Languages.Contains(language) ? $"&lang={language}" : "";
}
