using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Record.Changes;

/// <summary>Brings what lies here into the program.</summary>
internal static class ChangesSetup
{
    /// <summary>Registers it.</summary>
    public static void AddChanges(this IServiceCollection services)
    {
        services.AddSingleton<ChangeLog>();
        services.AddWorker<ChangeSignal>();
    }
}
