using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Server.Items;

/// <summary>Brings items into the program: writing, reading, lists.</summary>
internal static class ItemsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddItems(this IServiceCollection services)
    {
        services.AddSingleton<ItemStreams>();
        services.AddSingleton<Judge>();
        services.AddSingleton<ItemWriter>();
        services.AddSingleton<ItemReader>();
        services.AddSingleton<KnownNow>();
        services.AddHostedService(s => s.GetRequiredService<KnownNow>());
        services.AddSingleton<ItemLists>();
    }
}
