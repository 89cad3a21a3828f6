using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Server.Changes;

/// <summary>Brings the change log and its stream into the program.</summary>
internal static class ChangesSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddChanges(this IServiceCollection services)
    {
        services.AddSingleton<ChangeTail>();
        services.AddSingleton<OpenStreams>();
    }
}
