using System.Diagnostics;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;

namespace CommitmentsTracker.Delivery.Tests.Deliveries;

/// <summary>The real program, started again after a kill, goes on at once.</summary>
public sealed class StartingTests
{
    private const string Token = "the-first-administrator";

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["TRACKER_ADMIN_TOKEN"] = Token,
        [AddressGuard.Setting] = "127.0.0.1/32",
        ["TRACKER_CHECK_LINKS"] = "off",
    };

    [Fact]
    public async Task What_was_on_its_way_at_a_kill_is_sent_after_the_start_and_not_only_when_its_lease_ends()
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
        // A few seconds; the lease lasts far longer than any machine takes for that.
        serves.Elapsed.ShouldBeLessThan(DeliveryLeases.Lease / 2);
        receiver.Notices.Select(n => n.Id).Distinct().Count().ShouldBe(1, "the same notice again");
    }

    private static async Task SubscribeAsync(Caller api, Receiver receiver) =>
        (
            (string)(await api.PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url })).Should(201).Json["state"]!
        ).ShouldBe("active");

    private static async Task WriteAsync(Caller api, string slug)
    {
        var body = Harbour.Item(slug);
        (body["forum"], body["proposer"], body["responsible"], body["addressees"], body["themes"]) = (
            "waic-2024-ai-governance-forum",
            "alibaba-group",
            new JsonArray(),
            new JsonArray(),
            new JsonArray()
        );
        (await api.PostAsync("items", body)).Should(201);
    }
}
