using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using CsCheck;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Laws;

/// <summary>
/// The real forum, put through the real decisions row by row and held against the oracle and the answers written by hand.
/// </summary>
public class ForumTests
{
    private static readonly string Folder = Find("seeds/waic-2024");
    private static readonly Lazy<OracleForum> Oracle = new(() => OracleForum.Load(Folder));
    private static readonly Lazy<Dictionary<string, List<ItemEvent>>> Streams = new(Decide);

    public static TheoryData<HandWrittenAnswer> Answers => [.. HandWrittenAnswers.All];

    [Theory, MemberData(nameof(Answers))]
    public void The_oracle_gives_the_answer_written_by_hand(HandWrittenAnswer expected)
    {
        var answer = Oracle.Value.Ask(expected.Item, Story.Day(expected.AsOf), OracleForum.EndOf(Story.Day(expected.KnownOn)));
        Said(expected, answer.Status, answer.Absent ?? answer.StatusSince, (answer.Time, answer.Freshness, answer.Confidence), answer.Due)
            .ShouldBe(expected);
    }

    [Theory, MemberData(nameof(Answers))]
    public void The_domain_gives_the_answer_written_by_hand(HandWrittenAnswer expected)
    {
        var (state, absence, _) = ItemState.Of(
            Streams.Value[expected.Item],
            Story.Day(expected.AsOf),
            OracleForum.EndOf(Story.Day(expected.KnownOn)),
            Story.Day(expected.AsOf)
        );
        var reason = absence switch
        {
            Absence.NotYetRecorded => "not_yet_recorded",
            Absence.NoStatusYet => "no_status_yet",
            _ => absence?.ToString(),
        };
        Said(
                expected,
                state?.Standing.Status.Word(),
                reason ?? state!.Standing.Since.ToString(),
                (state?.Time.Word(), state?.Freshness.Word(), state?.Standing.Confidence.Word()),
                state?.Standing.Due
            )
            .ShouldBe(expected);
    }

