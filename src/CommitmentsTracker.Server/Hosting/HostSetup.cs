using CommitmentsTracker.Server.Api;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Sets the host up: what it logs, what it listens to, where its files are.</summary>
internal static class HostSetup
{
    /// <summary>A host without any part of the tracker.</summary>
    /// <param name="args">Arguments of the host, e.g. <c>--urls</c>.</param>
    public static WebApplicationBuilder Create(string[] args)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                Args = args,
                ContentRootPath = AppContext.BaseDirectory,
                ApplicationName = typeof(TrackerApp).Assembly.GetName().Name,
            }
        );
        builder
            .Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Wolverine", LogLevel.Warning)
            .AddFilter("Npgsql", LogLevel.Warning)
            .AddFilter("JasperFx", LogLevel.Warning)
            .AddFilter("Marten", LogLevel.Warning)
            // It logs every refused statement with all its parameters: conflicts that a retry mends, and notes of people. What is not
            // mended is logged where it ends.
            .AddFilter("Marten.IDocumentStore", LogLevel.None)
            .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // A request that is not let in says so to whoever made it.
            .AddFilter("CommitmentsTracker.Server.People.BearerTokens", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.AddServerHeader = false;
            o.Limits.MaxRequestBodySize = 2 * WriteLimits.BodyBytes;
        });
        // Run from a build, the pages' files lie in the source folder; published, beside the program.
        builder.WebHost.UseStaticWebAssets();
        // Unpublished, assets would bring a route for every address of a file that is missing; a wrong method then looks like a missing
        // address.
        builder.Configuration["DisableStaticAssetNotFoundRuntimeFallback"] = "true";
        return builder;
    }
}
