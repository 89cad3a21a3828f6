using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>One document of a feed, before it is written in a format.</summary>
public sealed record FeedPage
{
    /// <summary>Most entries of the newest document.</summary>
    public const int Newest = 50;

    public required FeedAddress Address { get; init; }

    /// <summary>The feed id of the change log.</summary>
    public required Guid FeedId { get; init; }

    /// <summary>The archived part that the document is; null: the newest entries.</summary>
    public ArchivePart? Part { get; init; }

    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ToldChange> Entries { get; init; }

    /// <summary>Where what came before is told; null: nothing came before.</summary>
    public ArchivePart? Previous { get; init; }

    /// <summary>The range behind the part; null: there is none yet.</summary>
    public ArchivePart? Next { get; init; }

    /// <summary>The words of the feed.</summary>
    public Phrasebook Words => Phrasebook.For(Address.Language);

    /// <summary>The document's own address.</summary>
    public string Self(string format) => Part is null ? Address.Current(format) : Address.Of(Part, format);

    /// <summary>When the newest entry was recorded; of a document without entries, when the log began.</summary>
    public DateTimeOffset Updated => Entries.Count > 0 ? Entries[0].Change.RecordedAt : BeganAt(FeedId);

    /// <summary>The title: what is followed.</summary>
    public string Title
    {
        get
        {
            var narrowed = FeedAddress
                .Pairs(Address.Filter)
                .GroupBy(p => p.Name)
                .Select(g =>
                    Words.Say(
                        "feeds.narrowed",
                        Words[(g.Key is "item" or "changes" or "q" ? "feeds.filter." : "filters.") + g.Key],
                        string.Join(Words["changes.comma"], g.Select(p => Named(p.Name, p.Value)))
                    )
                );
            return string.Join(" · ", narrowed.Prepend(Words["feeds.title"]));
        }
    }

    private string Named(string name, string value) =>
        name switch
        {
            "kind" => Words["kind." + value],
            "status" => Words["status." + value],
            "changes" => Words["feeds.kind." + value],
            _ => value,
        };

    /// <summary>A feed id is a UUID of version 7: it begins with milliseconds since 1970.</summary>
    private static DateTimeOffset BeganAt(Guid feedId) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(feedId.ToString("n")[..12], 16));
}
