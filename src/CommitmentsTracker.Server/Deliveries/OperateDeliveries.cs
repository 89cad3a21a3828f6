using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Mvc;
using OpenTelemetry.Metrics;

namespace CommitmentsTracker.Server.Deliveries;

/// <summary>What an administrator does on the page of deliveries, and what monitoring reads.</summary>
public static class OperateDeliveries
{
    /// <summary>Address of the page.</summary>
    public const string Page = "/desk/deliveries";

    /// <summary>Registers the metrics.</summary>
    public static void AddDeliveryMetrics(this IServiceCollection services)
    {
        services
            .AddOpenTelemetry()
            .WithMetrics(m =>
                m.AddMeter(
                        DeliveryMeters.Name,
                        DeliveryMeters.Name + ".Standing",
                        WorkerMeters.MeterName,
                        "Microsoft.AspNetCore.Hosting",
                        "Microsoft.AspNetCore.Server.Kestrel",
                        "System.Runtime",
                        "Npgsql",
                        "Wolverine",
                        "Marten"
                    )
                    .AddPrometheusExporter()
            );
    }

    /// <summary>Maps the forms of the page and <c>/metrics</c>, which an administrator's token opens.</summary>
    public static void MapDeliveries(this WebApplication app)
    {
        app.Services.GetRequiredService<DeliveryGauges>().Start();
        app.Services.GetRequiredService<PutAside>().Released += app.Services.GetRequiredService<DeliverySignal>().Wake;
        app.MapPrometheusScrapingEndpoint("/metrics").RequireAuthorization(new MayAttribute(Act.Operate)).ExcludeFromDescription();
        app.MapPost(Page, DoAsync).RequireAuthorization(new MayAttribute(Act.Operate)).ExcludeFromDescription();
    }

    private static async Task<IResult> DoAsync(
        [FromForm(Name = "do")] string what,
        [FromForm] string? value,
        HttpContext http,
        DeliveryOverview overview,
        CancellationToken ct
    )
    {
        if (what == "again")
            return await TryAgainAsync(value, http, ct);
        var isId = Guid.TryParse(value, out var id);
        var done = what switch
        {
            "pause" or "resume" => await overview.PauseAsync(what == "pause", ct),
            "retry" when isId => await overview.RetryAsync(id, ct),
            "lift" when isId => await overview.LiftAsync(id, ct),
            "erase" when value is not null => await overview.EraseAsync(value, ct),
            _ => false,
        };
        var query = http.RequestServices.GetRequiredService<PageQuery>();
        return Results.LocalRedirect(
            query.To(
                Page,
                (
                    "done",
                    done ? what
                    : what == "retry" && isId ? "retry.none"
                    : what == "erase" ? "erase.none"
                    : "refused"
                )
            )
        );
    }

    /// <summary>Tries a row again that was put aside.</summary>
    /// <param name="value">Its table and, behind a blank, its key.</param>
    private static async Task<IResult> TryAgainAsync(string? value, HttpContext http, CancellationToken ct)
    {
        var services = http.RequestServices;
        var (done, at) = ("refused", value?.IndexOf(' ', StringComparison.Ordinal) ?? -1);
        if (at > 0)
        {
            var (table, key) = (value![..at], value[(at + 1)..]);
            var isRead = await services.GetRequiredService<TryAgain>().TryAsync(table, key, ct);
            done = isRead ? "again" : "again.none";
            var audit = services.GetRequiredService<AuditLog>();
            var name = isRead ? "row_read_again" : "row_still_aside";
            await audit.RecordAsync(new AuditedAct(http.User.Author(), Act.Operate, name, null, null, value), ct);
        }

        return Results.LocalRedirect(services.GetRequiredService<PageQuery>().To(Page, ("done", done)));
    }
}
