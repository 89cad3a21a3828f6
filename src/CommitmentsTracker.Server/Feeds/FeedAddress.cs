using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>What a feed is asked for, written in one way: every order of the same values is the same feed.</summary>
/// <param name="Origin">Scheme and host of the site.</param>
/// <param name="Filter">Which changes.</param>
/// <param name="Language"><c>en</c> or <c>zh</c>.</param>
public sealed record FeedAddress(string Origin, ChangeFilter Filter, string Language)
{
    /// <summary>Raised whenever the bytes of a feed change although no data did.</summary>
    private const int Format = 1;

    /// <summary>The filter as the query of an address, without a question mark.</summary>
    public string Query { get; } = Written([.. Pairs(Filter), ("lang", Language)]);

    /// <summary>The newest changes in a format (<c>atom</c> or <c>json</c>).</summary>
    public string Current(string format) => $"{Origin}/feeds/changes.{format}?{Query}";

    /// <summary>An archived part of the feed.</summary>
    public string Of(ArchivePart part, string format) =>
        Current(format)
        + string.Create(CultureInfo.InvariantCulture, $"&archive={part.Archive}")
        + (part.Before is { } n ? string.Create(CultureInfo.InvariantCulture, $"&before={n}") : "");

    /// <summary>The page of people that shows what the feed follows.</summary>
    public string Page =>
        Filter.Item is [var item]
            ? $"{Origin}/items/{item}?lang={Language}"
            : $"{Origin}/items?{Written([.. Pairs(Filter with { Item = [], Changes = [] }), ("lang", Language)])}";

    /// <summary>An id of the feed that does not depend on where it is read.</summary>
    public Guid IdIn(Guid feedId) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{feedId:n} {Query}")).AsSpan(0, 16), bigEndian: true);

    /// <summary>The entity tag, without quotes, of what is told of the feed.</summary>
    public string TagOf(Guid feedId, params IEnumerable<object?> state) =>
        Convert.ToHexStringLower(
            SHA256
                .HashData(
                    Encoding.UTF8.GetBytes(
                        string.Create(CultureInfo.InvariantCulture, $"{Format} {feedId:n} {Origin} {Query} {string.Join(' ', state)}")
                    )
                )
                .AsSpan(0, 12)
        );

    /// <summary>The values of a filter in the order in which addresses write them.</summary>
    public static IEnumerable<(string Name, string Value)> Pairs(ChangeFilter filter) =>
        Of("kind", filter.Kind.Select(k => k.Word()))
            .Concat(Of("status", filter.Status.Select(s => s.Word())))
            .Concat(Of("theme", filter.Theme))
            .Concat(Of("party", filter.Party))
            .Concat(Of("forum", filter.Forum))
            .Concat(Of("item", filter.Item))
            .Concat(Of("signal", filter.Signal))
            .Concat(Of("changes", filter.Changes.Select(c => c.Word())))
            .Concat(string.IsNullOrWhiteSpace(filter.Q) ? [] : [("q", filter.Q)]);

    private static IEnumerable<(string, string)> Of(string name, IEnumerable<string> values) =>
        values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(v => (name, v));

    private static string Written(IEnumerable<(string Name, string Value)> pairs) =>
        string.Join('&', pairs.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
}

/// <summary>A part of the archives: a fixed range of change numbers, or its lower end where the newest entries are told already.</summary>
/// <param name="Archive">The range, from 1 on.</param>
/// <param name="Before">Only changes below this number; null: the whole range.</param>
public sealed record ArchivePart(long Archive, long? Before = null)
{
    /// <summary>Change numbers of one range.</summary>
    public const int Size = 100;

    /// <summary>The number before the first of the range.</summary>
    public long Above => (Archive - 1) * Size;

    /// <summary>The last number of the part.</summary>
    public long Last => Before is { } n ? n - 1 : Archive * Size;

    /// <summary>The range of a change number.</summary>
    public static long Of(long changeNo) => ((changeNo - 1) / Size) + 1;

    /// <summary>The part that holds a change and what lies before it in its range, but nothing from <paramref name="told"/> on.</summary>
    public static ArchivePart Holding(long changeNo, long told) => new(Of(changeNo), Of(changeNo) == Of(told) ? told : null);
}
