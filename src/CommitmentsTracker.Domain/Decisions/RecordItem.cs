using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>Records an item together with its first status, which never waits.</summary>
/// <param name="Slug">The item's slug, unique in the tracker.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Forum">Slug of the forum.</param>
/// <param name="Details">What is said about it.</param>
/// <param name="FirstId">Id of the update that carries the first status.</param>
/// <param name="First">The first status; null fields are filled by <see cref="FirstStatus"/>.</param>
public sealed record RecordItem(string Slug, ItemKind Kind, string Forum, Details Details, string FirstId, UpdateFields First)
{
    /// <summary>
    /// The first status from what little is given: announced or proposed, on the day the item was made. Null: an
    /// instrument starts anywhere, so its status must be named.
    /// </summary>
    public static UpdateFields? FirstStatus(
        ItemKind kind,
        Details details,
        Status? status,
        PartialDate? since,
        IReadOnlyList<EvidenceSource> evidence
    ) =>
        (status ?? Lifecycle.FirstOf(kind)) is not { } first
            ? null
            : new UpdateFields
            {
                Type = UpdateType.Status,
                Status = first,
                OccurredOn = since ?? details.MadeOn,
                Order = 1,
                Note = details.Summary ?? details.Title,
                Actor = details.Proposer,
                Lane = Lane.SelfReported,
                Evidence = evidence,
            };

    /// <summary>Decides.</summary>
    /// <param name="known">Slugs that exist, among those that the item names.</param>
    /// <param name="recording">Who and when.</param>
    public Decision Decide(KnownSlugs known, Recording recording)
    {
        if (known.Items.Contains(Slug))
            return new Refusal(
                RefusalKind.Conflict,
                "duplicate-slug",
                "slug",
                $"The slug '{Slug}' is taken; slugs are unique in the tracker."
            );
        var checks = new Checks();
        checks.Slug("slug", Slug);
        checks.Required("forum", Forum, Checks.ShortText);
        checks.Known("forum", Forum, known.Forums, "forum");
        var on = new FieldContext(checks, "", known, recording);
        DetailsRules.Check(on, Details, Slug, Kind);
        UpdateRules.Check(on.Within("first"), FirstId, First, Kind);
        if (First.Type != UpdateType.Status)
            checks.Refuse("first-status", "first.type", "An item starts with a status.");
        if (First.Status is { } status)
        {
            if (!Lifecycle.Of(Kind).Knows(status))
                checks.Refuse("lifecycle", "first.status", UpdateRules.OtherLifecycle(Kind, status));
            else if (Lifecycle.FirstOf(Kind) is { } only && status != only)
                checks.Refuse("first-status", "first.status", $"A {Kind.Word()} starts as {only.Word()}.");
            else if (status == Status.Superseded && !UpdateRules.NamesSuccessor(Details))
                checks.Refuse(
                    "superseded-needs-link",
                    "first.status",
                    "A superseded item is linked to its successor: add a link superseded_by or gave_rise_to."
                );
        }

        if (!checks.Passed)
            return Decision.Refuse(checks.Refusals);
        return Decision.Accept(
            recording.Stamp(new ItemRecorded(Slug, Kind, Forum, Details.Only())),
            recording.Stamp(new UpdateLogged(FirstId, First.Order > 0 ? First.Only() : First.Only() with { Order = 1 }))
        );
    }
}

/// <summary>Changes an item's details.</summary>
public sealed record ChangeDetails(DetailsChange Changes, Text Reason)
{
    /// <summary>Decides.</summary>
    public Decision Decide(Item item, KnownSlugs known, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        var checks = new Checks();
        checks.Required("reason", Reason, Checks.LongText);
        if (Changes.Title is { IsGiven: true, Value: null })
            checks.Refuse("required", "title", "A title cannot be cleared.");
        if (Changes.Proposer is { IsGiven: true, Value: null })
            checks.Refuse("required", "proposer", "A proposer cannot be cleared.");
        if (Changes.MadeOn is { IsGiven: true, Value: null })
            checks.Refuse("required", "madeOn", "The date cannot be cleared.");
        if (Changes.Only() == new DetailsChange())
            checks.Refuse("required", "", "Nothing is changed.");
        // What was linked before was known then; no item ever ceases to exist.
        var linked = known with
        {
            Items = known.Items.Concat(item.Details.Related.Select(l => l.Slug)).ToHashSet(StringComparer.Ordinal),
        };
        if (checks.Passed)
            DetailsRules.Check(new FieldContext(checks, "", linked, recording), Changes.Over(item.Details), item.Slug, item.Kind);
        return checks.Passed
            ? Decision.Accept(recording.Stamp(new DetailsChanged(Changes.Only(), Reason)))
            : Decision.Refuse(checks.Refusals);
    }
}

/// <summary>Takes an item out of the tracker, or merges it into another one.</summary>
public sealed record RetractItem(Text Reason, string? MergedInto)
{
    /// <summary>Decides.</summary>
    public Decision Decide(Item item, KnownSlugs known, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        var checks = new Checks();
        checks.Required("reason", Reason, Checks.LongText);
        checks.Known("mergedInto", MergedInto, known.Items, "item");
        if (MergedInto == item.Slug)
            checks.Refuse("merge-into-itself", "mergedInto", "An item cannot be merged into itself.");
        return checks.Passed ? Decision.Accept(recording.Stamp(new ItemRetracted(Reason, MergedInto))) : Decision.Refuse(checks.Refusals);
    }
}

/// <summary>What is refused once an item is out of the tracker.</summary>
internal static class Gone
{
    public static Refusal? Refusal(Item item) =>
        item.Retracted is not { } retracted
            ? null
            : new Refusal(
                RefusalKind.Gone,
                "item-retracted",
                "",
                retracted.MergedInto is { } into
                    ? $"The item was merged into '{into}' on {retracted.RecordedAt:yyyy-MM-dd}; record it there."
                    : $"The item was retracted on {retracted.RecordedAt:yyyy-MM-dd}; nothing more can be recorded on it."
            );
}
