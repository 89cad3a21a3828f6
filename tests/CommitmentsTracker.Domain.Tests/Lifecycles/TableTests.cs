using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Lifecycles;

/// <summary>Both lifecycles, every pair of statuses, judged by the decision that logs a step.</summary>
public class TableTests
{
    public static TheoryData<ItemKind, Status> Statuses()
    {
        var data = new TheoryData<ItemKind, Status>();
        foreach (var kind in Enum.GetValues<ItemKind>())
        foreach (var status in Lifecycle.Of(kind).Statuses)
            if (kind != ItemKind.Instrument || status is not (Proposed or Endorsed))
                data.Add(kind, status);
        return data;
    }

    [Theory, MemberData(nameof(Statuses))]
    public void From_each_status_exactly_the_steps_of_the_table_are_lawful(ItemKind kind, Status from)
    {
        foreach (bool? binding in new bool?[] { null, true, false })
        {
            var given = Story.At(kind, from, binding);
            var stalledAt = from == Stalled && kind != ItemKind.Instrument ? Lifecycle.FirstOf(kind)!.Value.Word() : null;
            var lawful = Lifecycle
                .Of(kind)
                .Statuses.Where(to => Rules.Lawful(kind.Word(), from.Word(), to.Word(), stalledAt, binding) != "no")
                .ToList();
            foreach (var to in Lifecycle.Of(kind).Statuses)
            {
                var needsGround = Rules.Lawful(kind.Word(), from.Word(), to.Word(), stalledAt, binding) == "ground";
                var decision = Tried(given, Do.Step(to, "2024-08-01", needsGround ? Ground.EndedByParty : null, "next"));
                decision.IsAccepted.ShouldBe(lawful.Contains(to), $"{kind} binding {binding}: {from} to {to}");
                if (decision.IsAccepted)
                {
                    ((UpdateLogged)decision.Events[^1]).NeedsConfirmation.ShouldBe(Waiting.Contains(to), $"{to} waits for a second person");
                    if (!needsGround)
                        continue;
                    var without = Tried(given, Do.Step(to, "2024-08-01", null, "next")).Refusals.ShouldHaveSingleItem();
                    (without.Rule, without.Kind, without.Field).ShouldBe(("ground", RefusalKind.Unlawful, "ground"));
                    without.Lawful!.ShouldBe(lawful, ignoreOrder: true);
                }
                else
                {
                    var refusal = decision.Refusals.ShouldHaveSingleItem();
                    (refusal.Rule, refusal.Kind, refusal.Field).ShouldBe(("lifecycle", RefusalKind.Unlawful, "status"));
                    refusal.Lawful!.ShouldBe(lawful, ignoreOrder: true, $"{kind}: alternatives from {from}");
                    foreach (var word in lawful)
                        refusal.Message.ShouldContain(word.Word());
                }
            }
        }
    }

    private static readonly Status[] Waiting = [Delivered, PartlyDelivered, NotDelivered, Reversed, Rejected, InForce, Implemented, Ended];

    [Theory]
    [InlineData(ItemKind.Commitment)]
    [InlineData(ItemKind.Proposal)]
    [InlineData(ItemKind.Instrument)]
    public void A_status_of_the_other_lifecycle_is_refused(ItemKind kind)
    {
        var own = Lifecycle.Of(kind).Statuses;
        var given = kind switch
        {
            ItemKind.Commitment => Story.Commitment(),
            ItemKind.Proposal => Story.Proposal(),
            _ => Story.Instrument(),
        };
        foreach (var foreign in Enum.GetValues<Status>().Except(own))
            given.When(Do.Step(foreign, "2024-08-01")).ThenRefused("future");
        foreach (var foreign in Enum.GetValues<Status>().Except(own))
            given
                .When(Do.Step(foreign, "2024-07-08"))
                .ThenRefused("lifecycle", RefusalKind.Invalid, "status")
                .Message.ShouldContain(own.First().Word());
    }

