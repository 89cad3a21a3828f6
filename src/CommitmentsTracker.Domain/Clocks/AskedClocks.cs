namespace CommitmentsTracker.Domain.Clocks;

/// <summary>A question on both clocks.</summary>
/// <param name="AsOf">The day in the world, UTC.</param>
/// <param name="KnownAt">Only what was recorded at or before it counts; null: everything recorded by now.</param>
/// <param name="Now">The instant of the question.</param>
/// <param name="AsOfGiven">True if the day was asked for, false if it was derived.</param>
public sealed record AskedClocks(DateOnly AsOf, DateTimeOffset? KnownAt, DateTimeOffset Now, bool AsOfGiven)
{
    /// <summary>How long after an instant nothing can be recorded at it any more; longer than any append may run.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(60);

    /// <summary>True if neither clock was turned back.</summary>
    public bool IsNow => KnownAt is null && AsOf == Now.DayOf();

    /// <summary>
    /// True if the answer can never change: the known instant (from which the day follows unless it is given) is older than any running
    /// append.
    /// </summary>
    public bool IsFixed => KnownAt is { } known && Now - known > Settling;

    /// <summary>Today, with all that is known.</summary>
    public static AskedClocks OfNow(DateTimeOffset now) => new(now.DayOf(), null, now, false);

    /// <summary>
    /// The same question with both clocks named, so that it can be asked again at any time: the last midnight, or the last
    /// recording if it came later. So the address stays the same until something is recorded.
    /// </summary>
    /// <param name="lastRecorded">When the last of what the answer knows was recorded.</param>
    public AskedClocks Pinned(DateTimeOffset lastRecorded)
    {
        if (IsFixed)
            return this with { AsOfGiven = true };
        var midnight = new DateTimeOffset((Now - Settling - Instants.Microsecond).UtcDateTime.Date, TimeSpan.Zero);
        return this with { KnownAt = lastRecorded > midnight ? lastRecorded : midnight, AsOfGiven = true };
    }
}
