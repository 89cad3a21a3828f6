using System.Net;
using CommitmentsTracker.Server.Addresses;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Audit;
using CommitmentsTracker.Server.Batches;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Compare;
using CommitmentsTracker.Server.Corrections;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Desk;
using CommitmentsTracker.Server.Drafts;
using CommitmentsTracker.Server.EvidenceLinks;
using CommitmentsTracker.Server.Feeds;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Mail;
using CommitmentsTracker.Server.Parties;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Server.Queue;
using CommitmentsTracker.Server.Search;
using CommitmentsTracker.Server.Sharing;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using CommitmentsTracker.Server.Summary;
using CommitmentsTracker.Server.Updates;
using CommitmentsTracker.Server.Webhooks;
using JasperFx;
using JasperFx.CodeGeneration;
using Marten;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Npgsql;
using Scalar.AspNetCore;
using Wolverine;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>How the application is put together; the same for the program and for its tests.</summary>
public static class TrackerApp
{
    /// <summary>Below these paths pages belong to one person, or change with what is sent to them.</summary>
    private static readonly PathString[] NeverKept = ["/desk", "/u", TipPages.Page, "/subscribe/confirm"];

    /// <summary>Registers everything.</summary>
    /// <param name="args">Arguments of the host, e.g. <c>--urls</c>.</param>
    /// <param name="location">The database.</param>
    /// <param name="time">The clock of everything.</param>
    public static WebApplicationBuilder Builder(string[] args, StoreLocation location, TimeProvider time)
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
            // It logs every refused statement with all its parameters: conflicts that a retry mends, and notes of people. What is not mended is logged where it ends.
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
        // Unpublished, assets would bring a route for every address of a file that is missing; a wrong method then looks like a missing address.
        builder.Configuration["DisableStaticAssetNotFoundRuntimeFallback"] = "true";
        var services = builder.Services;
        services.AddSingleton(time);
        services.AddSingleton(OperatorContact.Of(builder.Configuration));
        services.AddStore(location, time);
        var dataFolder = Path.GetFullPath(builder.Configuration["TRACKER_DATA"] is { Length: > 0 } data ? data : ".data");
        services.AddSignIn(builder.Configuration, dataFolder);
        services.AddSingleton<ForumDirectory>();
        services.AddSingleton<ForumImport>();
        services.AddSingleton<ForumExport>();
        services.AddSingleton<Rebuild>();
        services.AddSingleton<HappenedDays>();
        services.AddSingleton<ItemStreams>();
        services.AddSingleton<Judge>();
        services.AddSingleton<ItemWriter>();
        services.AddSingleton<ItemReader>();
        services.AddSingleton<KnownNow>();
        services.AddHostedService(s => s.GetRequiredService<KnownNow>());
        services.AddSingleton<ItemLists>();
        services.AddSingleton<Summaries>();
        services.AddSingleton<ItemCounts>();
        services.AddSingleton<PartyUpdates>();
        services.AddSingleton<DeadlineCalendar>();
        services.AddSingleton<CalendarFile>();
        services.AddSingleton<KeptCalendars>();
        services.AddSingleton<ItemSlugs>();
        services.AddSingleton<UpdateDesk>();
        services.AddSingleton<DraftStore>();
        services.AddSingleton<UpdateBatch>();
        services.AddSingleton<Claims>();
        services.AddSingleton<Questions>();
        services.AddSingleton<WorkQueue>();
        services.AddSingleton<IQueueSection, AwaitingSection>();
        services.AddSingleton<IQueueSection, SentBackSection>();
        services.AddSingleton<IQueueSection, InboxSection>();
        services.AddSingleton<IQueueSection, DisputeSection>();
        services.AddSingleton<IQueueSection, FlaggedSection>();
        services.AddSingleton<IQueueSection, OverdueSection>();
        services.AddSingleton<IQueueSection, ReviewSection>();
        services.AddInbox();
        services.AddSingleton<ForumDesk>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<AgreedNames>();
        services.AddSingleton<ChangeLog>();
        services.AddSingleton<DeadLinks>();
        services.AddSingleton(_ => new LinkVisitor(AddressGuard.PublicOnly));
        services.AddSingleton<ChangesBetween>();
        services.AddSingleton<CorrectionList>();
        services.AddSingleton<FoundTexts>();
        services.AddSingleton<ChangeTail>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<ChangeSignal>();
        services.AddHostedService(s => s.GetRequiredService<ChangeSignal>());
        services.AddSingleton<ChangeIndex>();
        services.AddHostedService(s => s.GetRequiredService<ChangeIndex>());
        services.AddSingleton<FoundChanges>();
        services.AddSingleton<FeedReader>();
        services.AddSingleton(PublicAddress.Of(builder.Configuration));
        services.AddAddresses(builder.Configuration);
        services.AddSubscriptions();
        services.AddSubscriptionPages();
        services.AddDeliveries();
        services.AddDeliveryMetrics();
        services.AddMail(builder.Configuration);
        services.AddWebhooks();
        services.AddProblemDetails();
        services.AddReadLimits(builder.Configuration);
        services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: ["ready"]);
        services.AddPages();
        services.AddDeskMenu();
        services.AddSingleton(s => new PreviewFonts(PreviewFonts.FoldersOf(dataFolder), s.GetRequiredService<ILogger<PreviewFonts>>()));
        services.AddSingleton<PreviewImage>();
        services.AddSingleton<Previews>();
        services.AddOpenApi("v1", ApiDocument.Configure);
        services.AddWolverineHttp();
        builder.Host.UseWolverine(o =>
        {
            o.ApplicationAssembly = typeof(TrackerApp).Assembly;
            o.ServiceName = "commitments-tracker";
            NodeCount.Of(builder.Configuration).Apply(o.Durability);
            o.Policies.UseDurableLocalQueues();
            o.Schedules.ScheduleRecurring<SweepDeadlines>("7 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<RepairDeliveries>("*/10 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<GiveReminders>("*/5 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetAddresses>("43 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<WatchEndpoints>("* * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetDeliveries>("47 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetSignIns>("53 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetDrafts>("57 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetClaims>("59 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetSenders>("51 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetAuditAddresses>("49 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetUploads>("43 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<FinishTaken>("*/2 * * * *", TimeZoneInfo.Utc);
            o.Schedules.ScheduleRecurring<ForgetIdempotencyKeys>("37 * * * *", TimeZoneInfo.Utc);
            if (builder.Configuration["TRACKER_CHECK_LINKS"] != "off")
                o.Schedules.ScheduleRecurring<CheckEvidenceLinks>("23 3 * * *", TimeZoneInfo.Utc);
            o.CodeGeneration.TypeLoadMode = TypeLoadMode.Auto;
            o.CodeGeneration.SourceCodeWritingEnabled = false;
        });
        return builder;
    }

    /// <summary>Maps everything.</summary>
    public static void Map(WebApplication app)
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
        app.UsePageHeaders();
        app.UseOpenReads();
        app.UseResponseCompression();
        app.UseWhen(
            c => PageCache.Concerns(c, PreviewImage.Path, NeverKept),
            branch => branch.Use((context, render) => context.RequestServices.GetRequiredService<PageCache>().AnswerAsync(context, render))
        );
        app.UseMissingPages();
        app.UseRouting();
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapSignIn();
        app.MapPasskeys();
        Provider.Map(app);
        app.MapWolverineEndpoints(o => o.WarmUpRoutes = RouteWarmup.Lazy);
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/docs", o => o.WithTitle("CommitmentsTracker API").WithOpenApiRoutePattern("/openapi/v1.json"));
        app.MapSiteMap();
        app.MapSubscriptionPages();
        app.MapTipPages();
        app.MapInbox();
        app.MapForumDesk();
        app.MapAudit();
        app.MapDeliveries();
        app.MapDeskAnswers();
        Previews.Map(app);
        app.MapPages();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains("ready") });
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
                $"Something failed here; the operator finds it in the log under {System.Diagnostics.Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier}."
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
            _ => ("request", Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(code)),
        };
        return Problems.Of(code, rule, "", message).ExecuteAsync(context);
    }
}
