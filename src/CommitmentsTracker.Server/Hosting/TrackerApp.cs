using CommitmentsTracker.Delivery;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Reading;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Audit;
using CommitmentsTracker.Server.Batches;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Compare;
using CommitmentsTracker.Server.Corrections;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.EvidenceLinks;
using CommitmentsTracker.Server.Feeds;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Parties;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Server.PreviewCards;
using CommitmentsTracker.Server.Queue;
using CommitmentsTracker.Server.Settings;
using CommitmentsTracker.Server.Sharing;
using CommitmentsTracker.Server.Subscriptions;
using CommitmentsTracker.Server.Summary;
using CommitmentsTracker.Server.Updates;
using JasperFx;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>How the application is put together; the same for the program and for its tests.</summary>
public static class TrackerApp
{
    /// <summary>Below these paths pages belong to one person, or change with what is sent to them.</summary>
    private static readonly PathString[] NeverKept = ["/desk", "/u", TipPages.Page, "/subscribe/confirm"];

    /// <summary>Registers everything; hosted services start in this order.</summary>
    /// <param name="args">Arguments of the host, e.g. <c>--urls</c>.</param>
    /// <param name="location">The database.</param>
    /// <param name="time">The clock of everything.</param>
    public static WebApplicationBuilder Builder(string[] args, StoreLocation location, TimeProvider time)
    {
        var builder = HostSetup.Create(args);
        var (services, configuration) = (builder.Services, builder.Configuration);
        var dataFolder = Path.GetFullPath(configuration["TRACKER_DATA"] is { Length: > 0 } data ? data : ".data");
        services.AddSingleton(time);
        services.AddSingleton(OperatorContact.Of(configuration));
        services.AddRecord(location, time);
        services.AddReading(configuration);
        services.AddDelivery(configuration);
        services.AddPeople(configuration, dataFolder);
        services.AddForums();
        services.AddDeadlines();
        services.AddUpdates();
        services.AddDrafts();
        services.AddBatches();
        services.AddQueue(typeof(InboxSection));
        services.AddInbox();
        services.AddAudit();
        services.AddEvidenceLinks();
        services.AddChanges();
        services.AddFeeds();
        services.AddSubscriptionPages();
        services.AddDeliveryMetrics();
        services.AddHealth();
        services.AddApi(configuration);
        services.AddPages();
        services.AddDeskMenu();
        services.AddSharing(dataFolder);
        builder.AddJobs();
        return builder;
    }

    /// <summary>Maps everything.</summary>
    public static void Map(WebApplication app)
    {
        app.UseFailures();
        app.UsePageHeaders();
        app.UseOpenReads();
        app.UseResponseCompression();
        app.UsePageCache(PreviewImage.Path, NeverKept);
        app.UseMissingPages();
        app.UseRouting();
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapPeople();
        app.MapApi();
        app.MapSharing();
        app.MapSubscriptionPages();
        app.MapTipPages();
        app.MapInbox();
        app.MapForumDesk();
        app.MapAudit();
        app.MapDeliveries();
        app.MapDeskAnswers();
        app.MapPages();
        app.MapHealth();
    }

    /// <summary>Brings the database's schema up to date, and the read models after it.</summary>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken ct, IProgress<string>? progress = null)
    {
        var location = services.GetRequiredService<StoreLocation>();
        var time = services.GetRequiredService<TimeProvider>();
        await Migrations.ApplyAsync(services.GetRequiredService<NpgsqlDataSource>(), location.Schema, time, ct);
        await services.GetRequiredService<IDocumentStore>().Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
        await services.GetRequiredService<Rebuild>().RunIfDueAsync(progress ?? new Progress<string>(), ct);
    }
}
