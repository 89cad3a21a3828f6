using System.Text;
using CommitmentsTracker.Testing.Forums;
using Ical.Net;
using Ical.Net.CalendarComponents;

namespace CommitmentsTracker.Server.Tests.Deadlines;

/// <summary>Deadlines for calendar programs.</summary>
public sealed class CalendarFileTests : IAsyncLifetime
{
    private const string LongTitle =
        "港务局承诺在二〇二六年年底之前公布全部船闸的维修计划并向市政府和海员工会逐项说明经费来源与施工时间，同时承诺公开进展";

    private readonly SharedDesk _desk = new();

    private Tracker Tracker => _desk.Tracker;

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task Each_item_with_a_deadline_has_one_event_whose_sequence_counts_moves()
    {
        var slug = await RecordAsync("2026-12-31");
        await Tracker.Ann.RecordAsync();
        var first = (await EventsAsync()).ShouldHaveSingleItem();
        (first.Start!.Value, first.Start.HasTime, first.Sequence, first.Status).ShouldBe(
            (new DateTime(2026, 12, 31), false, 0, EventStatus.Confirmed)
        );
        for (var move = 1; move <= 3; move++)
        {
            Tracker.Time.Advance(TimeSpan.FromHours(1));
            await MoveAsync(slug, $"2027-0{move}");
            var moved = (await EventsAsync()).ShouldHaveSingleItem();
            (moved.Uid, moved.Sequence, moved.Start!.Value).ShouldBe(
                (first.Uid, move, new DateTime(2027, move, DateTime.DaysInMonth(2027, move)))
            );
            (moved.LastModified!.AsUtc, moved.DtStamp!.AsUtc).ShouldBe(
                (Tracker.Time.GetUtcNow().UtcDateTime, Tracker.Time.GetUtcNow().UtcDateTime)
            );
            moved.Description!.ShouldContain("Named only as");
        }

        Tracker.Time.Advance(TimeSpan.FromHours(1));
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-11-01"));
        (await EventsAsync()).ShouldHaveSingleItem().Sequence.ShouldBe(3, "another news is no move");
    }

    [Fact]
    public async Task What_vanished_is_told_as_cancelled_for_90_days()
    {
        var retracted = await RecordAsync("2026-12-31");
        var (undone, stays) = (await Tracker.Ann.RecordAsync(), await RecordAsync("2027-01-31"));
        var set = await MoveAsync(undone, "2027-02-28");
        (await EventsAsync()).Count.ShouldBe(3);
        (await Tracker.Ann.PostAsync($"items/{retracted}/retraction", new { reason = Harbour.Text("A slip.") })).Should(201);
        (
            await Tracker.Ann.PostAsync(
                $"items/{undone}/updates/{set}/corrections",
                new { kind = "retract", reason = Harbour.Text("Misread.") }
            )
        ).Should(201);
        for (var day = 0; day <= 89; day += 89)
        {
            Tracker.Time.Advance(TimeSpan.FromDays(day));
            var events = await EventsAsync();
            events
                .Where(e => e.Status == EventStatus.Cancelled)
                .Select(e => (e.Url!.AbsolutePath, e.Sequence))
                .ShouldBe([($"/items/{retracted}", 1), ($"/items/{undone}", 1)]);
            events.Single(e => e.Status != EventStatus.Cancelled).Url!.AbsolutePath.ShouldBe($"/items/{stays}");
        }

        (await EventsAsync("kind=proposal")).ShouldBeEmpty();
        (await EventsAsync("kind=commitment")).Count.ShouldBe(3);
        await MoveAsync(undone, "2027-06-30");
        var again = (await EventsAsync()).Single(e => e.Url!.AbsolutePath == $"/items/{undone}");
        (again.Status, again.Sequence).ShouldBe((EventStatus.Confirmed, 2));
        Tracker.Time.Advance(TimeSpan.FromDays(2));
        (await EventsAsync()).ShouldAllBe(e => e.Status == EventStatus.Confirmed);
    }

