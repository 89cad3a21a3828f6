namespace CommitmentsTracker.Server.Updates;

/// <summary>Brings updates into the program.</summary>
internal static class UpdatesSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddUpdates(this IServiceCollection services)
    {
        services.AddSingleton<UpdateDesk>();
    }
}
