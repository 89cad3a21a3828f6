using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>What details must hold.</summary>
internal static class DetailsRules
{
    private const int Many = 100;

    /// <summary>Everything that details must hold.</summary>
    /// <param name="on">What they are checked with.</param>
    /// <param name="details">The details.</param>
    /// <param name="slug">The item's own slug.</param>
    /// <param name="kind">What the item is.</param>
    public static void Check(FieldContext on, Details details, string slug, ItemKind kind)
    {
        Texts(on, details);
        Names(on, details);
        Links(on, details.Related, slug);
        Citations(on, details.Citations);
        if (details.Due is { } due)
            UpdateRules.Due(on.Checks, on.At + "due.", due, kind);
    }

    private static void Texts(FieldContext on, Details details)
    {
        on.Checks.Required(on.At + "title", details.Title, Checks.ShortText);
        if (details.MadeOn.FirstDay > Instants.LatestDayBegun(on.Recording.RecordedAt))
            on.Refuse("future", "madeOn", $"{details.MadeOn} lies in the future.");
        on.Checks.Optional(on.At + "summary", details.Summary, Checks.LongText);
        on.Checks.Optional(on.At + "nextActor", details.NextActor, Checks.ShortText);
        on.Checks.Optional(on.At + "followUpQuestion", details.FollowUpQuestion, Checks.LongText);
        on.Checks.Optional(on.At + "note", details.Note, Checks.LongText);
    }

    /// <summary>Parties and themes exist.</summary>
    private static void Names(FieldContext on, Details details)
    {
        on.Checks.Required(on.At + "proposer", details.Proposer, Checks.ShortText);
        on.Party("proposer", details.Proposer);
        on.Party("speaker", details.Speaker);
        Slugs(on, "responsible", details.Responsible, on.Known.Parties, "party");
        Slugs(on, "addressees", details.Addressees, on.Known.Parties, "party");
        Slugs(on, "themes", details.Themes, on.Known.Themes, "theme");
    }

    private static void Links(FieldContext on, IReadOnlyList<Link> links, string slug)
    {
        on.Checks.Count(on.At + "related", links, Many);
        if (!on.Checks.Full(on.At + "related", links))
            return;
        for (var i = 0; i < links.Count; i++)
        {
            var at = $"{on.At}related[{i}].slug";
            on.Checks.Required(at, links[i].Slug, Checks.ShortText);
            on.Checks.Known(at, links[i].Slug, on.Known.Items, "item");
            if (links[i].Slug == slug)
                on.Checks.Refuse("link-to-itself", at, "An item is not linked to itself.");
        }
    }

    private static void Citations(FieldContext on, IReadOnlyList<Citation> citations)
    {
        on.Checks.Count(on.At + "citations", citations, Many);
        if (!on.Checks.Full(on.At + "citations", citations))
            return;
        for (var i = 0; i < citations.Count; i++)
            Check(on.Within($"citations[{i}]"), citations[i]);
    }

    private static void Check(FieldContext on, Citation citation)
    {
        on.Checks.Required(on.At + "exact", citation.Exact, Checks.LongText);
        Around(on, "prefix", citation.Prefix);
        Around(on, "suffix", citation.Suffix);
        on.Party("voice", citation.Voice);
        if (citation.DocumentSha256 is { } hash && (hash.Length != 64 || hash.Any(c => !char.IsAsciiHexDigitLower(c))))
            on.Refuse("document-hash", "documentSha256", "A SHA-256 is written in 64 hexadecimal digits, lower case.");
        Position(on, citation);
    }

    /// <summary>A few characters before or after a passage; none where it stands at an end of its document.</summary>
    private static void Around(FieldContext on, string field, string? text)
    {
        if (text is { Length: > 0 })
            on.Checks.Optional(on.At + field, text, Checks.Context);
    }

    private static void Position(FieldContext on, Citation citation)
    {
        if (citation is { Start: < 0 } or { Line: < 1 } || citation.End <= citation.Start)
            on.Refuse("position", "start", "Positions are code points from 0, the end behind the start; lines count from 1.");
        if (citation is { Exact: not null, Start: { } from, End: { } to } && to - from != citation.Exact.EnumerateRunes().Count())
            on.Refuse("position", "end", "The passage is not as long as its positions say.");
    }

    private static void Slugs(FieldContext on, string field, IReadOnlyList<string> slugs, IReadOnlySet<string> known, string what)
    {
        var at = on.At + field;
        if (!on.Checks.Full(at, slugs))
            return;
        on.Checks.Count(at, slugs, Many);
        for (var i = 0; i < slugs.Count; i++)
            on.Checks.Known($"{at}[{i}]", slugs[i], known, what);
        if (slugs.Distinct(StringComparer.Ordinal).Count() != slugs.Count)
            on.Checks.Refuse("repeated", at, "Each may stand once.");
    }
}
