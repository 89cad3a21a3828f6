using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Search;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>
/// Which changes somebody wants: the filters of lists, single items, and kinds of change. A filter asks only what the
/// row of the change log says, before or after, so that its answer about a row never changes: archives do not shift
/// when an item moves on. Several values of one name are alternatives, several names all have to hold.
/// </summary>
public sealed record ChangeFilter
{
    private SearchQuery? _query;

    public IReadOnlyList<ItemKind> Kind { get; init; } = [];

    /// <summary>Of the item before or after the change.</summary>
    public IReadOnlyList<Status> Status { get; init; } = [];
    public IReadOnlyList<string> Theme { get; init; } = [];
    public IReadOnlyList<string> Party { get; init; } = [];
    public IReadOnlyList<string> Forum { get; init; } = [];

    /// <summary>Slugs of items.</summary>
    public IReadOnlyList<string> Item { get; init; } = [];

    /// <summary>Words of signals, of the item before or after the change; several of one signal are alternatives.</summary>
    public IReadOnlyList<string> Signal { get; init; } = [];

    /// <summary>Words that all stand in the title or the note of the change, in either language.</summary>
    public string? Q { get; init; }

    /// <summary>Kinds of change; none stands for all.</summary>
    public IReadOnlyList<NewsKind> Changes { get; init; } = [];

    /// <summary>True if it narrows nothing.</summary>
    [JsonIgnore]
    public bool IsEmpty =>
        Kind.Count + Status.Count + Theme.Count + Party.Count + Forum.Count + Item.Count + Signal.Count + Changes.Count == 0
        && string.IsNullOrEmpty(Q);

    /// <summary>The filter of a list.</summary>
    public static ChangeFilter Of(ItemFilter filter) =>
        new()
        {
            Kind = filter.Kinds,
            Status = filter.Statuses,
            Theme = filter.Themes,
            Party = filter.Parties,
            Forum = filter.Forums,
            Signal = filter.Signals,
            Q = string.IsNullOrWhiteSpace(filter.Query) ? null : filter.Query,
        };

    /// <summary>The list whose items the filter watches; items named one by one are not part of it.</summary>
    public ItemFilter ToItems() =>
        new()
        {
            Kinds = Kind,
            Statuses = Status,
            Themes = Theme,
            Parties = Party,
            Forums = Forum,
            Signals = Signal,
            Query = Q,
        };

    /// <summary>True if the change is of a wanted kind and about what is watched.</summary>
    public bool Matches(ChangeView change) => (Changes.Count == 0 || Changes.Contains(NewsKinds.Of(change.Type))) && Watches(change);

    /// <summary>True if the change is about what is watched, whatever its kind.</summary>
    public bool Watches(ChangeView change) =>
        Takes(Item, change.Item)
        && Takes(Forum, change.Forum)
        && Takes(Kind, change.Kind)
        && (Theme.Count == 0 || change.Themes.Any(Theme.Contains))
        && (Party.Count == 0 || change.Parties.Any(Party.Contains))
        && (Status.Count == 0 || Has(change.Before) || Has(change.After))
        && Signal
            .GroupBy(ItemQuery.GroupOf)
            .All(g => g.Any(word => Shows(change, change.Before, word) || Shows(change, change.After, word)))
        && IsAnsweredBy(change);

    private static bool Takes<T>(IReadOnlyList<T> wanted, T one) => wanted.Count == 0 || wanted.Contains(one);

    private bool Has(ChangeState? state) => state is not null && Status.Contains(state.Status);

    private bool IsAnsweredBy(ChangeView change) =>
        string.IsNullOrWhiteSpace(Q)
        || (_query ??= SearchQuery.Of(Q)).IsAnsweredBy(change.Title.En, change.Title.Zh, change.Note?.En, change.Note?.Zh);

    private static bool Shows(ChangeView change, ChangeState? state, string word) =>
        word switch
        {
            "awaiting" => state is { Awaiting: > 0 },
            "flagged" => state is { Flags.Count: > 0 },
            _ when Words.TryRead<Testability>(word, out var testability) => change.Testability == testability,
            _ when state is null => false,
            _ when Words.TryRead<TimeSignal>(word, out var time) => state.Time == time,
            _ when Words.TryRead<Freshness>(word, out var freshness) => state.Freshness == freshness,
            _ => Words.TryRead<Confidence>(word, out var confidence) && state.Confidence == confidence,
        };

    /// <inheritdoc />
    public bool Equals(ChangeFilter? other) => ReferenceEquals(this, other);

    /// <inheritdoc />
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
