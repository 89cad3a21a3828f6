using CommitmentsTracker.Domain.Items;

namespace CommitmentsTracker.Server.Updates;

/// <summary>What a correction would do.</summary>
/// <param name="Spans">
/// From which days on the item would have stood otherwise: the day, where it stood as known now, and where it will have stood.
/// </param>
/// <param name="Waits">True if it counts only once a second person has confirmed it.</param>
/// <param name="Reach">How many subscriptions would be told.</param>
public sealed record CorrectionPreview(IReadOnlyList<(DateOnly From, Standing? Was, Standing? Now)> Spans, bool Waits, int Reach)
{
    /// <summary>The days from which on an item stands otherwise after a change than before it.</summary>
    public static IReadOnlyList<(DateOnly From, Standing? Was, Standing? Now)> Between(Item before, Item after)
    {
        var days = before.Spans().Concat(after.Spans()).Select(s => s.From).Distinct().Order();
        var differing = new List<(DateOnly, Standing?, Standing?)>();
        foreach (var day in days)
        {
            var (was, now) = (before.StandingOn(day), after.StandingOn(day));
            if (!Equals(was, now))
                differing.Add((day, was, now));
        }

        return differing;
    }
}
