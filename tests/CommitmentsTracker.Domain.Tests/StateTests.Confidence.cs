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

// Clause 12.
public partial class StateTests
{
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
}
