using CommitmentsTracker.Domain.Clocks;

namespace CommitmentsTracker.Reading.Tests.Citing;

/// <summary>Both clocks of a state that is to be cited.</summary>
public sealed class PinnedClocksTests
{
    private static readonly DateOnly Day = new(2026, 11, 20);

    [Theory]
    // At now: the last midnight, unless something was recorded since.
    [InlineData("2026-11-24T09:00:00Z", null, "2026-03-01T12:00:00Z", "2026-11-24T00:00:00Z", true)]
    [InlineData("2026-11-24T09:00:00Z", null, "2026-11-24T08:30:00.000001Z", "2026-11-24T08:30:00.000001Z", true)]
    [InlineData("2026-11-24T09:00:00Z", null, "2026-11-24T08:59:30Z", "2026-11-24T08:59:30Z", false)]
    // In the first minute of a day the midnight before it.
    [InlineData("2026-11-24T00:00:30Z", null, "2026-03-01T12:00:00Z", "2026-11-23T00:00:00Z", true)]
    [InlineData("2026-11-24T00:01:00Z", null, "2026-03-01T12:00:00Z", "2026-11-23T00:00:00Z", true)]
    // An instant of the past stays; one of the last minute is as good as now.
    [InlineData("2026-11-24T09:00:00Z", "2026-01-01T00:00:00Z", "2025-03-01T12:00:00Z", "2026-01-01T00:00:00Z", true)]
    [InlineData("2026-11-24T09:00:00Z", "2026-11-24T08:59:59Z", "2025-03-01T12:00:00Z", "2026-11-24T00:00:00Z", true)]
    public void The_instant_is_one_that_lasts(string now, string? known, string last, string pinned, bool isFixed)
    {
        var clocks = new AskedClocks(Day, known is null ? null : At(known), At(now), false).Pinned(At(last));
        clocks.ShouldBe(new AskedClocks(Day, At(pinned), At(now), true));
        clocks.IsFixed.ShouldBe(isFixed);
        clocks.KnownAt!.Value.ShouldBeGreaterThanOrEqualTo(At(last));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
