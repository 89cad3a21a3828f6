using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Record.Directories;

/// <summary>Brings what lies here into the program.</summary>
internal static class DirectoriesSetup
{
    /// <summary>Registers it.</summary>
    public static void AddDirectories(this IServiceCollection services)
    {
        services.AddSingleton<ForumDirectory>();
        services.AddReadsAgain<ForumDirectory>();
    }
}
