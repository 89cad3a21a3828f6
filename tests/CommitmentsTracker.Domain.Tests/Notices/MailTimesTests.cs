using CommitmentsTracker.Domain.Notices;
using CsCheck;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Notices;

/// <summary>Mails come in the morning of whoever reads them, whatever the clocks do.</summary>
public sealed class MailTimesTests
{
    private static readonly string[] Zones =
    [
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ];

    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-24T09:00:00Z", "2026-11-25T00:00:00Z")]
    [InlineData("Asia/Kathmandu", "2026-11-24T09:00:00Z", "2026-11-25T02:15:00Z")]
    // The nights on which Berlin, New York and Lord Howe change their clocks.
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T07:00:00Z")]
    [InlineData("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08T12:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T04:00:00Z", "2026-11-01T13:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T21:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-03T14:00:00Z", "2026-10-03T21:00:00Z")]
    public void A_digest_comes_at_eight_on_the_clock_of_the_reader(string zone, string now, string due) =>
        MailTimes.DueAt(Frequency.Daily, Instant(now), Zone(zone)).ShouldBe(Instant(due));

    [Theory]
    [InlineData("Asia/Shanghai", "2026-11-24T09:00:00Z", "2026-11-30T00:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-29T23:57:59Z", "2026-11-30T00:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-29T23:58:00Z", "2026-12-07T00:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z")]
    public void A_weekly_digest_comes_on_monday(string zone, string now, string due) =>
        MailTimes.DueAt(Frequency.Weekly, Instant(now), Zone(zone)).ShouldBe(Instant(due));

    [Fact]
    public void A_digest_comes_once_nothing_in_it_can_be_taken_back_at_most_a_day_and_an_hour_later_and_at_eight() =>
        Gen.Select(Gen.Int[0, Zones.Length - 1].Select(n => Zones[n]), Gen.Long[0, 4_000L * 86_400])
            .Sample(
                (name, seconds) =>
                {
                    var (zone, now) = (Zone(name), new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(seconds));
                    var due = MailTimes.DueAt(Frequency.Daily, now, zone);
                    return due > now + MailTimes.Undo
                        && due - now <= TimeSpan.FromHours(25) + MailTimes.Undo
                        && TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(due, zone).DateTime) == MailTimes.Morning;
                }
            );

    [Fact]
    public void A_day_has_one_morning() =>
        Gen.Select(Gen.Int[0, Zones.Length - 1].Select(n => Zones[n]), Gen.Int[0, 4_000])
            .Sample(
                (name, day) =>
                {
                    var (zone, first) = (Zone(name), new DateOnly(2020, 1, 1).AddDays(day));
                    var morning = MailTimes.MorningOf(first, zone);
                    return MailTimes.NextMorning(morning - TimeSpan.FromTicks(1), zone) == morning
                        && MailTimes.NextMorning(morning, zone) == MailTimes.MorningOf(first.AddDays(1), zone);
                }
            );

    [Fact]
    public void A_mail_is_tried_six_times_at_growing_pauses()
    {
        var now = Instant("2026-11-24T09:00:00Z");
        Enumerable
            .Range(1, 5)
            .Select(n => MailTimes.RetryAt(n, now)!.Value - now)
            .ShouldBe([
                TimeSpan.FromSeconds(5),
                TimeSpan.FromMinutes(5),
                TimeSpan.FromMinutes(30),
                TimeSpan.FromHours(2),
                TimeSpan.FromHours(5),
            ]);
        MailTimes.RetryAt(6, now).ShouldBeNull();
    }

    private static TimeZoneInfo Zone(string name) => TimeZoneInfo.FindSystemTimeZoneById(name);

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
