using System.Diagnostics;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>Two programs on one database.</summary>
public sealed class TwoNodesTests
{
    private const string Token = "the-first-administrator";

    [Fact]
    public async Task When_one_of_two_nodes_is_killed_the_other_tells_within_thirty_seconds()
    {
        var schema = TestDatabase.NewSchema();
        var environment = new Dictionary<string, string>
        {
            ["TRACKER_ADMIN_TOKEN"] = Token,
            [AddressGuard.Setting] = "127.0.0.1/32",
            ["TRACKER_CHECK_LINKS"] = "off",
            [NodeCount.Setting] = "several",
        };
        await using var receiver = await Receiver.StartAsync();
        using var first = await ServerProcess.ServeAsync(schema, environment);
        using var second = await ServerProcess.ServeAsync(schema, environment);
        using var firstClient = new HttpClient { BaseAddress = first.Address };
        using var secondClient = new HttpClient { BaseAddress = second.Address };
        await new Caller(firstClient, Token).PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url });
        var written = 0;
        // Whichever node does the telling: each in turn writes, and hears what the other one wrote.
        foreach (var client in new[] { firstClient, secondClient, firstClient })
        {
            await WriteAsync(client);
            await Wait.UntilAsync(() => receiver.Notices.Count == written, "a notice while both run");
        }

        // Some are on their way when the first one dies.
        receiver.Answers = async (_, _) => await Task.Delay(Random.Shared.Next(200), CancellationToken.None);
        for (var n = 0; n < 20; n++)
            await WriteAsync(firstClient);
        await first.KillAsync();
        var killed = Stopwatch.GetTimestamp();
        await WriteAsync(secondClient);
        await Wait.UntilAsync(
            () => receiver.Notices.Select(n => n.Id).Distinct().Count() == written,
            "every notice, after one node died",
            30
        );
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"all told {Stopwatch.GetElapsedTime(killed).TotalSeconds:0.0} s after the kill, "
                + $"{receiver.Notices.Count - written} of them twice"
        );

        async Task WriteAsync(HttpClient client) =>
            (await new Caller(client, Token).PostAsync("items", Harbour.ItemOfSeeds($"of-two-{++written}"))).Should(201);
    }
}
