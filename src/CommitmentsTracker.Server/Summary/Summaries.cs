using CommitmentsTracker.Server.Clocks;

namespace CommitmentsTracker.Server.Summary;

/// <summary>Counts items on both clocks, and over time.</summary>
public sealed class Summaries
{
    /// <summary>Counts at a day and an instant, of one forum or of all.</summary>
    public Task<SummaryView> ReadAsync(string? forum, AskedClocks clocks, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Status over time: one point a step from <paramref name="from"/> to <paramref name="to"/> (always included). Step: day, week, month, quarter or year.</summary>
    public Task<TimelineView> TimelineAsync(string? forum, DateOnly from, DateOnly to, string step, DateTimeOffset? knownAt, CancellationToken ct = default) => throw new NotImplementedException();
}
