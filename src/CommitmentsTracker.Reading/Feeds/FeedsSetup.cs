using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Reading.Feeds;

/// <summary>Brings what lies here into the program.</summary>
internal static class FeedsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddFeeds(this IServiceCollection services)
    {
        services.AddWorker<ChangeIndex>();
        services.AddReadsAgain<ChangeIndex>();
        services.AddSingleton<FoundChanges>();
    }
}
