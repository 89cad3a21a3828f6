using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;

namespace CommitmentsTracker.Server.Tests;

/// <summary>Who may know whom.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Events_are_named_in_one_place_each() =>
        typeof(Item)
            .Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(ItemEvent)) && !t.IsAbstract)
            .ShouldBe(EventNames.All.Keys, ignoreOrder: true);

    [Fact]
    public void Whatever_causes_a_change_has_the_name_of_its_event() =>
        Words
            .All<ChangeCause>()
            .Except([ChangeCause.DeadlinePassed.Word(), ChangeCause.Unreadable.Word()])
            .ShouldBe(EventNames.All.Values, ignoreOrder: true);
}
