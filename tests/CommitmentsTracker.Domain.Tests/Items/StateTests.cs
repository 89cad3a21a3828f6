using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Items;

/// <summary>state(item, D, K), clause by clause as the design page numbers them, and the signals at their borders.</summary>
public class StateTests
{
    [Fact]
    public void Clause_0_without_D_it_is_the_day_of_K_and_without_both_today()
    {
        var given = Story.Commitment().And(Do.Step(Underway, "2024-08-01"), "2024-09-01");
        var far = new DateOnly(2030, 1, 1);
        ItemState.Of(given.Events, null, Story.Instant("2024-07-31"), far).State!.AsOf.ShouldBe(new DateOnly(2024, 7, 31));
        ItemState.Of(given.Events, null, null, new DateOnly(2024, 7, 31)).State!.Standing.Status.ShouldBe(Announced);
        ItemState.Of(given.Events, null, null, new DateOnly(2024, 8, 1)).State!.Standing.Status.ShouldBe(Underway);
        ItemState.Of(given.Events, new DateOnly(2024, 8, 1), Story.Instant("2024-08-31"), far).State!.Standing.Status.ShouldBe(Announced);
    }

    [Fact]
    public void Clause_0_K_includes_its_own_instant()
    {
        var given = Story.Commitment().And(Do.Step(Underway, "2024-08-01"), "2024-09-01T12:00:00Z");
        given.On("2024-08-01", "2024-09-01T12:00:00Z").Standing.Status.ShouldBe(Underway);
        given.On("2024-08-01", "2024-09-01T11:59:59.999999Z").Standing.Status.ShouldBe(Announced);
    }

    [Fact]
    public void Clause_1_before_it_is_recorded_it_is_absent() =>
        Story.Commitment().Asked("2024-07-10", "2024-07-09").Absence.ShouldBe(Absence.NotYetRecorded);

    [Fact]
    public void Clause_2_details_live_on_the_known_clock_only() =>
        Story
            .Commitment()
            .And(Do.Change(new DetailsChange { Title = new Text("New") }), "2024-09-01")
            .On("2024-07-04")
            .Item.Details.Title.En.ShouldBe("New");

