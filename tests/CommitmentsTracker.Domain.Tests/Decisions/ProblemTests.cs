using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Decisions;

/// <summary>Problems that were found and must not come back, each named.</summary>
public class ProblemTests
{
    [Fact]
    public void A_slug_that_ends_with_a_line_break_was_accepted() =>
        new Story().When(Do.RecordItem(Do.NewItem() with { Slug = "the-item\n" })).ThenRefused("slug", field: "slug");

    [Theory]
    [InlineData("https://example.org/a\nb")]
    [InlineData(" https://example.org/")]
    [InlineData("https://example.org/a b")]
    [InlineData("https://example.org/a\u3000b")]
    public void An_address_with_spaces_or_line_breaks_was_accepted(string url) =>
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Evidence = [Do.Paper with { Url = url }] }))
            .ThenRefused("url", field: "evidence[0].url");

    [Fact]
    public void An_instrument_could_start_as_superseded_without_naming_its_successor()
    {
        var unlinked = Story.Details() with { Related = [new Link("other-item", Relation.RefersTo)] };
        new Story()
            .When(Do.Record(ItemKind.Instrument, Status.Superseded, Story.MadeOn, unlinked))
            .ThenRefused("superseded-needs-link", field: "first.status");
        new Story().When(Do.Record(ItemKind.Instrument, Status.Superseded, Story.MadeOn, Story.Details())).ThenAccepted();
    }

    [Fact]
    public void A_deadline_could_be_met_by_a_status_of_the_other_lifecycle_only()
    {
        new Story()
            .When(Do.RecordItem(Do.NewItem(details: Story.Details("2025", target: Status.Adopted))))
            .ThenRefused("lifecycle", field: "due.target");
        Story
            .Commitment()
            .When(Do.MoveDeadline("2025", "2024-07-08", target: Status.InForce))
            .ThenRefused("lifecycle", field: "due.target");
        Story
            .Commitment()
            .When(Do.Change(new DetailsChange { Due = new Deadline(PartialDate.Year(2025), null, Status.InForce) }))
            .ThenRefused("lifecycle", field: "due.target");
        Story
            .Commitment()
            .And(Do.MoveDeadline("2025", "2024-07-08", target: Status.Underway))
            .When(Do.Replace("deadline", new NewValues { Due = new Deadline(PartialDate.Year(2025), null, Status.InForce) }))
            .ThenRefused("lifecycle", field: "newValues.due.target");
    }

    [Fact]
    public void Clearing_the_sources_of_an_update_kept_them()
    {
        var nothing = new NewValues { Evidence = new Optional<IReadOnlyList<EvidenceSource>>(null) };
        Story
            .Commitment()
            .And(Do.Progress("2024-07-08"))
            .When(Do.Replace("progress", nothing))
            .ThenRefused("evidence", field: "newValues.evidence");
        Story
            .Commitment()
            .And(Do.Progress("2024-07-08", "review", UpdateType.Review))
            .When(Do.Replace("review", nothing))
            .ThenCountsAtOnce()
            .Item.Update("review")!
            .Sources.ShouldBeEmpty();
    }

    [Fact]
    public void Anything_could_stand_in_for_the_hash_of_a_document()
    {
        var hash = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));
        foreach (var bad in new[] { "", "hash", hash[1..], hash.ToUpperInvariant(), hash[..63] + "\0", new string('0', 1_000_000) })
            Cited(bad).ThenRefused("document-hash", field: "citations[0].documentSha256");
        Cited(hash).ThenAccepted();

        static Outcome Cited(string hash) =>
            new Story().When(
                Do.RecordItem(Do.NewItem(details: Story.Details() with { Citations = [new Citation("words", DocumentSha256: hash)] }))
            );
    }

    [Fact]
    public void Lists_that_are_missing_or_hold_nothing_crashed_the_decision()
    {
        var progress = Do.Fields(UpdateType.Progress, "2024-07-08");
        Story.Commitment().When(Do.Log("u", progress with { Evidence = null! })).ThenRefused("evidence", field: "evidence");
        Story.Commitment().When(Do.Log("u", progress with { Evidence = [null!] })).ThenRefused("required", field: "evidence[0]");
        Story.Commitment().When(Do.Log("u", progress with { CoActors = [null!] })).ThenRefused("required", field: "coActors[0]");
        Story.Commitment().When(Do.Log("u", progress with { Note = null! })).ThenRefused("required", field: "note");
        Story.Commitment().When(Do.AddEvidence("first", null!)).ThenRefused("required", field: "evidence");
        Story
            .Commitment()
            .And(Do.Progress("2024-07-08"))
            .When(Do.Correct("c", "progress", CorrectionKind.Retract, null, false, null!))
            .ThenRefused("required", field: "evidence");
        Refused("related", d => d with { Related = null! });
        Refused("related[0]", d => d with { Related = [null!] });
        Refused("related[0].slug", d => d with { Related = [new Link(null!, Relation.Related)] });
        Refused("citations", d => d with { Citations = null! });
        Refused("citations[0]", d => d with { Citations = [null!] });
        Refused("citations[0].exact", d => d with { Citations = [new Citation(null!, Start: 1, End: 2)] });
        Refused("themes", d => d with { Themes = null! });
        Refused("themes[0]", d => d with { Themes = [null!] });
        Refused("responsible[1]", d => d with { Responsible = ["party-a", null!] });
        Refused("proposer", d => d with { Proposer = null! });
        new Story().When(Do.RecordItem(Do.NewItem() with { Forum = null! })).ThenRefused("required", field: "forum");

        static void Refused(string field, Func<Details, Details> change) =>
            new Story().When(Do.RecordItem(Do.NewItem(details: change(Story.Details())))).ThenRefused("required", field: field);
    }
}
