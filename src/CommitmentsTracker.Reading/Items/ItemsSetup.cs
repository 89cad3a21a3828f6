using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Reading.Items;

/// <summary>Brings what lies here into the program.</summary>
internal static class ItemsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddItems(this IServiceCollection services)
    {
        services.AddSingleton<ItemSlugs>();
        services.AddSingleton<ItemReader>();
        services.AddSingleton<KnownNow>();
        services.AddHostedService(s => s.GetRequiredService<KnownNow>());
        services.AddSingleton<ItemLists>();
        services.AddReadsAgain<ItemLists>();
        services.AddSingleton<FoundTexts>();
    }
}
