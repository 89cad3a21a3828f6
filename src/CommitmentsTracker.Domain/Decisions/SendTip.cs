using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>
/// What somebody says happened, or is wrong, and a source that shows it. Nothing of it is published before an editor has
/// looked.
/// </summary>
/// <param name="What">In their own words.</param>
/// <param name="OccurredOn">When it happened; a dispute needs none.</param>
/// <param name="Source">Address of what shows it.</param>
/// <param name="Update">Id of the update that is disputed; null: it is a tip.</param>
public sealed record SendTip(string? What, PartialDate? OccurredOn, string? Source, string? Update = null)
{
    /// <summary>Longest text, in characters.</summary>
    public const int Longest = 5_000;

    /// <summary>What is wrong with it; empty: it may be sent.</summary>
    public IReadOnlyList<Refusal> Check(DateTimeOffset now)
    {
        var checks = new Checks();
        checks.Required("what", What, Longest);
        if (OccurredOn is { } on)
            UpdateRules.Day(checks, "occurredOn", on, new Recording(now));
        else if (Update is null)
            checks.Refuse("required", "occurredOn", "Say when it happened.");
        if (string.IsNullOrWhiteSpace(Source))
            checks.Refuse("required", "source", "The address of a source is required.");
        else
            checks.Url("source", Source);
        if (Update is not null)
            checks.Id("update", Update);
        return checks.Refusals;
    }
}
