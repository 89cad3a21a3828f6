using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Server.Api;

namespace CommitmentsTracker.Server.Items;

/// <summary>A write that its author may not make.</summary>
/// <param name="Context">The request.</param>
/// <param name="Item">The item as it stands.</param>
/// <param name="Refusal">Why not.</param>
/// <param name="By">The author.</param>
/// <param name="Key">By which a repeat is known; null: it has none.</param>
public sealed record ForbiddenWrite(HttpContext Context, Item Item, Refusal Refusal, Author By, Idempotency? Key);

/// <summary>A write to an existing item over HTTP: what an endpoint says of its act.</summary>
/// <typeparam name="TBody">The body of the request.</typeparam>
/// <param name="Slug">The item.</param>
/// <param name="Asked">What is asked to be allowed, given the body and the item.</param>
/// <param name="Decide">The pure decision on it.</param>
/// <param name="Answer">The answer, given the body, the item afterwards, and today.</param>
internal sealed record ItemWrite<TBody>(
    string Slug,
    Func<TBody, Item, IntendedAct> Asked,
    Func<TBody, Item, KnownSlugs, Recording, Decision> Decide,
    Func<TBody, Item, DateOnly, StoredAnswer> Answer
)
    where TBody : class
{
    /// <summary>Slugs of other items that the body names.</summary>
    public Func<TBody, IEnumerable<string>> NamedItems { get; init; } = _ => [];

    /// <summary>True if these must not be retracted or merged themselves.</summary>
    public bool PresentOnly { get; init; }

    /// <summary>What is done and answered if its author may not make it; an answer of null stands for the refusal.</summary>
    public Func<TBody, ForbiddenWrite, Task<IResult?>>? Instead { get; init; }

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
        var instead =
            Instead is not null && outcome is { Item: { } item, Refusals: [var forbidden] }
                ? await Instead(body, new ForbiddenWrite(context, item, forbidden, request.By, key))
                : null;
        return instead ?? WriteAnswers.Send(context, outcome, () => Answer(body, outcome.Item!, today), today);
    }
}
