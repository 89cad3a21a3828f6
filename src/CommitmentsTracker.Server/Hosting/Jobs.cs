using System.Reflection;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Server.EvidenceLinks;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.Queue;
using CommitmentsTracker.Server.Settings;
using CommitmentsTracker.Server.Updates;
using JasperFx.CodeGeneration;
using Wolverine;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>The messages that the program sends itself, and what it does again and again.</summary>
internal static class Jobs
{
    /// <summary>The floors below this one, where handlers of messages lie too.</summary>
    private static readonly Assembly[] Floors = [typeof(StoreLocation).Assembly, typeof(Accounts).Assembly, typeof(OutgoingMail).Assembly];

    /// <summary>Sets the handling of messages up, and the times of recurring ones (cron, UTC).</summary>
    public static void AddJobs(this WebApplicationBuilder builder) =>
        builder.Host.UseWolverine(o =>
        {
            o.ApplicationAssembly = typeof(TrackerApp).Assembly;
            foreach (var floor in Floors)
                o.Discovery.IncludeAssembly(floor);
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
}
