using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Items;

/// <summary>Brings the search into the program.</summary>
internal static class SearchSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddSearch(this IServiceCollection services)
    {
        services.AddSingleton<FoundTexts>();
    }
}
