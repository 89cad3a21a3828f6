using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests;

// Disputes, details, and items that are taken out.
public partial class CorrectionTests
{
    [Fact]
    public void A_dispute_marks_the_status_until_it_is_settled()
    {
        var given = TwoSteps().And(Do.Dispute("underway"), "2024-09-05");
        given.On("2024-08-01").Standing.Confidence.ShouldBe(Confidence.Disputed);
        given.On("2024-07-06").Standing.Confidence.ShouldBe(Confidence.Reported);
        given.On("2024-08-01", "2024-09-04").Standing.Confidence.ShouldBe(Confidence.Reported);
        given
            .And(Do.Dispute("underway", "second"))
            .And(Do.Settle(), "2024-09-07")
            .On("2024-08-01")
            .Standing.Confidence.ShouldBe(Confidence.Disputed);
        given.And(Do.Settle("second", DisputeOutcome.Upheld)).On("2024-08-01").Standing.Confidence.ShouldBe(Confidence.Reported);
        given.When(Do.Settle()).ThenRefused("already-settled", RefusalKind.Conflict);
        given.When(Do.Settle("nothing")).ThenRefused("unknown-dispute", RefusalKind.NotFound);
        given.When(Do.Dispute("underway")).ThenRefused("duplicate-id", RefusalKind.Conflict);
        given.When(Do.Dispute("nothing", "d3")).ThenRefused("unknown-update", RefusalKind.NotFound);
    }

    [Fact]
    public void A_dispute_names_a_source_and_a_reason()
    {
        var item = TwoSteps().Item;
        var recording = new Recording(Story.Instant("2024-09-02"), Story.Ada);
        new OpenDispute("d", "underway", new Text("No."), [])
            .Decide(item, recording)
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("evidence");
        new OpenDispute("d", "underway", new Text(" "), [Do.Paper])
            .Decide(item, recording)
            .Refusals.ShouldHaveSingleItem()
            .Field.ShouldBe("reason");
    }

    [Fact]
    public void Details_change_field_by_field()
    {
        var given = Story.Commitment(
            Story.Details("2025") with
            {
                Summary = new Text("Summary"),
                Strength = "firm",
                Addressees = ["party-b"],
                Binding = true,
                Note = new Text("Note"),
                Speaker = "party-c",
                Testability = Testability.Partly,
            }
        );
        given.And(
            Do.Change(
                new DetailsChange
                {
                    Title = new Text("New title"),
                    Summary = new Optional<Text>(null),
                    Themes = new Optional<IReadOnlyList<string>>(["theme-b"]),
                }
            ),
            "2024-09-01"
        );
        given.And(
            Do.Change(
                new DetailsChange
                {
                    Due = new Optional<Deadline>(null),
                    Binding = (bool?)null,
                    Addressees = new Optional<IReadOnlyList<string>>([]),
                    Strength = new Optional<string>(null),
                    Speaker = new Optional<string>(null),
                }
            ),
            "2024-10-01"
        );
        given.Item.Details.ShouldSatisfyAllConditions(
            d => d.Title.ShouldBe(new Text("New title")),
            d => d.Summary.ShouldBeNull(),
            d => d.Themes.ShouldBe(["theme-b"]),
            d => d.Due.ShouldBeNull(),
            d => d.Binding.ShouldBeNull(),
            d => d.Addressees.ShouldBeEmpty(),
            d => d.Strength.ShouldBeNull(),
            d => d.Speaker.ShouldBeNull(),
            d => d.Note!.En.ShouldBe("Note"),
            d => d.Proposer.ShouldBe("party-a"),
            d => d.Testability.ShouldBe(Testability.Partly)
        );
        given.On("2024-08-01", "2024-08-30").Item.Details.Title.En.ShouldBe("The item");
        given
            .On("2024-08-01", "2024-09-30")
            .Item.Details.ShouldSatisfyAllConditions(d => d.Title.En.ShouldBe("New title"), d => d.Due.ShouldNotBeNull());
        given.On("2024-07-05", "2024-10-01").Time.ShouldBe(TimeSignal.NoDeadline);
    }

    [Fact]
    public void A_change_of_details_keeps_what_an_item_must_have()
    {
        Refused("required", "title", new DetailsChange { Title = new Optional<Text>(null) });
        Refused("required", "proposer", new DetailsChange { Proposer = new Optional<string>(null) });
        Refused("required", "madeOn", new DetailsChange { MadeOn = (PartialDate?)null });
        Refused("required", "", new DetailsChange());
        Refused("unknown-party", "responsible[0]", new DetailsChange { Responsible = new Optional<IReadOnlyList<string>>(["nobody"]) });
        Refused("unknown-word", "strength", new DetailsChange { Strength = "iron" });
        new ChangeDetails(new DetailsChange { Strength = "soft" }, new Text(""))
            .Decide(Story.Commitment().Item, Story.Known, new Recording(Story.Instant("2024-09-01")))
            .Refusals.ShouldHaveSingleItem()
            .Field.ShouldBe("reason");

        static void Refused(string rule, string field, DetailsChange change) =>
            Story.Commitment().When(Do.Change(change)).ThenRefused(rule, field: field);
    }

    [Fact]
    public void A_retracted_item_is_absent_from_then_on_and_still_there_before()
    {
        var given = TwoSteps().And(Do.TakeOut(), "2024-10-01");
        given.Asked("2024-08-01").Absence.ShouldBe(Absence.Retracted);
        given.On("2024-08-01", "2024-09-30").Standing.Status.ShouldBe(Underway);
        given.Item.Spans().ShouldBeEmpty();
    }

    [Fact]
    public void A_merged_item_says_into_which()
    {
        var given = TwoSteps().And(Do.TakeOut("other-item"), "2024-10-01");
        given.Asked("2024-08-01").Absence.ShouldBe(Absence.Merged);
        given.Item.Retracted!.MergedInto.ShouldBe("other-item");
        Story.Commitment().When(Do.TakeOut("no-item")).ThenRefused("unknown-item", field: "mergedInto");
        new RetractItem(new Text("Twice."), Story.Slug)
            .Decide(
                Story.Commitment().Item,
                Story.Known with
                {
                    Items = new HashSet<string> { Story.Slug },
                },
                new Recording(Story.Instant("2024-09-01"))
            )
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("merge-into-itself");
        new RetractItem(new Text(), null)
            .Decide(Story.Commitment().Item, Story.Known, new Recording(Story.Instant("2024-09-01")))
            .Refusals.ShouldHaveSingleItem()
            .Field.ShouldBe("reason");
    }

    [Fact]
    public void Nothing_more_is_recorded_on_an_item_that_was_taken_out()
    {
        var given = Story.Commitment().And(Do.Step(Delivered, "2024-07-08")).And(Do.Dispute("first")).And(Do.TakeOut("other-item"));
        foreach (
            var command in new[]
            {
                Do.Progress("2024-07-09"),
                Do.Step(Underway, "2024-07-09"),
                Do.Confirm("delivered"),
                Do.ConfirmCorrection("c"),
                Do.Redate("first", "2024-07-03"),
                Do.AddEvidence("first", Do.Paper),
                Do.Dispute("first", "d2"),
                Do.Settle(),
                Do.Change(new DetailsChange { Title = new Text("x") }),
                Do.TakeOut(),
            }
        )
            given.When(command, by: Story.Bo).ThenRefused("item-retracted", RefusalKind.Gone).Message.ShouldContain("other-item");
    }
}
