namespace CommitmentsTracker.Record.Workers;

/// <summary>Registers what all workers share, and workers.</summary>
public static class WorkersSetup
{
    /// <summary>Registers what all workers share.</summary>
    public static void AddWorkers(this IServiceCollection services)
    {
        services.AddSingleton<PutAside>();
        services.AddSingleton<WorkerMeters>();
        services.AddWorker<TryAgain>();
    }

    /// <summary>Registers who reads rows again that were put aside; the service itself is registered elsewhere.</summary>
    public static void AddReadsAgain<T>(this IServiceCollection services)
        where T : class, IReadsAgain => services.AddSingleton<IReadsAgain>(s => s.GetRequiredService<T>());

    /// <summary>Registers a worker: one for this node, which begins and ends with the program.</summary>
    public static void AddWorker<T>(this IServiceCollection services)
        where T : Worker
    {
        services.AddSingleton<T>();
        services.AddHostedService(s => s.GetRequiredService<T>());
    }
}
