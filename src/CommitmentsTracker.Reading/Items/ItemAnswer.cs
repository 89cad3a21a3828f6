using System.Diagnostics.CodeAnalysis;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;

namespace CommitmentsTracker.Reading.Items;

/// <summary>An item as the API writes it: the shape of the forum folder, with its state on both clocks.</summary>
public sealed record ItemAnswer : Details
{
    [SetsRequiredMembers]
    private ItemAnswer(ItemView view)
        : base(view.Details)
    {
        Slug = view.Slug;
        Kind = view.Kind;
        Forum = view.Forum;
        Due = view.Due;
        Status = view.Status;
        StatusSince = view.StatusSince;
        StalledAt = view.StalledAt;
        Signals = view.Signals;
        AwaitingConfirmation = view.AwaitingConfirmation;
        Flags = view.Flags;
        LastActivity = view.LastActivity;
        Version = view.Version;
        AsOf = view.AsOf;
        KnownAt = view.KnownAt;
        Updates = view.Updates;
    }

    public required string Slug { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }

    /// <summary>The deadline in force on the day, with the status that meets it.</summary>
    public new DeadlineView? Due { get; init; }
    public required Status Status { get; init; }
    public required PartialDate StatusSince { get; init; }
    public Status? StalledAt { get; init; }
    public required Signals Signals { get; init; }
    public required int AwaitingConfirmation { get; init; }

    /// <summary>Ids of steps that are unlawful after the step before them.</summary>
    public required IReadOnlyList<string> Flags { get; init; }
    public DateOnly? LastActivity { get; init; }
    public required int Version { get; init; }
    public required DateOnly AsOf { get; init; }
    public DateTimeOffset? KnownAt { get; init; }

    /// <summary>In order of occurrence.</summary>
    public required IReadOnlyList<UpdateView> Updates { get; init; }

    /// <summary>Flattens a view.</summary>
    public static ItemAnswer Of(ItemView view) => new(view);
}

/// <summary>The body of <c>POST /items</c>: details, and the first status if it is not the default one.</summary>
public sealed record NewItem : Details
{
    public required string Slug { get; init; }
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }

    /// <summary>The first status; absent: announced for a commitment, proposed for a proposal. An instrument starts anywhere.</summary>
    public Status? Status { get; init; }

    /// <summary>Since when it had that status; absent: madeOn.</summary>
    public PartialDate? StatusSince { get; init; }

    /// <summary>What shows the first status; absent: the forum's source document.</summary>
    public IReadOnlyList<EvidenceSource>? Evidence { get; init; }

    /// <summary>The first status as a whole update, instead of the three fields above.</summary>
    public NewUpdate? First { get; init; }
}

/// <summary>The body of <c>POST /items/{slug}/updates</c>.</summary>
public sealed record NewUpdate : UpdateFields
{
    /// <summary>An id of the caller's own, unique in the item; left out: the tracker makes one.</summary>
    public string? Id { get; init; }
}