    [Theory]
    [InlineData(Announced, "announced formalised underway delivered")]
    [InlineData(Formalised, "formalised underway delivered")]
    [InlineData(Underway, "underway delivered")]
    public void A_stalled_commitment_resumes_where_it_stalled_or_later(Status at, string stages)
    {
        var given = Story.At(ItemKind.Commitment, at).And(Do.Step(Stalled, "2024-07-10"), "2024-09-01");
        Lawful(given).ShouldBe([.. stages.Split(' '), "partly_delivered", "not_delivered", "withdrawn", "superseded"], ignoreOrder: true);
    }

    [Theory]
    [InlineData(Proposed, "proposed endorsed taken_up in_negotiation adopted signed in_force implemented")]
    [InlineData(TakenUp, "taken_up in_negotiation adopted signed in_force implemented")]
    [InlineData(InForce, "in_force implemented")]
    public void A_stalled_proposal_resumes_where_it_stalled_or_later(Status at, string stages)
    {
        var given = Story.At(ItemKind.Proposal, at).And(Do.Step(Stalled, "2024-07-10"), "2024-09-01");
        Lawful(given).ShouldBe([.. stages.Split(' '), "rejected", "withdrawn", "lapsed", "superseded"], ignoreOrder: true);
    }

    [Fact]
    public void An_instrument_that_starts_as_stalled_resumes_anywhere() =>
        Lawful(Story.Instrument(Stalled))
            .ShouldBe(
                [.. Lifecycle.OfProposals.Stages.Select(s => s.Word()), "rejected", "withdrawn", "lapsed", "superseded"],
                ignoreOrder: true
            );

