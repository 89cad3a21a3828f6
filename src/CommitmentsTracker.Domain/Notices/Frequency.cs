using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Notices;

/// <summary>How often a subscriber wants mail.</summary>
[JsonConverter(typeof(WordConverter<Frequency>))]
public enum Frequency
{
    /// <summary>Soon after each change; what follows on the same item within minutes comes in the same mail.</summary>
    Immediately,

    /// <summary>One mail a day, at eight in the morning where the subscriber is.</summary>
    Daily,

    /// <summary>One mail a week, on Monday at eight in the morning where the subscriber is.</summary>
    Weekly,
}

/// <summary>When mails are due.</summary>
public static class MailTimes
{
    /// <summary>The hour of digests and reminders on the subscriber's own clock.</summary>
    public static readonly TimeOnly Morning = new(8, 0);

    /// <summary>How long the first change on an item waits for others, so that they come in one mail.</summary>
    public static readonly TimeSpan Coalesce = TimeSpan.FromMinutes(5);

    /// <summary>What is taken back within this time is not mailed, nor that it was taken back.</summary>
    public static readonly TimeSpan Undo = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
    ];

    /// <summary>When a mail that the server could not take is tried again.</summary>
    /// <param name="attempts">How many attempts were made.</param>
    /// <param name="now">When the last one failed.</param>
    /// <returns>Null: it was tried often enough.</returns>
    public static DateTimeOffset? RetryAt(int attempts, DateTimeOffset now) =>
        attempts <= Pauses.Length ? now + Pauses[attempts - 1] : null;

    /// <summary>When a change that is known at an instant is mailed.</summary>
    public static DateTimeOffset DueAt(Frequency frequency, DateTimeOffset now, TimeZoneInfo zone) =>
        frequency switch
        {
            Frequency.Immediately => now + Coalesce,
            // What was just said can still be taken back: it comes in the next digest.
            Frequency.Daily => NextMorning(now + Undo, zone),
            _ => NextMonday(now + Undo, zone),
        };

    /// <summary>The first eight o'clock in the morning of a zone after an instant.</summary>
    public static DateTimeOffset NextMorning(DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return MorningOf(today, zone) is var morning && morning > now ? morning : MorningOf(today.AddDays(1), zone);
    }

    /// <summary>
    /// Eight o'clock in the morning of a day in a zone. A clock that is put forward over it shows it an hour later; of a
    /// time that comes twice the first counts.
    /// </summary>
    public static DateTimeOffset MorningOf(DateOnly day, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(Morning);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(30);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static DateTimeOffset NextMonday(DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        var monday = today.AddDays((7 + (int)DayOfWeek.Monday - (int)today.DayOfWeek) % 7);
        return MorningOf(monday, zone) is var morning && morning > now ? morning : MorningOf(monday.AddDays(7), zone);
    }
}
