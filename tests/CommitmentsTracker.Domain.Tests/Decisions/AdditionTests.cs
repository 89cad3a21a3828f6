using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Decisions;

/// <summary>Evidence, translations and disputes: what is added to an update and corrects nothing.</summary>
public class AdditionTests
{
    private static Story TwoSteps() =>
        Story.Commitment().And(Do.Step(Formalised, "2024-07-06")).And(Do.Step(Underway, "2024-07-08"), "2024-09-01");

    [Fact]
    public void Evidence_is_added_without_correction_and_may_raise_confidence()
    {
        var given = TwoSteps();
        given.On("2024-08-01").Standing.Confidence.ShouldBe(Confidence.Reported);
        given
            .When(Do.AddEvidence("underway", Do.OtherPaper), "2024-09-05")
            .ThenCountsAtOnce()
            .On("2024-08-01")
            .Standing.Confidence.ShouldBe(Confidence.Confirmed);
        given.On("2024-08-01", "2024-09-04").Standing.Confidence.ShouldBe(Confidence.Reported);
        given.When(Do.AddEvidence("underway")).ThenRefused("required", field: "evidence");
        given.When(Do.AddEvidence("nothing", Do.Paper)).ThenRefused("unknown-update", RefusalKind.NotFound);
        given.When(Do.AddEvidence("underway", Do.Paper with { Url = "javascript:alert(1)" })).ThenRefused("url", field: "evidence[0].url");
        given.And(Do.Retract("underway")).When(Do.AddEvidence("underway", Do.Paper)).ThenRefused("update-gone", RefusalKind.Conflict);
    }

    [Fact]
    public void A_translation_fills_the_language_that_was_missing_and_is_no_correction()
    {
        var given = TwoSteps().And(Do.Translate("underway", new Text(Zh: "已开始。")), "2024-09-05");
        var english = TwoSteps().Item.Update("underway")!.Fields.Note.En;
        given
            .Item.Update("underway")!
            .ShouldSatisfyAllConditions(u => u.Fields.Note.ShouldBe(new Text(english, "已开始。")), u => u.Corrections.ShouldBeEmpty());
        Item.KnownAt(given.Events, Story.Instant("2024-09-04"))!.Update("underway")!.Fields.Note.ShouldBe(new Text(english));
        given.On("2024-08-01").Standing.ShouldBe(TwoSteps().On("2024-08-01").Standing);

        given.When(Do.Translate("underway", new Text(Zh: "已经开始。"))).ThenRefused("already-there", field: "note.zh");
        given.When(Do.Translate("underway", new Text("It began."))).ThenRefused("already-there", field: "note.en");
        given.When(Do.Translate("underway", new Text())).ThenRefused("required", field: "note");
        given.When(Do.Translate("nothing", new Text(Zh: "已开始。"))).ThenRefused("unknown-update", RefusalKind.NotFound);
        given
            .And(Do.Retract("underway"))
            .When(Do.Translate("underway", new Text(Zh: "已开始。")))
            .ThenRefused("update-gone", RefusalKind.Conflict);
    }

    [Fact]
    public void A_replaced_note_takes_its_translation_with_it()
    {
        var given = TwoSteps()
            .And(Do.Translate("underway", new Text(Zh: "已开始。")))
            .And(Do.Replace("underway", new NewValues { Note = new Text("Begun in part.") }));
        given.Item.Update("underway")!.Fields.Note.ShouldBe(new Text("Begun in part."));
        given
            .And(Do.Translate("underway", new Text(Zh: "部分开始。")))
            .Item.Update("underway")!
            .Fields.Note.ShouldBe(new Text("Begun in part.", "部分开始。"));
        TwoSteps()
            .And(Do.Translate("underway", new Text(Zh: "已开始。")))
            .And(Do.Redate("underway", "2024-07-09"))
            .Item.Update("underway")!
            .Fields.Note.Zh.ShouldBe("已开始。");
    }

    [Fact]
    public void The_note_of_what_waits_is_translated_by_its_author_alone()
    {
        var waiting = Story.Commitment().And(Do.Step(Delivered, "2024-07-06"), by: Story.Ada);
        var chinese = new Text(Zh: "已完成。");
        waiting.When(Do.Translate("delivered", chinese), by: Story.Bo).ThenRefused("one-waiting", RefusalKind.Conflict);
        waiting
            .And(Do.Translate("delivered", new Text(Zh: "已完成。")), by: Story.Ada)
            .And(Do.Confirm("delivered"), by: Story.Bo)
            .Item.Update("delivered")!
            .ShouldSatisfyAllConditions(u => u.IsCounted.ShouldBeTrue(), u => u.Fields.Note.Zh.ShouldBe("已完成。"));
    }

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
}
