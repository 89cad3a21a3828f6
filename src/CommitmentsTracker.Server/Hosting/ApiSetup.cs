using Scalar.AspNetCore;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Brings the API into the program: its document, its problems, its limits.</summary>
internal static class ApiSetup
{
    /// <summary>Registers what it needs.</summary>
    /// <exception cref="InvalidOperationException">The setting of the read limit is no whole number.</exception>
    public static void AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddProblemDetails();
        services.AddReadLimits(configuration);
        services.AddOpenApi("v1", ApiDocument.Configure);
        services.AddWolverineHttp();
    }

    /// <summary>Maps the endpoints, the document and the page that shows it.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.MapWolverineEndpoints(o => o.WarmUpRoutes = RouteWarmup.Lazy);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", o => o.WithTitle("CommitmentsTracker API").WithOpenApiRoutePattern("/openapi/v1.json"));
    }
}
