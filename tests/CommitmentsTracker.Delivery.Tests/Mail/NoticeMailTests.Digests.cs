using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Testing.Changes;
using CommitmentsTracker.Testing.Forums;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;

namespace CommitmentsTracker.Delivery.Tests.Mail;

// Digests.
public sealed partial class NoticeMailTests
{
    [Fact]
    public async Task A_digest_is_one_mail_however_many_changes_and_subscriptions_and_nothing_new_is_no_mail()
    {
        await _desk.SubscribeAsync(Reader, "?forum=harbour-2025", "daily");
        Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        await _desk.SubscribeAsync(Reader, "?theme=water", "daily");
        for (var n = 0; n < 60; n++)
            await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromHours(24));
        var mail = (await _desk.Mails.ForAsync(Reader, 3))[2];
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3);
        mail.Message.Subject.ShouldBe("[Tracker] 60 changes");
        (
            System.Text.RegularExpressions.Regex.Matches(mail.Text, "New item: Announced").Count,
            mail.Text.Contains("and 10 more", StringComparison.Ordinal)
        ).ShouldBe((50, true));
        mail.Bytes.Length.ShouldBeLessThan(100_000);
        await _desk.PassAsync(TimeSpan.FromHours(48));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3);
    }

    [Fact]
    public async Task Who_is_told_at_once_is_not_told_again_in_the_digest()
    {
        await _desk.SubscribeAsync(Reader, "?forum=harbour-2025", "daily");
        Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        await _desk.SubscribeAsync(Reader, "?theme=water", "immediately");
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 3);
        await _desk.PassAsync(TimeSpan.FromHours(24));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3);
    }

    [Fact]
    public async Task Four_thousand_changes_of_a_night_are_one_digest_for_each_person_and_the_next_night_is_none()
    {
        foreach (
            var (email, query, frequency, lang) in new[]
            {
                (Reader, "", "daily", "en"),
                ("weekly@example.org", "?theme=water", "weekly", "en"),
                (Reader, "?theme=water", "daily", "en"),
                ("zh@example.org", "", "daily", "zh"),
            }
        )
        {
            await _desk.SubscribeAsync(email, query, frequency, lang);
            Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        }

        var written = Harbour.Update("progress", "2026-11-01");
        written["note"] = new JsonObject
        {
            ["en"] = string.Join(' ', Enumerable.Repeat("A note that somebody wrote at length.", 60)),
            ["zh"] = string.Concat(Enumerable.Repeat("有人写下的很长的说明。", 60)),
        };
        written["evidence"] = new JsonArray([
            .. Enumerable.Range(0, 8).SelectMany(n => Harbour.Evidence($"会议记录第{n}号").Select(e => e!.DeepClone())),
        ]);
        for (var n = 0; n < 40; n++)
            await Tracker.Ann.LogAsync(await Tracker.Ann.RecordAsync(), (JsonObject)written.DeepClone());
        await Tracker.ManyChangesAsync(3_920);
        await _desk.PassAsync(TimeSpan.FromHours(24));
        var mail = (await _desk.Mails.ForAsync(Reader, 3))[2];
        await _desk.QuietAsync();
        mail.Message.Subject.ShouldBe("[Tracker] 4,000 changes");
        mail.Text.ShouldContain("and 3,950 more");
        System.Text.RegularExpressions.Regex.Matches(mail.Text, "We learned it|we learned it").Count.ShouldBe(50);
        mail.Bytes.Length.ShouldBeLessThanOrEqualTo(100 * 1024);
        var chinese = (await _desk.Mails.ForAsync("zh@example.org", 2))[1];
        chinese.Text.ShouldContain("还有 3,950 项");
        System.Text.RegularExpressions.Regex.Matches(chinese.Text, "获知。").Count.ShouldBe(50);
        chinese.Bytes.Length.ShouldBeLessThanOrEqualTo(100 * 1024);
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3);
        _desk.Mails.All.Count(m => m.To == "weekly@example.org").ShouldBe(1, "not yet Monday");

        for (var day = 0; day < 7; day++)
            await _desk.PassAsync(TimeSpan.FromHours(24));
        await _desk.Mails.ForAsync("weekly@example.org", 2);
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == "weekly@example.org").ShouldBe(2);
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3, "nothing new");
        (await Tracker.AskAsync<long>("select count(*) from deliveries where state <> 'delivered'")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_taken_back_within_two_minutes_stands_in_no_digest_either()
    {
        await _desk.SubscribeAsync(Reader, frequency: "daily");
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.ToldAsync();
        // Two minutes before the digest, so that it may not be made before they are over.
        Tracker.Time.SetUtcNow(new DateTimeOffset(2026, 11, 25, 7, 59, 0, TimeSpan.Zero));
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-05-01", "Of another item."));
        await _desk.ToldAsync();
        Tracker.Time.SetUtcNow(new DateTimeOffset(2026, 11, 25, 8, 0, 30, TimeSpan.Zero));
        Tracker.Get<DeliverySignal>().Wake();
        (await _desk.Mails.ForAsync(Reader, 2))[1].Message.Subject.ShouldBe("[Tracker] 1 change");
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new { kind = "retract", reason = Harbour.Text("Wrong item.") }
            )
        ).Should(201);
        await _desk.PassAsync(TimeSpan.FromHours(48));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(2);
        (await Tracker.AskAsync<long>("select count(*) from deliveries where state = 'withheld'")).ShouldBe(2);
    }

    [Fact]
    public async Task What_is_due_at_once_and_in_a_digest_after_a_standstill_is_told_once()
    {
        await _desk.SubscribeAsync(Reader, "?forum=harbour-2025", "daily");
        Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        await _desk.SubscribeAsync(Reader, "?theme=water", "immediately");
        await Tracker.AskAsync<DateTime>("update delivery_progress set paused_at = now() returning paused_at");
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromHours(48));
        await Tracker.RowsAsync("update delivery_progress set paused_at = null returning 1");
        Tracker.Get<DeliverySignal>().Wake();
        await _desk.Mails.ForAsync(Reader, 3);
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(3);
        (await Tracker.AskAsync<long>("select count(*) from deliveries where state = 'delivered'")).ShouldBe(2);
    }
}
