using CommitmentsTracker.Reading.Clocks;

namespace CommitmentsTracker.Server.Clocks;

/// <summary>Brings the days on which something happened into the program.</summary>
internal static class ClocksSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddClocks(this IServiceCollection services)
    {
        services.AddSingleton<HappenedDays>();
    }
}
