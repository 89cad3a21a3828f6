namespace CommitmentsTracker.Reading.Counts;

/// <summary>Brings what lies here into the program.</summary>
internal static class CountsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddCounts(this IServiceCollection services)
    {
        services.AddSingleton<PartyUpdates>();
        services.AddSingleton<Summaries>();
        services.AddSingleton<ItemCounts>();
    }
}
