using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace CommitmentsTracker.Server.People;

/// <summary>Who somebody is: by a bearer token on the API, by a session on the pages.</summary>
public static class SignIn
{
    /// <summary>Scheme of the API.</summary>
    public const string Bearer = "Bearer";

    /// <summary>The page to which whoever has to sign in is sent.</summary>
    public const string Page = "/desk/sign-in";

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

    internal static string InLanguage(string? language) =>
        language is not null && Phrasebook.Languages.Contains(language) ? $"&lang={language}" : "";
}
