using System.Text.Json;
using System.Text.Json.Serialization;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>A feed as JSON Feed 1.1; <c>next_url</c> leads to what came before.</summary>
public sealed record JsonFeed(
    string Version,
    string Title,
    string Description,
    [property: JsonPropertyName("home_page_url")] string HomePageUrl,
    [property: JsonPropertyName("feed_url")] string FeedUrl,
    [property: JsonPropertyName("next_url")] string? NextUrl,
    IReadOnlyList<JsonFeedAuthor> Authors,
    string Language,
    IReadOnlyList<JsonFeedItem> Items
)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/feed+json; charset=utf-8";

    /// <summary>The document.</summary>
    public static byte[] Write(FeedPage page)
    {
        var words = new FeedWords(page.Words, page.Address.Origin);
        var language = page.Words.Language == "zh" ? "zh-Hans" : page.Words.Language;
        return JsonSerializer.SerializeToUtf8Bytes(
            new JsonFeed(
                "https://jsonfeed.org/version/1.1",
                FeedWords.Clean(page.Title),
                page.Words["feeds.subtitle"],
                page.Address.Page,
                page.Self("json"),
                page.Previous is { } previous ? page.Address.Of(previous, "json") : null,
                [new JsonFeedAuthor(page.Words["site.name"])],
                language,
                [
                    .. page.Entries.Select(told => new JsonFeedItem(
                        AtomFeed.Urn(told.Change.Id),
                        words.LinkOf(told.Change),
                        words.TitleOf(told),
                        words.HtmlOf(told),
                        told.Change.RecordedAt,
                        told.Change.RecordedAt,
                        [.. AtomFeed.Terms(told.Change)],
                        told.Change
                    )),
                ]
            ),
            TrackerJson.Strict
        );
    }
}

/// <summary>Who tells.</summary>
public sealed record JsonFeedAuthor(string Name);

/// <summary>One change; the row of the change log stands in <c>_change</c>, as the API gives it.</summary>
public sealed record JsonFeedItem(
    string Id,
    string Url,
    string Title,
    [property: JsonPropertyName("content_html")] string ContentHtml,
    [property: JsonPropertyName("date_published")] DateTimeOffset DatePublished,
    [property: JsonPropertyName("date_modified")] DateTimeOffset DateModified,
    IReadOnlyList<string> Tags,
    [property: JsonPropertyName("_change")] ChangeView Change
);
