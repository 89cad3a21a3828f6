namespace CommitmentsTracker.Domain.Clocks;

/// <summary>
/// Arithmetic on the second clock (when the tracker learned it): instants in UTC, cut to the microsecond that
/// PostgreSQL keeps.
/// </summary>
public static class Instants
{
    /// <summary>The smallest step of the known clock.</summary>
    public static readonly TimeSpan Microsecond = TimeSpan.FromTicks(TimeSpan.TicksPerMicrosecond);

    /// <summary>The instant in UTC without what lies below a microsecond.</summary>
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    /// <summary>The UTC day of the instant.</summary>
    public static DateOnly DayOf(this DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);

    /// <summary>The last microsecond of the UTC day.</summary>
    public static DateTimeOffset EndOf(DateOnly day) =>
        day == DateOnly.MaxValue
            ? DateTimeOffset.MaxValue.ToMicroseconds()
            : new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) - Microsecond;

    /// <summary>The recorded time of the next append: now, but always after the last one of the stream.</summary>
    public static DateTimeOffset NextRecordedAt(DateTimeOffset now, DateTimeOffset? last)
    {
        var cut = now.ToMicroseconds();
        return last is { } l && l >= cut ? l + Microsecond : cut;
    }

    /// <summary>The last day that has begun anywhere on earth (UTC+14); a later occurred-on lies in the future.</summary>
    public static DateOnly LatestDayBegun(DateTimeOffset now) => now.AddHours(14).DayOf();
}
