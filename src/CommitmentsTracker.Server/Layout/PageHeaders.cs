using CommitmentsTracker.Reading.Addresses;

namespace CommitmentsTracker.Server.Layout;

/// <summary>
/// What every answer tells the browser of its limits: no scripts but the site's own files, no frames around the pages
/// (save what is made for embedding), no guessing of types, no paths in referrers to other sites, nothing of the desk
/// kept anywhere; and, where readers come by https, that they always do.
/// </summary>
public static class PageHeaders
{
    /// <summary>Pages below this path may stand in frames of other sites.</summary>
    public const string Embeds = "/embed";

    // Widths and places of bars and marks are style attributes; a style cannot run anything.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; ";

    // The API's reference page starts itself by a script within the page.
    private const string PolicyOfReference =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Puts the headers into the pipeline; to stand before whatever answers.</summary>
    public static void UsePageHeaders(this WebApplication app)
    {
        var isSecure = app.Services.GetRequiredService<PublicAddress>().IsSecure;
        app.Use((context, next) => AnswerAsync(context, next, isSecure));
    }

    private static Task AnswerAsync(HttpContext context, RequestDelegate next, bool isSecure)
    {
        var (path, headers) = (context.Request.Path, context.Response.Headers);
        if (isSecure)
        {
            // The proxy that brings https speaks plain http to the program; forms refuse to be sent there.
            context.Request.Scheme = Uri.UriSchemeHttps;
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        if (path.StartsWithSegments("/desk"))
            headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin";
        if (path.StartsWithSegments(Embeds))
            headers.ContentSecurityPolicy = Policy + "frame-ancestors *";
        else
        {
            headers.ContentSecurityPolicy = path.StartsWithSegments("/docs") ? PolicyOfReference : Policy + "frame-ancestors 'none'";
            headers.XFrameOptions = "DENY";
        }

        if (PagesSetup.IsPage(path))
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        return next(context);
    }
}
