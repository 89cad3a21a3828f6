using CommitmentsTracker.Record.Audit;

namespace CommitmentsTracker.Server.Audit;

/// <summary>Brings the log of what people do into the program.</summary>
internal static class AuditSetup
{
    /// <summary>Registers what it needs.</summary>
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AgreedNames>();
    }
}
