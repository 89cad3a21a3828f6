using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using CsvHelper;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Items;

/// <summary>A list as a file: the filters and the order of <c>GET /items</c>, all of its rows at once.</summary>
public static class DownloadItems
{
    /// <summary>Address of the file.</summary>
    public const string Address = "/api/v1/items.csv";

    /// <summary>
    /// The columns. Both clocks stand on every row, so that rows of several files can be put together and a row still
    /// says when it was true; a list without rows says it in the name of its file.
    /// </summary>
    public static readonly IReadOnlyList<string> Columns =
    [
        "as_of",
        "known_at",
        "slug",
        "url",
        "kind",
        "forum",
        "title_en",
        "title_zh",
        "summary_en",
        "summary_zh",
        "proposer",
        "responsible",
        "addressees",
        "themes",
        "made_on",
        "status",
        "status_since",
        "stalled_at",
        "due_on",
        "time",
        "freshness",
        "confidence",
        "testability",
        "last_activity",
        "awaiting_confirmation",
        "unlawful_steps",
    ];

    [WolverineGet(Address), Tags("Items")]
    [Describes(
        "The list as CSV (RFC 4180, UTF-8 with a byte order mark), without paging; as_of and known_at on every row",
        typeof(string),
        "asOf",
        "knownAt",
        "kind",
        "status",
        "theme",
        "party",
        "forum",
        "q",
        "signal",
        "sort",
        MediaType = "text/csv"
    )]
    public static async Task<IResult> Get(
        HttpContext context,
        ItemLists lists,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, [.. ReadRequest.FilterParameters, "sort"]);
        var (filter, sort) = (request.Filter(await directory.NamesAsync(ct)), request.Sort());
        if (request.Problem is { } problem)
            return problem;
        // What is known now is known at this instant: asked for it, the list is the same again.
        var clocks = request.Clocks with
        {
            KnownAt = request.Clocks.KnownAt ?? request.Clocks.Now.ToMicroseconds(),
        };
        return new ItemFile(lists.AllAsync(filter, sort, clocks, ct), clocks);
    }

    private sealed class ItemFile(IAsyncEnumerable<ItemRow> rows, AskedClocks clocks) : IResult
    {
        // A byte order mark, because without one spreadsheets take Chinese for Latin-1. A cell that begins like a formula
        // gets an apostrophe, so that no spreadsheet computes what somebody wrote into a title.
        private static readonly CsvWriterOptions Options = new() { WriteByteOrderMark = true, Injection = CsvInjection.Escape };

        public async Task ExecuteAsync(HttpContext context)
        {
            var response = context.Response;
            var (asOf, knownAt) = (
                Day(clocks.AsOf)!,
                clocks.KnownAt!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture)
            );
            response.ContentType = "text/csv; charset=utf-8; header=present";
            response.Headers.ContentDisposition =
                $"attachment; filename=\"items_as-of_{asOf}_known-at_{knownAt.Replace(":", "", StringComparison.Ordinal)}.csv\"";
            response.Headers.CacheControl = "no-cache";
            // Asked before anything is sent, so that a database that does not answer is told as such; a failure later on cuts the file off.
            await using var row = rows.GetAsyncEnumerator(context.RequestAborted);
            var more = await row.MoveNextAsync();
            var items = $"{context.Request.Scheme}://{context.Request.Host}/items/";
            await using var csv = CsvWriter.Create(response.Body, Options, leaveOpen: true);
            await csv.WriteRecordAsync([.. Columns], context.RequestAborted);
            for (; more; more = await row.MoveNextAsync())
                await csv.WriteRecordAsync(Cells(row.Current, asOf, knownAt, items), context.RequestAborted);
            await csv.FlushAsync(context.RequestAborted);
        }

        private static string?[] Cells(ItemRow item, string asOf, string knownAt, string items) =>
            [
                asOf,
                knownAt,
                item.Slug,
                $"{items}{item.Slug}?asOf={asOf}&knownAt={knownAt}",
                item.Kind.Word(),
                item.Forum,
                item.Title.En,
                item.Title.Zh,
                item.Summary?.En,
                item.Summary?.Zh,
                item.Proposer,
                string.Join(';', item.Responsible),
                string.Join(';', item.Addressees),
                string.Join(';', item.Themes),
                item.MadeOn.ToString(),
                item.Status.Word(),
                item.StatusSince.ToString(),
                item.StalledAt?.Word(),
                Day(item.DueOn),
                item.Signals.Time.Word(),
                item.Signals.Freshness.Word(),
                item.Signals.Confidence.Word(),
                item.Signals.Testability.Word(),
                Day(item.LastActivity),
                item.AwaitingConfirmation.ToString(CultureInfo.InvariantCulture),
                string.Join(';', item.Flags),
            ];

        private static string? Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
