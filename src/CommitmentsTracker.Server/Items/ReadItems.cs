using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Reading.Citing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Citing;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Items;

/// <summary>Lists items at a day and an instant.</summary>
public static class ListItems
{
    [WolverineGet("/api/v1/items"), Tags("Items")]
    [Describes(
        "Lists items on both clocks",
        typeof(ItemPage),
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
        "limit",
        "cursor"
    )]
    public static async Task<IResult> Get(
        HttpContext context,
        ItemLists lists,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, [.. ReadRequest.FilterParameters, "sort", "limit", "cursor"]);
        var (filter, sort) = (request.Filter(await directory.NamesAsync(ct)), request.Sort());
        var (limit, cursor) = ((int)request.Number("limit", ItemLists.DefaultLimit, 1, 200), request.One("cursor"));
        if (request.Problem is { } problem)
            return problem;
        try
        {
            var page = await lists.PageAsync(filter, sort, limit, cursor, request.Clocks, ct);
            // A cursor's clocks win over those of the address.
            var asAsked = page.AsOf == request.Clocks.AsOf && page.KnownAt == request.Clocks.KnownAt;
            return request.Answer(page, isFixed: request.IsFixed && asAsked && filter.Forums.Count == 1 && filter.Query is null);
        }
        catch (FormatException e)
        {
            return Problems.Of(StatusCodes.Status400BadRequest, "cursor", "cursor", e.Message);
        }
    }
}

/// <summary>One item on both clocks.</summary>
public static class GetItem
{
    [WolverineGet("/api/v1/items/{slug}"), Tags("Items")]
    [Describes("An item's state on both clocks", typeof(ItemAnswer), "asOf", "knownAt", TellsStateHash = true)]
    public static async Task<IResult> Get(string slug, HttpContext context, ItemReader reader, TimeProvider time, CancellationToken ct)
    {
        var request = ReadRequest.Of(context, time);
        if (request.Problem is { } problem)
            return problem;
        var (item, absent) = await reader.ReadAsync(slug, request.Clocks, ct);
        if (item is not null)
        {
            StateAnswers.Tell(context, StateDocument.Of(item, request.Clocks));
            var tag = WriteAnswers.ETag(item.Version, item.AsOf);
            return request.Answer(ItemAnswer.Of(item), item.KnownAt is { } known ? $"{tag}.k{known.UtcTicks:x}" : tag, request.IsFixed);
        }

        return AbsentItems.Answer(slug, absent, request.Clocks, context);
    }
}

/// <summary>Every recorded event of an item.</summary>
public static class GetHistory
{
    [WolverineGet("/api/v1/items/{slug}/history"), Tags("Items")]
    [Describes("Every recorded event of an item, oldest first", typeof(ItemHistoryAnswer), "knownAt")]
    public static async Task<IResult> Get(string slug, HttpContext context, ItemReader reader, TimeProvider time, CancellationToken ct)
    {
        var request = ReadRequest.Of(context, time);
        if (request.Problem is { } problem)
            return problem;
        var record = await reader.RecordAsync(slug, request.Clocks, ct);
        return record?.History is { } history
            ? request.Answer(ItemHistoryAnswer.Of(history), isFixed: request.IsFixed)
            : AbsentItems.Answer(slug, record?.Absent, request.Clocks, context);
    }
}

/// <summary>The history as the API writes it.</summary>
public sealed record ItemHistoryAnswer(
    string Slug,
    ItemKind Kind,
    string Forum,
    DateTimeOffset? KnownAt,
    IReadOnlyList<HistoryEntryAnswer> Events
)
{
    /// <summary>Events are written by their own shape, each under its type.</summary>
    public static ItemHistoryAnswer Of(ItemHistory history) =>
        new(
            history.Slug,
            history.Kind,
            history.Forum,
            history.KnownAt,
            [
                .. history.Events.Select(e => new HistoryEntryAnswer(
                    e.Version,
                    e.Type,
                    e.RecordedAt,
                    e.By,
                    e.Effect.Before,
                    e.Effect.After,
                    e.Effect.IsLate,
                    e.Event
                )),
            ]
        );
}

/// <summary>One event of a history.</summary>
/// <param name="Event">The event as it is stored.</param>
public sealed record HistoryEntryAnswer(
    int Version,
    string Type,
    DateTimeOffset RecordedAt,
    string? By,
    Status? StatusBefore,
    Status? StatusAfter,
    bool Late,
    object Event
);
