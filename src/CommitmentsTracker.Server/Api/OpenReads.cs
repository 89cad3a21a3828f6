namespace CommitmentsTracker.Server.Api;

/// <summary>
/// Lets the pages of any other site read the API: what is public may be shown anywhere. Answers never depend on a
/// cookie there, and credentials are not allowed, so an open door shows nobody more than everybody sees. Writes are not
/// offered to other sites: their tokens belong on servers, and a browser that asks is told that only GET is possible.
/// </summary>
public static class OpenReads
{
    private const string Anyone = "*";
    private static readonly string[] Paths = ["/api", "/openapi", "/feeds", "/calendar.ics"];

    /// <summary>Puts the headers of cross-origin reads into the pipeline; to stand before whatever answers.</summary>
    public static void UseOpenReads(this WebApplication app) =>
        app.UseWhen(
            c => IsOpen(c.Request.Path),
            branch =>
                branch.Use(
                    (context, next) =>
                    {
                        var headers = context.Response.Headers;
                        if (
                            HttpMethods.IsOptions(context.Request.Method)
                            && context.Request.Headers.ContainsKey("Access-Control-Request-Method")
                        )
                        {
                            context.Response.StatusCode = StatusCodes.Status204NoContent;
                            headers.AccessControlAllowOrigin = Anyone;
                            headers.AccessControlAllowMethods = "GET";
                            headers.AccessControlAllowHeaders = "If-None-Match, Last-Event-ID";
                            headers.AccessControlMaxAge = "86400";
                            return Task.CompletedTask;
                        }

                        if (HttpMethods.IsGet(context.Request.Method))
                        {
                            // Set last, because a failure clears what was set before it.
                            context.Response.OnStarting(() =>
                            {
                                headers.AccessControlAllowOrigin = Anyone;
                                headers.AccessControlExposeHeaders = "ETag, Content-Disposition, Retry-After";
                                return Task.CompletedTask;
                            });
                        }

                        return next(context);
                    }
                )
        );

    private static bool IsOpen(PathString path) => Paths.Any(p => path.StartsWithSegments(p));
}
