using CommitmentsTracker.Reading.Counts;

namespace CommitmentsTracker.Server.Parties;

/// <summary>Brings what parties say and do into the program.</summary>
internal static class PartiesSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddParties(this IServiceCollection services)
    {
        services.AddSingleton<PartyUpdates>();
    }
}
