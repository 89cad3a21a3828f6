namespace CommitmentsTracker.Record.Audit;

/// <summary>Brings what lies here into the program.</summary>
internal static class AuditSetup
{
    /// <summary>Registers it.</summary>
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
    }
}
