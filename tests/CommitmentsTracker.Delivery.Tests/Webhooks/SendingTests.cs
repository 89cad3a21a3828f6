using System.Globalization;
using System.Text;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>What reaches a receiver, and what becomes of what it does not take.</summary>
public sealed partial class SendingTests : WebhookTests
{
    [Fact]
    public async Task A_change_reaches_itsReceiver_signed_and_in_the_shape_of_both_standards()
    {
        var (id, secret) = await Desk.SubscribeAsync(Receiver.Url + "/hook?key=1");
        var slug = await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        var notice = Receiver.Notices[0];
        notice.IsSignedWith(secret).ShouldBeTrue();
        (notice.ContentType, notice.UserAgent, notice.Path).ShouldBe(("application/json", "CommitmentsTracker/1.0", "/hook"));
        long.Parse(notice.Timestamp, CultureInfo.InvariantCulture).ShouldBe(Tracker.Time.GetUtcNow().ToUnixTimeSeconds());
        ((string)notice.Json["specversion"]!, (string)notice.Json["id"]!, notice.Type, (string)notice.Json["subject"]!).ShouldBe(
            ("1.0", notice.Id, "item.recorded", slug)
        );
        notice.Json["timestamp"].ShouldNotBeNull();
        ((long)notice.Json["changeno"]!).ShouldBe((long)notice.Json["data"]!["change"]!["changeNo"]!);
        var change = (await Tracker.Anyone.GetAsync("changes")).Json["changes"]!.AsArray()[^1]!;
        ((string)change["id"]!).ShouldBe(notice.Id);
        await Desk.UntilAsync("bool_and(state = 'delivered') from deliveries", "delivered");
        var told = (await Desk.LogAsync(id)).Single()!;
        ((string)told["state"]!, (string)told["item"]!, (string)told["changeId"]!).ShouldBe(("delivered", slug, notice.Id));
        var attempt = told["attempts"]!.AsArray().Single()!;
        ((string)attempt["outcome"]!, (int)attempt["status"]!).ShouldBe(("delivered", 200));
    }

    [Fact]
    public async Task Lost_connections_to_the_database_come_back_after_a_pause()
    {
        await Desk.SubscribeAsync(Receiver.Url);
        for (var cut = 1; cut <= 3; cut++)
        {
            (
                await Tracker.AskAsync<long>(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = "
                        + "current_setting('application_name') and pid <> pg_backend_pid()"
                )
            ).ShouldBeGreaterThan(0);
            var slug = $"after-cut-{cut}";
            await Wait.UntilAsync(
                async () => (await Tracker.Ann.PostAsync("items", Harbour.Item(slug))).Status is 201 or 409,
                "a write after the cut"
            );
            await Desk.SoonAsync($"count(*) = {cut} from deliveries where state = 'delivered'", $"{cut} delivered");
            ((string)Receiver.Notices[^1].Json["subject"]!).ShouldBe(slug);
        }
    }

    [Fact]
    public async Task CloudEvents_are_sent_by_choice()
    {
        await Desk.SubscribeAsync(Receiver.Url, contentType: "application/cloudevents+json");
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        Receiver.Notices[0].ContentType.ShouldBe("application/cloudevents+json");
    }

    [Fact]
    public async Task Ten_attempts_at_the_stated_times_and_then_no_more_with_equal_ids_and_bytes()
    {
        Receiver.AnswersWith(500);
        var (id, secret) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        double[] pauses = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        var start = Tracker.Time.GetUtcNow();
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            await Desk.AttemptedAsync(attempt);
            if (attempt == 10)
                break;
            var told = (await Desk.LogAsync(id)).Single()!;
            var next = DateTimeOffset.Parse((string)told["nextAttemptAt"]!, CultureInfo.InvariantCulture);
            var pause = (
                next - DateTimeOffset.Parse((string)told["attempts"]!.AsArray()[^1]!["at"]!, CultureInfo.InvariantCulture)
            ).TotalSeconds;
            pause.ShouldBeInRange(pauses[attempt - 1], pauses[attempt - 1] * 1.2);
            // A second before, nothing happens.
            Tracker.Time.Advance(next - Tracker.Time.GetUtcNow() - TimeSpan.FromSeconds(1));
            Receiver.Notices.Count.ShouldBe(attempt);
            Desk.Advance(TimeSpan.FromSeconds(2.1));
        }