    [Fact]
    public void Every_item_of_the_forum_is_recorded_by_lawful_decisions() =>
        Streams.Value.Keys.Order(StringComparer.Ordinal).ShouldBe(Oracle.Value.Items.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Domain_and_oracle_agree_on_the_whole_forum_at_500_random_D_and_K()
    {
        var items = Oracle.Value.Items.Values.ToList();
        var times = Oracle.Value.RecordedTimes;
        Gen.Select(Gen.Int[0, items.Count - 1], Gen.Int[-400, 900], Gen.Int[0, times.Count - 1], Gen.Int[-1, 1])
            .Sample(
                (i, days, k, shift) =>
                {
                    var knownAt = times[k].AddMicroseconds(shift);
                    if (
                        Mirror.Disagreement(items[i], Streams.Value[items[i].Slug], new DateOnly(2024, 7, 4).AddDays(days), knownAt) is
                        { } text
                    )
                        throw new ShouldAssertException(text);
                },
                iter: 500
            );
    }

    [Fact]
    public void No_step_of_the_forum_is_unlawful_once_everything_is_known() =>
        Streams
            .Value.Values.SelectMany(s => ItemState.Of(s, new DateOnly(2026, 11, 23), null, default).State!.Standing.Flags)
            .ShouldBeEmpty();

    [Fact]
    public void The_portfolio_counts_every_present_item_once()
    {
        var portfolio = Oracle.Value.Portfolio(new DateOnly(2026, 11, 23), null);
        portfolio.Items.Count.ShouldBe(136);
        portfolio.Counts.Values.Sum().ShouldBe(136);
        portfolio.Counts[("proposal", "proposed")].ShouldBe(57);
        portfolio.Counts[("instrument", "in_force")].ShouldBe(13);
        portfolio.Counts[("commitment", "delivered")].ShouldBe(2);
        Oracle.Value.Portfolio(new DateOnly(2026, 11, 23), Story.Instant("2024-07-09")).Items.ShouldBeEmpty();
    }

    /// <summary>What was said, in as far as the answer speaks of it.</summary>
    private static HandWrittenAnswer Said(
        HandWrittenAnswer asked,
        string? status,
        string? since,
        (string? Time, string? Freshness, string? Confidence) signals,
        DateOnly? due
    ) =>
        asked with
        {
            Status = status,
            Since = since ?? "",
            Time = asked.Time is null ? null : signals.Time,
            Freshness = asked.Freshness is null ? null : signals.Freshness,
            Confidence = asked.Confidence is null ? null : signals.Confidence,
            Due = asked.Due is null ? null : due?.ToString("yyyy-MM-dd"),
        };

    private static Dictionary<string, List<ItemEvent>> Decide()
    {
        var known = new KnownSlugs(
            new[] { Oracle.Value.Slug }.ToFrozenSet(),
            Slugs("parties.json"),
            Slugs("themes.json"),
            Slugs("items.json")
        );
        return Oracle.Value.Items.Values.ToDictionary(i => i.Slug, i => Decide(i, known));
    }

    private static List<ItemEvent> Decide(OracleItem rows, KnownSlugs known)
    {
        var events = new List<ItemEvent>();
        var details = rows.Rows.Single(r => r.Kind == "item");
        foreach (var row in rows.Rows.Where(r => r.Kind != "item"))
        {
            var recording = new Recording(row.RecordedAt);
            var id = (string?)row.Data["id"] ?? "";
            var update = (string?)row.Data["update"] ?? "";
            if (events.Count == 0)
            {
                var others = known with { Items = known.Items.Where(s => s != rows.Slug).ToFrozenSet() };
                Record(
                    events,
                    new RecordItem(
                        rows.Slug,
                        Read<ItemKind>(details.Data["kind"]),
                        (string)details.Data["forum"]!,
                        Read<Details>(details.Data),
                        id,
                        Read<UpdateFields>(row.Data)
                    ).Decide(others, recording),
                    row
                );
                continue;
            }

            var item = Item.From(events)!;
            Record(
                events,
                row.Kind switch
                {
                    "update" => new LogUpdate(id, Read<UpdateFields>(row.Data)).Decide(item, known, recording),
                    "correction" => new CorrectUpdate(
                        id,
                        update,
                        Read<CorrectionKind>(row.Data["kind"]),
                        Read<NewValues?>(row.Data["newValues"]),
                        Read<Text>(row.Data["reason"]),
                        Read<List<EvidenceSource>>(row.Data["evidence"])
                    ).Decide(item, known, recording),
                    "dispute" => new OpenDispute(
                        id,
                        update,
                        Read<Text>(row.Data["reason"]),
                        Read<List<EvidenceSource>>(row.Data["evidence"])
                    ).Decide(item, recording),
                    "settlement" => new SettleDispute(
                        (string)row.Data["dispute"]!,
                        Read<DisputeOutcome>(row.Data["outcome"]),
                        Read<Text?>(row.Data["note"])
                    ).Decide(item, recording),
                    "evidence" => new AddEvidence(update, Read<List<EvidenceSource>>(row.Data["evidence"])).Decide(item, recording),
                    "translation" => new AddTranslation(update, Read<Text>(row.Data["note"])).Decide(item, recording),
                    "details" => new ChangeDetails(Read<DetailsChange>(row.Data["changes"]), Read<Text>(row.Data["reason"])).Decide(
                        item,
                        known,
                        recording
                    ),
                    "retraction" => new RetractItem(Read<Text>(row.Data["reason"]), (string?)row.Data["mergedInto"]).Decide(
                        item,
                        known,
                        recording
                    ),
                    "confirmation" => new ConfirmUpdate(
                        update,
                        Read<string>(row.Data["decision"]) == "confirm" ? Verdict.Confirm : Verdict.Reject,
                        null
                    ).Decide(item, recording),
                    _ => throw new InvalidOperationException(row.Kind),
                },
                row
            );

            // What the archive does not call waiting counts at its own recorded time.
            if ((bool?)row.Data["confirmed"] == false)
                continue;
            if (events[^1] is UpdateLogged { NeedsConfirmation: true } waiting)
                Record(events, new ConfirmUpdate(waiting.Id, Verdict.Confirm, null).Decide(Item.From(events)!, recording), row);
            if (events[^1] is CorrectionMade { NeedsConfirmation: true } correction)
                Record(events, new ConfirmCorrection(correction.Id, Verdict.Confirm, null).Decide(Item.From(events)!, recording), row);
        }

        return events;
    }

    private static void Record(List<ItemEvent> events, Decision decision, OracleRow row)
    {
        decision.IsAccepted.ShouldBeTrue($"{row.Kind} {row.Data["id"]}: {string.Join("; ", decision.Refusals)}");
        events.AddRange(decision.Events);
    }

    private static T Read<T>(JsonNode? node) => node.Deserialize<T>(Mirror.Json)!;

    private static FrozenSet<string> Slugs(string file) =>
        ((JsonArray)JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!).Select(n => (string)n!["slug"]!).ToFrozenSet();

    private static string Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, path)))
                return Path.Combine(folder.FullName, path);
        throw new DirectoryNotFoundException($"{path} is not above {AppContext.BaseDirectory}.");
    }
}
