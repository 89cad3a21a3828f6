using System.Collections.Concurrent;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Wolverine;

namespace CommitmentsTracker.Server.Tests.Hosting;

/// <summary>One node, or several, by setting.</summary>
public sealed class NodeCountTests
{
    [Theory]
    [InlineData("one")]
    [InlineData("several")]
    public async Task A_tracker_starts_as_one_node_and_as_one_of_several(string nodes)
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort, settings: (NodeCount.Setting, nodes));
        (await tracker.Anyone.GetAsync("items")).Should(200);
        tracker.Get<WolverineOptions>().Durability.Mode.ShouldBe(nodes == "one" ? DurabilityMode.Solo : DurabilityMode.Balanced);
    }

    [Fact]
    public async Task Another_word_is_refused_at_the_start_with_the_setting_and_what_it_may_be()
    {
        Should
            .Throw<InvalidOperationException>(() => NodeCount.Of(Configured("2")))
            .Message.ShouldBe(
                "TRACKER_NODES is '2'; it is one (a single program on the database, the default) or several (more than one)."
            );
        NodeCount.Of(Configured("")).IsSeveral.ShouldBeFalse();
        using var program = ServerProcess.Start(
            TestDatabase.NewSchema(),
            new Dictionary<string, string> { [NodeCount.Setting] = "2" },
            "--urls",
            "http://127.0.0.1:0"
        );
        (await program.ExitAsync()).ShouldBe(1);
        program.Errors.ShouldContain("TRACKER_NODES is '2'; it is one");
    }

    [Fact]
    public async Task Of_several_nodes_one_does_a_recurring_job()
    {
        var schema = TestDatabase.NewSchema();
        await using var first = await NodeAsync(schema);
        await using var second = await NodeAsync(schema);
        await Wait.UntilAsync(() => Beats.Of(schema).Count >= 6, "six beats", 60);
        Beats.Of(schema).Values.ShouldAllBe(times => times == 1);
    }

    private static IConfiguration Configured(string nodes) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(NodeCount.Setting, (string?)nodes)]).Build();

    private static async Task<WebApplication> NodeAsync(string schema)
    {
        var builder = TrackerApp.Builder(
            [
                "--urls",
                "http://127.0.0.1:0",
                $"--{NodeCount.Setting}",
                "several",
                "--TRACKER_DATA",
                Path.Combine(Path.GetTempPath(), "ct-server-tests-mails"),
            ],
            new StoreLocation(TestDatabase.ConnectionString, schema),
            TimeProvider.System
        );
        builder.Services.ConfigureWolverine(o =>
        {
            o.Discovery.IncludeType(typeof(BeatHandler));
            o.Schedules.ScheduleRecurring("beat", "*/2 * * * * *", at => new Beat(schema, at));
        });
        var app = builder.Build();
        await TrackerApp.PrepareAsync(app.Services, TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}

/// <summary>A job that recurs every other second.</summary>
public sealed record Beat(string Schema, DateTimeOffset At);

/// <summary>Counts how often each occurrence of the job was done.</summary>
public static class BeatHandler
{
    public static void Handle(Beat beat) => Beats.Of(beat.Schema).AddOrUpdate(beat.At, 1, (_, times) => times + 1);
}

/// <summary>The beats of each schema, whichever node did them.</summary>
internal static class Beats
{
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<DateTimeOffset, int>> All = new();

    public static ConcurrentDictionary<DateTimeOffset, int> Of(string schema) => All.GetOrAdd(schema, _ => new());
}
