using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Clocks;
using CommitmentsTracker.Reading.Corrections;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Deadlines;
using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Reading;

/// <summary>Brings the answers into the program: the folders of this floor, each by its own registration.</summary>
public static class ReadingSetup
{
    /// <summary>Registers the floor.</summary>
    public static void AddReading(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(PublicAddress.Of(configuration));
        services.AddChanges();
        services.AddClocks();
        services.AddCorrections();
        services.AddCounts();
        services.AddDeadlines();
        services.AddFeeds();
        services.AddItems();
    }
}
