using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Server.Settings;

/// <summary>Brings forums into the program: their names, their set-up, their exchange format.</summary>
internal static class ForumsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddForums(this IServiceCollection services)
    {
        services.AddSingleton<ForumDesk>();
    }
}
