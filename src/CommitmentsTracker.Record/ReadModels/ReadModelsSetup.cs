namespace CommitmentsTracker.Record.ReadModels;

/// <summary>Brings the rebuilding of the read models into the program.</summary>
public static class ReadModelsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddReadModels(this IServiceCollection services)
    {
        services.AddSingleton<Rebuild>();
    }
}
