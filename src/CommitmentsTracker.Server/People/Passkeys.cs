using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace CommitmentsTracker.Server.People;

/// <summary>The requests by which a browser makes and shows passkeys.</summary>
public static class Passkeys
{
    /// <summary>Where passkeys are made and taken away.</summary>
    public const string Page = "/desk/account/second-step";

    private const int LongestName = 100;
    private const int LongestCredential = 32 * 1024;
    private const int MostOfOne = 20;

    /// <summary>Maps them.</summary>
    public static void MapPasskeys(this WebApplication app)
    {
        MapMaking(app);
        MapShowing(app);
    }

    private static void MapMaking(WebApplication app)
    {
        app.MapPost(
                "/desk/account/passkeys/options",
                async ([FromForm] string? credential, HttpContext context, AccountDesk desk, SignIns signIns) =>
                {
                    var account = await desk.OwnAsync();
                    context.Response.Headers.CacheControl = "no-store";
                    return Results.Content(
                        await signIns.MakePasskeyCreationOptionsAsync(
                            new PasskeyUserEntity
                            {
                                Id = account.Id,
                                Name = account.Email ?? account.Name,
                                DisplayName = account.Name,
                            }
                        ),
                        "application/json"
                    );
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Own))
            .ExcludeFromDescription();
        app.MapPost(
                "/desk/account/passkeys",
                async (
                    [FromForm] string credential,
                    [FromForm] string? name,
                    HttpContext context,
                    AccountDesk desk,
                    AccountManager manager,
                    SignIns signIns,
                    SignInLog log
                ) =>
                {
                    var account = await desk.OwnAsync();
                    var query = context.RequestServices.GetRequiredService<PageQuery>();
                    if (credential.Length is 0 or > LongestCredential || (await manager.GetPasskeysAsync(account)).Count >= MostOfOne)
                        return Refused();
                    var result = await signIns.PerformPasskeyAttestationAsync(credential);
                    if (!result.Succeeded || result.UserEntity.Id != account.Id)
                        return Refused();
                    var said = new string([.. (name ?? "").Where(c => !char.IsControl(c))]).Trim();
                    result.Passkey.Name = said.Length == 0 ? null : said[..Math.Min(said.Length, LongestName)];
                    if (!(await manager.AddOrUpdatePasskeyAsync(account, result.Passkey)).Succeeded)
                        return Refused();
                    await log.AddAsync(context, account.Id, "passkey");
                    return Results.LocalRedirect(query.To(Page, ("done", "passkey")));

                    IResult Refused() => Results.LocalRedirect(query.To(Page, ("failed", "passkey")));
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Own))
            .ExcludeFromDescription();
    }

    private static void MapShowing(WebApplication app)
    {
        app.MapPost(
                SignIn.Page + "/passkey/options",
                async ([FromForm] string? credential, HttpContext context, SignIns signIns) =>
                {
                    context.Response.Headers.CacheControl = "no-store";
                    return Results.Content(await signIns.MakePasskeyRequestOptionsAsync(null!), "application/json");
                }
            )
            .ExcludeFromDescription();
        app.MapPost(
                SignIn.Page + "/passkey",
                async ([FromForm] string credential, [FromForm(Name = "return")] string? back, HttpContext context, SignIns signIns) =>
                {
                    var query = context.RequestServices.GetRequiredService<PageQuery>();
                    var outcome = credential.Length is 0 or > LongestCredential
                        ? new EntryOutcome(Entry.Wrong)
                        : await signIns.PasskeyAsync(credential);
                    return Results.LocalRedirect(
                        outcome.Entry == Entry.In
                            ? PagesSetup.Local(back)
                            : query.To(SignIn.Page, ("failed", "passkey"), ("ReturnUrl", PagesSetup.Local(back)))
                    );
                }
            )
            .ExcludeFromDescription();
    }
}
