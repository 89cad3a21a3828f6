using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Items;

/// <summary>What a new step is judged by, and which may follow.</summary>
public sealed class StepBeforeTests
{
    private static readonly Story Stalling = Story
        .Commitment(Story.Details(due: "2024-12-31"))
        .And(Do.Step(Formalised, "2024-07-20"), "2024-07-20")
        .And(Do.Step(Stalled, "2024-08-01"), "2024-08-02")
        .And(Do.MoveDeadline("2025-06", "2024-08-10"), "2024-08-11");

    [Fact]
    public void The_step_before_is_the_last_counted_one_in_order_of_occurrence()
    {
        var item = Stalling.Item;
        item.Predecessor(new OccurrenceKey(new DateOnly(2024, 7, 25), 1, 99)).ShouldBe(new StepBefore(Formalised, null, item.Details.Due));
        var between = item.Predecessor(new OccurrenceKey(new DateOnly(2024, 8, 15), 1, 99));
        (between.Status, between.StalledAt, between.Due!.Date).ShouldBe((Stalled, Formalised, PartialDate.Month(2025, 6)));
        item.Predecessor(new OccurrenceKey(new DateOnly(2024, 8, 30), 1, 99)).StalledAt.ShouldBe(Formalised);
        item.Predecessor(new OccurrenceKey(new DateOnly(2024, 8, 30), 1, 99), "formalised").StalledAt.ShouldBe(Announced);
        item.Predecessor(new OccurrenceKey(new DateOnly(2024, 1, 1), 1, 99)).Status.ShouldBeNull();
    }

    [Fact]
    public void What_waits_or_is_gone_is_no_step_before()
    {
        var given = Story.Commitment().And(Do.Step(Delivered, "2024-08-01"), "2024-08-02");
        given.Item.LawfulOn(null).ShouldBe(Lifecycle.OfCommitments.After(Announced, null, null));
        given.And(Do.Confirm("delivered"), by: Story.Bo).Item.LawfulOn(null).ShouldBe([Reversed]);
        given.And(Do.Retract("delivered")).And(Do.ConfirmCorrection("retract"), by: Story.Bo);
        given.Item.LawfulOn(null).ShouldBe(Lifecycle.OfCommitments.After(Announced, null, null));
    }

    [Fact]
    public void Lawful_are_the_steps_after_the_one_before_on_the_day_or_now()
    {
        Stalling.Item.LawfulOn(null).ShouldBe(Lifecycle.OfCommitments.After(Stalled, Formalised, null));
        Stalling.Item.LawfulOn(PartialDate.Day(2024, 7, 25)).ShouldBe(Lifecycle.OfCommitments.After(Formalised, null, null));
        Stalling.Item.LawfulOn(PartialDate.Month(2024, 7)).ShouldBe(Lifecycle.OfCommitments.After(Formalised, null, null));
        Stalling.Item.LawfulOn(PartialDate.Day(2024, 7, 20)).ShouldBe(Lifecycle.OfCommitments.After(Formalised, null, null));
        Stalling.Item.LawfulOn(PartialDate.Year(2023)).ShouldBeEmpty("nothing stands before the first status");
    }

    [Fact]
    public void Whether_it_binds_decides_what_follows_adoption()
    {
        Story.At(ItemKind.Proposal, Adopted, binding: true).Item.LawfulOn(null).ShouldNotContain(Implemented);
        Story.At(ItemKind.Proposal, Adopted, binding: false).Item.LawfulOn(null).ShouldNotContain(Signed);
    }
}
