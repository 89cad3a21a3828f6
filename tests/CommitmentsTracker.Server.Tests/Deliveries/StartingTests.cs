using System.Diagnostics;
using CommitmentsTracker.Server.Addresses;
using CommitmentsTracker.Server.Tests.Forums;
using CommitmentsTracker.Server.Tests.Webhooks;

namespace CommitmentsTracker.Server.Tests.Deliveries;

/// <summary>The real program after a kill: notices go on at once, on the node that starts and on one that is left.</summary>
public sealed class StartingTests
{
    private const string Token = "the-first-administrator";

    private static readonly Dictionary<string, string> Settings = new() { ["TRACKER_ADMIN_TOKEN"] = Token, [AddressGuard.Setting] = "127.0.0.1/32", ["TRACKER_CHECK_LINKS"] = "off" };

    [Fact]
    public async Task What_was_on_its_way_at_a_kill_is_sent_within_five_seconds_after_the_start()
    {
        var schema = TestDatabase.NewSchema();
        await using var receiver = await Receiver.StartAsync();
        using (var killed = await ServerProcess.ServeAsync(schema, Settings))
        {
            using var client = new HttpClient { BaseAddress = killed.Address };
            await SubscribeAsync(new Caller(client, Token), receiver);
            receiver.Hangs();
            await WriteAsync(new Caller(client, Token), "cut-off");
            await WebhookDesk.GotAsync(receiver, 1);
            await killed.KillAsync();
        }

        receiver.AnswersWith(200);
        using var again = await ServerProcess.ServeAsync(schema, Settings);
        var serves = Stopwatch.StartNew();
        await WebhookDesk.GotAsync(receiver, 2);
        serves.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        receiver.Notices.Select(n => n.Id).Distinct().Count().ShouldBe(1, "the same notice again");
    }

    [Fact]
    public async Task The_node_that_is_left_tells_what_it_records_within_thirty_seconds()
    {
        var schema = TestDatabase.NewSchema();
        await using var receiver = await Receiver.StartAsync();
        using var first = await ServerProcess.ServeAsync(schema, Settings);
        using var second = await ServerProcess.ServeAsync(schema, Settings);
        using var client = new HttpClient { BaseAddress = second.Address };
        var api = new Caller(client, Token);
        await SubscribeAsync(api, receiver);
        await WriteAsync(api, "by-both");
        await WebhookDesk.GotAsync(receiver, 1);
        await first.KillAsync();
        var alone = Stopwatch.StartNew();
        await WriteAsync(api, "by-one");
        await WebhookDesk.GotAsync(receiver, 2);
        alone.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
        receiver.Notices.Select(n => (string)n.Json["subject"]!).ShouldBe(["by-both", "by-one"]);
    }

    private static async Task SubscribeAsync(Caller api, Receiver receiver) =>
        ((string)(await api.PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url })).Should(201).Json["state"]!).ShouldBe("active");

    private static async Task WriteAsync(Caller api, string slug)
    {
        var body = Harbour.Item(slug);
        (body["forum"], body["proposer"], body["responsible"], body["addressees"], body["themes"]) = ("waic-2024-ai-governance-forum", "alibaba-group", new JsonArray(), new JsonArray(), new JsonArray());
        (await api.PostAsync("items", body)).Should(201);
    }
}
