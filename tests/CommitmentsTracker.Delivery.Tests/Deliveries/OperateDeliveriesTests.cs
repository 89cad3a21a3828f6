using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;
using CommitmentsTracker.Testing.Webhooks;
using Microsoft.AspNetCore.Http;

namespace CommitmentsTracker.Delivery.Tests.Deliveries;

/// <summary>What the operator sees and does, and what the worker makes up for.</summary>
public sealed partial class OperateDeliveriesTests : IAsyncLifetime
{
    private const string Reader = "reader@example.org";
    private MailedTracker _desk = null!;

    private Tracker Tracker => _desk.Tracker;

    public async ValueTask InitializeAsync() => _desk = await MailedTracker.StartAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task Deliveries_that_somebody_removed_come_back_within_one_run_and_a_second_run_adds_nothing()
    {
        await _desk.SubscribeAsync(Reader, frequency: "weekly");
        for (var n = 0; n < 12; n++)
            await Tracker.Ann.RecordAsync();
        await _desk.ToldAsync();
        await Tracker.RowsAsync("delete from deliveries where change_no in (select change_no from deliveries order by change_no limit 10)");
        // Other trackers of this process may count as well.
        long counted = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument == DeliveryMeters.Repaired)
                    own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, added, _, _) => Interlocked.Add(ref counted, added));
        listener.Start();
        for (var run = 0; run < 2; run++)
        {
            await _desk.RunAsync(new RepairDeliveries());
            Interlocked.Read(ref counted).ShouldBeGreaterThanOrEqualTo(10, $"run {run}");
        }

        (
            await Tracker.Get<TellChanges>().RepairAsync(Tracker.Time.GetUtcNow().AddDays(-1), TestContext.Current.CancellationToken)
        ).ShouldBe(0);
        (await Tracker.AskAsync<long>("select count(distinct change_no) from deliveries")).ShouldBe(12);
    }

    [Fact]
    public async Task A_subscription_is_told_of_every_change_after_its_confirmation_and_of_none_before_while_others_write()
    {
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                {
                    for (var n = 0; n < 20; n++)
                        await Tracker.Ann.RecordAsync();
                })
        );
        for (var n = 0; n < 5; n++)
            await _desk.SubscribeAsync($"r{n}@example.org", frequency: "weekly");
        await writing;
        await _desk.ToldAsync();
        var last = await Tracker.AskAsync<long>("select last_no from change_counter");
        foreach (
            var row in await Tracker.RowsAsync(
                "select from_no, (select count(*) from deliveries d where d.subscription = s.id), (select min(change_no) from "
                    + "deliveries d where d.subscription = s.id) from subscriptions s"
            )
        )
        {
            var (from, told) = (long.Parse(row.Split(" | ")[0], null), long.Parse(row.Split(" | ")[1], null));
            told.ShouldBe(last - from, row);
            if (told > 0)
                row.Split(" | ")[2].ShouldBe($"{from + 1}");
        }
    }

    [Fact]
    public async Task The_page_is_for_administrators_and_holds_back_lets_go_and_erases()
    {
        (await _desk.GetAsync("/desk/deliveries")).Status.ShouldBe(302);
        using var browser = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Tracker.Address };
        await SignInAsync(browser, Tracker.Ada);
        await _desk.SubscribeAsync(Reader);
        (await DoAsync("pause")).ShouldContain("Everything is held back.");
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(10));
        await _desk.ToldAsync();
        Tracker.Get<DeliverySignal>().Wake();
        (await browser.GetStringAsync(new Uri("/desk/deliveries", UriKind.Relative), TestContext.Current.CancellationToken)).ShouldContain(
            "has been held back since"
        );
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(1);
        (await DoAsync("resume")).ShouldContain("Deliveries go on.");
        (await _desk.Mails.ForAsync(Reader, 2))[1].Text.ShouldContain(slug);
        (await DoAsync("erase", "nobody@example.org")).ShouldContain("Nobody has this address.");
        (await DoAsync("erase", Reader)).ShouldContain("The address is erased.");
        (
            await Tracker.AskAsync<long>(
                "select (select count(*) from subscribers) + (select count(*) from deliveries) + (select count(*) from mails)"
            )
        ).ShouldBe(0);

        using var editor = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Tracker.Address };
        await SignInAsync(editor, Tracker.Ann);
        using var refused = await editor.GetAsync(new Uri("/desk/deliveries", UriKind.Relative), TestContext.Current.CancellationToken);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        async Task<string> DoAsync(string what, string value = "")
        {
            var page = await browser.GetStringAsync(new Uri("/desk/deliveries", UriKind.Relative), TestContext.Current.CancellationToken);
            using var form = new FormUrlEncodedContent([
                new("do", what),
                new("value", value),
                new("__RequestVerificationToken", Token().Match(page).Groups[1].Value),
            ]);
            using var answer = await browser.PostAsync(
                new Uri("/desk/deliveries", UriKind.Relative),
                form,
                TestContext.Current.CancellationToken
            );
            return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Who_heard_of_a_change_and_what_they_answered_stands_on_the_page_for_thirty_days()
    {
        using var browser = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Tracker.Address };
        await SignInAsync(browser, Tracker.Ada);
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers = async (context, _) =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("the queue is <full>", TestContext.Current.CancellationToken);
        };
        (await Tracker.Ann.PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url })).Should(201);
        await _desk.SubscribeAsync(Reader);
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 2);
        // What is due by now may be on its way once more; then it does not wait, and its attempt is not told yet.
        await Wait.UntilAsync(
            async () =>
                await Tracker.AskAsync<long>(
                    $"""
                    select count(*) from deliveries
                    where state = 'delivered' or (state = 'waiting' and attempts > 0 and due_at > '{Tracker.Time.GetUtcNow():O}')
                    """
                ) == 2,
            "one mailed, one tried and waiting for its next time"
        );
        var page = await HeardAsync("1");
        foreach (
            var said in new[]
            {
                receiver.Url,
                "refused 500 <code>the queue is &lt;full&gt;</code>",
                "A mailbox at example.org",
                "delivered",
                "waits",
            }
        )
            page.ShouldContain(said);
        page.ShouldNotContain(Reader);
        (await HeardAsync("2")).ShouldContain("There is no delivery of change 2");
        foreach (var wrong in new[] { "0", "-1", "1.5", "first", "99999999999999999999" })
            (await HeardAsync(wrong)).ShouldContain("Write a whole number");

        async Task<string> HeardAsync(string change) =>
            Spaces()
                .Replace(
                    await browser.GetStringAsync(
                        new Uri($"/desk/deliveries?change={change}", UriKind.Relative),
                        TestContext.Current.CancellationToken
                    ),
                    " "
                );
    }

    [Fact]
    public async Task Monitoring_reads_the_queues_with_an_administrators_token()
    {
        (await Tracker.Anyone.GetAsync("/metrics")).Should(401);
        (await Tracker.Ann.GetAsync("/metrics")).Should(403);
        await _desk.SubscribeAsync(Reader, frequency: "weekly");
        await Tracker.Ann.RecordAsync();
        await _desk.ToldAsync();
        // Other trackers of this process are measured as well, and whoever reads keeps the figures for some seconds.
        var metrics = "";
        await Wait.UntilAsync(
            async () =>
            {
                Tracker.Time.Advance(TimeSpan.FromSeconds(1));
                metrics = (await Tracker.Ada.GetAsync("/metrics")).Should(200).Body;
                return Regex.IsMatch(metrics, "(?m)^tracker_deliveries_waiting\\{[^}]*channel=\"email\"[^}]*\\} [1-9]");
            },
            "the delivery in the figures"
        );
        metrics.ShouldContain("tracker_changes_untold");
        metrics.ShouldNotContain(Reader);
    }

    private static async Task SignInAsync(HttpClient browser, Caller person)
    {
        var page = await browser.GetStringAsync(new Uri("/desk/sign-in", UriKind.Relative), TestContext.Current.CancellationToken);
        using var form = new FormUrlEncodedContent([
            new("token", person.Token!),
            new("__RequestVerificationToken", Token().Match(page).Groups[1].Value),
        ]);
        using var answer = await browser.PostAsync(
            new Uri("/desk/sign-in/token", UriKind.Relative),
            form,
            TestContext.Current.CancellationToken
        );
        ((int)answer.StatusCode).ShouldBeLessThan(400);
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
