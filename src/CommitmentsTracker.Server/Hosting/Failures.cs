using System.Diagnostics;
using System.Net;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>What is answered where nothing else was: a page or a problem, never a trace.</summary>
internal static class Failures
{
    /// <summary>Answers failures, and requests to which nothing answers; to stand before everything else.</summary>
    public static void UseFailures(this WebApplication app)
    {
        app.UseExceptionHandler(e => e.Run(FailedAsync));
        // Whoever asks for the headers gets those of the answer; the server leaves the body out.
        app.Use(
            (context, next) =>
            {
                if (HttpMethods.IsHead(context.Request.Method))
                    context.Request.Method = HttpMethods.Get;
                return next(context);
            }
        );
        app.UseStatusCodePages(BareStatusAsync);
    }

    /// <summary>A failure nobody foresaw: logged with its trace, told without it.</summary>
    private static Task FailedAsync(HttpContext context)
    {
        var error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (error is BadHttpRequestException bad)
            return Problems.Of(bad.StatusCode, bad.StatusCode == 413 ? "too-large" : "request", "", bad.Message).ExecuteAsync(context);
        var unavailable = error is NpgsqlException { IsTransient: true } or TimeoutException;
        if (unavailable)
            context.Response.Headers.RetryAfter = "5";
        if (PagesSetup.IsPage(context.Request.Path))
            return PagesSetup.ShowInsteadAsync<ErrorPage>(context, unavailable ? 503 : 500);
        if (unavailable)
        {
            return Problems
                .Of(503, "store-unavailable", "", "The database does not answer just now; try again in a few seconds.")
                .ExecuteAsync(context);
        }

        return Problems
            .Of(
                500,
                "internal",
                "",
                "Something failed here; the operator finds it in the log under "
                    + $"{Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier}."
            )
            .ExecuteAsync(context);
    }

    private static Task BareStatusAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        if (!context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/feeds"))
            return Task.CompletedTask;
        var code = context.Response.StatusCode;
        var (rule, message) = (HttpStatusCode)code switch
        {
            HttpStatusCode.NotFound => ("unknown-address", "There is nothing at this address; /docs lists what there is."),
            HttpStatusCode.MethodNotAllowed => ("method", $"{context.Request.Method} is not possible here."),
            _ => ("request", ReasonPhrases.GetReasonPhrase(code)),
        };
        return Problems.Of(code, rule, "", message).ExecuteAsync(context);
    }
}
