namespace CommitmentsTracker.Domain.People;

/// <summary>Who writes something: the person, and what they may do.</summary>
/// <param name="Person">Opaque id.</param>
/// <param name="Rights">Their rights.</param>
public sealed record Author(string Person, Rights Rights);
