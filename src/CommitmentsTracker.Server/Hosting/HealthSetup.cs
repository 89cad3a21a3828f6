using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Brings the answers for those who watch over the program into it.</summary>
internal static class HealthSetup
{
    private const string Ready = "ready";

    /// <summary>Registers the checks.</summary>
    public static void AddHealth(this IServiceCollection services) =>
        services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: [Ready]);

    /// <summary>Maps whether the program lives, and whether it can answer.</summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks(
            "/health/ready",
            new HealthCheckOptions { Predicate = c => c.Tags.Contains(Ready), ResponseWriter = StoreHealth.WriteAsync }
        );
    }
}
