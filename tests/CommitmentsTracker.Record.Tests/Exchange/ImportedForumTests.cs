using CommitmentsTracker.Oracle;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;

namespace CommitmentsTracker.Record.Tests.Exchange;

/// <summary>The forum of the seeds, as imported, answers what its files say.</summary>
public sealed class ImportedForumTests(TheForum forum) : IClassFixture<TheForum>
{
    private Caller Anyone => forum.Tracker.Anyone;

    public static TheoryData<HandWrittenAnswer> Answers => [.. HandWrittenAnswers.All];

    [Fact]
    public async Task It_holds_136_items_of_three_kinds()
    {
        forum.Report.IsCopy.ShouldBeTrue();
        forum.Report.Items.ShouldBe(136);
        (await forum.Tracker.RowsAsync("select kind, count(*) from items group by 1 order by 1")).ShouldBe([
            "commitment | 23",
            "instrument | 46",
            "proposal | 67",
        ]);
    }

    [Fact]
    public async Task Its_statuses_on_the_day_of_the_last_news_are_those_counted_by_hand()
    {
        var summary = (await Anyone.GetAsync("summary?asOf=2026-11-23&knownAt=2026-11-23&forum=waic-2024-ai-governance-forum"))
            .Should(200)
            .Json;
        summary["statuses"]!
            .AsArray()
            .Select(s => $"{s!["kind"]} {s["status"]} {s["items"]}")
            .Order(StringComparer.Ordinal)
            .ShouldBe([
                "commitment announced 17",
                "commitment delivered 2",
                "commitment underway 4",
                "instrument adopted 17",
                "instrument ended 1",
                "instrument implemented 5",
                "instrument in_force 13",
                "instrument proposed 6",
                "instrument rejected 1",
                "instrument signed 1",
                "instrument superseded 1",
                "instrument taken_up 1",
                "proposal endorsed 1",
                "proposal implemented 1",
                "proposal in_force 1",
                "proposal proposed 57",
                "proposal signed 1",
                "proposal taken_up 6",
            ]);
    }

    [Theory, MemberData(nameof(Answers))]
    public async Task An_item_gives_the_answer_written_by_hand(HandWrittenAnswer expected)
    {
        var answer = await Anyone.GetAsync($"items/{expected.Item}?asOf={expected.AsOf}&knownAt={expected.KnownOn}");
        if (expected.Status is null)
        {
            answer.Should(404).Rule.ShouldBe(expected.Since.Replace('_', '-'));
            return;
        }

        var item = answer.Should(200).Json;
        var due = (string?)item["due"]?["date"];
        (
            expected with
            {
                Status = (string?)item["status"],
                Since = (string)item["statusSince"]!,
                Time = expected.Time is null ? null : (string?)item["signals"]!["time"],
                Freshness = expected.Freshness is null ? null : (string?)item["signals"]!["freshness"],
                Confidence = expected.Confidence is null ? null : (string?)item["signals"]!["confidence"],
                Due =
                    expected.Due is null ? null
                    : due is null ? ""
                    : Rules.LastDay(due).ToString("O"),
            }
        ).ShouldBe(expected);
    }

    [Fact]
    public async Task Lists_counts_and_items_equal_the_oracle_at_500_random_D_and_K()
    {
        var random = Dice.New();
        var oracle = TheForum.Oracle.Value;
        foreach (var (day, known) in BothClocks.Random(random, oracle, 500, Tracker.Start))
            await Anyone.ShouldAgreeAsync(oracle, day, known, random, random.Next(2) == 0 ? 200 : random.Next(20, 100));
    }

    [Fact]
    public async Task The_timeline_equals_the_oracle_at_random_instants()
    {
        var random = Dice.New();
        var oracle = TheForum.Oracle.Value;
        foreach (var (day, known) in BothClocks.Random(random, oracle, 25, Tracker.Start))
        {
            var (step, days) = random.Next(5) switch
            {
                0 => ("day", 3),
                1 => ("week", 20),
                2 => ("month", 100),
                3 => ("quarter", 300),
                _ => ("year", 1500),
            };
            await Anyone.TimelineShouldAgreeAsync(oracle, day.AddDays(-days), day, step, known);
        }
    }

    [Fact]
    public async Task Now_without_parameters_equals_the_oracle_too() =>
        await Anyone.ShouldAgreeAsync(TheForum.Oracle.Value, DateOnly.FromDateTime(Tracker.Start.UtcDateTime), null, Dice.New());

    [Fact]
    public async Task No_item_has_two_rows_at_any_D_and_K() => await SpanChecks.NoOverlapAsync(forum.Tracker);

    [Fact]
    public async Task Before_everything_the_list_is_empty_and_the_counts_are_zero()
    {
        (await Anyone.GetAsync("items?asOf=1990-01-01&knownAt=2020-01-01")).Should(200).Json["total"]!.GetValue<int>().ShouldBe(0);
        (await Anyone.GetAsync("summary?asOf=1990-01-01")).Should(200).Json["total"]!.GetValue<int>().ShouldBe(0);
        (await Anyone.GetAsync("timeline?asOf=1990-01-01&knownAt=2020-01-01")).Should(200).Json["points"]!
            .AsArray()
            .ShouldAllBe(p => p!["statuses"]!.AsArray().Count == 0);
    }
}
