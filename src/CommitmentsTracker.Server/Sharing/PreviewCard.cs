using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.Sharing;

/// <summary>What a preview image says, from top to bottom.</summary>
public sealed record PreviewCard
{
    /// <summary>The words of statuses and numbers.</summary>
    public required Phrasebook Words { get; init; }

    /// <summary>What kind of thing it is, and of what.</summary>
    public required string Kicker { get; init; }
    public required string Title { get; init; }

    /// <summary>A sentence below the title.</summary>
    public string? Lead { get; init; }
    public PreviewStatus? Status { get; init; }
    public IReadOnlyList<PreviewBar> Bars { get; init; } = [];
    public IReadOnlyList<PreviewChange> Changes { get; init; } = [];

    /// <summary>Of which day, as known when.</summary>
    public required string Foot { get; init; }
}

/// <summary>The status of an item, and since when.</summary>
public sealed record PreviewStatus(Status Status, string Word, string Since);

/// <summary>Items by status as one bar.</summary>
public sealed record PreviewBar(string Finding, IReadOnlyList<Status> Order, IReadOnlyDictionary<Status, int> Counts);

/// <summary>What became of one item.</summary>
public sealed record PreviewChange(Status? Before, Status? After, string Title);
