using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Decisions;

/// <summary>Corrections, evidence, disputes, changes of details, and taking an item out.</summary>
public class CorrectionTests
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
                Strength = Strength.Firm,
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
                    Strength = new Optional<Strength?>(null),
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
        new ChangeDetails(new DetailsChange { Strength = Strength.Soft }, new Text(""))
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
