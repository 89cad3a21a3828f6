using CommitmentsTracker.Domain.Clocks;

namespace CommitmentsTracker.Server.Clocks;

/// <summary>A question on both clocks.</summary>
/// <param name="AsOf">The day in the world, UTC.</param>
/// <param name="KnownAt">Only what was recorded at or before it counts; null: everything recorded by now.</param>
/// <param name="Now">The instant of the question.</param>
/// <param name="AsOfGiven">True if the day was asked for, false if it was derived.</param>
public sealed record AskedClocks(DateOnly AsOf, DateTimeOffset? KnownAt, DateTimeOffset Now, bool AsOfGiven)
{
    /// <summary>True if neither clock was turned back.</summary>
    public bool IsNow => KnownAt is null && AsOf == Now.DayOf();

    /// <summary>Today, with all that is known.</summary>
    public static AskedClocks OfNow(DateTimeOffset now) => new(now.DayOf(), null, now, false);
}
