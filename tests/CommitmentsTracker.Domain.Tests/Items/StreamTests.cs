using CommitmentsTracker.Domain.Items;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Items;

/// <summary>What a stream of events may be.</summary>
public sealed class StreamTests
{
    [Fact]
    public void A_stream_starts_with_the_item_and_holds_what_its_events_name()
    {
        Should.Throw<InvalidOperationException>(() => Item.From([new UpdateConfirmed("u")]));
        Should.Throw<InvalidOperationException>(() => Item.Fold(Story.Commitment().Item, new UpdateConfirmed("nothing")));
        Item.From([]).ShouldBeNull();
    }
}
