using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Server.Updates;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>A contributor's update or dispute as the API tells of it.</summary>
/// <param name="Item">Slug of the item.</param>
/// <param name="Update">The update as it would be logged; of a dispute absent.</param>
/// <param name="Disputes">Of a dispute: id of the update.</param>
/// <param name="Record">Id of the update or dispute on record, once one came of it.</param>
public sealed record SuggestionView(
    Guid Id,
    InboxKind Kind,
    string Item,
    UpdateFields? Update,
    string? Disputes,
    string? What,
    InboxState State,
    DateTimeOffset SentAt,
    DateTimeOffset? DecidedAt,
    string? Reason,
    string? Record
)
{
    /// <summary>The view of an entry.</summary>
    public static SuggestionView Of(InboxEntry e) =>
        new(
            e.Id,
            e.Kind,
            e.Item,
            e.Sent.Update,
            e.Update,
            e.Sent.What,
            e.State,
            e.SentAt,
            e.DecidedAt,
            e.Reason,
            e.State == InboxState.Accepted ? e.RecordId : null
        );
}

/// <summary>Keeps what somebody may suggest and not log. Nothing of it is published before an editor takes it over.</summary>
public sealed class Suggestions(InboxStore store, ItemStreams streams, Judge judge, TimeProvider time)
{
    /// <summary>Most suggestions of one person that wait.</summary>
    public const int MostWaiting = 200;

    /// <summary>
    /// True if what somebody may not log is kept as a suggestion: that of a contributor, and what comes with a token that may do no more.
    /// Who reviews is told no.
    /// </summary>
    public static bool Instead(Refusal forbidden, Rights rights, string forum) =>
        Permission.May(rights, Act.Suggest, forum)
        && (
            forbidden.Rule == "scope"
            || (forbidden.Rule == "role" && rights.Grants.Any(g => g.Role == Role.Contributor && (g.Forum is null || g.Forum == forum)))
        );

    /// <summary>Keeps an update as a suggestion.</summary>
    /// <returns>The entry, or why it was not kept.</returns>
    public async Task<(InboxEntry? Entry, IReadOnlyList<Refusal> Refusals)> SuggestAsync(
        string slug,
        UpdateFields fields,
        string lang,
        Author by,
        CancellationToken ct,
        Idempotency? key = null
    )
    {
        if (await FindAsync(slug, ct) is not { } item)
            return (null, [NoItem(slug)]);
        if (Permission.Refuses(by.Rights, Act.Suggest, item.Forum) is { } forbidden)
            return (null, [forbidden]);
        var decision = new LogUpdate(Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), fields).Decide(
            item,
            await judge.KnownAsync([], ct),
            new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person)
        );
        // What waits now for a second person may be decided by the time an editor looks.
        List<Refusal> wrong = [.. decision.Refusals.Where(r => r.Rule != "one-waiting")];
        return wrong.Count > 0
            ? (null, wrong)
            : await KeepAsync(
                new NewEntry(
                    InboxKind.Suggestion,
                    item.Slug,
                    item.Forum,
                    null,
                    new SentIn(OccurredOn: fields.OccurredOn, Update: fields.Only()),
                    lang,
                    by.Person,
                    Id: IdOf(key)
                ),
                ct
            );
    }

    /// <summary>Keeps a dispute of somebody who may not open one.</summary>
    public async Task<(InboxEntry? Entry, IReadOnlyList<Refusal> Refusals)> DisputeAsync(
        string slug,
        OpenDispute dispute,
        Author by,
        CancellationToken ct,
        Idempotency? key = null
    )
    {
        if (await FindAsync(slug, ct) is not { } item)
            return (null, [NoItem(slug)]);
        var decision = dispute.Decide(item, new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person));
        if (!decision.IsAccepted)
            return (null, decision.Refusals);
        if (dispute.Evidence.Select(e => e.Url).OfType<string>().FirstOrDefault() is not { } url)
            return (null, [new Refusal(RefusalKind.Invalid, "required", "evidence", "A suggested dispute names the address of a source.")]);
        var lang = dispute.Reason.En is null ? "zh" : "en";
        return await KeepAsync(
            new NewEntry(
                InboxKind.Dispute,
                item.Slug,
                item.Forum,
                dispute.UpdateId,
                new SentIn(dispute.Reason.In(lang), null, url),
                lang,
                by.Person,
                Id: IdOf(key)
            ),
            ct
        );
    }

    private async Task<(InboxEntry?, IReadOnlyList<Refusal>)> KeepAsync(NewEntry entry, CancellationToken ct)
    {
        if (await store.WaitingOfAsync(entry.Person!, ct) >= MostWaiting)
            return (
                null,
                [
                    new Refusal(
                        RefusalKind.Conflict,
                        "too-many",
                        "",
                        $"{MostWaiting} suggestions of yours wait already, which is as many as one may have."
                    ),
                ]
            );
        var (id, _) = await store.AddAsync(entry, ct);
        var kept = (await store.OfAsync(id, ct))!;
        return Written(kept.Sent) == Written(entry.Sent)
            ? (kept, [])
            : (
                null,
                [
                    new Refusal(
                        RefusalKind.Unlawful,
                        "idempotency-key-reused",
                        "Idempotency-Key",
                        "The key was used before with another body; take a new key for a new write."
                    ),
                ]
            );
    }

    /// <summary>A repeat of a write has the id of the first; null: it cannot be repeated.</summary>
    private static Guid? IdOf(Idempotency? key) =>
        key is null ? null : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Person}\n{key.Route}\n{key.Key}")).AsSpan(0, 16));

    private static string Written(SentIn sent) => JsonSerializer.Serialize(sent, TrackerJson.Stored);

    private async Task<Item?> FindAsync(string slug, CancellationToken ct) =>
        await streams.LoadAsync(slug, ct) is { } stream ? Item.From(stream.Events) : null;

    private static Refusal NoItem(string slug) => new(RefusalKind.NotFound, "unknown-item", "slug", $"No item has the slug '{slug}'.");
}

