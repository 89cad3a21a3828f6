using System.Runtime.InteropServices;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Reading.Items;

/// <summary>
/// Counts items for the filter chips: for each word of a list, by its place in it. A large tracker has a hundred thousand
/// items to count.
/// </summary>
public sealed class FacetCounts
{
    private readonly int[] _kinds = NoneOf<ItemKind>();
    private readonly int[] _statuses = NoneOf<Status>();
    private readonly int[] _time = NoneOf<TimeSignal>();
    private readonly int[] _freshness = NoneOf<Freshness>();
    private readonly int[] _confidence = NoneOf<Confidence>();
    private readonly int[] _testability = NoneOf<Testability>();
    private readonly Dictionary<string, int> _themes = new(StringComparer.Ordinal);
    private int _awaiting;
    private int _flagged;

    /// <summary>Counts an item.</summary>
    /// <param name="standing">The item.</param>
    /// <param name="fails">The parts of the filter that it fails; a chip counts it if it fails none but the chip's own.</param>
    public void Add(in KnownStanding standing, FilterParts fails)
    {
        if ((fails & ~FilterParts.Kind) == 0)
            _kinds[(int)standing.Item.Kind]++;
        if ((fails & ~FilterParts.Status) == 0)
            _statuses[(int)standing.Span.Status]++;
        if ((fails & ~FilterParts.Theme) == 0)
            foreach (var theme in standing.Item.Themes)
                Count(_themes, theme);
        if ((fails & ~FilterParts.Signal) == 0)
            AddSignals(standing);
    }

    /// <summary>The counts of all words that were met.</summary>
    public ItemFacets Facets()
    {
        var signals = Signals<TimeSignal>(_time)
            .Concat(Signals<Freshness>(_freshness))
            .Concat(Signals<Confidence>(_confidence))
            .Concat(Signals<Testability>(_testability))
            .Append(KeyValuePair.Create("awaiting", _awaiting))
            .Append(KeyValuePair.Create("flagged", _flagged))
            .Where(s => s.Value > 0);
        return new ItemFacets(ByWord<ItemKind>(_kinds), ByWord<Status>(_statuses), _themes, signals.ToDictionary(StringComparer.Ordinal));
    }

    /// <summary>Counts one more of something.</summary>
    public static void Count<T>(Dictionary<T, int> counts, T of)
        where T : notnull => CollectionsMarshal.GetValueRefOrAddDefault(counts, of, out _)++;

    private void AddSignals(in KnownStanding standing)
    {
        var span = standing.Span;
        _time[(int)standing.Time]++;
        _freshness[(int)standing.Freshness]++;
        _confidence[(int)span.Confidence]++;
        _testability[(int)standing.Item.Testability]++;
        _awaiting += span.Awaiting ? 1 : 0;
        _flagged += span.Flagged ? 1 : 0;
    }

    private static int[] NoneOf<T>()
        where T : struct, Enum => new int[Enum.GetValues<T>().Length];

    private static Dictionary<T, int> ByWord<T>(int[] counts)
        where T : struct, Enum => Enum.GetValues<T>().Zip(counts).Where(c => c.Second > 0).ToDictionary(c => c.First, c => c.Second);

    private static IEnumerable<KeyValuePair<string, int>> Signals<T>(int[] counts)
        where T : struct, Enum => ByWord<T>(counts).Select(c => KeyValuePair.Create(c.Key.Word(), c.Value));
}
