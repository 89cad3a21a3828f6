using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Lifecycles;

/// <summary>A date by which something is due; a period's last day counts.</summary>
/// <param name="Date">When.</param>
/// <param name="Basis">How the date is known.</param>
/// <param name="Target">The status that meets it; null: delivered for a commitment, adopted for others.</param>
public sealed record Deadline(PartialDate Date, Text? Basis = null, Status? Target = null);
