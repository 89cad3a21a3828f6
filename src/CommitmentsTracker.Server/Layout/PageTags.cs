using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace CommitmentsTracker.Server.Layout;

/// <summary>
/// Gives every public page an entity tag of its bytes, so that a browser asks again and is told in a few bytes when
/// nothing changed. Pages of the desk are never kept.
/// </summary>
public static class PageTags
{
    /// <summary>Under this key a request keeps the status that its page will have, if it is another one than 200.</summary>
    internal static readonly object Status = new();

    /// <summary>Puts the tags into the pipeline; to stand before whatever writes pages.</summary>
    public static void UsePageTags(this WebApplication app) => app.UseWhen(
        c => HttpMethods.IsGet(c.Request.Method) && PagesSetup.IsPage(c.Request.Path) && !c.Request.Path.StartsWithSegments("/desk") && !Path.HasExtension(c.Request.Path.Value),
        branch => branch.Use(TagAsync));

    private static async Task TagAsync(HttpContext context, RequestDelegate next)
    {
        var body = context.Response.Body;
        using var page = new MemoryStream();
        context.Response.Body = page;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }

        // Nothing has gone out yet, so headers can still be set.
        var response = context.Response;
        var isPage = response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) == true;
        if (isPage)
        {
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(page.GetBuffer().AsSpan(0, (int)page.Length)).AsSpan(0, 12))}\"");
            response.Headers.ETag = tag.ToString();
            response.Headers.CacheControl = "no-cache";
            response.Headers.Vary = "Accept-Language, Cookie";
            if (response.StatusCode == StatusCodes.Status200OK && !context.Items.ContainsKey(Status) && context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Compare(tag, useStrongComparison: false)))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                response.ContentType = null;
                return;
            }
        }

        if (page.Length == 0) return;
        response.ContentLength = page.Length;
        page.Position = 0;
        await page.CopyToAsync(body, context.RequestAborted);
    }
}
