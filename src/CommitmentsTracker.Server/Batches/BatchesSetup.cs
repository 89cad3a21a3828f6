namespace CommitmentsTracker.Server.Batches;

/// <summary>Brings files of updates into the program.</summary>
internal static class BatchesSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddBatches(this IServiceCollection services)
    {
        services.AddSingleton<UpdateBatch>();
    }
}
