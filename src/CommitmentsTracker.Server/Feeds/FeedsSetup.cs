using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>Brings the feeds into the program.</summary>
internal static class FeedsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddFeeds(this IServiceCollection services)
    {
        services.AddSingleton<FeedReader>();
    }
}
