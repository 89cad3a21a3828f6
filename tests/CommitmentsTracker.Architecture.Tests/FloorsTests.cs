using System.Reflection;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Hosting;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Architecture.Tests;

/// <summary>Which floor may call which, and that no two folders of a floor know each other.</summary>
public sealed class FloorsTests
{
    private static readonly Dictionary<string, (Assembly Code, string[] Below)> Floors = new()
    {
        ["Domain"] = (typeof(Item).Assembly, []),
        ["Record"] = (typeof(StoreLocation).Assembly, ["Domain"]),
        ["Reading"] = (typeof(ItemReader).Assembly, ["Domain", "Record"]),
        ["People"] = (typeof(Accounts).Assembly, ["Domain", "Record"]),
        ["Delivery"] = (typeof(TellChanges).Assembly, ["Domain", "Record", "Reading"]),
        ["Server"] = (typeof(TrackerApp).Assembly, ["Domain", "Record", "Reading", "People", "Delivery", "EmbeddedPostgres"]),
    };

    /// <summary>The floors by name.</summary>
    public static TheoryData<string> Names => [.. Floors.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_floor_calls_only_those_below_it(string floor) =>
        Floors[floor]
            .Code.GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(n => n.StartsWith("CommitmentsTracker.", StringComparison.Ordinal))
            .Select(n => n["CommitmentsTracker.".Length..])
            .ShouldBeSubsetOf(Floors[floor].Below);

    [Theory, MemberData(nameof(Names))]
    public void No_two_folders_of_a_floor_know_each_other(string floor) =>
        SliceRuleDefinition
            .Slices()
            .Matching($"CommitmentsTracker.{floor}.(*)")
            .Should()
            .BeFreeOfCycles()
            .Check(new ArchLoader().LoadAssemblies(Floors[floor].Code).Build());

    [Theory, MemberData(nameof(Names))]
    public void What_a_type_is_called_says_where_it_lies(string floor) =>
        Floors[floor]
            .Code.GetExportedTypes()
            .Where(t => t.Namespace is not null)
            .ShouldAllBe(t => t.Namespace!.StartsWith("CommitmentsTracker." + floor, StringComparison.Ordinal));

    [Fact]
    public void No_name_stands_for_two_types() =>
        Floors
            .Values.SelectMany(f => f.Code.GetExportedTypes())
            .Where(t => !t.IsNested && !typeof(Microsoft.AspNetCore.Components.ComponentBase).IsAssignableFrom(t))
            .GroupBy(t => t.Name, StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .Select(g => string.Join(", ", g.Select(t => t.FullName)))
            .ShouldBeEmpty();
}