/// <summary>Answers a write with what was kept instead of it.</summary>
public sealed class SuggestionAnswers(Suggestions suggestions) : ISuggestions
{
    /// <inheritdoc />
    public async Task<IResult?> SuggestAsync(ForbiddenWrite write, UpdateFields update, string language, CancellationToken ct)
    {
        if (!Suggestions.Instead(write.Refusal, write.By.Rights, write.Item.Forum))
            return null;
        var (entry, refusals) = await suggestions.SuggestAsync(write.Item.Slug, update, language, write.By, ct, write.Key);
        return Of(write.Context, entry, refusals);
    }

    /// <inheritdoc />
    public async Task<IResult?> DisputeAsync(ForbiddenWrite write, OpenDispute dispute, CancellationToken ct)
    {
        if (!Suggestions.Instead(write.Refusal, write.By.Rights, write.Item.Forum))
            return null;
        var (entry, refusals) = await suggestions.DisputeAsync(write.Item.Slug, dispute, write.By, ct, write.Key);
        return Of(write.Context, entry, refusals);
    }

    private static IResult Of(HttpContext context, InboxEntry? entry, IReadOnlyList<Refusal> refusals)
    {
        if (entry is null)
            return Problems.Of(refusals);
        context.Response.Headers.Location = $"/api/v1/suggestions/{entry.Id:D}";
        context.Response.Headers.CacheControl = "no-store";
        return Results.Content(
            JsonSerializer.Serialize(SuggestionView.Of(entry), TrackerJson.Strict),
            "application/json; charset=utf-8",
            statusCode: 202
        );
    }
}

/// <summary>Tells what became of a suggestion: its sender, and whoever decides.</summary>
public static class GetSuggestion
{
    [WolverineGet("/api/v1/suggestions/{id}"), Tags("Tips"), May(Act.Suggest)]
    [Describes(
        "What became of a suggestion or dispute that you sent in, or that you may decide on",
        typeof(SuggestionView),
        NeedsToken = true
    )]
    public static async Task<IResult> Get(string id, HttpContext context, InboxStore store, CancellationToken ct)
    {
        var by = context.User.Author();
        if (
            !Guid.TryParse(id, out var entryId)
            || await store.OfAsync(entryId, ct) is not { Person: not null } entry
            || (entry.Person != by.Person && !Permission.May(by.Rights, Act.Moderate, entry.Forum))
        )
            return Problems.Of(404, "unknown-entry", "id", "There is no such suggestion of yours.");
        context.Response.Headers.CacheControl = "no-store";
        return Results.Content(JsonSerializer.Serialize(SuggestionView.Of(entry), TrackerJson.Strict), "application/json; charset=utf-8");
    }
}
