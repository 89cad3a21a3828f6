using CommitmentsTracker.Record.Workers;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Ready while the database answers and holds the tracker's schema; degraded, and as ready, while rows are put aside.</summary>
public sealed class StoreHealth(NpgsqlDataSource source, PutAside aside) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = source.CreateCommand("select last_no from change_counter");
            command.CommandTimeout = 5;
            if (await command.ExecuteScalarAsync(cancellationToken) is not long last)
                return HealthCheckResult.Unhealthy("The change counter is missing; run the program once to bring the schema up to date.");
            var counts = await aside.CountAsync(cancellationToken);
            var tables = string.Join(", ", counts.Select(c => $"{c.Key} {c.Value}"));
            return counts.Count == 0
                ? HealthCheckResult.Healthy($"change {last}")
                : HealthCheckResult.Degraded($"{counts.Values.Sum()} rows are put aside ({tables}); see /desk/deliveries");
        }
        catch (NpgsqlException e)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", e);
        }
    }

    /// <summary>Answers with the state, and where it is not healthy with why.</summary>
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        var why = report.Entries.Values.Where(e => e.Status != HealthStatus.Healthy).Select(e => e.Description).OfType<string>();
        return context.Response.WriteAsync(string.Join(": ", why.Prepend(report.Status.ToString())), context.RequestAborted);
    }
}
