using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Reading.Items;

/// <summary>The parts of a filter that an item fails.</summary>
[Flags]
public enum FilterParts
{
    None = 0,
    Kind = 1,
    Status = 2,
    Theme = 4,
    Signal = 8,
    Party = 16,
    Forum = 32,
}

/// <summary>What <see cref="ItemQuery"/> is to the database, for items in memory; search texts are left to the database.</summary>
public sealed class KnownFilter(ItemFilter filter)
{
    private readonly HashSet<ItemKind> _kinds = [.. filter.Kinds];
    private readonly HashSet<Status> _statuses = [.. filter.Statuses];
    private readonly HashSet<string> _forums = new(filter.Forums, StringComparer.Ordinal);
    private readonly HashSet<string> _themes = new(filter.Themes, StringComparer.Ordinal);
    private readonly HashSet<string> _parties = new(filter.Parties, StringComparer.Ordinal);
    private readonly HashSet<TimeSignal> _time = Signals<TimeSignal>(filter);
    private readonly HashSet<Freshness> _freshness = Signals<Freshness>(filter);
    private readonly HashSet<Confidence> _confidence = Signals<Confidence>(filter);
    private readonly HashSet<Testability> _testability = Signals<Testability>(filter);
    private readonly bool _awaiting = filter.Signals.Contains("awaiting");
    private readonly bool _flagged = filter.Signals.Contains("flagged");

    /// <summary>True if a question can be answered from what is known now.</summary>
    public static bool Answers(ItemFilter filter, AskedClocks clocks) => clocks.KnownAt is null && string.IsNullOrWhiteSpace(filter.Query);

    /// <summary>True if nothing of the filter speaks against an item.</summary>
    public bool Takes(in KnownStanding standing) => Fails(standing) == FilterParts.None;

    /// <summary>All parts of the filter that speak against an item.</summary>
    public FilterParts Fails(in KnownStanding standing)
    {
        var (item, span) = (standing.Item, standing.Span);
        var fails = FilterParts.None;
        if (_kinds.Count > 0 && !_kinds.Contains(item.Kind))
            fails |= FilterParts.Kind;
        if (_statuses.Count > 0 && !_statuses.Contains(span.Status))
            fails |= FilterParts.Status;
        if (_forums.Count > 0 && !_forums.Contains(item.Forum))
            fails |= FilterParts.Forum;
        if (_themes.Count > 0 && !Any(_themes, item.Themes))
            fails |= FilterParts.Theme;
        if (_parties.Count > 0 && !Any(_parties, item.Parties))
            fails |= FilterParts.Party;
        if (!Signals(standing))
            fails |= FilterParts.Signal;
        return fails;
    }

    private bool Signals(in KnownStanding standing) =>
        (_time.Count == 0 || _time.Contains(standing.Time))
        && (_freshness.Count == 0 || _freshness.Contains(standing.Freshness))
        && (_confidence.Count == 0 || _confidence.Contains(standing.Span.Confidence))
        && (_testability.Count == 0 || _testability.Contains(standing.Item.Testability))
        && (!_awaiting || standing.Span.Awaiting)
        && (!_flagged || standing.Span.Flagged);

    private static bool Any(HashSet<string> wanted, string[] slugs)
    {
        foreach (var slug in slugs)
            if (wanted.Contains(slug))
                return true;
        return false;
    }

    private static HashSet<T> Signals<T>(ItemFilter filter)
        where T : struct, Enum
    {
        var signals = new HashSet<T>();
        foreach (var word in filter.Signals)
            if (Words.TryRead<T>(word, out var signal))
                signals.Add(signal);
        return signals;
    }
}
