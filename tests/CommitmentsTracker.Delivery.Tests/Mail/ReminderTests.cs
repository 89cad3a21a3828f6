using System.Globalization;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Reading.Deadlines;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Delivery.Tests.Mail;

/// <summary>Deadlines are announced in time, once, and all of them.</summary>
public sealed class ReminderTests : IAsyncLifetime
{
    private const string Reader = "reader@example.org";
    private MailedTracker _desk = null!;

    private Tracker Tracker => _desk.Tracker;

    public async ValueTask InitializeAsync() => _desk = await MailedTracker.StartAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task Reminders_come_thirty_seven_and_one_days_ahead_and_weekly_afterwards_each_once()
    {
        await _desk.SubscribeAsync(Reader, changes: ["deadline"]);
        var slug = await Tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2027-01-01" });
        var days = new List<string>();
        var start = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
        for (var day = 0; day < 60; day++)
        {
            foreach (var hour in new[] { 7, 8, 9 })
            {
                Tracker.Time.SetUtcNow(start.AddDays(day).AddHours(hour));
                await _desk.RunAsync(new SweepDeadlines());
                await _desk.RunAsync(new GiveReminders());
            }

            var reminders = await Tracker.AskAsync<long>("select count(*) from mails where kind = 'reminder'");
            while (days.Count < reminders)
                days.Add(start.AddDays(day).ToString("MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        }

        days.ShouldBe(["12-02", "12-25", "12-31", "01-09", "01-16", "01-23"]);
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 8);
        _desk.Mails.All.Count(m => m.Text.Contains("in 30 days", StringComparison.Ordinal)).ShouldBe(1);
        _desk.Mails.All.Count(m => m.Message.Subject == $"[Tracker] Keep {slug}").ShouldBe(1, "the first day over is told by the change");
    }

    [Fact]
    public async Task However_many_fall_on_one_day_all_are_in_one_mail_that_counts_what_it_does_not_show()
    {
        await _desk.SubscribeAsync(Reader, changes: ["deadline"]);
        await Tracker.ImportAsync(ManyItems.Folder("many-2025", (2 * DeadlineCalendar.Most) + 100, PartialDate.Day(2027, 1, 1)));
        Tracker.Time.SetUtcNow(new DateTimeOffset(2026, 12, 2, 8, 5, 0, TimeSpan.Zero));
        await _desk.RunAsync(new GiveReminders());
        (await Tracker.AskAsync<long>("select count(*) from reminders")).ShouldBe(1_100);
        var mail = (await _desk.Mails.ForAsync(Reader, 2))[1];
        mail.Message.Subject.ShouldBe("[Tracker] 1,100 deadlines");
        mail.Text.ShouldContain("and 1,050 more");
        mail.Bytes.Length.ShouldBeLessThan(100 * 1024);
    }

    /// <summary>The nights of 2027 on which Berlin, New York and Lord Howe change their clocks; Shanghai and Kathmandu have none.</summary>
    [Fact]
    public async Task On_the_nights_on_which_clocks_change_nobody_is_reminded_early_or_late_or_twice()
    {
        string[] zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
        DateOnly[] days = [new(2027, 3, 14), new(2027, 3, 28), new(2027, 4, 4), new(2027, 10, 3), new(2027, 10, 31), new(2027, 11, 7)];
        foreach (var zone in zones)
            await _desk.SubscribeAsync($"{zone.Split('/')[1].ToLowerInvariant()}@example.org", zone: zone, changes: ["deadline"]);
        foreach (var day in days)
            await Tracker.Ann.RecordAsync(change: b =>
                b["due"] = new JsonObject { ["date"] = day.AddDays(1).ToString("O", CultureInfo.InvariantCulture) }
            );
        foreach (var day in days)
        {
            // Each round of the schedule within a quarter of an hour of somebody's morning, and each hour besides.
            var start = new DateTimeOffset(day, new TimeOnly(0, 0), TimeSpan.Zero).AddHours(-14);
            var mornings = zones.Select(z => MailTimes.MorningOf(day, TimeZoneInfo.FindSystemTimeZoneById(z))).ToList();
            for (var now = start; now <= start.AddHours(48); now += TimeSpan.FromMinutes(5))
            {
                if (now.Minute != 0 && !mornings.Exists(m => (m - now).Duration() <= TimeSpan.FromMinutes(15)))
                    continue;
                Tracker.Time.SetUtcNow(now);
                await _desk.RunAsync(new GiveReminders());
            }

            var given = await Tracker.RowsAsync(
                $"""
                select s.zone, m.created_at at time zone s.zone from mails m join subscribers s on s.id = m.subscriber
                where m.kind = 'reminder' and m.content @? '$.due[*] ? (@.days == 1 && @.due == "{day.AddDays(1):O}")' order by 1
                """
            );
            given.Count.ShouldBe(zones.Length, $"{day}: {string.Join("; ", given)}");
            given.Select(g => g.Split(" | ")[0]).ShouldBe(zones.Order());
            foreach (var local in given.Select(g => DateTime.Parse(g.Split(" | ")[1], CultureInfo.CurrentCulture)))
                (local - day.ToDateTime(MailTimes.Morning)).TotalMinutes.ShouldBeInRange(0, 5, $"{day}");
        }
    }
}