    [Fact]
    public void The_memory_of_the_stage_is_lost_once_it_has_resumed()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Stalled, "2024-07-05"))
            .And(Do.Step(Underway, "2024-07-06"))
            .And(Do.Step(Stalled, "2024-07-07", id: "again"));
        given.On("2024-07-06").Standing.StalledAt.ShouldBeNull();
        given.On("2024-07-07").Standing.StalledAt.ShouldBe(Underway);
        given.When(Do.Step(Formalised, "2024-07-08")).ThenRefused("lifecycle", RefusalKind.Unlawful);
    }

    [Theory]
    [InlineData("2024-07-20", "2024-07-20", false)]
    [InlineData("2024-07-20", "2024-07-21", true)]
    [InlineData("2024-07", "2024-07-31", false)]
    [InlineData("2024-07", "2024-08-01", true)]
    [InlineData("2024-07-20", "2024-07", true)]
    public void Not_delivered_for_a_passed_deadline_needs_a_last_day_after_the_due_date(string due, string on, bool lawful)
    {
        var outcome = Story.Commitment(Story.Details(due)).When(Do.Step(NotDelivered, on, Ground.DeadlinePassed), "2024-09-01");
        if (lawful)
            outcome.ThenWaits();
        else
            outcome.ThenRefused("ground", RefusalKind.Unlawful, "ground").Message.ShouldContain(due);
    }

    [Fact]
    public void Not_delivered_for_a_passed_deadline_needs_a_deadline() =>
        Story
            .Commitment()
            .When(Do.Step(NotDelivered, "2024-08-01", Ground.DeadlinePassed), "2024-09-01")
            .ThenRefused("ground", RefusalKind.Unlawful)
            .Message.ShouldContain("no deadline");

    [Fact]
    public void The_deadline_in_force_for_a_ground_is_the_one_moved_before_the_step()
    {
        var given = Story.Commitment(Story.Details("2024-07-20")).And(Do.MoveDeadline("2024-12-31", "2024-07-15"), "2024-09-01");
        given.When(Do.Step(NotDelivered, "2024-08-01", Ground.DeadlinePassed)).ThenRefused("ground", RefusalKind.Unlawful);
        Story
            .Commitment(Story.Details("2024-07-20"))
            .And(Do.MoveDeadline("2024-12-31", "2024-08-15"), "2024-09-01")
            .When(Do.Step(NotDelivered, "2024-08-01", Ground.DeadlinePassed))
            .ThenWaits();
    }

    [Fact]
    public void A_ground_goes_with_early_closings_only() =>
        Story.Commitment().When(Do.Step(Underway, "2024-07-08", Ground.Impossible)).ThenRefused("ground-without-closing", field: "ground");

    [Fact]
    public void Superseded_needs_a_link_to_the_successor()
    {
        var unlinked = Story.Details() with { Related = [new Link("other-item", Relation.RefersTo)] };
        Story
            .Commitment(unlinked)
            .When(Do.Step(Superseded, "2024-07-08"))
            .ThenRefused("superseded-needs-link", RefusalKind.Unlawful, "status");
        foreach (var relation in new[] { Relation.SupersededBy, Relation.GaveRiseTo })
            Story
                .Commitment(unlinked with { Related = [new Link("other-item", relation)] })
                .When(Do.Step(Superseded, "2024-07-08"))
                .ThenCountsAtOnce();
    }

    [Theory]
    [InlineData(ItemKind.Commitment, Withdrawn)]
    [InlineData(ItemKind.Proposal, Rejected)]
    public void Nothing_may_follow_an_end(ItemKind kind, Status end)
    {
        var refusal = Story
            .At(kind, end)
            .When(Do.Step(kind == ItemKind.Commitment ? Underway : TakenUp, "2024-07-09"))
            .ThenRefused("lifecycle", RefusalKind.Unlawful);
        refusal.Lawful.ShouldBeEmpty();
        refusal.Message.ShouldContain("new item");
    }

    [Fact]
    public void A_late_step_is_judged_by_the_step_before_it_in_order_of_occurrence()
    {
        var given = Story.Proposal().And(Do.Step(Adopted, "2024-08-10"), "2024-09-01");
        given.When(Do.Step(TakenUp, "2024-08-01")).ThenCountsAtOnce().On("2024-08-05").Standing.Status.ShouldBe(TakenUp);
        given
            .When(Do.Step(Endorsed, "2024-08-05", id: "late"))
            .ThenRefused("lifecycle", RefusalKind.Unlawful)
            .Lawful.ShouldNotBeNull()
            .ShouldContain(InNegotiation);
    }

    [Fact]
    public void A_late_fact_that_makes_the_next_step_unlawful_is_accepted_and_flags_it()
    {
        var given = Story.Commitment().And(Do.Step(Formalised, "2024-08-10"), "2024-09-01").And(Do.Step(Underway, "2024-08-01"));
        var now = given.On("2024-08-31");
        now.Standing.Status.ShouldBe(Formalised);
        now.Standing.Flags.ShouldBe(["formalised"]);
        given.On("2024-08-05").Standing.Flags.ShouldBeEmpty();
        given.And(Do.Retract("underway")).On("2024-08-31").Standing.Flags.ShouldBeEmpty();
    }

    /// <summary>The lawful next statuses, as a refusal names them.</summary>
    private static List<string> Lawful(Story given)
    {
        given.Try(Do.Progress("2024-08-02"), "2024-09-01", Story.Ada);
        var standing = given.Item.StandingOn(new DateOnly(2024, 8, 20))!.Status;
        return
        [
            .. Lifecycle
                .Of(given.Item.Kind)
                .Statuses.Where(to =>
                    Tried(
                        given,
                        Do.Step(
                            to,
                            "2024-08-20",
                            to is PartlyDelivered or NotDelivered && standing != NotDelivered ? Ground.Impossible : null,
                            "next"
                        )
                    ).IsAccepted
                )
                .Select(s => s.Word()),
        ];
    }

    /// <summary>What would be decided, without recording it.</summary>
    private static Decision Tried(Story given, Command command) =>
        command.Decide(given.Item, new Recording(Story.Instant("2024-09-01"), Story.Ada));
}
