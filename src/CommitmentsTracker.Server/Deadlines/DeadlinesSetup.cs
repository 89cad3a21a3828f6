using CommitmentsTracker.Reading.Deadlines;

namespace CommitmentsTracker.Server.Deadlines;

/// <summary>Brings the calendar of deadlines into the program.</summary>
internal static class DeadlinesSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddDeadlines(this IServiceCollection services)
    {
        services.AddSingleton<CalendarFile>();
        services.AddSingleton<KeptCalendars>();
    }
}
