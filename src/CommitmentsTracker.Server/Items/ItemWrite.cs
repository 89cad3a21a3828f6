using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.People;

namespace CommitmentsTracker.Server.Items;

/// <summary>A write to an existing item over HTTP: what an endpoint says of its act.</summary>
/// <typeparam name="TBody">The body of the request.</typeparam>
/// <param name="Slug">The item.</param>
/// <param name="Asked">What is asked to be allowed, given the body and the item.</param>
/// <param name="Decide">The pure decision on it.</param>
/// <param name="Answer">The answer, given the body, the item afterwards, and today.</param>
internal sealed record ItemWrite<TBody>(
    string Slug,
    Func<TBody, Item, Asked> Asked,
    Func<TBody, Item, KnownSlugs, Recording, Decision> Decide,
    Func<TBody, Item, DateOnly, StoredAnswer> Answer
)
    where TBody : class
{
    /// <summary>Slugs of other items that the body names.</summary>
    public Func<TBody, IEnumerable<string>> NamedItems { get; init; } = _ => [];

    /// <summary>True if these must not be retracted or merged themselves.</summary>
    public bool PresentOnly { get; init; }

    /// <summary>What becomes of it if somebody may only suggest it; null: they may not.</summary>
    public Func<TBody, Author, Idempotency?, Task<(InboxEntry? Entry, IReadOnlyList<Refusal> Refusals)>>? Instead { get; init; }

    /// <summary>Reads the request, writes, and answers.</summary>
    public async Task<IResult> RunAsync(HttpContext context, ItemWriter writer, TimeProvider time, CancellationToken ct)
    {
        var (request, problem) = await WriteRequest<TBody>.ReadAsync(context, ct);
        if (request is null)
            return problem!;
        var (body, key, today) = (request.Body, request.Idempotency, time.GetUtcNow().DayOf());
        var act = new ItemAct(Slug, item => Asked(body, item), (item, known, recording) => Decide(body, item, known, recording))
        {
            ExpectedVersion = request.ExpectedVersion,
            NamedItems = NamedItems(body),
            PresentOnly = PresentOnly,
        };
        var outcome = await writer.AppendAsync(
            act,
            request.By,
            key is null ? null : new Repeatable(key, item => Answer(body, item, today)),
            ct
        );
        if (
            Instead is null
            || outcome is not { Item: { } item, Refusals: [var forbidden] }
            || !Suggestions.Instead(forbidden, request.By.Rights, item.Forum)
        )
            return WriteAnswers.Send(context, outcome, () => Answer(body, outcome.Item!, today), today);
        var (entry, refusals) = await Instead(body, request.By, key);
        return SuggestionAnswers.Of(context, entry, refusals);
    }
}
