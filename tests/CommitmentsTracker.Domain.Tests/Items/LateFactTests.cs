using CommitmentsTracker.Domain.Items;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Items;

/// <summary>When a fact is shown as a late one.</summary>
public sealed class LateFactTests
{
    [Theory]
    [InlineData("2024-10-05", "2024-08-06", false)]
    [InlineData("2024-10-05", "2024-08-05", true)]
    [InlineData("2024-09-29", "2024-07", false)]
    [InlineData("2024-09-30", "2024-07", true)]
    public void It_is_late_if_over_sixty_days_passed_since_the_last_day_of_its_period(string recorded, string occurred, bool isLate)
    {
        var given = Story.Commitment().And(Do.Progress(occurred), recorded);
        LateFact.Is(given.Events[^1], given.Item).ShouldBe(isLate);
    }

    [Fact]
    public void What_came_in_with_the_item_is_history_and_no_late_fact()
    {
        var given = new Story().And(
            Do.RecordItem(Do.NewItem(on: "2020-01-01", details: Story.Details() with { MadeOn = Domain.Clocks.PartialDate.Year(2020) })),
            "2024-07-10"
        );
        given.Events.ShouldAllBe(e => !LateFact.Is(e, given.Item));
    }

    [Fact]
    public void What_is_no_logging_is_never_late()
    {
        var given = Story
            .Commitment()
            .And(Do.Progress("2024-08-01"), "2024-08-02")
            .And(Do.Redate("progress", "2024-07-20"), "2025-08-02")
            .And(Do.AddEvidence("progress", Do.OtherPaper));
        given.Events.ShouldAllBe(e => !LateFact.Is(e, given.Item));
    }
}
