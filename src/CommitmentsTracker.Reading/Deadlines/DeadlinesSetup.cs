namespace CommitmentsTracker.Reading.Deadlines;

/// <summary>Brings what lies here into the program.</summary>
internal static class DeadlinesSetup
{
    /// <summary>Registers it.</summary>
    public static void AddDeadlines(this IServiceCollection services)
    {
        services.AddSingleton<DeadlineCalendar>();
    }
}
