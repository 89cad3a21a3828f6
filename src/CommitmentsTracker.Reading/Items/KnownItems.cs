using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;

namespace CommitmentsTracker.Reading.Items;

/// <summary>Where an item stands over some days, as far as lists and counts need it.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Day behind the last one; null: still open.</param>
/// <param name="SinceLast">Last day of the period since when the status holds.</param>
public readonly record struct StandingSpan(
    DateOnly From,
    DateOnly? To,
    Status Status,
    DateOnly SinceLast,
    DateOnly? Due,
    DateOnly? ReachedOn,
    DateOnly? LastActivity,
    Confidence Confidence,
    bool Awaiting,
    bool Flagged
)
{
    /// <summary>True on the days of the span.</summary>
    public bool Holds(DateOnly day) => From <= day && (To is not { } to || day < to);
}

/// <summary>An item as it is known now, as far as lists and counts need it.</summary>
public sealed record KnownItem
{
    public required Guid Id { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }
    public required Testability Testability { get; init; }
    public required string[] Themes { get; init; }

    /// <summary>Everybody who has a role, each once.</summary>
    public required string[] Parties { get; init; }
    public required string Proposer { get; init; }
    public string? Speaker { get; init; }
    public required string[] Responsible { get; init; }
    public required string[] Addressees { get; init; }

    /// <summary>Where it stands on which days; for each day one span or none.</summary>
    public required StandingSpan[] Spans { get; init; }
}

/// <summary>An item on a day.</summary>
public readonly record struct KnownStanding(KnownItem Item, StandingSpan Span, DateOnly Day)
{
    /// <summary>The time signal on the day.</summary>
    public TimeSignal Time => Standing.TimeOf(Span.Status, Span.Due, Span.ReachedOn, Day);

    /// <summary>The freshness signal on the day.</summary>
    public Freshness Freshness => Standing.FreshnessOf(Span.LastActivity, Day);
}

/// <summary>All items that have a state, as known after one change. It does not change any more.</summary>
public sealed class KnownItems
{
    private const int PartSize = 1_024;

    /// <summary>No items, from the time before anything was read.</summary>
    public static readonly KnownItems None = new([], -1, -1);

    // In parts, so that the next version of a large tracker shares nearly all of them.
    private readonly KnownItem?[][] _parts;

    private KnownItems(KnownItem?[][] parts, long lastChange, long rebuilds) =>
        (_parts, LastChange, Rebuilds) = (parts, lastChange, rebuilds);

    /// <summary>The last change that is known here.</summary>
    public long LastChange { get; }

    /// <summary>How often the read models had been rebuilt.</summary>
    public long Rebuilds { get; }

    /// <summary>The items, in no order.</summary>
    public IEnumerable<KnownItem> All => _parts.SelectMany(p => p).OfType<KnownItem>();

    /// <summary>Where every item stands on a day; those without a status by then are left out.</summary>
    /// <param name="day">The day.</param>
    /// <param name="forums">Of these forums only; empty: of all.</param>
    public IEnumerable<KnownStanding> On(DateOnly day, IReadOnlyList<string> forums)
    {
        foreach (var part in _parts)
        {
            foreach (var item in part)
            {
                if (item is null || (forums.Count > 0 && !forums.Contains(item.Forum)))
                    continue;
                // The latest span is the last one, and most questions are about today.
                for (var i = item.Spans.Length - 1; i >= 0; i--)
                {
                    if (!item.Spans[i].Holds(day))
                        continue;
                    yield return new KnownStanding(item, item.Spans[i], day);
                    break;
                }
            }
        }
    }

    /// <summary>The next version: with some items as they are known now.</summary>
    /// <param name="changed">Items by place; null: without a state.</param>
    public KnownItems With(IReadOnlyDictionary<int, KnownItem?> changed, long lastChange, long rebuilds)
    {
        var parts = _parts;
        foreach (var places in changed.GroupBy(c => c.Key / PartSize).OrderBy(g => g.Key))
        {
            if (ReferenceEquals(parts, _parts))
                parts = [.. _parts];
            if (places.Key >= parts.Length)
                Array.Resize(ref parts, places.Key + 1);
            var part = parts[places.Key] is { } old ? [.. old] : new KnownItem?[PartSize];
            foreach (var (place, item) in places)
                part[place % PartSize] = item;
            parts[places.Key] = part;
        }

        return new KnownItems(parts, lastChange, rebuilds);
    }
}