    [Fact]
    public async Task Bytes_and_tag_stay_while_nothing_changed_and_the_clock_runs()
    {
        var slug = await RecordAsync("2026-12-31");
        var first = (await Tracker.Anyone.GetAsync("/calendar.ics")).Should(200);
        first.MediaType.ShouldBe("text/calendar");
        for (var week = 0; week < 20; week++)
        {
            Tracker.Time.Advance(TimeSpan.FromDays(7));
            var again = (await Tracker.Anyone.GetAsync("/calendar.ics")).Should(200);
            (again.Body, again.ETag).ShouldBe((first.Body, first.ETag));
        }

        (await Tracker.Anyone.GetAsync("/calendar.ics", ("If-None-Match", first.ETag!))).Should(304).Body.ShouldBeEmpty();
        await MoveAsync(slug, "2027-12-31");
        (await Tracker.Anyone.GetAsync("/calendar.ics", ("If-None-Match", first.ETag!))).Should(200);
    }

    [Fact]
    public async Task Lines_are_folded_at_75_octets_with_chinese_text_whole()
    {
        await RecordAsync("2026-12-31", LongTitle);
        var body = (await Tracker.Anyone.GetAsync("/calendar.ics?lang=zh")).Should(200).Body;
        body.ShouldNotContain('\ufffd');
        body.Split("\r\n").ShouldAllBe(line => Encoding.UTF8.GetByteCount(line) <= 75);
        body.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
        var read = (await EventsAsync("lang=zh")).ShouldHaveSingleItem();
        read.Summary.ShouldBe("期限：" + LongTitle);
        read.Description!.ShouldContain("已宣布");
        body.ShouldContain("REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n");
        body.ShouldContain("X-PUBLISHED-TTL:PT1H\r\n");
    }

    [Theory]
    [InlineData("kind=promise", "unknown-word", "kind")]
    [InlineData("forum=nowhere", "unknown-forum", "forum")]
    [InlineData("signal=late", "unknown-word", "signal")]
    [InlineData("sort=due", "unknown-parameter", "sort")]
    [InlineData("lang=fr", "unknown-word", "lang")]
    [InlineData("knownAt=2099-01-01", "future", "knownAt")]
    public async Task Bad_input_is_refused_by_field_and_rule(string query, string rule, string field) =>
        (await Tracker.Anyone.GetAsync("/calendar.ics?" + query)).ShouldRefuse(400, rule, field);

    [Fact]
    public async Task The_real_forum_has_the_deadlines_of_its_lists()
    {
        await Tracker.ImportAsync(TheForum.Folder);
        const string forum = "forum=waic-2024-ai-governance-forum";
        foreach (
            var query in new[] { forum, forum + "&kind=instrument", forum + "&signal=overdue", "theme=frontier-safety", forum + "&q=act" }
        )
        {
            var listed = (await Tracker.Anyone.EveryItemAsync(query))
                .Where(i => i["dueOn"] is not null)
                .Select(i => $"{i["slug"]} {i["dueOn"]}")
                .Order(StringComparer.Ordinal);
            (await EventsAsync(query))
                .Where(e => e.Status != EventStatus.Cancelled)
                .Select(e => $"{e.Url!.Segments[^1]} {e.Start!.Value:yyyy-MM-dd}")
                .Order(StringComparer.Ordinal)
                .ShouldBe(listed, query);
        }
    }

    private Task<string> RecordAsync(string due, string? zh = null) =>
        Tracker.Ann.RecordAsync(change: b =>
        {
            b["due"] = new JsonObject { ["date"] = due };
            if (zh is not null)
                b["title"] = new JsonObject { ["zh"] = zh };
        });

    private async Task<string> MoveAsync(string slug, string due)
    {
        var move = Harbour.Update("deadline", "2026-11-20");
        move["due"] = new JsonObject { ["date"] = due };
        return await Tracker.Ann.LogAsync(slug, move);
    }

    private async Task<List<CalendarEvent>> EventsAsync(string query = "")
    {
        var body = (await Tracker.Anyone.GetAsync("/calendar.ics?" + query)).Should(200).Body;
        var events = Calendar.Load(body)!.Events.ToList();
        events.Select(e => e.Uid).ShouldBeUnique();
        return events;
    }
}
