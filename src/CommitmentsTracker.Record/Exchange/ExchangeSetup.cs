namespace CommitmentsTracker.Record.Exchange;

/// <summary>Brings what lies here into the program.</summary>
internal static class ExchangeSetup
{
    /// <summary>Registers it.</summary>
    public static void AddExchange(this IServiceCollection services)
    {
        services.AddSingleton<ForumImport>();
        services.AddSingleton<ForumExport>();
    }
}
