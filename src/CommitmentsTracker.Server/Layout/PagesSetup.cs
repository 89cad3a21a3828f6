using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.Extensions.WebEncoders;

namespace CommitmentsTracker.Server.Layout;

/// <summary>Brings the pages into the program.</summary>
public static class PagesSetup
{
    /// <summary>Registers what the pages need.</summary>
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddAntiforgery();
        services.AddHttpContextAccessor();
        services.AddCascadingAuthenticationState();
        services.AddScoped(provider => PageQuery.Of(
            provider.GetRequiredService<IHttpContextAccessor>().HttpContext
                ?? throw new InvalidOperationException("Pages are rendered within a request."),
            provider.GetRequiredService<TimeProvider>()));

        // Chinese stays readable (and a third of the size) in the page's source.
        services.Configure<WebEncoderOptions>(o => o.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        return services;
    }

    /// <summary>
    /// Maps the pages, their style sheet and script, and the choice of the theme. Every address that nothing else
    /// answers gives the page that says so, with 404. Needs <c>UseAntiforgery</c> behind authentication.
    /// </summary>
    public static WebApplication MapPages(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapRazorComponents<App>();
        app.MapGet("/theme/{theme}", (string theme, HttpContext http) =>
        {
            var wanted = theme is "light" or "dark" ? theme : null;
            var cookie = new CookieOptions { MaxAge = TimeSpan.FromDays(365), SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true };
            if (wanted is null) http.Response.Cookies.Delete("theme", cookie);
            else http.Response.Cookies.Append("theme", wanted, cookie);
            http.Response.Headers.CacheControl = "no-store";
            return Results.LocalRedirect(Local(http.Request.Query["return"]));
        }).ExcludeFromDescription();
        return app;
    }

    /// <summary>The address if it lies on this site, else the front page: no page sends a reader elsewhere unasked.</summary>
    public static string Local(string? address) =>
        address is ['/', ..] && address is not ['/', '/' or '\\', ..] && !address.Any(char.IsControl) ? address : "/";
}
