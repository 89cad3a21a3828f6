using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>The changes of a filter as Atom.</summary>
public static class GetAtomFeed
{
    [WolverineGet("/feeds/changes.atom"), Tags("Feeds")]
    [Describes(
        "Changes as Atom: the newest 50, and archives after RFC 5005",
        typeof(string),
        "kind",
        "status",
        "theme",
        "party",
        "forum",
        "q",
        "signal",
        "item",
        "changes",
        "lang",
        "archive",
        "before",
        MediaType = "application/atom+xml"
    )]
    public static Task<IResult> Get(HttpContext context, FeedReader feeds, TimeProvider time, CancellationToken ct) =>
        feeds.AnswerAsync(ReadRequest.Of(context, time, FeedReader.Parameters), AtomFeed.Write, AtomFeed.MediaType, ct);
}

/// <summary>The changes of a filter as JSON Feed.</summary>
public static class GetJsonFeed
{
    [WolverineGet("/feeds/changes.json"), Tags("Feeds")]
    [Describes(
        "Changes as JSON Feed 1.1: the newest 50, and archives by next_url",
        typeof(JsonFeed),
        "kind",
        "status",
        "theme",
        "party",
        "forum",
        "q",
        "signal",
        "item",
        "changes",
        "lang",
        "archive",
        "before",
        MediaType = "application/feed+json"
    )]
    public static Task<IResult> Get(HttpContext context, FeedReader feeds, TimeProvider time, CancellationToken ct) =>
        feeds.AnswerAsync(ReadRequest.Of(context, time, FeedReader.Parameters), JsonFeed.Write, JsonFeed.MediaType, ct);
}

/// <summary>
/// Reads a document of a feed. Who walks from the newest document by <c>prev-archive</c> gets every change of the filter
/// once: the first step leads below the oldest entry told, every further one to the next range of numbers that has a match.
/// </summary>
public sealed class FeedReader(ChangeLog log, ChangeIndex index, FoundChanges changes, ForumDirectory directory, ItemSlugs slugs)
{
    /// <summary>Everything a feed may be asked for.</summary>
    public static readonly string[] Parameters = [.. ReadRequest.FilterParameters, "item", "changes", "archive", "before"];

    private static readonly string[] Clocks = ["asOf", "knownAt"];

    /// <summary>Answers; 304 before anything is written.</summary>
    public async Task<IResult> AnswerAsync(ReadRequest request, Func<FeedPage, byte[]> write, string mediaType, CancellationToken ct)
    {
        foreach (var clock in Clocks.Where(c => request.Context.Request.Query.ContainsKey(c)))
            request.Refuse("unknown-parameter", clock, "A feed tells changes in the order in which they were recorded; it takes no clock.");
        var filter = ChangeFilter.Of(request.Filter(await directory.NamesAsync(ct))) with
        {
            Item = request.Many("item"),
            Changes = Kinds(request),
        };
        await KnownItemsAsync(request, filter.Item, ct);
        var (feedId, last) = await log.HeadAsync(ct);
        var part = Part(request, last);
        if (request.Problem is { } problem)
            return problem;
        if (!await index.ReachesAsync(last, ct))
        {
            request.Context.Response.Headers.RetryAfter = "60";
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                "feeds-behind",
                "",
                "Many changes came at once and are being sorted for the feeds; try again in a minute, or page through /api/v1/changes."
            );
        }

        var http = request.Context.Request;
        var address = new FeedAddress($"{http.Scheme}://{http.Host}", filter, request.One("lang") ?? "en");
        var document = new Document(request, write, mediaType, address, feedId, last);
        return part is null ? await NewestAsync(document, ct) : await ArchiveAsync(document, part, ct);
    }

    /// <summary>A document that is asked for.</summary>
    private sealed record Document(
        ReadRequest Request,
        Func<FeedPage, byte[]> Write,
        string MediaType,
        FeedAddress Address,
        Guid FeedId,
        long Last
    );

    private async Task<IResult> NewestAsync(Document asked, CancellationToken ct)
    {
        var newest = await changes.LastAsync($"{asked.FeedId:n} {asked.Address.Query}", asked.Address.Filter, asked.Last, ct);
        return await asked.Request.AnswerAsync(
            async () =>
            {
                var found = await changes.BeforeAsync(asked.Address.Filter, 0, newest, FeedPage.Newest + 1, ct);
                var told = found.Take(FeedPage.Newest).ToList();
                var earlier =
                    found.Count > FeedPage.Newest ? ArchivePart.Holding(found[^1].Change.ChangeNo, told[^1].Change.ChangeNo) : null;
                return asked.Write(
                    new FeedPage
                    {
                        Address = asked.Address,
                        FeedId = asked.FeedId,
                        Entries = told,
                        Previous = earlier,
                    }
                );
            },
            asked.MediaType,
            asked.Address.TagOf(asked.FeedId, asked.MediaType, newest),
            isFixed: false
        );
    }

    private async Task<IResult> ArchiveAsync(Document asked, ArchivePart part, CancellationToken ct)
    {
        var isClosed = asked.Last >= part.Last;
        var read = isClosed ? part.Last : asked.Last;
        return await asked.Request.AnswerAsync(
            async () =>
            {
                var told = await changes.BeforeAsync(asked.Address.Filter, part.Above, read, ArchivePart.Size, ct);
                var earlier = await changes.BeforeAsync(asked.Address.Filter, 0, part.Above, 1, ct);
                return asked.Write(
                    new FeedPage
                    {
                        Address = asked.Address,
                        FeedId = asked.FeedId,
                        Part = part,
                        Entries = told,
                        Previous = earlier.Count > 0 ? new ArchivePart(ArchivePart.Of(earlier[0].Change.ChangeNo)) : null,
                        // The range behind may have no match; which one has is not yet known, and a closed archive never changes.
                        Next = isClosed && part.Before is null ? new ArchivePart(part.Archive + 1) : null,
                    }
                );
            },
            asked.MediaType,
            asked.Address.TagOf(asked.FeedId, asked.MediaType, part.Archive, part.Before, isClosed ? "closed" : read),
            isFixed: isClosed
        );
    }

    private async Task KnownItemsAsync(ReadRequest request, IReadOnlyList<string> items, CancellationToken ct)
    {
        if (items.Count == 0)
            return;
        request.Known("item", items, await slugs.KnownAsync(items, ct));
    }

    private static IReadOnlyList<NewsKind> Kinds(ReadRequest request)
    {
        var kinds = new List<NewsKind>();
        foreach (var word in request.Many("changes"))
        {
            if (Domain.Writing.Words.TryRead<NewsKind>(word, out var kind))
                kinds.Add(kind);
            else
                request.Refuse(
                    "unknown-word",
                    "changes",
                    $"There is no kind of change '{word}'; these are: {string.Join(", ", Domain.Writing.Words.All<NewsKind>())}."
                );
        }

        return kinds;
    }

    /// <summary>The archive asked for; null: none, or it was refused.</summary>
    private static ArchivePart? Part(ReadRequest request, long last)
    {
        var newest = last / ArchivePart.Size + 1;
        var archive = request.Number("archive", 0, 1, newest);
        if (archive == 0)
        {
            if (request.One("before") is not null && request.One("archive") is null)
                request.Refuse("archive", "before", "It narrows an archive; name one.");
            return null;
        }

        var whole = new ArchivePart(archive);
        var before = request.Number("before", 0, whole.Above + 2, Math.Min(whole.Last, last + 1));
        return before == 0 ? whole : whole with { Before = before };
    }
}
