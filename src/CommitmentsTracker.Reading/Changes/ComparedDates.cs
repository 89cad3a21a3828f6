using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>Two dates to compare, both clocks moving: each day as known at its end, or at an earlier instant asked for.</summary>
/// <param name="From">The earlier day.</param>
/// <param name="KnownFrom">What was known then.</param>
/// <param name="To">The later day.</param>
/// <param name="KnownTo">What is known then; null: everything until now.</param>
public sealed record ComparedDates(DateOnly From, DateTimeOffset KnownFrom, DateOnly To, DateTimeOffset? KnownTo)
{
    /// <summary>How many days lie between the dates unless asked otherwise.</summary>
    public const int DefaultDays = 30;

    /// <summary>The dates that end on the day asked for (today, or asOf).</summary>
    public static ComparedDates Until(AskedClocks clocks, int days = DefaultDays) =>
        Of(clocks.AsOf.DayNumber > days ? clocks.AsOf.AddDays(-days) : DateOnly.MinValue, clocks.AsOf, clocks);

    /// <summary>
    /// Reads <c>from</c> and <c>to</c> (days, UTC). Without <c>to</c> they end on the day of the clocks, without <c>from</c>
    /// they begin 30 days before. Refuses a day that does not exist, one behind the day of the clocks, and a start
    /// behind the end. What was recorded after <c>knownAt</c> stays unknown on both dates.
    /// </summary>
    public static ComparedDates? Read(string? from, string? to, AskedClocks clocks, ICollection<Refusal> refusals)
    {
        var before = refusals.Count;
        var last = Day("to", to) ?? clocks.AsOf;
        var first = Day("from", from) ?? Until(clocks with { AsOf = last }).From;
        if (refusals.Count == before && first > last)
            Refuse("range", "from", "The first date lies behind the last one.");
        return refusals.Count == before ? Of(first, last, clocks) : null;

        DateOnly? Day(string field, string? text)
        {
            if (text is null)
                return null;
            if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                Refuse("format", field, "A date is written like 2025-09-01 and must exist in the calendar.");
            else if (day > clocks.AsOf)
                Refuse("future", field, "The latest day is today, or asOf.");
            else
                return day;
            return null;
        }

        void Refuse(string rule, string field, string message) => refusals.Add(new Refusal(RefusalKind.Invalid, rule, field, message));
    }

    private static ComparedDates Of(DateOnly from, DateOnly to, AskedClocks clocks)
    {
        return new ComparedDates(from, At(from) ?? clocks.Now.ToMicroseconds(), to, At(to));

        DateTimeOffset? At(DateOnly day)
        {
            DateTimeOffset? end = day < clocks.Now.DayOf() ? Instants.EndOf(day) : null;
            return clocks.KnownAt is { } known && (end is null || known < end) ? known : end;
        }
    }
}
