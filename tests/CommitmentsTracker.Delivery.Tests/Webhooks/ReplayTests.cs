using System.Globalization;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>Sending again what was done, or missed.</summary>
public sealed class ReplayTests : WebhookTests
{
    [Fact]
    public async Task Thousands_of_failed_deliveries_come_back_ten_a_second_oldest_first_and_new_changes_are_not_held_up()
    {
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        await Tracker.RowsAsync(
            "with v as (update subscriptions_version set version = version + 1) update subscriptions set state = 'disabled' "
                + $"where id = '{id}' returning 1"
        );
        await Desk.ManyChangesAsync(5_000);
        await Tracker.RowsAsync(
            $"insert into deliveries (subscription, change_no, state, due_at, attempts, created_at, done_at) select '{id}', "
                + "change_no, 'exhausted', now(), 10, '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z' from changes where change_no > 1 "
                + "returning 1"
        );
        await Tracker.RowsAsync(
            "insert into notices (change_no, body, created_at) select change_no, convert_to((change || '{\"type\": "
                + "\"item.recorded\"}')::text, 'UTF8'), '2026-11-24T09:00:00Z' from changes on conflict do nothing returning 1"
        );
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/enable")).Should(200);
        var begun = (
            await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { since = "2026-11-24T09:00:00Z", failed = true })
        ).Should(202);
        ((string)begun.Json["state"]!).ShouldBe("running");
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { failed = true })).ShouldRefuse(409, "replay-running");

        // Ten seconds of the tracker's clock.
        var start = Receiver.Notices.Count;
        for (var tenth = 0; tenth < 100; tenth++)
        {
            Tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
            // The step and its notice, or the next tick.
            if (tenth % 10 == 9)
                await Wait.UntilAsync(
                    () => Tracker.AskAsync<bool>("select not exists (select 1 from deliveries where state in ('waiting', 'sending'))"),
                    "no backlog"
                );
            (Receiver.Notices.Count - start).ShouldBeLessThanOrEqualTo((tenth + 1) + 2);
        }

        // New changes go out while it runs, without the clock moving.
        var slug = await Tracker.Ann.RecordAsync();
        await Wait.UntilAsync(() => Receiver.Notices.Any(n => (string?)n.Json["subject"] == slug), "the new change");
        var cancelled = (await Tracker.Ann.DeleteAsync($"subscriptions/{id}/replay")).Should(200);
        ((string)cancelled.Json["state"]!).ShouldBe("cancelled");
        await Wait.UntilAsync(
            () => Tracker.AskAsync<bool>("select not exists (select 1 from deliveries where state in ('waiting', 'sending'))"),
            "an end"
        );
        var after = Receiver.Notices.Count;
        for (var tenth = 0; tenth < 30; tenth++)
            Tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
        Receiver.Notices.Count.ShouldBe(after);
        (await Tracker.AskAsync<long>("select count(*) from deliveries where state = 'exhausted'")).ShouldBeGreaterThan(4_800);
        (await Tracker.Ann.DeleteAsync($"subscriptions/{id}/replay")).ShouldRefuse(404, "no-replay");

        // Oldest first.
        var order = await Tracker.RowsAsync(
            "select change_no from deliveries where replay is not null and state = 'delivered' order by done_at, change_no"
        );
        order.Select(o => long.Parse(o, CultureInfo.InvariantCulture)).ShouldBe(Enumerable.Range(2, order.Count).Select(n => (long)n));
    }

    [Fact]
    public async Task What_was_missed_while_disabled_can_be_replayed_and_comes_once()
    {
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        Receiver.AnswersWith(410);
        await Tracker.Ann.RecordAsync();
        await Desk.UntilAsync("bool_and(state = 'disabled') from subscriptions", "disabled");
        Desk.Advance(TimeSpan.FromMinutes(1));
        var since = Tracker.Time.GetUtcNow();
        var missed = new[] { await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync() };
        await Desk.SoonAsync("(select last_no from delivery_progress) = (select last_no from change_counter)", "told");
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { since })).ShouldRefuse(409, "state");
        Receiver.AnswersWith(200);
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/enable")).Should(200);
        // The look at what was lost finds nothing: they were not lost.
        (
            await Tracker
                .Get<CommitmentsTracker.Delivery.Deliveries.TellChanges>()
                .RepairAsync(since.AddHours(-1), TestContext.Current.CancellationToken)
        ).ShouldBe(0);
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { since })).Should(202);
        await Desk.SoonAsync(
            "(select bool_and(done_at is not null) from replays) and not exists (select 1 from deliveries where state in "
                + "('waiting', 'sending'))",
            "the replay"
        );
        Receiver.Notices.Skip(2).Select(n => (string)n.Json["subject"]!).ShouldBe(missed);
        var view = (await Tracker.Ann.GetAsync($"subscriptions/{id}")).Json["replay"]!;
        ((string)view["state"]!, (int)view["sent"]!).ShouldBe(("done", 2));
    }

    [Fact]
    public async Task One_delivery_is_sent_again_also_while_it_waits_for_its_next_attempt()
    {
        Receiver.AnswersWith(500);
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await Desk.AttemptedAsync(1);
        var delivery = (long)(await Desk.LogAsync(id)).Single()!["id"]!;
        Receiver.AnswersWith(200);
        (await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", new { delivery })).Should(202);
        await Desk.SoonAsync("bool_and(state = 'delivered') from deliveries", "the second attempt");
        (await Desk.LogAsync(id)).Single()!["attempts"]!.AsArray().Select(a => (string)a!["outcome"]!).ShouldBe(["refused", "delivered"]);
    }

    [Fact]
    public async Task A_wrong_wish_is_refused()
    {
        (string Body, string Rule)[] wishes =
        [
            ("{}", "replay"),
            ("{\"failed\": false}", "replay"),
            ("{\"delivery\": 1, \"failed\": true}", "replay"),
            ("{\"delivery\": 999999}", "unknown-delivery"),
            ("{\"since\": \"2026-11-25T00:00:00Z\"}", "range"),
            ("{\"since\": \"2026-10-01T00:00:00Z\"}", "range"),
            ("{\"since\": \"yesterday\"}", "format"),
        ];
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        foreach (var (body, rule) in wishes)
            (await Tracker.Ann.PostAsync($"subscriptions/{id}/replay", body)).ShouldRefuse(400, rule);
    }
}
