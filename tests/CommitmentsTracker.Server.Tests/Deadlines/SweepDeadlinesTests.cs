using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Testing.Forums;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.Deadlines;

/// <summary>Passed deadlines are told once.</summary>
public sealed class SweepDeadlinesTests : IAsyncLifetime
{
    private readonly SharedDesk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    private Tracker Tracker => _desk.Tracker;

    [Fact]
    public async Task A_deadline_that_passed_unmet_is_told_once_per_due_date()
    {
        var slug = await Tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2026-11-25" });
        var met = await Tracker.Ann.RecordAsync(change: b =>
            b["due"] = new JsonObject { ["date"] = "2026-11-25", ["target"] = "underway" }
        );
        await Tracker.Ann.LogAsync(met, Harbour.Step("underway", "2026-11-01"));
        var withdrawn = await Tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2026-11-25" });
        await Tracker.Ann.LogAsync(withdrawn, Harbour.Step("withdrawn", "2026-11-01"));
        var retracted = await Tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2026-11-25" });
        (await Tracker.Ann.PostAsync($"items/{retracted}/retraction", new { reason = Harbour.Text("A slip.") })).Should(201);

        await SweepAsync();
        (await PassedAsync()).ShouldBeEmpty();
        Tracker.Time.Advance(TimeSpan.FromDays(1));
        await SweepAsync();
        (await PassedAsync()).ShouldBeEmpty("the last day of a deadline counts");
        Tracker.Time.Advance(TimeSpan.FromDays(1));
        await Task.WhenAll(SweepAsync(), SweepAsync(), SweepAsync());
        await SweepAsync();
        var told = (await PassedAsync()).ShouldHaveSingleItem();
        (
            (string)told["item"]!,
            (string)told["cause"]!,
            (string)told["occurredOn"]!,
            (string)told["before"]!["time"]!,
            (string)told["after"]!["time"]!
        ).ShouldBe((slug, "deadline_passed", "2026-11-26", "due_soon", "overdue"));

        var moved = Harbour.Update("deadline", "2026-11-26");
        moved["due"] = new JsonObject { ["date"] = "2026-11-30" };
        await Tracker.Ann.LogAsync(slug, moved);
        await SweepAsync();
        (await PassedAsync()).Count.ShouldBe(1);
        Tracker.Time.Advance(TimeSpan.FromDays(10));
        await SweepAsync();
        await SweepAsync();
        (await PassedAsync()).Count.ShouldBe(2);
        (await Tracker.AskAsync<long>("select last_no - count(*) from change_counter, changes group by last_no")).ShouldBe(0);
    }

    private Task SweepAsync() =>
        SweepDeadlinesHandler.Handle(
            new SweepDeadlines(),
            Tracker.Get<NpgsqlDataSource>(),
            Tracker.Get<ItemStreams>(),
            Tracker.Get<StoreVersions>(),
            Tracker.Time,
            TestContext.Current.CancellationToken
        );

    private async Task<List<JsonNode>> PassedAsync() =>
        [
            .. (await Tracker.Anyone.GetAsync("changes?limit=1000")).Should(200).Json["changes"]!
                .AsArray()
                .Where(c => (string)c!["type"]! == "deadline.passed")
                .Select(c => c!),
        ];
}
