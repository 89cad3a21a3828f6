using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;

namespace CommitmentsTracker.Domain.Items;

/// <summary>Judges one status step after the step before it.</summary>
public static class StepRule
{
    /// <summary>The name of the broken rule; null if the step is lawful.</summary>
    /// <param name="item">Whose step it is.</param>
    /// <param name="before">Status before.</param>
    /// <param name="stalledAt">The last status before it stalled, if it is stalled.</param>
    /// <param name="due">The deadline in force then.</param>
    /// <param name="step">The step.</param>
    public static string? Judge(Item item, Status before, Status? stalledAt, Deadline? due, UpdateFields step)
    {
        var to = step.Status!.Value;
        if (!item.Lifecycle.After(before, stalledAt, item.Details.Binding).Contains(to))
            return "lifecycle";
        if (!item.Lifecycle.NeedsGround(before, to))
            return null;
        return step.Ground switch
        {
            Ground.EndedByParty or Ground.Impossible => null,
            Ground.DeadlinePassed when due is { } d && step.OccurredOn.LastDay > d.Date.LastDay => null,
            _ => "ground",
        };
    }
}
