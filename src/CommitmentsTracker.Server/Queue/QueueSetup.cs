using CommitmentsTracker.Server.Updates;

namespace CommitmentsTracker.Server.Queue;

/// <summary>Brings the work queue into the program.</summary>
internal static class QueueSetup
{
    /// <summary>Registers what it needs; its sections in the order in which they stand on the page.</summary>
    /// <param name="services">The services.</param>
    /// <param name="sentIn">The section of what readers sent in.</param>
    public static void AddQueue(this IServiceCollection services, Type sentIn)
    {
        services.AddSingleton<Assignments>();
        services.AddSingleton<Questions>();
        services.AddSingleton<WorkQueue>();
        services.AddSingleton<IQueueSection, AwaitingSection>();
        services.AddSingleton<IQueueSection, SentBackSection>();
        services.AddSingleton(typeof(IQueueSection), sentIn);
        services.AddSingleton<IQueueSection, DisputeSection>();
        services.AddSingleton<IQueueSection, FlaggedSection>();
        services.AddSingleton<IQueueSection, OverdueSection>();
        services.AddSingleton<IQueueSection, ReviewSection>();
    }
}
