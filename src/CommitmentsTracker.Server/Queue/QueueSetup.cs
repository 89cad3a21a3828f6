using CommitmentsTracker.Server.Inbox;

namespace CommitmentsTracker.Server.Queue;

/// <summary>Brings the work queue into the program.</summary>
internal static class QueueSetup
{
    /// <summary>Registers what it needs; its sections in the order in which they stand on the page.</summary>
    public static void AddQueue(this IServiceCollection services)
    {
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
    }
}
