using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Ready while the database answers and holds the tracker's schema.</summary>
public sealed class StoreHealth(NpgsqlDataSource source) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = source.CreateCommand("select last_no from change_counter");
            command.CommandTimeout = 5;
            return await command.ExecuteScalarAsync(cancellationToken) is long last
                ? HealthCheckResult.Healthy($"change {last}")
                : HealthCheckResult.Unhealthy("The change counter is missing; run the program once to bring the schema up to date.");
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", e);
        }
    }
}
