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
        DetailsRules.Check(checks, "", Details, Slug, Kind, known, recording);
        UpdateRules.Check(checks, "first.", FirstId, First, Kind, known, recording);
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
            DetailsRules.Check(checks, "", Changes.Over(item.Details), item.Slug, item.Kind, linked, recording);
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

/// <summary>What details must hold.</summary>
internal static class DetailsRules
{
    private const int ManyParties = 100;

    public static void Check(Checks checks, string at, Details details, string slug, ItemKind kind, KnownSlugs known, Recording recording)
    {
        checks.Required(at + "title", details.Title, Checks.ShortText);
        if (details.MadeOn.FirstDay > Instants.LatestDayBegun(recording.RecordedAt))
            checks.Refuse("future", at + "madeOn", $"{details.MadeOn} lies in the future.");
        checks.Optional(at + "summary", details.Summary, Checks.LongText);
        checks.Optional(at + "nextActor", details.NextActor, Checks.ShortText);
        checks.Optional(at + "followUpQuestion", details.FollowUpQuestion, Checks.LongText);
        checks.Optional(at + "note", details.Note, Checks.LongText);
        checks.Required(at + "proposer", details.Proposer, Checks.ShortText);
        checks.Known(at + "proposer", details.Proposer, known.Parties, "party");
        checks.Known(at + "speaker", details.Speaker, known.Parties, "party");
        Slugs(checks, at + "responsible", details.Responsible, known.Parties, "party");
        Slugs(checks, at + "addressees", details.Addressees, known.Parties, "party");
        Slugs(checks, at + "themes", details.Themes, known.Themes, "theme");
        checks.Count(at + "related", details.Related, ManyParties);
        var related = checks.Full(at + "related", details.Related) ? details.Related : [];
        for (var i = 0; i < related.Count; i++)
        {
            checks.Required($"{at}related[{i}].slug", related[i].Slug, Checks.ShortText);
            checks.Known($"{at}related[{i}].slug", related[i].Slug, known.Items, "item");
            if (related[i].Slug == slug)
                checks.Refuse("link-to-itself", $"{at}related[{i}].slug", "An item is not linked to itself.");
        }

        checks.Count(at + "citations", details.Citations, ManyParties);
        var citations = checks.Full(at + "citations", details.Citations) ? details.Citations : [];
        for (var i = 0; i < citations.Count; i++)
            Check(checks, $"{at}citations[{i}].", citations[i], known);
        if (details.Due is { } due)
            UpdateRules.Due(checks, at + "due.", due, kind);
    }

    private static void Check(Checks checks, string at, Citation citation, KnownSlugs known)
    {
        checks.Required(at + "exact", citation.Exact, Checks.LongText);
        foreach (var (field, text) in new[] { ("prefix", citation.Prefix), ("suffix", citation.Suffix) })
            if (text is { Length: > 0 })
                checks.Optional(at + field, text, Checks.Context);
        checks.Known(at + "voice", citation.Voice, known.Parties, "party");
        if (citation.DocumentSha256 is { } hash && (hash.Length != 64 || hash.Any(c => !char.IsAsciiHexDigitLower(c))))
            checks.Refuse("document-hash", at + "documentSha256", "A SHA-256 is written in 64 hexadecimal digits, lower case.");
        if (citation is { Start: < 0 } or { Line: < 1 } || (citation.Start is { } start && citation.End is { } end && end <= start))
            checks.Refuse("position", at + "start", "Positions are code points from 0, the end behind the start; lines count from 1.");
        if (citation is { Exact: not null, Start: { } from, End: { } to } && to - from != citation.Exact.EnumerateRunes().Count())
            checks.Refuse("position", at + "end", "The passage is not as long as its positions say.");
    }

    private static void Slugs(Checks checks, string at, IReadOnlyList<string> slugs, IReadOnlySet<string> known, string what)
    {
        if (!checks.Full(at, slugs))
            return;
        checks.Count(at, slugs, ManyParties);
        for (var i = 0; i < slugs.Count; i++)
            checks.Known($"{at}[{i}]", slugs[i], known, what);
        if (slugs.Distinct(StringComparer.Ordinal).Count() != slugs.Count)
            checks.Refuse("repeated", at, "Each may stand once.");
    }
}
