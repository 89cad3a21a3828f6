using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Reading.Citing;

/// <summary>
/// What the hash of a citation is made of: one item or one forum on both clocks, in a format that is kept for ever. It
/// holds slugs and no names of parties, themes or forums, since those may be mended.
/// </summary>
/// <param name="Format">Which shape the state has.</param>
/// <param name="Item">Slug of the item, of an item's state.</param>
/// <param name="Forum">Slug of the forum, of a forum's state.</param>
/// <param name="AsOf">The day.</param>
/// <param name="KnownAt">The instant, to the microsecond.</param>
/// <param name="State">What was true on the day, as known at the instant.</param>
public sealed record StateDocument<TState>(string Format, string? Item, string? Forum, DateOnly AsOf, DateTimeOffset KnownAt, TState State)
{
    /// <summary>The canonical bytes.</summary>
    public byte[] Bytes() => CanonicalJson.Write(JsonSerializer.SerializeToElement(this, TrackerJson.Stored));

    /// <summary>SHA-256 over them, in hexadecimal.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(Bytes()));
}

/// <summary>Builds the documents of the present format.</summary>
public static class StateDocument
{
    /// <summary>
    /// The format that is written. A later one gets another name, and this one stays: a field that is added to
    /// <see cref="ItemView"/>, <see cref="UpdateView"/> or <see cref="SummaryView"/> must not come in here.
    /// </summary>
    public const string Format = "commitments-tracker-state/1";

    /// <summary>An item's state; null unless both clocks are fixed for ever.</summary>
    public static StateDocument<CitedItem>? Of(ItemView item, AskedClocks clocks) =>
        clocks is { IsFixed: true, AsOfGiven: true, KnownAt: { } known }
            ? new(Format, item.Slug, null, clocks.AsOf, known, CitedItem.Of(item))
            : null;

    /// <summary>A forum's counts; null unless both clocks are fixed for ever, or if they are those of several forums.</summary>
    public static StateDocument<CitedCounts>? Of(SummaryView summary, AskedClocks clocks) =>
        clocks is { IsFixed: true, AsOfGiven: true, KnownAt: { } known } && summary.Forum is { } forum
            ? new(
                Format,
                null,
                forum,
                clocks.AsOf,
                known,
                new CitedCounts(
                    summary.Total,
                    summary.Statuses,
                    summary.Time,
                    summary.Freshness,
                    summary.Confidence,
                    summary.Awaiting,
                    summary.Flagged
                )
            )
            : null;
}

/// <summary>An item in format 1.</summary>
public sealed record CitedItem
{
    public required ItemKind Kind { get; init; }
    public required string Forum { get; init; }
    public required Text Title { get; init; }
    public Text? Summary { get; init; }
    public string? Speaker { get; init; }
    public required string Proposer { get; init; }
    public required IReadOnlyList<string> Responsible { get; init; }
    public required IReadOnlyList<string> Addressees { get; init; }
    public required IReadOnlyList<string> Themes { get; init; }
    public required PartialDate MadeOn { get; init; }
    public PartialDate? CitedOn { get; init; }
    public string? Strength { get; init; }
    public bool? Binding { get; init; }
    public Text? NextActor { get; init; }
    public Text? FollowUpQuestion { get; init; }
    public required IReadOnlyList<Link> Related { get; init; }
    public required IReadOnlyList<Citation> Citations { get; init; }
    public Text? Note { get; init; }
    public string? Tier { get; init; }
    public bool? Relayed { get; init; }

    /// <summary>The deadline in force on the day.</summary>
    public DeadlineView? Due { get; init; }
    public required Status Status { get; init; }
    public required PartialDate StatusSince { get; init; }
    public Status? StalledAt { get; init; }
    public required Signals Signals { get; init; }
    public required int AwaitingConfirmation { get; init; }
    public required IReadOnlyList<string> Flags { get; init; }
    public DateOnly? LastActivity { get; init; }
    public required IReadOnlyList<CitedUpdate> Updates { get; init; }

    public static CitedItem Of(ItemView item)
    {
        var details = item.Details;
        return new CitedItem
        {
            Kind = item.Kind,
            Forum = item.Forum,
            Title = details.Title,
            Summary = details.Summary,
            Speaker = details.Speaker,
            Proposer = details.Proposer,
            Responsible = details.Responsible,
            Addressees = details.Addressees,
            Themes = details.Themes,
            MadeOn = details.MadeOn,
            CitedOn = details.CitedOn,
            Strength = details.Strength?.Word(),
            Binding = details.Binding,
            NextActor = details.NextActor,
            FollowUpQuestion = details.FollowUpQuestion,
            Related = details.Related,
            Citations = details.Citations,
            Note = details.Note,
            Tier = details.Tier?.Word(),
            Relayed = details.Relayed,
            Due = item.Due,
            Status = item.Status,
            StatusSince = item.StatusSince,
            StalledAt = item.StalledAt,
            Signals = item.Signals,
            AwaitingConfirmation = item.AwaitingConfirmation,
            Flags = item.Flags,
            LastActivity = item.LastActivity,
            Updates = [.. item.Updates.Select(CitedUpdate.Of)],
        };
    }
}

/// <summary>An update in format 1.</summary>
public sealed record CitedUpdate
{
    public required string Id { get; init; }
    public required UpdateType Type { get; init; }
    public Status? Status { get; init; }
    public Ground? Ground { get; init; }
    public required int Order { get; init; }
    public Deadline? Due { get; init; }
    public required PartialDate OccurredOn { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
    public DateTimeOffset? ArchiveRecordedAt { get; init; }
    public required Text Note { get; init; }
    public string? Actor { get; init; }
    public required IReadOnlyList<string> CoActors { get; init; }
    public required Lane Lane { get; init; }
    public required IReadOnlyList<EvidenceSource> Evidence { get; init; }
    public required Confidence Confidence { get; init; }
    public required bool Confirmed { get; init; }
    public required IReadOnlyList<string> Flags { get; init; }
    public required IReadOnlyList<DisputeView> Disputes { get; init; }

    public static CitedUpdate Of(UpdateView update) =>
        new()
        {
            Id = update.Id,
            Type = update.Type,
            Status = update.Status,
            Ground = update.Ground,
            Order = update.Order,
            Due = update.Due,
            OccurredOn = update.OccurredOn,
            RecordedAt = update.RecordedAt,
            ArchiveRecordedAt = update.ArchiveRecordedAt,
            Note = update.Note,
            Actor = update.Actor,
            CoActors = update.CoActors,
            Lane = update.Lane,
            Evidence = update.Evidence,
            Confidence = update.Confidence,
            Confirmed = update.Confirmed,
            Flags = update.Flags,
            Disputes = update.Disputes,
        };
}

/// <summary>The counts of a forum in format 1.</summary>
public sealed record CitedCounts(
    int Total,
    IReadOnlyList<StatusCount> Statuses,
    IReadOnlyDictionary<TimeSignal, int> Time,
    IReadOnlyDictionary<Freshness, int> Freshness,
    IReadOnlyDictionary<Confidence, int> Confidence,
    int Awaiting,
    int Flagged
);
