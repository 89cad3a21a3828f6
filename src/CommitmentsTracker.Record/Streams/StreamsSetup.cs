using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Record.Streams;

/// <summary>Brings what lies here into the program.</summary>
internal static class StreamsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddStreams(this IServiceCollection services)
    {
        services.AddSingleton<ItemStreams>();
        services.AddReadsAgain<ItemStreams>();
    }
}
