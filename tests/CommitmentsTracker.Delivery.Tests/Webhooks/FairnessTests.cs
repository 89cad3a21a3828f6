using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>One receiver that is slow or dead does not delay the others.</summary>
public sealed class FairnessTests
{
    [Fact]
    public async Task Receivers_that_hang_do_not_slow_those_that_answer()
    {
        await using var desk = await WebhookDesk.StartAsync();
        var good = new List<Receiver>();
        var (ann, hanging) = (new List<Caller>(), new List<Receiver>());
        for (var n = 0; n < 5; n++)
            ann.Add(await desk.Tracker.PersonAsync($"P{n}", CommitmentsTracker.People.Access.Roles.Editor));
        for (var n = 0; n < 45; n++)
        {
            good.Add(await desk.ReceiverAsync());
            await desk.SubscribeAsync(good[n].Url, owner: ann[n % 5]);
        }

        // The clock stands still: without hanging ones, and then with them.
        await desk.Tracker.Ann.RecordAsync();
        await Wait.UntilAsync(() => good.TrueForAll(r => r.Notices.Count == 1), "the first", 60);
        var alone = await P95Async(200);
        for (var n = 0; n < 5; n++)
        {
            hanging.Add(await desk.ReceiverAsync());
            hanging[n].Hangs();
            await desk.SubscribeAsync(hanging[n].Url, owner: ann[n]);
        }

        var beside = await P95Async(200);
        // A machine that just did something else is given another chance.
        for (var again = 0; again < 2 && beside > (2 * alone) + 1_000; again++)
            beside = await P95Async(200);
        await Wait.UntilAsync(() => hanging.TrueForAll(h => h.Notices.Count > 0), "a notice to each that hangs");
        hanging.ShouldAllBe(h => h.Notices.Count <= 4);
        TestContext.Current.TestOutputHelper?.WriteLine($"p95 alone {alone} ms, beside hanging ones {beside} ms");
        // Twice is the aim; the rest is for a machine that does other work meanwhile.
        ((double)beside).ShouldBeLessThanOrEqualTo((2 * alone) + 1_000);

        async Task<long> P95Async(int changes)
        {
            var (before, start) = (good.Select(r => r.Notices.Count).ToArray(), Environment.TickCount64);
            await desk.ManyChangesAsync(changes);
            await Wait.UntilAsync(() => good.Zip(before).All(r => r.First.Notices.Count == r.Second + changes), "all", 120);
            return good.Zip(before)
                .SelectMany(r => r.First.Notices.Skip(r.Second).Select(n => n.At - start))
                .Order()
                .ElementAt((int)(45 * changes * 0.95));
        }
    }

    [Fact]
    public async Task Ten_thousand_waiting_deliveries_stay_in_the_database()
    {
        await using var desk = await WebhookDesk.StartAsync();
        var receiver = await desk.ReceiverAsync();
        receiver.Hangs();
        await desk.SubscribeAsync(receiver.Url);
        await desk.Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(receiver, 1);
        // Tests beside this one need memory too, and give it back.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await desk.ManyChangesAsync(10_000);
        await desk.UntilAsync("(select count(*) >= 9990 from deliveries where state = 'waiting')", "waiting");
        await Wait.UntilAsync(() => GC.GetTotalMemory(forceFullCollection: true) - before < 300L << 20, "little memory", 60);
        await WebhookDesk.GotAsync(receiver, 4);
        receiver.Notices.Count.ShouldBe(4);
    }
}
