using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Server.Clocks;

/// <summary>Reads the two clocks from the parameters that every read takes.</summary>
public static class ClockParameters
{
    /// <summary>
    /// Reads <c>asOf</c> (a date, UTC) and <c>knownAt</c> (an RFC 3339 instant, or a date: the end of that day; today's
    /// date: everything known so far). Refuses what lies in the future.
    /// </summary>
    public static AskedClocks? Read(string? asOf, string? knownAt, DateTimeOffset now, ICollection<Refusal> refusals)
    {
        var before = refusals.Count;
        DateTimeOffset? known = null;
        if (knownAt is not null)
        {
            if (Day(knownAt) is { } day)
            {
                if (day > now.DayOf())
                    Refuse("future", "knownAt", $"{knownAt} lies in the future.");
                else
                    known = day == now.DayOf() ? now.ToMicroseconds() : Instants.EndOf(day);
            }
            else if (
                knownAt.Length > 10
                && DateTimeOffset.TryParse(knownAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
                && char.IsDigit(knownAt[0])
                && knownAt[10] is 'T' or 't' or ' '
            )
            {
                known = instant.ToUniversalTime().ToMicroseconds();
                if (known > now)
                    Refuse("future", "knownAt", $"{knownAt} lies in the future.");
            }
            else
            {
                Refuse("format", "knownAt", "An instant is written like 2025-09-01T12:00:00Z, a date like 2025-09-01.");
            }
        }

        var asked = known?.DayOf() ?? now.DayOf();
        if (asOf is not null)
        {
            if (Day(asOf) is not { } day)
                Refuse("format", "asOf", "A date is written like 2025-09-01 and must exist in the calendar.");
            else if (day > now.DayOf())
                Refuse("future", "asOf", $"{asOf} lies in the future.");
            else
                asked = day;
        }

        return refusals.Count == before ? new AskedClocks(asked, known, now, asOf is not null) : null;

        void Refuse(string rule, string field, string message) => refusals.Add(new Refusal(RefusalKind.Invalid, rule, field, message));
    }

    private static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}