    [Fact]
    public void Clause_3_the_last_effective_correction_decides_whether_it_is_retracted()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Underway, "2024-08-01"), "2024-09-01")
            .And(Do.Redate("underway", "2024-08-02"), "2024-09-02")
            .And(Do.Retract("underway"), "2024-09-03")
            .And(Do.Redate("underway", "2024-08-04", "back"), "2024-09-04");
        given.On("2024-08-10", "2024-09-01").Standing.Since.ToString().ShouldBe("2024-08-01");
        given.On("2024-08-10", "2024-09-02").Standing.Since.ToString().ShouldBe("2024-08-02");
        given.On("2024-08-10", "2024-09-03").Standing.Status.ShouldBe(Announced);
        given.On("2024-08-10", "2024-09-04").Standing.Since.ToString().ShouldBe("2024-08-04");
    }

    [Fact]
    public void Clause_4_and_6_pending_and_gone_updates_are_no_steps()
    {
        var given = Story.Commitment().And(Do.Step(Delivered, "2024-08-01"), "2024-09-01");
        given.On("2024-08-01").Standing.Status.ShouldBe(Announced);
        given.And(Do.Reject("delivered"), by: Story.Bo).On("2024-08-01").Standing.Status.ShouldBe(Announced);
    }

    [Fact]
    public void Clause_5_the_key_is_last_day_then_order_then_position()
    {
        var given = Story
            .Proposal()
            .And(Do.Step(TakenUp, "2024-08-31", order: 2), "2024-10-01")
            .And(Do.Step(Endorsed, "2024-08", order: 1))
            .And(Do.Step(InNegotiation, "2024-08-31", order: 2));
        given.On("2024-08-31").Updates.Select(u => u.Id).ShouldBe(["first", "endorsed", "taken_up", "in_negotiation"]);
        given.On("2024-08-31").Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(InNegotiation), s => s.Flags.ShouldBeEmpty());
        given.On("2024-08-30").Standing.Status.ShouldBe(Proposed);
        given.And(Do.Progress("2024-08-31")).Item.Update("progress")!.Fields.Order.ShouldBe(3);
    }

    [Fact]
    public void Clause_6_before_the_first_status_it_is_absent()
    {
        Story.Commitment().Asked("2024-07-03").Absence.ShouldBe(Absence.NoStatusYet);
        Story.Commitment().On("2024-07-04").Standing.Status.ShouldBe(Announced);
    }

    [Theory]
    [InlineData("2024-08-20", "2024-08-20")]
    [InlineData("2024-08", "2024-08-31")]
    public void Clause_7_since_keeps_its_precision_and_counts_from_the_last_day(string occurredOn, string from)
    {
        var given = Story.Commitment().And(Do.Step(Underway, occurredOn), "2024-10-01");
        given.On(Story.Write(Story.Day(from).AddDays(-1))).Standing.Status.ShouldBe(Announced);
        given.On(from).Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Underway), s => s.Since.ToString().ShouldBe(occurredOn));
    }

    [Fact]
    public void Clause_7_a_pending_step_makes_no_span_of_its_own_but_for_the_count_of_what_awaits()
    {
        var given = Story.Commitment().And(Do.Step(Delivered, "2024-08-01"), "2024-09-01");
        given
            .Item.Spans()
            .Select(s => (s.Standing.Status, s.Standing.Awaiting, s.Standing.Since.ToString()))
            .ShouldBe([(Announced, 0, Story.MadeOn), (Announced, 1, Story.MadeOn)]);
    }

    [Fact]
    public void Clause_8_a_flagged_step_still_counts_and_is_the_predecessor_of_the_next()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Underway, "2024-08-10"), "2024-10-01")
            .And(Do.Step(Stalled, "2024-08-20"))
            .And(Do.Step(Withdrawn, "2024-08-05", id: "late"));
        var now = given.On("2024-09-01").Standing;
        (now.Status, now.StalledAt).ShouldBe((Stalled, (Status?)Underway));
        now.Flags.ShouldBe(["underway"]);
        given.On("2024-08-09").Standing.Flags.ShouldBeEmpty();
    }

    [Fact]
    public void Clause_8_a_ground_is_checked_again_when_the_deadline_moves()
    {
        var given = Story
            .Commitment(Story.Details("2024-07-31"))
            .And(Do.Step(NotDelivered, "2024-08-10", Ground.DeadlinePassed), "2024-10-01")
            .And(Do.Confirm("not_delivered"), by: Story.Bo);
        given.On("2024-09-01").Standing.Flags.ShouldBeEmpty();
        given.And(Do.MoveDeadline("2024-12-31", "2024-07-20")).On("2024-09-01").Standing.Flags.ShouldBe(["not_delivered"]);
        given.And(Do.Retract("deadline")).On("2024-09-01").Standing.Flags.ShouldBeEmpty();
        given
            .And(Do.Change(new DetailsChange { Due = new Deadline(PartialDate.Parse("2024-08-10")) }))
            .On("2024-09-01")
            .Standing.Flags.ShouldBe(["not_delivered"]);
    }

    [Fact]
    public void Clause_8_binding_is_a_detail_and_flags_follow_it()
    {
        var given = Story.Proposal().And(Do.Step(Adopted, "2024-08-01"), "2024-10-01").And(Do.Step(Signed, "2024-08-02"));
        given.On("2024-09-01").Standing.Flags.ShouldBeEmpty();
        given.And(Do.Change(new DetailsChange { Binding = false })).On("2024-09-01").Standing.Flags.ShouldBe(["signed"]);
    }

    [Fact]
    public void Clause_9_the_last_counted_deadline_by_key_is_in_force()
    {
        var given = Story
            .Commitment(Story.Details("2024-08-31"))
            .And(Do.MoveDeadline("2025-01", "2024-08-15", "second"), "2024-10-01")
            .And(Do.MoveDeadline("2024-10-31", "2024-08-10", "logged-later"));
        given.On("2024-08-09").Standing.Due.ShouldBe(new DateOnly(2024, 8, 31));
        given.On("2024-08-10").Standing.Due.ShouldBe(new DateOnly(2024, 10, 31));
        given.On("2024-08-15").Standing.Due.ShouldBe(new DateOnly(2025, 1, 31));
        given.And(Do.Retract("second")).On("2024-08-15").Standing.Due.ShouldBe(new DateOnly(2024, 10, 31));
    }

    [Theory]
    [InlineData(ItemKind.Commitment, Delivered)]
    [InlineData(ItemKind.Proposal, Adopted)]
    [InlineData(ItemKind.Instrument, Adopted)]
    public void Clause_9_the_target_is_delivered_or_adopted_unless_the_deadline_names_another(ItemKind kind, Status target)
    {
        var details = Story.Details("2025");
        var given = kind switch
        {
            ItemKind.Commitment => Story.Commitment(details),
            ItemKind.Proposal => Story.Proposal(details),
            _ => Story.Instrument(details: details),
        };
        given.On("2024-07-10").Standing.Target.ShouldBe(target);
        var other = kind == ItemKind.Commitment ? Underway : InForce;
        given.And(Do.MoveDeadline("2026", "2024-07-08", target: other)).On("2024-07-10").Standing.Target.ShouldBe(other);
        Story.Commitment().On("2024-07-10").Standing.Target.ShouldBeNull();
    }

    [Theory]
    [InlineData("2024-08-15", TimeSignal.Due)]
    [InlineData("2024-08-31", TimeSignal.Due)]
    [InlineData("2024-09-01", TimeSignal.DueSoon)]
    [InlineData("2024-10-01", TimeSignal.DueSoon)]
    [InlineData("2024-10-02", TimeSignal.Overdue)]
    public void Clause_10_due_soon_is_thirty_days_and_the_last_day_counts(string day, TimeSignal expected) =>
        Story.Commitment(Story.Details("2024-10-01")).On(day).Time.ShouldBe(expected);

    [Theory]
    [InlineData("2024-08-31", TimeSignal.DueSoon)]
    [InlineData("2024-08-01", TimeSignal.DueSoon)]
    [InlineData("2024-07-31", TimeSignal.Due)]
    [InlineData("2024-09-01", TimeSignal.Overdue)]
    public void Clause_10_a_month_is_due_on_its_last_day(string day, TimeSignal expected) =>
        Story.Commitment(Story.Details("2024-08")).On(day).Time.ShouldBe(expected);

    [Theory]
    [InlineData("2024-08-15", TimeSignal.MetOnTime)]
    [InlineData("2024-08-16", TimeSignal.MetLate)]
    [InlineData("2024-08", TimeSignal.MetLate)]
    public void Clause_10_met_compares_the_steps_last_day_with_the_deadline(string on, TimeSignal expected) =>
        Story.Proposal(Story.Details("2024-08-15")).And(Do.Step(Adopted, on), "2024-10-01").On("2024-09-30").Time.ShouldBe(expected);

    [Fact]
    public void Clause_10_a_later_stage_meets_the_target_with_the_first_step_that_reached_it()
    {
        var given = Story
            .Proposal(Story.Details("2024-08-15"))
            .And(Do.Step(Adopted, "2024-08-10"), "2024-10-01")
            .And(Do.Step(Signed, "2024-08-20"));
        given
            .On("2024-08-20")
            .ShouldSatisfyAllConditions(
                s => s.Time.ShouldBe(TimeSignal.MetOnTime),
                s => s.Standing.ReachedOn.ShouldBe(new DateOnly(2024, 8, 10))
            );
    }

    [Fact]
    public void Clause_10_who_leaves_the_target_has_not_met_it_and_who_comes_back_met_it_then()
    {
        var given = Story
            .Proposal(Story.Details("2024-08-15"))
            .And(Do.Step(Adopted, "2024-08-10"), "2024-10-01")
            .And(Do.Step(Stalled, "2024-08-12"));
        given.On("2024-08-15").Time.ShouldBe(TimeSignal.DueSoon);
        given.On("2024-08-16").Time.ShouldBe(TimeSignal.Overdue);
        given.And(Do.Step(Adopted, "2024-09-01", id: "again")).On("2024-09-01").Time.ShouldBe(TimeSignal.MetLate);
    }

    [Fact]
    public void Clause_10_reversed_has_left_its_target()
    {
        var given = Story
            .Commitment(Story.Details("2024-08-15"))
            .And(Do.Step(Delivered, "2024-08-10"), "2024-10-01")
            .And(Do.Confirm("delivered"), by: Story.Bo)
            .And(Do.Step(Reversed, "2024-08-12"))
            .And(Do.Confirm("reversed"), by: Story.Bo);
        given.On("2024-08-11").Time.ShouldBe(TimeSignal.MetOnTime);
        given.On("2024-08-15").Time.ShouldBe(TimeSignal.DueSoon);
        given.On("2024-08-16").Time.ShouldBe(TimeSignal.Overdue);
    }

    [Theory]
    [InlineData(ItemKind.Commitment, Withdrawn)]
    [InlineData(ItemKind.Commitment, Superseded)]
    [InlineData(ItemKind.Commitment, NotDelivered)]
    [InlineData(ItemKind.Commitment, PartlyDelivered)]
    [InlineData(ItemKind.Proposal, Rejected)]
    [InlineData(ItemKind.Proposal, Lapsed)]
    [InlineData(ItemKind.Proposal, Superseded)]
    [InlineData(ItemKind.Proposal, Withdrawn)]
    public void Clause_10_ended_runs_no_deadline(ItemKind kind, Status end)
    {
        var given = Story.At(kind, end).And(Do.Change(new DetailsChange { Due = new Deadline(PartialDate.Parse("2024-07-20")) }));
        given.On("2024-07-04").Time.ShouldBe(TimeSignal.DueSoon);
        given.On("2024-09-01").Time.ShouldBe(TimeSignal.Ended);
    }

    [Fact]
    public void Clause_10_a_deadline_that_moved_behind_the_step_makes_it_met_on_time()
    {
        var given = Story
            .Proposal(Story.Details("2024-08-15"))
            .And(Do.Step(Adopted, "2024-08-20"), "2024-10-01")
            .And(Do.MoveDeadline("2024-08-31", "2024-08-25"));
        given.On("2024-08-24").Time.ShouldBe(TimeSignal.MetLate);
        given.On("2024-08-25").Time.ShouldBe(TimeSignal.MetOnTime);
    }

    [Theory]
    [InlineData("2024-07-04", Freshness.NeverReviewed)]
    [InlineData("2024-07-31", Freshness.NeverReviewed)]
    [InlineData("2024-08-01", Freshness.Current)]
    [InlineData("2025-01-28", Freshness.Current)]
    [InlineData("2025-01-29", Freshness.Ageing)]
    [InlineData("2025-08-01", Freshness.Ageing)]
    [InlineData("2025-08-02", Freshness.Stale)]
    public void Clause_11_freshness_is_180_and_365_days_and_ignores_the_first_step(string day, Freshness expected) =>
        Story.Commitment().And(Do.Review("2024-08-01"), "2024-09-01").On(day).Freshness.ShouldBe(expected);

    [Theory]
    [InlineData(UpdateType.Progress)]
    [InlineData(UpdateType.Milestone)]
    [InlineData(UpdateType.Response)]
    public void Clause_11_every_type_of_update_is_an_activity(UpdateType type) =>
        Story
            .Commitment()
            .And(Do.Progress("2024-08", type: type), "2024-09-01")
            .On("2024-08-31")
            .Standing.LastActivity.ShouldBe(new DateOnly(2024, 8, 31));

    [Theory]
    [InlineData(Lane.Independent, null, "s", Confidence.Reported)]
    [InlineData(Lane.SelfReported, null, "s", Confidence.Claimed)]
    [InlineData(Lane.SelfReported, null, "p", Confidence.Confirmed)]
    [InlineData(Lane.Independent, null, "sS", Confidence.Confirmed)]
    [InlineData(Lane.Independent, null, "ss", Confidence.Reported)]
    [InlineData(Lane.SelfReported, null, "ss", Confidence.Claimed)]
    [InlineData(Lane.SelfReported, null, "sS", Confidence.Confirmed)]
    [InlineData(Lane.Independent, Confidence.Claimed, "p", Confidence.Claimed)]
    [InlineData(Lane.Independent, Confidence.Reported, "p", Confidence.Reported)]
    [InlineData(Lane.Independent, Confidence.Confirmed, "s", Confidence.Reported)]
    [InlineData(Lane.SelfReported, Confidence.Reported, "s", Confidence.Claimed)]
    public void Clause_12_confidence_is_what_the_sources_allow_or_the_authors_lower_word(
        Lane lane,
        Confidence? word,
        string sources,
        Confidence expected
    )
    {
        EvidenceSource[] evidence =
        [
            .. sources.Select(c =>
                c switch
                {
                    'p' => Do.TheRecord,
                    'S' => Do.OtherPaper,
                    _ => Do.Paper,
                }
            ),
        ];
        var given = Story
            .Commitment()
            .And(
                Do.Log(
                    "u",
                    Do.Fields(UpdateType.Status, "2024-07-08", Underway) with
                    {
                        Lane = lane,
                        Confidence = word,
                        Evidence = evidence,
                    }
                )
            );
        given.On("2024-07-09").Standing.Confidence.ShouldBe(expected);
    }

    [Fact]
    public void Clause_12_one_publisher_in_two_spellings_is_one_publisher() =>
        Story
            .Commitment()
            .And(
                Do.Log(
                    "u",
                    Do.Fields(UpdateType.Status, "2024-07-08", Underway) with
                    {
                        Evidence = [Do.Paper, Do.Paper with { Title = "Other", Publisher = " publisher ONE " }],
                    }
                )
            )
            .On("2024-07-09")
            .Standing.Confidence.ShouldBe(Confidence.Reported);

    [Fact]
    public void Clause_12_the_sources_of_a_correction_count_for_the_version_that_it_shaped()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Underway, "2024-08-01"), "2024-09-01")
            .And(
                Do.Correct(
                    "c",
                    "underway",
                    CorrectionKind.Redate,
                    new NewValues { OccurredOn = (PartialDate?)PartialDate.Parse("2024-08-02") },
                    false,
                    Do.TheRecord
                ),
                "2024-09-02"
            );
        given.On("2024-08-05", "2024-09-01").Standing.Confidence.ShouldBe(Confidence.Reported);
        given.On("2024-08-05").Standing.Confidence.ShouldBe(Confidence.Confirmed);
    }

    [Fact]
    public void Clause_12_only_the_step_of_the_status_speaks_for_confidence() =>
        Story
            .Commitment()
            .And(Do.Step(Underway, "2024-07-08"))
            .And(Do.Progress("2024-07-09"))
            .And(Do.AddEvidence("progress", Do.TheRecord))
            .And(Do.Dispute("progress"))
            .On("2024-07-10")
            .Standing.Confidence.ShouldBe(Confidence.Reported);

    [Fact]
    public void Clause_13_a_retracted_item_is_gone_on_every_day_once_that_is_known()
    {
        var given = Story.Commitment().And(Do.TakeOut(), "2024-09-01");
        given.Asked("2024-07-01").Absence.ShouldBe(Absence.Retracted);
        given.Asked("2024-07-01", "2024-08-31").Absence.ShouldBe(Absence.NoStatusYet);
        given.Asked("2024-07-01", "2024-07-09").Absence.ShouldBe(Absence.NotYetRecorded);
    }
}
