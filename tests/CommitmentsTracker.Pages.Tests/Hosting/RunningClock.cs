namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>
/// A clock that runs from a fixed instant on, so that every run sees the same days and yet every write comes after the one before.
/// </summary>
public sealed class RunningClock : TimeProvider
{
    /// <summary>When every tracker of these tests starts.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private readonly long _started = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => Start + System.GetElapsedTime(_started);
}
