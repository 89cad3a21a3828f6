namespace CommitmentsTracker.Record.Appends;

/// <summary>Brings what lies here into the program.</summary>
internal static class AppendsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddAppends(this IServiceCollection services)
    {
        services.AddSingleton<Judge>();
        services.AddSingleton<ItemWriter>();
    }
}
