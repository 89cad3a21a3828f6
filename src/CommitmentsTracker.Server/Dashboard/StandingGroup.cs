using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Charts;

namespace CommitmentsTracker.Server.Dashboard;

/// <summary>Items that share a lifecycle, counted: commitments, or proposals and instruments.</summary>
public sealed class StandingGroup
{
    private readonly Phrasebook _words;
    private readonly Status _reached;

    private StandingGroup(
        string id,
        IReadOnlyList<ItemKind> kinds,
        Status reached,
        IReadOnlyList<StatusCount> statuses,
        AskedClocks clocks,
        Phrasebook words
    )
    {
        (Id, Kinds, _reached, _words) = (id, kinds, reached, words);
        Counts = ByStatus(statuses);
        Finding = words.Say($"group.{id}.finding", words.Number(Reached(Counts)), words.Number(Counts.Values.Sum()));
        Measure = words.Say($"group.{id}.measure", words.Date(clocks.AsOf), Known(clocks, words));
    }

    /// <summary>Word of the group in phrases and ids.</summary>
    public string Id { get; }

    /// <summary>The kinds in it.</summary>
    public IReadOnlyList<ItemKind> Kinds { get; }

    /// <summary>Items by status.</summary>
    public IReadOnlyDictionary<Status, int> Counts { get; }

    /// <summary>What the counts say, in a sentence.</summary>
    public string Finding { get; }

    /// <summary>What is counted, on which clocks.</summary>
    public string Measure { get; }

    /// <summary>Statuses in the order in which charts stack them.</summary>
    public IReadOnlyList<Status> Order => StatusLook.InOrder(Kinds[0]);

    /// <summary>Both groups.</summary>
    public static IReadOnlyList<StandingGroup> Of(IReadOnlyList<StatusCount> statuses, AskedClocks clocks, Phrasebook words) =>
        [
            new("commitments", [ItemKind.Commitment], Status.Delivered, statuses, clocks, words),
            new("proposals", [ItemKind.Proposal, ItemKind.Instrument], Status.Adopted, statuses, clocks, words),
        ];

    /// <summary>On what the known clock stands, in words.</summary>
    public static string Known(AskedClocks clocks, Phrasebook words) =>
        clocks.KnownAt is { } k ? words.Say("measure.known", words.Instant(k)) : words["measure.known.now"];

    /// <summary>The group over time.</summary>
    public IReadOnlyList<StackedArea.Point> Over(TimelineView timeline) =>
        [.. timeline.Points.Select(p => new StackedArea.Point(p.Day, ByStatus(p.Statuses)))];

    /// <summary>What became of the group between the first and the last point, in a sentence.</summary>
    public string FindingOver(IReadOnlyList<StackedArea.Point> points) =>
        _words.Say(
            $"group.{Id}.time",
            _words.Number(points.Count == 0 ? 0 : Reached(points[0].Counts)),
            _words.Number(points.Count == 0 ? 0 : Reached(points[^1].Counts))
        );

    private Dictionary<Status, int> ByStatus(IEnumerable<StatusCount> counts) =>
        counts.Where(s => Kinds.Contains(s.Kind)).GroupBy(s => s.Status).ToDictionary(g => g.Key, g => g.Sum(s => s.Items));

    private int Reached(IReadOnlyDictionary<Status, int> counts) =>
        counts.Where(p => Lifecycle.Of(Kinds[0]).Reaches(p.Key, _reached)).Sum(p => p.Value);
}
