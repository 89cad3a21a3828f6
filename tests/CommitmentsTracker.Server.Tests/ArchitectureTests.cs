using CommitmentsTracker.Domain.Items;

namespace CommitmentsTracker.Server.Tests;

/// <summary>Who may know whom.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Events_are_named_in_one_place_each() =>
        typeof(Item)
            .Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(ItemEvent)) && !t.IsAbstract)
            .ShouldBe(Server.Store.EventNames.All.Keys, ignoreOrder: true);
}
