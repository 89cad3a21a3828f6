using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Reading.Corrections;

/// <summary>Brings what lies here into the program.</summary>
internal static class CorrectionsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddCorrections(this IServiceCollection services)
    {
        services.AddSingleton<CorrectionList>();
        services.AddReadsAgain<CorrectionList>();
    }
}
