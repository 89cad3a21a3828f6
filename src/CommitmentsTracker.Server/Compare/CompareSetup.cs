using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Compare;

/// <summary>Brings comparing into the program.</summary>
internal static class CompareSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddCompare(this IServiceCollection services)
    {
        services.AddSingleton<ItemSlugs>();
    }
}
