using System.Reflection;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using CommitmentsTracker.Domain.Items;
using Shouldly;
using Xunit;
using static ArchUnitNET.Fluent.Slices.SliceRuleDefinition;

namespace CommitmentsTracker.Domain.Tests;

/// <summary>Who may know whom.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Item).Assembly;

    // Each may know those before it.
    private static readonly string[] Order =
    [
        "Writing",
        "Clocks",
        "Lifecycles",
        "Evidence",
        "People",
        "Updates",
        "Items",
        "Refusals",
        "Permissions",
        "Decisions",
        "Changes",
        "Notices",
    ];

    [Fact]
    public void No_two_folders_of_the_domain_know_each_other() =>
        Slices().Matching("CommitmentsTracker.Domain.(*)").Should().BeFreeOfCycles().Check(new ArchLoader().LoadAssemblies(Domain).Build());

    [Fact]
    public void A_folder_knows_only_those_before_it()
    {
        var types = new ArchLoader().LoadAssemblies(Domain).Build().Types.Where(t => FolderOf(t.FullName) is not null).ToList();
        types.Select(t => FolderOf(t.FullName)!).Distinct().ShouldBe(Order, ignoreOrder: true);
        var arrows = types
            .SelectMany(t => t.Dependencies.Select(d => (From: FolderOf(t.FullName)!, To: FolderOf(d.Target.FullName))))
            .Where(a => a.To is not null && a.To != a.From)
            .Distinct()
            .ToList();
        arrows.ShouldContain(("Decisions", "Items"), "arrows are read at all");
        arrows.ShouldAllBe(a => Array.IndexOf(Order, a.To) < Array.IndexOf(Order, a.From));
    }

    [Fact]
    public void The_domain_knows_neither_store_nor_web_nor_anything_but_the_base_library() =>
        Domain
            .GetReferencedAssemblies()
            .Select(a => a.Name!)
            .ShouldAllBe(name =>
                name.StartsWith("System.", StringComparison.Ordinal)
                && !name.StartsWith("System.Net", StringComparison.Ordinal)
                && !name.StartsWith("System.IO", StringComparison.Ordinal)
                && !name.StartsWith("System.Data", StringComparison.Ordinal)
            );

    [Fact]
    public void The_domain_has_no_clock_and_makes_no_ids()
    {
        string[] clocks = ["get_UtcNow", "get_Now", "get_Today", "GetUtcNow", "GetLocalNow", "GetTimestamp", "NewGuid", "CreateVersion7"];
        var calls = Domain.Modules.SelectMany(MembersNamed).ToHashSet(StringComparer.Ordinal);
        calls.ShouldContain("DaysInMonth", "the table of members is read at all");
        clocks.ShouldAllBe(c => !calls.Contains(c));
        Domain
            .GetTypes()
            .SelectMany(t =>
                t.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
                    .SelectMany(m => m.GetParameters())
            )
            .ShouldAllBe(p => p.ParameterType != typeof(TimeProvider));
    }

    [Fact]
    public void Events_are_immutable()
    {
        var events = Domain.GetTypes().Where(t => t.IsSubclassOf(typeof(ItemEvent)) && !t.IsAbstract).ToList();
        events.ShouldNotBeEmpty();
        foreach (var property in events.SelectMany(e => e.GetProperties().Where(p => p.CanWrite)))
            property
                .SetMethod!.ReturnParameter.GetRequiredCustomModifiers()
                .ShouldContain(typeof(System.Runtime.CompilerServices.IsExternalInit), property.ToString()!);
    }

    /// <summary>The folder of a type of the domain; null: it is of another assembly, or made by the compiler.</summary>
    private static string? FolderOf(string type)
    {
        const string prefix = "CommitmentsTracker.Domain.";
        return type.StartsWith(prefix, StringComparison.Ordinal) ? type[prefix.Length..].Split('.')[0] : null;
    }

    /// <summary>Names of all members of other assemblies that a module calls.</summary>
    private static IEnumerable<string> MembersNamed(Module module)
    {
        using var file = File.OpenRead(module.FullyQualifiedName);
        using var pe = new System.Reflection.PortableExecutable.PEReader(file);
        var metadata = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(pe);
        foreach (var handle in metadata.MemberReferences)
            yield return metadata.GetString(metadata.GetMemberReference(handle).Name);
    }
}
