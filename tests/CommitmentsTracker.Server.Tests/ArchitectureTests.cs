using System.Reflection;
using CommitmentsTracker.Domain.Items;

namespace CommitmentsTracker.Server.Tests;

/// <summary>Who may know whom.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Item).Assembly;

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
    public void Events_are_immutable_and_named_in_one_place_each()
    {
        var events = Domain.GetTypes().Where(t => t.IsSubclassOf(typeof(ItemEvent)) && !t.IsAbstract).ToList();
        events.ShouldBe(Server.Store.EventNames.All.Keys, ignoreOrder: true);
        foreach (var property in events.SelectMany(e => e.GetProperties().Where(p => p.CanWrite)))
            property
                .SetMethod!.ReturnParameter.GetRequiredCustomModifiers()
                .ShouldContain(typeof(System.Runtime.CompilerServices.IsExternalInit), property.ToString()!);
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
