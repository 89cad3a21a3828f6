using CommitmentsTracker.Reading.Corrections;

namespace CommitmentsTracker.Server.Corrections;

/// <summary>Brings corrections into the program.</summary>
internal static class CorrectionsSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddCorrections(this IServiceCollection services)
    {
        services.AddSingleton<CorrectionList>();
    }
}
