using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Items;

/// <summary>Records an item with its first status.</summary>
public static class PostItem
{
    [WolverinePost("/api/v1/items"), Tags("Items"), May(Act.Edit)]
    [Describes("Records an item with its first status", typeof(ItemAnswer), Body = typeof(NewItem), Status = 201)]
    public static async Task<IResult> Post(
        HttpContext context,
        ItemWriter writer,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var (request, problem) = await WriteRequest<NewItem>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var body = request.Body;
        var names = await directory.NamesAsync(ct);
        var first =
            body.First?.Only()
            ?? RecordItem.FirstStatus(body.Kind, body, body.Status, body.StatusSince, body.Evidence ?? SourceDocument(body, names));
        if (first is null)
            return Problems.Of(400, "first-status", "status", "An instrument starts anywhere in its table: name its status.");
        var today = time.GetUtcNow().DayOf();
        var command = new RecordItem(
            body.Slug,
            body.Kind,
            body.Forum,
            body.Only(),
            body.First?.Id ?? $"{body.Slug}--{first.Status?.Word() ?? "first"}",
            first
        );
        var outcome = await writer.RecordAsync(
            command,
            request.By,
            request.Idempotency is { } key ? new Repeatable(key, Answer) : null,
            ct
        );
        return WriteAnswers.Send(context, outcome, () => Answer(outcome.Item!), today);

        StoredAnswer Answer(Item item) =>
            WriteAnswers.Stored(ItemAnswer.Of(ItemReader.ViewAlways(item, today)), item, today, $"/api/v1/items/{body.Slug}");
    }

    /// <summary>What was said in a forum is evidenced by the forum's source document.</summary>
    private static IReadOnlyList<EvidenceSource> SourceDocument(NewItem item, DirectoryNames names)
    {
        if (item.Forum is null || !names.Forums.TryGetValue(item.Forum, out var forum))
            return [];
        var title =
            forum.More.TryGetValue("sourceDocument", out var document)
            && document.TryGetProperty("name", out var name)
            && name.TryGetProperty("en", out var en)
                ? en.GetString()!
                : forum.Name.In("en");
        return [new EvidenceSource(title, Date: forum.Date, Grade: Grade.Primary)];
    }
}

/// <summary>Changes details: the fields given, and the reason.</summary>
public static class PatchItem
{
    /// <summary>The body: an absent field keeps, null clears.</summary>
    public sealed record Body : DetailsChange
    {
        public required Text Reason { get; init; }
    }

    [WolverinePatch("/api/v1/items/{slug}"), Tags("Items"), May(Act.Edit)]
    [Describes("Changes details; absent fields keep, null clears", typeof(ItemAnswer), Body = typeof(Body))]
    public static Task<IResult> Patch(string slug, HttpContext context, ItemWriter writer, TimeProvider time, CancellationToken ct) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Edit, item),
            (body, item, known, recording) => new ChangeDetails(body.Only(), body.Reason).Decide(item, known, recording),
            (_, item, today) => WriteAnswers.Stored(ItemAnswer.Of(ItemReader.ViewAlways(item, today)), item, today, null, 200)
        )
        {
            NamedItems = body => ItemWriter.LinkedItems(body.Related.Value),
        }.RunAsync(context, writer, time, ct);
}

/// <summary>Retracts an item, or merges it into another.</summary>
public static class PostRetraction
{
    /// <summary>The body.</summary>
    public sealed record Body(Text Reason, string? MergedInto = null);

    /// <summary>The answer.</summary>
    public sealed record Answer(string Slug, Text Reason, string? MergedInto, DateTimeOffset RecordedAt);

    [WolverinePost("/api/v1/items/{slug}/retraction"), Tags("Items"), May(Act.Edit)]
    [Describes("Retracts an item with a reason, or merges it into another", typeof(Answer), Body = typeof(Body), Status = 201)]
    public static Task<IResult> Post(string slug, HttpContext context, ItemWriter writer, TimeProvider time, CancellationToken ct) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Edit, item),
            (body, item, known, recording) => new RetractItem(body.Reason, body.MergedInto).Decide(item, known, recording),
            (body, item, today) =>
                WriteAnswers.Stored(
                    new Answer(slug, body.Reason, body.MergedInto, item.LastRecordedAt),
                    item,
                    today,
                    $"/api/v1/items/{slug}/history"
                )
        )
        {
            NamedItems = body => body.MergedInto is { } into ? [into] : [],
            // Merging into what is gone itself would send readers in a circle.
            PresentOnly = true,
        }.RunAsync(context, writer, time, ct);
}
