namespace CommitmentsTracker.Reading.Clocks;

/// <summary>Brings what lies here into the program.</summary>
internal static class ClocksSetup
{
    /// <summary>Registers it.</summary>
    public static void AddClocks(this IServiceCollection services)
    {
        services.AddSingleton<HappenedDays>();
    }
}
