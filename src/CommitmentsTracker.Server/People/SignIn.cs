using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Xml.Linq;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Languages;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CommitmentsTracker.Server.People;

/// <summary>Who somebody is: by a bearer token on the API, by a cookie on the pages.</summary>
public static class SignIn
{
    /// <summary>Scheme of the API.</summary>
    public const string Bearer = "Bearer";

    /// <summary>Name of the cookie of who is signed in.</summary>
    public const string Cookie = "tracker";

    /// <summary>Registers both ways of signing in. Keys live in the database, so that several nodes and restarts share them.</summary>
    public static void AddSignIn(this IServiceCollection services)
    {
        services.AddSingleton<Accounts>();
        services.AddDataProtection().SetApplicationName("CommitmentsTracker");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = new KeysInDatabase(s.GetRequiredService<NpgsqlDataSource>())));
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, BearerTokens>(Bearer, null)
            .AddCookie(o =>
            {
                o.Cookie.Name = Cookie;
                o.Cookie.HttpOnly = true;
                o.Cookie.SameSite = SameSiteMode.Lax;
                o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                o.ExpireTimeSpan = TimeSpan.FromDays(14);
                o.SlidingExpiration = true;
                o.LoginPath = "/desk/sign-in";
                o.AccessDeniedPath = "/desk/sign-in";
                // Who reads in a language is asked to sign in in it.
                o.Events.OnRedirectToLogin = c =>
                {
                    c.Response.Redirect(c.RedirectUri + InLanguage(c.Request.Query["lang"]));
                    return Task.CompletedTask;
                };
            });
        services.AddAuthorizationBuilder()
            .AddPolicy(Roles.Editor, p => p.AddAuthenticationSchemes(Bearer).RequireRole(Roles.Editor, Roles.Administrator))
            .AddPolicy(Roles.Administrator, p => p.AddAuthenticationSchemes(Bearer).RequireRole(Roles.Administrator));
    }

    /// <summary>The claims of a person.</summary>
    public static ClaimsPrincipal Principal(Person person, string scheme) => new(new ClaimsIdentity(
        [new(ClaimTypes.NameIdentifier, person.Id), new(ClaimTypes.Name, person.Name), new(ClaimTypes.Role, person.Role)], scheme));

    /// <summary>Signs a person in on the pages.</summary>
    public static Task SignInAsync(HttpContext context, Person person) => context.SignInAsync(
        CookieAuthenticationDefaults.AuthenticationScheme, Principal(person, CookieAuthenticationDefaults.AuthenticationScheme), new AuthenticationProperties { IsPersistent = true });

    /// <summary>Maps the one-time link, signing in by a token, and signing out.</summary>
    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/desk/sign-in/{secret}", async (string secret, HttpContext context, Accounts accounts, CancellationToken ct) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            if (await accounts.UseLinkAsync(secret, ct) is not { } person) return Results.Redirect("/desk/sign-in?failed=link");
            await SignInAsync(context, person);
            return Results.Redirect("/desk/log");
        }).ExcludeFromDescription();
        app.MapPost("/desk/sign-in/token", async ([FromForm] string token, [FromForm(Name = "return")] string? back, [FromForm] string? lang, HttpContext context, Accounts accounts, CancellationToken ct) =>
        {
            if (await accounts.OfTokenAsync(token.Trim(), ct) is not { } person)
                return Results.Redirect($"/desk/sign-in?failed=token&ReturnUrl={Uri.EscapeDataString(PagesSetup.Local(back))}{InLanguage(lang)}");
            await SignInAsync(context, person);
            return Results.LocalRedirect(PagesSetup.Local(back));
        }).ExcludeFromDescription();
        app.MapPost("/desk/sign-out", async ([FromForm(Name = "return")] string? back, HttpContext context) =>
        {
            await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            return Results.LocalRedirect(PagesSetup.Local(back));
        }).ExcludeFromDescription();
    }

    private static string InLanguage(string? language) => language is not null && Phrasebook.Languages.Contains(language) ? $"&lang={language}" : "";

    private sealed class BearerTokens(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Accounts accounts)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            var header = Request.Headers.Authorization.ToString();
            if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
            return await accounts.OfTokenAsync(header["Bearer ".Length..].Trim(), Context.RequestAborted) is { } person
                ? AuthenticateResult.Success(new AuthenticationTicket(Principal(person, Bearer), Bearer))
                : AuthenticateResult.Fail("The token is unknown.");
        }

        protected override Task HandleChallengeAsync(AuthenticationProperties properties)
        {
            Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Of(401, "token", "Authorization", "A write needs a valid token: Authorization: Bearer <token>.").ExecuteAsync(Context);
        }

        protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
            Problems.Of(403, "role", "Authorization", "Your role does not allow this.").ExecuteAsync(Context);
    }

    private sealed class KeysInDatabase(NpgsqlDataSource source) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements()
        {
            using var command = source.CreateCommand("select xml from protection_keys");
            using var reader = command.ExecuteReader();
            var all = new List<XElement>();
            while (reader.Read()) all.Add(XElement.Parse(reader.GetString(0)));
            return all;
        }

        public void StoreElement(XElement element, string friendlyName)
        {
            using var command = source.CreateCommand("insert into protection_keys (name, xml) values ($1, $2) on conflict (name) do update set xml = excluded.xml");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = friendlyName });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = element.ToString(SaveOptions.DisableFormatting) });
            command.ExecuteNonQuery();
        }
    }
}
