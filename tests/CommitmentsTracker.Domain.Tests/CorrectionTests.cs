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

/// <summary>Corrections, evidence, disputes, changes of details, and taking an item out.</summary>
public partial class CorrectionTests
{
    private static Story TwoSteps() =>
        Story.Commitment().And(Do.Step(Formalised, "2024-07-06")).And(Do.Step(Underway, "2024-07-08"), "2024-09-01");

    [Fact]
    public void Redating_is_never_refused_for_the_table_and_flags_what_becomes_unlawful()
    {
        var given = TwoSteps();
        given.When(Do.Redate("formalised", "2024-07-20")).ThenCountsAtOnce();
        var now = given.On("2024-08-01").Standing;
        (now.Status, now.Flags.ShouldHaveSingleItem()).ShouldBe((Formalised, "formalised"));
        given.When(Do.Redate("formalised", "2024-07-05", "mended")).ThenCountsAtOnce().On("2024-08-01").Standing.Flags.ShouldBeEmpty();
    }

    [Fact]
    public void A_replaced_status_is_judged_like_a_new_step()
    {
        TwoSteps()
            .When(Do.ReplaceStatus("underway", Announced))
            .ThenRefused("lifecycle", RefusalKind.Unlawful, "newValues.status")
            .Lawful.ShouldNotBeNull()
            .ShouldNotContain(Formalised);
        TwoSteps()
            .When(Do.ReplaceStatus("underway", Stalled))
            .ThenCountsAtOnce()
            .On("2024-08-01")
            .Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Stalled), s => s.StalledAt.ShouldBe(Formalised));
        TwoSteps().When(Do.ReplaceStatus("underway", PartlyDelivered)).ThenRefused("ground", RefusalKind.Unlawful, "newValues.ground");
        TwoSteps().When(Do.ReplaceStatus("underway", PartlyDelivered, Ground.Impossible)).ThenWaits();
        TwoSteps().When(Do.ReplaceStatus("underway", Adopted)).ThenRefused("lifecycle", RefusalKind.Invalid, "newValues.status");
    }

    [Fact]
    public void A_replaced_day_is_judged_by_the_step_before_the_new_day() =>
        TwoSteps()
            .When(Do.Replace("formalised", new NewValues { OccurredOn = (PartialDate?)PartialDate.Parse("2024-07-20") }))
            .ThenRefused("lifecycle", RefusalKind.Unlawful);

    [Fact]
    public void Replacing_only_the_note_of_an_unlawful_step_is_not_judged()
    {
        var given = TwoSteps().And(Do.Redate("formalised", "2024-07-20"));
        given.When(Do.Replace("formalised", new NewValues { Note = new Text("Better said.") })).ThenCountsAtOnce();
        given.When(Do.ReplaceStatus("formalised", Withdrawn, id: "other")).ThenCountsAtOnce();
    }

    [Fact]
    public void Retracting_is_never_refused_for_the_table()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Delivered, "2024-07-05"))
            .And(Do.Confirm("delivered"), by: Story.Bo)
            .And(Do.Step(Reversed, "2024-07-06"))
            .And(Do.Confirm("reversed"), by: Story.Bo)
            .And(Do.Retract("delivered"), "2024-09-01")
            .And(Do.ConfirmCorrection("retract"), by: Story.Bo);
        given.On("2024-08-01").Standing.ShouldSatisfyAllConditions(s => s.Status.ShouldBe(Reversed), s => s.Flags.ShouldBe(["reversed"]));
    }

    [Fact]
    public void The_first_status_cannot_be_taken_away_alone() =>
        TwoSteps().When(Do.Retract("first")).ThenRefused("first-status", RefusalKind.Unlawful).Message.ShouldContain("item");

    [Fact]
    public void The_first_status_stays_the_first()
    {
        TwoSteps().When(Do.Redate("first", "2024-07-07")).ThenRefused("before-first-status", RefusalKind.Unlawful, "newValues.occurredOn");
        TwoSteps().When(Do.Redate("first", "2024-07-05")).ThenCountsAtOnce().On("2024-08-01").Standing.Status.ShouldBe(Underway);
        TwoSteps()
            .When(Do.Redate("underway", "2024-07-03"))
            .ThenRefused("before-first-status", RefusalKind.Unlawful, "newValues.occurredOn");
        TwoSteps()
            .When(Do.ReplaceStatus("first", Formalised))
            .ThenRefused("first-status", RefusalKind.Unlawful)
            .Lawful.ShouldBe([Announced]);
        Story.Instrument(Adopted).When(Do.ReplaceStatus("first", TakenUp)).ThenCountsAtOnce();
    }

    [Fact]
    public void A_redate_to_the_future_or_an_unfinished_period_is_refused()
    {
        TwoSteps().When(Do.Redate("underway", "2024-09-03")).ThenRefused("future", field: "newValues.occurredOn");
        TwoSteps().When(Do.Redate("underway", "2024-09")).ThenRefused("period-not-ended", field: "newValues.occurredOn");
    }

    [Fact]
    public void A_redate_changes_the_date_and_not_what_happened()
    {
        var day = (PartialDate?)PartialDate.Parse("2024-07-09");
        foreach (
            var values in new[]
            {
                new NewValues { OccurredOn = day, Status = (Status?)Stalled },
                new NewValues { OccurredOn = day, Ground = (Ground?)null },
                new NewValues { OccurredOn = day, Due = new Deadline(PartialDate.Year(2025)) },
            }
        )
            TwoSteps()
                .When(Do.Correct("c", "underway", CorrectionKind.Redate, values))
                .ThenRefused("redate-changes-date-only", field: "newValues");
        TwoSteps().When(Do.Correct("c", "underway", CorrectionKind.Redate, null)).ThenRefused("required", field: "newValues.occurredOn");
        TwoSteps()
            .When(Do.Correct("c", "underway", CorrectionKind.Redate, new NewValues { Note = new Text("x") }))
            .ThenRefused("required", field: "newValues.occurredOn");
        TwoSteps()
            .When(
                Do.Correct(
                    "c",
                    "underway",
                    CorrectionKind.Redate,
                    new NewValues
                    {
                        OccurredOn = day,
                        Note = new Text("x"),
                        Confidence = (Confidence?)Confidence.Claimed,
                    }
                )
            )
            .ThenCountsAtOnce();
    }

    [Fact]
    public void A_correction_has_a_reason_and_the_values_that_its_kind_needs()
    {
        TwoSteps()
            .When(Do.Correct("c", "underway", CorrectionKind.Retract, new NewValues { Note = new Text("x") }))
            .ThenRefused("retract-has-no-values");
        TwoSteps().When(Do.Correct("c", "underway", CorrectionKind.Replace, null)).ThenRefused("required", field: "newValues");
        TwoSteps().When(Do.Correct("c", "underway", CorrectionKind.Replace, new NewValues())).ThenRefused("required", field: "newValues");
        TwoSteps().When(Do.Retract("nothing")).ThenRefused("unknown-update", RefusalKind.NotFound);
        TwoSteps()
            .And(Do.Redate("underway", "2024-07-09", "same"))
            .When(Do.Redate("formalised", "2024-07-06", "same"))
            .ThenRefused("duplicate-id", RefusalKind.Conflict);
        new CorrectUpdate("c", "underway", CorrectionKind.Retract, null, new Text(), [])
            .Decide(TwoSteps().Item, Story.Known, new Recording(Story.Instant("2024-09-01")))
            .Refusals.ShouldContain(r => r.Rule == "required" && r.Field == "reason");
    }

    [Fact]
    public void What_every_update_must_have_cannot_be_cleared()
    {
        Refused("status", new NewValues { Status = (Status?)null });
        Refused("occurredOn", new NewValues { OccurredOn = (PartialDate?)null });
        Refused("note", new NewValues { Note = new Optional<Text>(null) });
        Refused("due", new NewValues { Due = new Optional<Deadline>(null) });
        Refused("lane", new NewValues { Lane = (Lane?)null });
        TwoSteps().When(Do.Replace("underway", new NewValues { Order = (int?)null })).ThenRefused("range", field: "newValues.order");
        TwoSteps().When(Do.Replace("underway", new NewValues { Order = 0 })).ThenRefused("range", field: "newValues.order");

        static void Refused(string field, NewValues values) =>
            TwoSteps().When(Do.Replace("underway", values)).ThenRefused("required", field: "newValues." + field);
    }

    [Fact]
    public void An_absent_field_keeps_and_null_clears()
    {
        var given = Story
            .Commitment()
            .And(
                Do.Log(
                    "u",
                    Do.Fields(UpdateType.Status, "2024-07-08", Underway) with
                    {
                        CoActors = ["party-a"],
                        Confidence = Confidence.Claimed,
                        Lane = Lane.SelfReported,
                    }
                )
            );
        given.And(
            Do.Replace(
                "u",
                new NewValues
                {
                    Actor = new Optional<string>(null),
                    CoActors = new Optional<IReadOnlyList<string>>(null),
                    Confidence = (Confidence?)null,
                }
            )
        );
        var fields = given.Item.Update("u")!.Fields;
        fields.ShouldSatisfyAllConditions(
            f => f.Actor.ShouldBeNull(),
            f => f.CoActors.ShouldBeNull(),
            f => f.Confidence.ShouldBeNull(),
            f => f.Lane.ShouldBe(Lane.SelfReported),
            f => f.Status.ShouldBe(Underway),
            f => f.Note.En.ShouldBe("It happened.")
        );
        given.And(Do.Replace("u", new NewValues { Lane = (Lane?)Lane.Independent, Note = new Text(null, "另说") }, "again"));
        given
            .Item.Update("u")!
            .Fields.ShouldSatisfyAllConditions(
                f => f.Lane.ShouldBe(Lane.Independent),
                f => f.Note.ShouldBe(new Text(null, "另说")),
                f => f.Actor.ShouldBeNull()
            );
    }

    [Fact]
    public void A_ground_is_cleared_when_the_status_needs_none()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(NotDelivered, "2024-07-08", Ground.Impossible))
            .And(Do.Confirm("not_delivered"), by: Story.Bo);
        given.When(Do.ReplaceStatus("not_delivered", Withdrawn)).ThenRefused("ground-without-closing", field: "newValues.ground");
        given.When(Do.Replace("not_delivered", new NewValues { Status = (Status?)Withdrawn, Ground = (Ground?)null })).ThenWaits();
    }

    [Fact]
    public void An_editorial_correction_replaces_the_note_and_nothing_else()
    {
        var note = new NewValues { Note = new Text("Better said.") };
        TwoSteps()
            .When(Do.Correct("c", "underway", CorrectionKind.Replace, note, editorial: true))
            .ThenCountsAtOnce()
            .Events[^1]
            .ShouldBeOfType<CorrectionMade>()
            .Editorial.ShouldBeTrue();
        TwoSteps()
            .When(Do.Correct("c", "underway", CorrectionKind.Replace, note with { Actor = "party-a" }, editorial: true))
            .ThenRefused("editorial-changes-note-only", field: "editorial");
        TwoSteps()
            .When(Do.Correct("c", "underway", CorrectionKind.Retract, null, editorial: true))
            .ThenRefused("editorial-changes-note-only", field: "editorial");
        TwoSteps()
            .When(
                Do.Correct(
                    "c",
                    "underway",
                    CorrectionKind.Redate,
                    new NewValues { OccurredOn = (PartialDate?)PartialDate.Parse("2024-07-09") },
                    editorial: true
                )
            )
            .ThenRefused("editorial-changes-note-only", field: "editorial");
    }

    [Fact]
    public void A_retracted_update_comes_back_with_a_later_redate_or_replacement()
    {
        var given = TwoSteps().And(Do.Retract("underway"));
        given.On("2024-08-01").Standing.Status.ShouldBe(Formalised);
        given.And(Do.Redate("underway", "2024-07-15")).On("2024-08-01").Standing.Since.ToString().ShouldBe("2024-07-15");
        given
            .And(Do.Retract("underway", "again"))
            .And(Do.ReplaceStatus("underway", Stalled))
            .On("2024-08-01")
            .Standing.Status.ShouldBe(Stalled);
        given
            .When(Do.Retract("underway", "thrice"))
            .ThenCountsAtOnce()
            .When(Do.ReplaceStatus("underway", Announced, id: "bad"))
            .ThenRefused("lifecycle", RefusalKind.Unlawful);
    }

    [Fact]
    public void A_redate_without_order_goes_behind_everything_of_its_new_day_whatever_its_state()
    {
        var given = Story
            .Commitment()
            .And(Do.Step(Formalised, "2024-07-06"), "2024-09-01")
            .And(Do.Progress("2024-07-20", "a", order: 4))
            .And(Do.Progress("2024-07-20", "b", order: 7))
            .And(Do.Retract("b"));
        given.And(Do.Redate("formalised", "2024-07-20")).Item.Update("formalised")!.Fields.Order.ShouldBe(8);
        given.And(Do.Redate("formalised", "2024-07-20", "same-day")).Item.Update("formalised")!.Fields.Order.ShouldBe(8);
        given.And(Do.Redate("formalised", "2024-07-21", "explicit", 3)).Item.Update("formalised")!.Fields.Order.ShouldBe(3);
        given.And(Do.Progress("2024-07-20", "c")).Item.Update("c")!.Fields.Order.ShouldBe(8);
        given.On("2024-08-20");
    }

    [Fact]
    public void A_correction_that_makes_a_month_of_a_day_keeps_the_order_if_the_last_day_stays()
    {
        var given = Story
            .Commitment()
            .And(Do.Progress("2024-07-31", "a", order: 2), "2024-09-01")
            .And(Do.Progress("2024-07-31", "b", order: 5));
        given
            .And(Do.Redate("a", "2024-07"))
            .Item.Update("a")!
            .Fields.ShouldSatisfyAllConditions(f => f.Order.ShouldBe(2), f => f.OccurredOn.ToString().ShouldBe("2024-07"));
    }

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
        waiting.When(Do.Translate("delivered", new Text(Zh: "已完成。")), by: Story.Bo).ThenRefused("one-waiting", RefusalKind.Conflict);
        waiting
            .And(Do.Translate("delivered", new Text(Zh: "已完成。")), by: Story.Ada)
            .And(Do.Confirm("delivered"), by: Story.Bo)
            .Item.Update("delivered")!
            .ShouldSatisfyAllConditions(u => u.IsCounted.ShouldBeTrue(), u => u.Fields.Note.Zh.ShouldBe("已完成。"));
    }
}
