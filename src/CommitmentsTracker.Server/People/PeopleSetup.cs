using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.People.Keys;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CommitmentsTracker.Server.People;

/// <summary>Brings accounts, sessions and all ways of signing in into the program.</summary>
internal static class PeopleSetup
{
    private const string Either = "Either";
    private const int Iterations = 210_000;
    private static readonly TimeSpan SecondStepWithin = TimeSpan.FromMinutes(5);

    /// <summary>Registers what they need. Keys live in the database, so that several nodes and restarts share them.</summary>
    public static void AddPeople(this IServiceCollection services, IConfiguration configuration, string dataFolder)
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
        services.AddReadsAgain<Accounts>();
        services.AddReadsAgain<Invitations>();
        AddKeys(services, MasterKey.Of(configuration, dataFolder));
        AddIdentity(services, PublicAddress.Of(configuration).Host);
        var cookies = new CookieHabits(PublicAddress.Of(configuration).IsSecure);
        AddSchemes(services, cookies);
        Provider.Add(services, configuration, cookies.Harden);
        services
            .AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<Sessions>((o, sessions) => o.SessionStore = sessions);
        services.Configure<AntiforgeryOptions>(o => cookies.Harden(o.Cookie, SignInCookie.Name + "-form"));
        AddPolicies(services);
    }

    /// <summary>Maps signing in by token, passkey and provider, and signing out.</summary>
    public static void MapPeople(this WebApplication app)
    {
        app.MapSignIn();
        app.MapPasskeys();
        Provider.Map(app);
    }

    private static void AddKeys(IServiceCollection services, MasterKey master)
    {
        services.AddSingleton(master);
        services.AddSingleton<KeysInDatabase>();
        services.AddReadsAgain<KeysInDatabase>();
        services.AddDataProtection().SetApplicationName("CommitmentsTracker");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s => new ConfigureOptions<KeyManagementOptions>(o =>
            o.XmlRepository = s.GetRequiredService<KeysInDatabase>()
        ));
    }

    private static void AddIdentity(IServiceCollection services, string? host)
    {
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
            o.ServerDomain = host;
            // Unlocked by finger, face or PIN, and found without a name: then it is both steps in one.
            o.UserVerificationRequirement = "required";
            o.ResidentKeyRequirement = "required";
        });
    }

    private static void AddSchemes(IServiceCollection services, CookieHabits cookies) =>
        services
            .AddAuthentication(Either)
            // Answers of the API never depend on a cookie; pages never on a token.
            .AddPolicyScheme(
                Either,
                null,
                o => o.ForwardDefaultSelector = c => PagesSetup.IsPage(c.Request.Path) ? IdentityConstants.ApplicationScheme : SignIn.Bearer
            )
            .AddScheme<AuthenticationSchemeOptions, BearerTokens>(SignIn.Bearer, null)
            .AddCookie(
                IdentityConstants.ApplicationScheme,
                o =>
                {
                    cookies.Harden(o.Cookie, SignInCookie.Name);
                    o.ExpireTimeSpan = Sessions.Longest;
                    o.SlidingExpiration = false;
                    o.LoginPath = SignIn.Page;
                    o.Events.OnRedirectToLogin = async c =>
                    {
                        await c.HttpContext.RequestServices.GetRequiredService<LapsedForms>().KeepAsync(c.HttpContext, c.Options);
                        // Who reads in a language is asked to sign in in it.
                        c.Response.Redirect(c.RedirectUri + SignIn.InLanguage(c.Request.Query["lang"]));
                    };
                    o.Events.OnRedirectToAccessDenied = c =>
                        PagesSetup.ShowInsteadAsync<NotAllowedPage>(c.HttpContext, StatusCodes.Status403Forbidden);
                }
            )
            .AddCookie(IdentityConstants.TwoFactorUserIdScheme, o => cookies.HardenBrief(o, SignInCookie.Name + "-step"))
            .AddCookie(IdentityConstants.TwoFactorRememberMeScheme, o => cookies.Harden(o.Cookie, SignInCookie.Name + "-known"))
            .AddCookie(IdentityConstants.ExternalScheme, o => cookies.HardenBrief(o, SignInCookie.Name + "-provider"));

    private static void AddPolicies(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, MayHandler>();
        var policies = services.AddAuthorizationBuilder();
        foreach (var act in Enum.GetValues<Act>())
            policies.AddPolicy(MayAttribute.PolicyOf(act), p => p.AddRequirements(new MayRequirement(act)));
    }

    /// <summary>What all our cookies have in common.</summary>
    /// <param name="isHttps">Readers come by https. Only then browsers take a name with __Host-: for this host, for all paths.</param>
    private sealed class CookieHabits(bool isHttps)
    {
        public void Harden(CookieBuilder cookie, string name)
        {
            cookie.Name = isHttps ? "__Host-" + name : name;
            cookie.HttpOnly = true;
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = isHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            cookie.Path = "/";
        }

        /// <summary>One that lasts for the second step only.</summary>
        public void HardenBrief(CookieAuthenticationOptions options, string name)
        {
            Harden(options.Cookie, name);
            options.ExpireTimeSpan = SecondStepWithin;
        }
    }
}
