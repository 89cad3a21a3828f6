using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Decisions;

/// <summary>Closing and constitutive steps, and corrections of them, wait for a second person.</summary>
public class SecondPersonTests
{
    private static Story Waiting() => Story.Commitment().And(Do.Step(Delivered, "2024-08-01"), "2024-08-10");

    private static Story DeliveredItem() => Waiting().And(Do.Confirm("delivered"), "2024-08-12", Story.Bo);

    [Fact]
    public void A_closing_step_counts_from_its_confirmation_on_and_not_before()
    {
        var given = DeliveredItem();
        var waiting = given.On("2024-08-01", "2024-08-11");
        (waiting.Standing.Status, waiting.Standing.Awaiting).ShouldBe((Announced, 1));
        waiting.Freshness.ShouldBe(Freshness.NeverReviewed);
        var confirmed = given.On("2024-08-01", "2024-08-12");
        (confirmed.Standing.Status, confirmed.Standing.Awaiting).ShouldBe((Delivered, 0));
        given.On("2024-07-31", "2024-08-12").Standing.Status.ShouldBe(Announced);
    }

    [Fact]
    public void A_waiting_step_awaits_on_and_after_its_day_only() => Waiting().On("2024-07-31").Standing.Awaiting.ShouldBe(0);

    [Fact]
    public void Nobody_confirms_or_rejects_their_own_update()
    {
        Waiting().When(Do.Confirm("delivered"), by: Story.Ada).ThenRefused("second-person", RefusalKind.Forbidden);
        Waiting().When(Do.Reject("delivered"), by: Story.Ada).ThenRefused("second-person", RefusalKind.Forbidden);
        Waiting().When(Do.Confirm("delivered"), by: Story.Bo).ThenAccepted();
    }

