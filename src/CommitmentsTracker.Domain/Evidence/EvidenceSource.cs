using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Evidence;

/// <summary>How near the source stands to the fact.</summary>
[JsonConverter(typeof(WordConverter<Grade>))]
public enum Grade
{
    Primary,
    Secondary,
}

/// <summary>Whose voice it is: the responsible party's own, or anybody else's. The two are shown side by side and never merged.</summary>
[JsonConverter(typeof(WordConverter<Lane>))]
public enum Lane
{
    SelfReported,
    Independent,
}

/// <summary>How the address of a source is known.</summary>
[JsonConverter(typeof(WordConverter<UrlBasis>))]
public enum UrlBasis
{
    /// <summary>The document was read there.</summary>
    Read,

    /// <summary>Another document names it.</summary>
    Named,

    /// <summary>There is none.</summary>
    None,
}

/// <summary>A document behind an update.</summary>
/// <param name="Title">Title; in square brackets where descriptive.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="Identifier">Document symbol, e.g. <c>A/RES/79/325</c>.</param>
/// <param name="Url">http or https address.</param>
/// <param name="ArchivedUrl">Address of an archived copy.</param>
/// <param name="Date">When it was published.</param>
/// <param name="Grade">Primary or secondary.</param>
/// <param name="UrlBasis">How the address is known: <c>read</c>, <c>named</c> or <c>none</c>.</param>
public sealed record EvidenceSource(
    string Title,
    string? Publisher = null,
    string? Identifier = null,
    string? Url = null,
    string? ArchivedUrl = null,
    PartialDate? Date = null,
    Grade Grade = Grade.Secondary,
    UrlBasis? UrlBasis = null
);

/// <summary>The evidence rule: what a set of sources allows to say.</summary>
public static class EvidenceRule
{
    /// <summary>
    /// Confirmed: a primary source, or two secondary ones of different publishers. Else claimed where only the
    /// responsible party says so, reported where somebody else does.
    /// </summary>
    public static Confidence Allows(Lane lane, IEnumerable<EvidenceSource> sources)
    {
        var all = sources as IReadOnlyCollection<EvidenceSource> ?? sources.ToList();
        if (all.Any(s => s.Grade == Grade.Primary))
            return Confidence.Confirmed;
        if (all.Select(s => s.Publisher?.Trim().ToUpperInvariant() ?? s.Title).Distinct().Skip(1).Any())
            return Confidence.Confirmed;
        return lane == Lane.SelfReported ? Confidence.Claimed : Confidence.Reported;
    }
}
