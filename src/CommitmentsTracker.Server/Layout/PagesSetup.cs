using System.Text.Encodings.Web;
using System.Text.Unicode;
using CommitmentsTracker.Reading.Items;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.WebEncoders;

namespace CommitmentsTracker.Server.Layout;

/// <summary>Brings the pages into the program.</summary>
public static class PagesSetup
{
    private static readonly string[] OfMachines = ["api", "openapi", "health", "feeds", "metrics", "calendar.ics"];

    /// <summary>Registers what the pages need.</summary>
    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddSingleton<PageCache>();
        // Pages compress themselves, once. What else is text is compressed as it goes out; never an event stream, whose parts must not wait
        // for more.
        services.AddResponseCompression(o =>
            o.MimeTypes = [
                "application/json",
                "application/problem+json",
                "text/csv",
                "text/calendar",
                "application/xml",
                "application/atom+xml",
                "application/feed+json",
                "image/svg+xml",
            ]
        );
        services.AddAntiforgery();
        services.AddHttpContextAccessor();
        services.AddSingleton<RelatedItems>();
        services.AddScoped(provider =>
            PageQuery.Of(
                provider.GetRequiredService<IHttpContextAccessor>().HttpContext
                    ?? throw new InvalidOperationException("Pages are rendered within a request."),
                provider.GetRequiredService<TimeProvider>()
            )
        );

        // Chinese stays readable (and a third of the size) in the page's source.
        services.Configure<WebEncoderOptions>(o => o.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        return services;
    }

    /// <summary>
    /// Maps the pages, their style sheet and script, and the choice of the theme. Needs <c>UseAntiforgery</c> behind
    /// authentication, and <c>UseStaticWebAssets</c> on the host when it runs unpublished.
    /// </summary>
    public static WebApplication MapPages(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapRazorComponents<App>();
        app.MapGet(
                "/theme/{theme}",
                (string theme, HttpContext http) =>
                {
                    var wanted = theme is "light" or "dark" ? theme : null;
                    var cookie = new CookieOptions
                    {
                        MaxAge = TimeSpan.FromDays(365),
                        SameSite = SameSiteMode.Lax,
                        Path = "/",
                        IsEssential = true,
                    };
                    if (wanted is null)
                        http.Response.Cookies.Delete("theme", cookie);
                    else
                        http.Response.Cookies.Append("theme", wanted, cookie);
                    http.Response.Headers.CacheControl = "no-store";
                    return Results.LocalRedirect(Local(http.Request.Query["return"]));
                }
            )
            .ExcludeFromDescription();
        return app;
    }

    /// <summary>Answers what was rendered before from memory, and keeps what is rendered.</summary>
    /// <param name="app">The program.</param>
    /// <param name="images">Below this path lie the images that stand for pages; they are kept too.</param>
    /// <param name="neverKept">Below these paths nothing is kept.</param>
    public static void UsePageCache(this WebApplication app, PathString images, IReadOnlyCollection<PathString> neverKept) =>
        app.UseWhen(
            c => PageCache.Concerns(c, images, neverKept),
            branch => branch.Use((context, render) => context.RequestServices.GetRequiredService<PageCache>().AnswerAsync(context, render))
        );

    /// <summary>
    /// Lets an address of people that nothing answers give the page that says so; to stand within the tags of pages. No
    /// route that matches every address does it: the API would then answer a wrong method with 404.
    /// </summary>
    public static void UseMissingPages(this WebApplication app) =>
        app.UseWhen(
            c => IsPage(c.Request.Path),
            branch =>
                branch.UseStatusCodePages(status =>
                    status.HttpContext.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed
                        ? ShowInsteadAsync<NotFoundPage>(status.HttpContext, status.HttpContext.Response.StatusCode)
                        : Task.CompletedTask
                )
        );

    /// <summary>True if people read what is at the address: failures there are told by a page and not by problem details.</summary>
    public static bool IsPage(PathString path) => !OfMachines.Any(p => path.StartsWithSegments("/" + p));

    /// <summary>A page as an answer to any address.</summary>
    public static RazorComponentResult Show<TPage>(int statusCode)
        where TPage : Microsoft.AspNetCore.Components.IComponent =>
        new RazorComponentResult<App>(new Dictionary<string, object?> { [nameof(App.Page)] = typeof(TPage) }) { StatusCode = statusCode };

    /// <summary>A page as the answer to a request that has no page of its own, or failed while it was being rendered.</summary>
    public static async Task ShowInsteadAsync<TPage>(HttpContext context, int statusCode)
        where TPage : Microsoft.AspNetCore.Components.IComponent
    {
        // The services of the failed rendering cannot render once more.
        var failed = context.RequestServices;
        await using var scope = failed.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await Show<TPage>(statusCode).ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = failed;
        }
    }

    /// <summary>The address if it lies on this site, else the front page: no page sends a reader elsewhere unasked.</summary>
    public static string Local(string? address) =>
        address is ['/', ..] && address is not ['/', '/' or '\\', ..] && !address.Any(char.IsControl) ? address : "/";
}