    [Fact]
    public void A_rejected_step_never_counts_and_frees_the_place()
    {
        var given = Waiting().And(Do.Reject("delivered"), by: Story.Bo);
        given.On("2024-08-20").Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Announced), s => s.Awaiting.ShouldBe(0));
        given.On("2024-08-20").Updates.Select(u => u.Id).ShouldBe(["first"]);
        given.When(Do.Retract("delivered")).ThenRefused("rejected", RefusalKind.Conflict);
        given.When(Do.Confirm("delivered"), by: Story.Bo).ThenRefused("not-waiting", RefusalKind.Conflict);
        given.When(Do.Step(Delivered, "2024-08-02", id: "another")).ThenWaits();
    }

    [Fact]
    public void One_step_waits_per_item()
    {
        Waiting().When(Do.Step(Delivered, "2024-08-02", id: "another")).ThenRefused("one-waiting", RefusalKind.Conflict);
        Waiting().When(Do.Step(NotDelivered, "2024-08-02", Ground.EndedByParty)).ThenRefused("one-waiting", RefusalKind.Conflict);
        Waiting().When(Do.Step(Underway, "2024-07-20")).ThenCountsAtOnce();
        Waiting().When(Do.Progress("2024-08-02")).ThenCountsAtOnce();
    }

    [Fact]
    public void While_a_correction_waits_no_closing_step_and_no_other_correction_of_such_a_step_may_wait()
    {
        var given = DeliveredItem().And(Do.Redate("delivered", "2024-08-03"));
        given.When(Do.Step(Reversed, "2024-08-09")).ThenRefused("one-waiting", RefusalKind.Conflict);
        given.When(Do.Retract("delivered")).ThenRefused("one-waiting", RefusalKind.Conflict);
    }

    [Fact]
    public void A_waiting_step_is_judged_again_when_it_is_confirmed()
    {
        var given = Waiting().And(Do.Step(Withdrawn, "2024-07-20"));
        given.When(Do.Confirm("delivered"), by: Story.Bo).ThenRefused("lifecycle", RefusalKind.Unlawful).Lawful.ShouldBeEmpty();
        given.When(Do.Reject("delivered"), by: Story.Bo).ThenAccepted();
    }

    [Fact]
    public void A_waiting_ground_is_judged_again_when_it_is_confirmed()
    {
        var given = Story
            .Commitment(Story.Details("2024-07-20"))
            .And(Do.Step(NotDelivered, "2024-08-01", Ground.DeadlinePassed), "2024-09-01")
            .And(Do.MoveDeadline("2025", "2024-07-10"));
        given.When(Do.Confirm("not_delivered"), by: Story.Bo).ThenRefused("ground", RefusalKind.Unlawful);
    }

    [Fact]
    public void A_waiting_step_is_mended_by_its_author_alone_and_waits_on_in_its_new_version()
    {
        Waiting().When(Do.Redate("delivered", "2024-08-02"), by: Story.Bo).ThenRefused("one-waiting", RefusalKind.Conflict);
        var given = Waiting().And(Do.Redate("delivered", "2024-08-02"), "2024-08-11", Story.Ada);
        given.Item.HasWaiting.ShouldBeTrue();
        given.Item.Update("delivered")!.Corrections.ShouldHaveSingleItem().IsPending.ShouldBeFalse();
        given.On("2024-08-11").Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Announced), s => s.Awaiting.ShouldBe(1));
        given.When(Do.Confirm("delivered"), by: Story.Ada).ThenRefused("second-person", RefusalKind.Forbidden);
        var confirmed = given.And(Do.Confirm("delivered"), "2024-08-12", Story.Bo);
        confirmed
            .On("2024-08-12")
            .Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Delivered), s => s.Since.ToString().ShouldBe("2024-08-02"));
    }

    [Fact]
    public void What_is_made_of_a_waiting_step_has_to_be_lawful() =>
        Waiting().When(Do.ReplaceStatus("delivered", Reversed), by: Story.Ada).ThenRefused("lifecycle", RefusalKind.Unlawful);

    [Fact]
    public void An_author_takes_back_what_waits_and_brings_it_back_only_while_nothing_else_waits()
    {
        var given = Waiting().And(Do.Retract("delivered"), by: Story.Ada);
        given.Item.HasWaiting.ShouldBeFalse();
        given.When(Do.Confirm("delivered"), by: Story.Bo).ThenRefused("not-waiting", RefusalKind.Conflict);
        given.When(Do.Redate("delivered", "2024-08-02"), by: Story.Bo).ThenRefused("one-waiting", RefusalKind.Conflict);
        var another = given.And(Do.Step(Delivered, "2024-08-02", id: "another"));
        another.When(Do.Redate("delivered", "2024-08-02", "again"), by: Story.Ada).ThenRefused("one-waiting", RefusalKind.Conflict);
        another
            .And(Do.Reject("another"), by: Story.Bo)
            .And(Do.Redate("delivered", "2024-08-02", "again"), by: Story.Ada)
            .Item.HasWaiting.ShouldBeTrue();
    }

    [Fact]
    public void What_does_not_wait_is_not_confirmed()
    {
        Story
            .Commitment()
            .And(Do.Step(Underway, "2024-07-08"))
            .When(Do.Confirm("underway"), by: Story.Bo)
            .ThenRefused("not-waiting", RefusalKind.Conflict);
        DeliveredItem().When(Do.Confirm("delivered"), by: Story.Bo).ThenRefused("not-waiting", RefusalKind.Conflict);
        Story.Commitment().When(Do.Confirm("nothing"), by: Story.Bo).ThenRefused("unknown-update", RefusalKind.NotFound);
        Story.Commitment().When(Do.ConfirmCorrection("nothing"), by: Story.Bo).ThenRefused("unknown-correction", RefusalKind.NotFound);
    }

    [Theory]
    [InlineData("redate")]
    [InlineData("replace")]
    [InlineData("retract")]
    public void A_correction_of_a_closing_step_waits_and_nobody_confirms_their_own(string kind)
    {
        var given = DeliveredItem();
        var outcome = given.When(
            kind switch
            {
                "redate" => Do.Redate("delivered", "2024-08-03", kind),
                "replace" => Do.ReplaceStatus("delivered", Underway, id: kind),
                _ => Do.Retract("delivered", kind),
            },
            "2024-08-20"
        );
        outcome
            .ThenWaits()
            .On("2024-08-20")
            .Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Delivered), s => s.Since.ToString().ShouldBe("2024-08-01"));
        given.When(Do.ConfirmCorrection(kind), by: Story.Ada).ThenRefused("second-person", RefusalKind.Forbidden);
        given.When(Do.ConfirmCorrection(kind), "2024-08-22", Story.Bo).ThenAccepted();
        given.When(Do.ConfirmCorrection(kind), by: Story.Bo).ThenRefused("not-waiting", RefusalKind.Conflict);
        var after = given.On("2024-08-20").Standing;
        (after.Status, after.Since.ToString()).ShouldBe(
            kind switch
            {
                "redate" => (Delivered, "2024-08-03"),
                "replace" => (Underway, "2024-08-01"),
                _ => (Announced, Story.MadeOn),
            }
        );
        given.On("2024-08-20", "2024-08-21").Standing.Since.ToString().ShouldBe("2024-08-01");
    }

    [Fact]
    public void A_rejected_correction_is_never_effective()
    {
        var given = DeliveredItem().And(Do.Retract("delivered")).And(Do.ConfirmCorrection("retract", Verdict.Reject), by: Story.Bo);
        given.On("2024-08-20").Standing.Status.ShouldBe(Delivered);
        given.When(Do.Redate("delivered", "2024-08-03")).ThenWaits();
    }

    [Fact]
    public void A_correction_that_creates_a_closing_step_waits()
    {
        var given = Story.Commitment().And(Do.Step(Underway, "2024-07-08"));
        given.When(Do.ReplaceStatus("underway", Delivered)).ThenWaits().On("2024-07-09").Standing.Status.ShouldBe(Underway);
        given.And(Do.ConfirmCorrection("replace"), by: Story.Bo).On("2024-07-09").Standing.Status.ShouldBe(Delivered);
    }

    [Fact]
    public void Bringing_a_retracted_closing_step_back_waits() =>
        DeliveredItem()
            .And(Do.Retract("delivered"))
            .And(Do.ConfirmCorrection("retract"), by: Story.Bo)
            .When(Do.Redate("delivered", "2024-08-05"))
            .ThenWaits();

    [Fact]
    public void A_correction_is_judged_again_when_it_is_confirmed()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Underway, "2024-07-20"), "2024-09-01")
            .And(Do.ReplaceStatus("underway", Delivered))
            .And(Do.Step(Withdrawn, "2024-07-10", id: "late"));
        given.When(Do.ConfirmCorrection("replace"), by: Story.Bo).ThenRefused("lifecycle", RefusalKind.Unlawful);
    }

    [Fact]
    public void The_first_status_never_waits_not_even_when_it_is_corrected()
    {
        var given = Story.Instrument(InForce);
        given.When(Do.Redate("first", "2024-07-01")).ThenCountsAtOnce();
    }

    [Fact]
    public void Evidence_disputes_and_details_do_not_wait()
    {
        var given = DeliveredItem();
        given.When(Do.AddEvidence("delivered", Do.TheRecord)).ThenCountsAtOnce();
        given.When(Do.Dispute("delivered")).ThenCountsAtOnce();
        given.When(Do.Change(new DetailsChange { Title = new Text("New") })).ThenCountsAtOnce();
    }

    [Fact]
    public void A_note_of_the_second_person_is_a_text_like_others()
    {
        var given = Waiting();
        new ConfirmUpdate("delivered", Verdict.Confirm, new Text("bad\u0000"))
            .Decide(given.Item, new Recording(given.Now, Story.Bo))
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("control-characters");
    }

    [Fact]
    public void An_import_may_confirm_what_it_logged()
    {
        var given = Story.Commitment();
        given.Try(Do.Step(Delivered, "2024-07-09"), null, null).IsAccepted.ShouldBeTrue();
        given.Try(Do.Confirm("delivered"), null, null).IsAccepted.ShouldBeTrue();
    }
}
