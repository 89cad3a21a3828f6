using CommitmentsTracker.Reading.Counts;

namespace CommitmentsTracker.Server.Summary;

/// <summary>Brings the counts of items into the program.</summary>
internal static class SummarySetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddSummary(this IServiceCollection services)
    {
        services.AddSingleton<Summaries>();
        services.AddSingleton<ItemCounts>();
    }
}
