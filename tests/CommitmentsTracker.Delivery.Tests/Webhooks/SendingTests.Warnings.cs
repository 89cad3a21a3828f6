using System.Globalization;
using System.Text;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

// What is said of an endpoint that stays away.
public sealed partial class SendingTests
{
    [Fact]
    public async Task It_is_warned_of_after_six_hours_and_daily_and_disabled_after_five_days_and_enabling_forgets()
    {
        Receiver.AnswersWith(500);
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url, contact: "ops@example.org");
        await Tracker.Ann.RecordAsync();
        await Desk.ManyChangesAsync(14);
        await Desk.UntilAsync(
            "(select failing_since is not null from endpoints) and not exists (select 1 from deliveries where state = 'sending')",
            "failures"
        );
        var since = Tracker.Time.GetUtcNow();
        async Task AtAsync(TimeSpan after)
        {
            while (Tracker.Time.GetUtcNow() < since + after)
            {
                var left = since + after - Tracker.Time.GetUtcNow();
                Tracker.Time.Advance(left < TimeSpan.FromHours(1) ? left : TimeSpan.FromHours(1));
                var now = Tracker.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
                await Desk.SoonAsync(
                    $"""
                    not exists (select 1 from deliveries where state = 'sending')
                    and not exists (select 1 from deliveries d, endpoints e where d.state = 'waiting' and d.due_at <= '{now}'
                        and (e.probe_at is null or e.probe_at <= '{now}'))
                    """,
                    "what was due"
                );
            }

            await WatchEndpointsHandler.Handle(
                new WatchEndpoints(),
                Tracker.Get<NpgsqlDataSource>(),
                Tracker.Get<EndpointStore>(),
                Tracker.Time,
                TestContext.Current.CancellationToken
            );
        }

        await AtAsync(TimeSpan.FromMinutes(355));
        (await WarningsAsync()).ShouldBeEmpty();
        await AtAsync(TimeSpan.FromMinutes(365));
        (await WarningsAsync()).ShouldBe(["failing"]);
        await AtAsync(TimeSpan.FromHours(29));
        (await WarningsAsync()).Count.ShouldBe(1);
        await AtAsync(TimeSpan.FromHours(31));
        (await WarningsAsync()).Count.ShouldBe(2);
        await AtAsync(TimeSpan.FromHours(119.9));
        (await StateAsync()).ShouldBe("active");
        await AtAsync(TimeSpan.FromHours(120.1));
        (await StateAsync()).ShouldBe("disabled");
        (await WarningsAsync())[^1].ShouldBe("disabled");
        await Desk.UntilAsync("not exists (select 1 from deliveries where state = 'sending')", "the last attempt");

        var enabled = (await Tracker.Ann.PostAsync($"subscriptions/{id}/enable")).Should(200);
        (
            (string)enabled.Json["state"]!,
            (int)enabled.Json["endpoint"]!["failedDeliveries"]!,
            (string)enabled.Json["ping"]!["outcome"]!
        ).ShouldBe(("active", 0, "delivered"));
        var attempts = await Tracker.AskAsync<long>("select count(*) from delivery_attempts");
        await Tracker.Ann.RecordAsync();
        await Desk.SoonAsync($"(select count(*) > {attempts} from delivery_attempts)", "one failure more");
        await WatchEndpointsHandler.Handle(
            new WatchEndpoints(),
            Tracker.Get<NpgsqlDataSource>(),
            Tracker.Get<EndpointStore>(),
            Tracker.Time,
            TestContext.Current.CancellationToken
        );
        (await StateAsync()).ShouldBe("active");

        Task<List<string>> WarningsAsync() =>
            Tracker.RowsAsync("select content ->> 'what' from mails where kind = 'warning' order by created_at, id");
        Task<string> StateAsync() => Tracker.AskAsync<string>($"select state from subscriptions where id = '{id}'");
    }
}
