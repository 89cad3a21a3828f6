using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Server.Updates;

/// <summary>Brings drafts into the program.</summary>
internal static class DraftsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddDrafts(this IServiceCollection services)
    {
        services.AddSingleton<DraftStore>();
        services.AddReadsAgain<DraftStore>();
    }
}
