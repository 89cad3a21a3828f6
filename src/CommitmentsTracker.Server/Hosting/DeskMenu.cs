using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.Layout;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>The menu of the desk.</summary>
internal static class DeskMenu
{
    private static readonly DeskPlace[] Places =
    [
        new(DeskPlace.Home, "desk.title", Act.Own),
        new("/desk/log", "nav.desk", Act.Log),
        new("/desk/queue", "nav.queue", Act.Work),
        new(InboxSetup.Page, "nav.inbox", Act.Moderate, typeof(InboxLink)),
        new("/desk/csv", "nav.csv", Act.Log),
        new("/desk/people", "nav.people", Act.Administer),
        new("/desk/forums", "nav.forumdesk", Act.Administer),
        new("/desk/audit", "nav.audit", Act.Administer),
        new(OperateDeliveries.Page, "nav.deliveries", Act.Operate),
        new("/desk/account", "nav.account", Act.Own),
    ];

    /// <summary>Registers it.</summary>
    public static void AddDeskMenu(this IServiceCollection services)
    {
        foreach (var place in Places)
            services.AddSingleton(place);
    }
}