        (Tracker.Time.GetUtcNow() - start).TotalHours.ShouldBeInRange(75.5, 91);
        await Desk.UntilAsync("bool_and(state = 'exhausted') from deliveries", "exhausted");
        Desk.Advance(TimeSpan.FromDays(3));
        // A change that is told afterwards shows that the sender went on looking.
        Receiver.AnswersWith(200);
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 11);
        var same = Receiver.Notices.Take(10).ToList();
        same.ShouldAllBe(n => n.Id == same[0].Id && n.Body.SequenceEqual(same[0].Body) && n.IsSignedWith(secret));
        same.Select(n => n.Timestamp).Distinct().Count().ShouldBe(10);
        Receiver.Notices[10].Id.ShouldNotBe(same[0].Id);

        // A replay carries the same too.
        await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { failed = true });
        await Desk.SoonAsync("(select count(*) = 2 from deliveries where state = 'delivered')", "the replay");
        var replayed = Receiver.Notices[11];
        (replayed.Id, replayed.Body.SequenceEqual(same[0].Body), replayed.IsSignedWith(secret)).ShouldBe((same[0].Id, true, true));
        same.Select(n => n.Timestamp).ShouldNotContain(replayed.Timestamp);
    }

    [Fact]
    public async Task Retry_After_is_obeyed_where_it_means_something_and_is_later()
    {
        (int Status, string After, int Seconds)[] cases =
        [
            (429, "120", 120),
            (503, "120", 120),
            (503, "date", 600),
            (429, "1", 5),
            (429, "99999999", 86_400),
            (503, "soon", 5),
            (500, "120", 5),
        ];
        foreach (var (status, after, seconds) in cases)
        {
            var receiver = await Desk.ReceiverAsync();
            receiver.AnswersWith(
                status,
                ("Retry-After", after == "date" ? (Tracker.Time.GetUtcNow() + TimeSpan.FromSeconds(600)).ToString("r") : after)
            );
            var (id, _) = await Desk.SubscribeAsync(receiver.Url);
            await Tracker.Ann.RecordAsync();
            await Desk.UntilAsync(
                $"(select count(*) = 1 from deliveries d join delivery_attempts a on a.delivery = d.id where d.subscription = '{id}')",
                "the attempt"
            );
            var next = DateTimeOffset.Parse((string)(await Desk.LogAsync(id)).Single()!["nextAttemptAt"]!, CultureInfo.InvariantCulture);
            (next - Tracker.Time.GetUtcNow()).TotalSeconds.ShouldBeInRange(seconds, seconds == 5 ? 6 : seconds, $"{status} {after}");
            (await Tracker.Ann.DeleteAsync($"subscriptions/{id}")).Should(204);
        }
    }

    [Fact]
    public async Task Gone_disables_at_once_and_the_contact_is_told()
    {
        Receiver.AnswersWith(410);
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url, contact: "ops@example.org");
        await Tracker.Ann.RecordAsync();
        await Desk.UntilAsync("bool_and(state = 'disabled') from subscriptions", "disabled");
        await Tracker.Ann.RecordAsync();
        await Desk.SoonAsync("(select last_no from delivery_progress) = (select last_no from change_counter)", "told");
        Desk.Advance(TimeSpan.FromDays(1));
        (await Desk.LogAsync(id)).Count.ShouldBe(1);
        Receiver.Notices.Count.ShouldBe(1);
        (await Tracker.RowsAsync("select address, kind, content ->> 'what', content ->> 'endpoint' from mails")).ShouldBe([
            $"ops@example.org | warning | disabled | {Receiver.Url}",
        ]);
        ((string)(await Tracker.Ann.GetAsync($"subscriptions/{id}")).Json["endpoint"]!["disabledWhy"]!).ShouldBe("gone");
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_never_followed()
    {
        var other = await Desk.ReceiverAsync();
        foreach (var status in new[] { 301, 302, 303, 307, 308 })
        {
            Receiver.AnswersWith(status, ("Location", other.Url + "/elsewhere"));
            var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
            await Tracker.Ann.RecordAsync();
            await Desk.UntilAsync(
                $"(select count(*) = 1 from deliveries d join delivery_attempts a on a.delivery = d.id where d.subscription = '{id}')",
                "the attempt"
            );
            (other.Notices.Count, (string)(await Desk.LogAsync(id)).Single()!["state"]!).ShouldBe((0, "waiting"));
            (await Tracker.Ann.DeleteAsync($"subscriptions/{id}")).Should(204);
        }
    }

    [Fact]
    public async Task An_address_that_became_forbidden_is_blocked_and_not_tried_again()
    {
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.RowsAsync(
            $"update endpoints set url = replace(url, '127.0.0.1', '127.0.0.2') where subscription = '{id}' returning 1"
        );
        await Tracker.Ann.RecordAsync();
        await Desk.UntilAsync("bool_and(state = 'blocked') from deliveries", "blocked");
        Desk.Advance(TimeSpan.FromDays(1));
        var told = (await Desk.LogAsync(id)).Single()!;
        told["attempts"]!.AsArray().Count.ShouldBe(1);
        ((string)told["attempts"]![0]!["answer"]!).ShouldContain("127.0.0.2 is this machine");
        Receiver.Notices.ShouldBeEmpty();
    }

    [Fact]
    public async Task AReceiver_that_hangs_is_given_15_seconds()
    {
        Receiver.Hangs();
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        Tracker.Time.Advance(TimeSpan.FromSeconds(14));
        (await Tracker.AskAsync<long>("select count(*) from delivery_attempts")).ShouldBe(0);
        Tracker.Time.Advance(TimeSpan.FromSeconds(1));
        await Desk.AttemptedAsync(1);
        ((string)(await Desk.LogAsync(id)).Single()!["attempts"]![0]!["outcome"]!).ShouldBe("timed_out");
    }

    [Fact]
    public async Task Lying_endless_and_poisonous_answers_do_no_harm()
    {
        var closed = new TaskCompletionSource();
        Func<HttpContext, Task>[] answers =
        [
            // Megabytes without end.
            async context =>
            {
                context.RequestAborted.Register(() => closed.TrySetResult());
                while (true)
                    await context.Response.Body.WriteAsync(new byte[64 * 1024], context.RequestAborted);
            },
            // Less than it promised.
            async context =>
            {
                context.Response.ContentLength = 1_000_000;
                await context.Response.WriteAsync("short", context.RequestAborted);
                context.Abort();
            },
            // What a database, a terminal or a page could choke on.
            async context =>
                await context.Response.Body.WriteAsync(
                    (byte[])
                        [
                            0,
                            27,
                            (byte)'[',
                            (byte)'3',
                            (byte)'1',
                            (byte)'m',
                            0xff,
                            0xfe,
                            .. "<script>alert(1)</script>"u8,
                            .. Encoding.UTF8.GetBytes(new string('漢', 2_000)),
                        ],
                    context.RequestAborted
                ),
            // Headers without end.
            context =>
            {
                for (var i = 0; i < 40; i++)
                    context.Response.Headers[$"x-{i}"] = new string('a', 1_000);
                return Task.CompletedTask;
            },
        ];
        var turn = -1;
        Receiver.Answers = (context, _) => answers[Math.Min(Interlocked.Increment(ref turn), answers.Length - 1)](context);
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        for (var n = 1; n <= answers.Length; n++)
        {
            await Tracker.Ann.RecordAsync();
            await Desk.UntilAsync($"(select count(*) = {n} from delivery_attempts)", $"answer {n}");
        }

        var told = await Desk.LogAsync(id);
        told.Take(3).Select(t => (string)t!["state"]!).ShouldBe(["delivered", told[1]!["state"]!.GetValue<string>(), "delivered"]);
        ((string)told[3]!["attempts"]![0]!["outcome"]!).ShouldBe("unreachable");
        var kept = (string)told[2]!["attempts"]![0]!["answer"]!;
        kept.ShouldContain("<script>");
        kept.Any(c => char.IsControl(c)).ShouldBeFalse();
        Encoding.UTF8.GetByteCount(kept).ShouldBeLessThanOrEqualTo(WebhookClient.MostKept + 20);
        await Wait.UntilAsync(() => closed.Task.IsCompleted, "the connection to be closed");
    }

    [Fact]
    public async Task During_a_rotation_both_secrets_verify_and_a_day_later_only_the_new_one()
    {
        var (id, former) = await Desk.SubscribeAsync(Receiver.Url);
        var rotated = (await Tracker.Ann.PostAsync($"subscriptions/{id}/secret")).Should(201);
        var next = (string)rotated.Json["secret"]!;
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        (
            Receiver.Notices[0].IsSignedWith(former),
            Receiver.Notices[0].IsSignedWith(next),
            Receiver.Notices[0].Signature.Split(' ').Length
        ).ShouldBe((true, true, 2));
        Desk.Advance(TimeSpan.FromHours(24.1));
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 2);
        (Receiver.Notices[1].IsSignedWith(former), Receiver.Notices[1].IsSignedWith(next)).ShouldBe((false, true));
    }

    [Fact]
    public async Task No_secret_stands_readable_in_the_database()
    {
        var (id, secret) = await Desk.SubscribeAsync(Receiver.Url);
        var next = (string)(await Tracker.Ann.PostAsync($"subscriptions/{id}/secret")).Should(201).Json["secret"]!;
        (await Tracker.RowsAsync("select e::text from endpoints e union all select i::text from idempotency_keys i"))
            .Where(r => r.Contains(secret[6..], StringComparison.Ordinal) || r.Contains(next[6..], StringComparison.Ordinal))
            .ShouldBeEmpty();
        (await Tracker.Ann.GetAsync($"subscriptions/{id}")).Body.ShouldNotContain("whsec_");
    }

    [Fact]
    public async Task After_five_failures_one_probe_goes_at_a_time_and_the_others_lose_no_attempt()
    {
        Receiver.AnswersWith(500);
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await Desk.ManyChangesAsync(40);
        await Desk.UntilAsync(
            "(select probe_at is not null from endpoints) and not exists (select 1 from deliveries where state = 'sending')",
            "the circuit to open"
        );
        // At most what was on its way when the fifth failed.
        var before = Receiver.Notices.Count;
        before.ShouldBeInRange(5, 8);
        Desk.Advance(TimeSpan.FromSeconds(50));
        Receiver.Notices.Count.ShouldBe(before);
        (await Tracker.AskAsync<long>("select count(*) from deliveries where attempts = 0")).ShouldBe(41 - before);
        Desk.Advance(TimeSpan.FromSeconds(15));
        await Desk.SoonAsync($"(select count(*) = {before + 1} from delivery_attempts)", "the probe");
        Receiver.Notices.Count.ShouldBe(before + 1);
        // A success lets all go.
        Receiver.AnswersWith(200);
        await Desk.SoonAsync("(select count(*) = 41 from deliveries where state = 'delivered')", "all", 60);
        (
            await Tracker.AskAsync<bool>("select probe_at is null and failing_since is null and failures_in_row = 0 from endpoints")
        ).ShouldBeTrue();
        (await Desk.LogAsync(id, "?limit=200")).Count.ShouldBe(41);
    }
}
