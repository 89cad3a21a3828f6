using Shouldly;
using Xunit;

namespace CommitmentsTracker.Architecture.Tests;

/// <summary>Everything that people read and write here keeps to the limits; what does not yet is named, with the reason.</summary>
public class ReadableTests
{
    /// <summary>Files that may be longer, and hold longer methods: what stands here will be made anew.</summary>
    private static readonly Dictionary<string, string> Large = new()
    {
        ["src/CommitmentsTracker.Server/wwwroot/site.css"] = "until the dashboard's redesign",
        ["src/CommitmentsTracker.Server/Updates/LogPage.razor"] = "until the desk's forms are rebuilt",
        ["src/CommitmentsTracker.Server/Queue/QueuePage.razor"] = "until the desk's forms are rebuilt",
        ["tests/CommitmentsTracker.Bench/BareWrites.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Bench/Histories.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Bench/Load.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Bench/Noticing.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Bench/Reading.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Bench/Writing.cs"] = "a measurement in the order in which it runs",
        ["tests/CommitmentsTracker.Delivery.Tests/Subscriptions/SubscribingTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Delivery.Tests/Webhooks/KilledSenderTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Delivery.Tests/Webhooks/ReplayTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Delivery.Tests/Webhooks/SendingTests.Warnings.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Delivery.Tests/Webhooks/SendingTests.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Domain.Tests/Changes/ComparisonTests.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Domain.Tests/Laws/ForumTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Domain.Tests/Laws/History.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Domain.Tests/Laws/LawTests.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Domain.Tests/Laws/Coverage.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Oracle/OracleItem.cs"] = "the rules in the order of the specification, beside their numbers",
        ["tests/CommitmentsTracker.Pages.Tests/ChangesPageTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Pages.Tests/HostileTextTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Pages.Tests/SubscribingTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Pages.Tests/ResourceTests.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Reading.Tests/Citing/StateFormatTests.cs"] = "the format written out",
        ["tests/CommitmentsTracker.Reading.Tests/Counts/BusyTrackerTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Record.Tests/Changes/ChangeLogTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Server.Tests/Feeds/FeedTests.cs"] = "a table of cases",
        ["tests/CommitmentsTracker.Server.Tests/Hosting/CommandTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Server.Tests/People/ProviderTests.cs"] = "one story in the order in which it happens",
        ["tests/CommitmentsTracker.Testing/Store/BusyTracker.cs"] = "one story in the order in which it happens",
    };

    private static readonly IReadOnlyList<SourceFile> Files = SourceFile.All();

    [Fact]
    public void No_line_is_wider_than_140_characters() => None(Files.SelectMany(Limits.WideLines));

    [Fact]
    public void No_file_is_longer_than_400_lines() => None(Small.SelectMany(Limits.LongFiles));

    [Fact]
    public void No_method_is_longer_than_60_lines() => None(Small.SelectMany(Limits.LongMethods));

    [Fact]
    public void No_method_forks_more_than_15_times() => None(Small.SelectMany(Limits.BranchedMethods));

    [Fact]
    public void No_method_has_more_than_6_parameters() => None(Files.SelectMany(Limits.CrowdedMethods));

    [Theory]
    [InlineData("Builder")]
    [InlineData("Map")]
    public void The_program_is_put_together_by_a_list_of_at_most_40_lines(string list)
    {
        var app = Files.Single(f => Path.GetFileName(f.Path) == "TrackerApp.cs");
        app.Text.ShouldContain($" {list}(");
        None(Limits.LongerThan(app, list, 40));
    }

    [Fact]
    public void Every_exception_is_needed() =>
        Large.Keys.Except(Files.Where(IsLarge).Select(f => f.Path)).ShouldBeEmpty("these keep to the limits or are gone");

    private static bool IsLarge(SourceFile file) =>
        Limits.LongFiles(file).Concat(Limits.LongMethods(file)).Concat(Limits.BranchedMethods(file)).Any();

    private static IEnumerable<SourceFile> Small => Files.Where(f => !Large.ContainsKey(f.Path));

    private static void None(IEnumerable<Finding> findings)
    {
        var over = findings.ToList();
        over.Count.ShouldBe(0, $"over the limit:\n{string.Join('\n', over)}");
    }
}
