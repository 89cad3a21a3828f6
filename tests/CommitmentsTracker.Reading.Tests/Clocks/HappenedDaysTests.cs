using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Reading.Clocks;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Reading.Tests.Clocks;

/// <summary>The days through which a reader steps, against the oracle.</summary>
public sealed class HappenedDaysTests(TheForum forum) : IClassFixture<TheForum>
{
    [Fact]
    public async Task An_item_has_the_days_of_what_counted_as_known_then()
    {
        var days = forum.Tracker.Get<HappenedDays>();
        foreach (var slug in new[] { "coe-framework-convention-on-ai", "eu-ai-act" })
        {
            foreach (
                var known in new DateTimeOffset?[]
                {
                    null,
                    Instants.EndOf(new DateOnly(2024, 12, 31)),
                    Instants.EndOf(new DateOnly(2026, 5, 1)),
                }
            )
            {
                var expected = DaysOf(slug, known);
                expected.Count.ShouldBeGreaterThan(1);
                (await days.OfItemAsync(slug, Clocks(known), TestContext.Current.CancellationToken)).ShouldBe(expected, $"{slug} {known}");
            }
        }

        (await days.OfItemAsync("no-such-item", Clocks(null), TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_forum_has_the_days_of_all_its_items()
    {
        var days = forum.Tracker.Get<HappenedDays>();
        foreach (var known in new DateTimeOffset?[] { null, Instants.EndOf(new DateOnly(2025, 6, 30)) })
        {
            var expected = TheForum.Oracle.Value.Items.Keys.SelectMany(slug => DaysOf(slug, known)).Distinct().Order().ToList();
            (await days.OfForumAsync("waic-2024-ai-governance-forum", Clocks(known), TestContext.Current.CancellationToken)).ShouldBe(
                expected,
                known.ToString()
            );
            (await days.OfForumAsync(null, Clocks(known), TestContext.Current.CancellationToken)).ShouldBe(expected);
        }

        (await days.OfForumAsync("another-forum", Clocks(null), TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    private static AskedClocks Clocks(DateTimeOffset? known) => AskedClocks.OfNow(Tracker.Start) with { KnownAt = known };

    /// <summary>Every day on which the oracle's answer becomes another one, its arithmetic on the day aside.</summary>
    private static List<DateOnly> DaysOf(string slug, DateTimeOffset? known)
    {
        var (oracle, today) = (TheForum.Oracle.Value, Tracker.Start.DayOf());
        return [.. Occurrences.Value[slug].Where(d => d <= today && Said(d) != Said(d.AddDays(-1))).Distinct().Order()];

        string Said(DateOnly day) =>
            oracle.Ask(slug, day, known) is var a && a.Absent is not null
                ? "absent"
                : $"{a.Status} {a.StatusSince} {a.StalledAt} {a.Due:O} {a.LastActivity:O} {a.Confidence} {a.Awaiting} "
                    + $"{string.Join(',', a.Flags)} {Reached(a.Time)}";

        static string Reached(string? time) => time is "met_on_time" or "met_late" ? time : "";
    }

    /// <summary>Every day that the files name for an update, corrected or not.</summary>
    private static readonly Lazy<ILookup<string, DateOnly>> Occurrences = new(() =>
        new[] { "updates.json", "corrections.json" }
            .SelectMany(file => JsonNode.Parse(File.ReadAllText(Path.Combine(TheForum.Folder, file)))!.AsArray())
            .Select(row => (Item: (string)row!["item"]!, On: (string?)row["occurredOn"] ?? (string?)row["newValues"]?["occurredOn"]))
            .Where(row => row.On is not null)
            .ToLookup(row => row.Item, row => Rules.LastDay(row.On!))
    );
}
