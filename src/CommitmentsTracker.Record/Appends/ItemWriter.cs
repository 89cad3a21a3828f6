using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.ReadModels;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Record.Appends;

/// <summary>What came of a write.</summary>
/// <param name="Item">The item after it, or as it is if nothing was recorded.</param>
/// <param name="Recorded">The events that were recorded.</param>
/// <param name="Refusals">Why nothing was recorded.</param>
/// <param name="IsStale">True if the expected version is not the present one; <paramref name="Item"/> is what changed meanwhile.</param>
/// <param name="Repeated">The first answer, if the idempotency key was used before with the same body.</param>
public sealed record WriteOutcome(
    Item? Item,
    IReadOnlyList<ItemEvent> Recorded,
    IReadOnlyList<Refusal> Refusals,
    bool IsStale = false,
    StoredAnswer? Repeated = null
)
{
    public bool IsRecorded => Recorded.Count > 0;
}

/// <summary>What came of several writes.</summary>
/// <param name="IsRecorded">True if all were recorded; else none was.</param>
/// <param name="Refusals">Why each was refused; empty where nothing is wrong.</param>
public sealed record ManyOutcome(bool IsRecorded, IReadOnlyList<IReadOnlyList<Refusal>> Refusals);

/// <summary>
/// The one way in which somebody's events come into an item's stream: judge, append, with the read models, the change
/// row, the audit and the idempotency key in the same transaction.
/// </summary>
public sealed class ItemWriter(IDocumentStore store, NpgsqlDataSource source, Judge judge, AuditLog audit, TimeProvider time)
{
    private const int Tries = 4;

    private readonly IdempotencyKeys _keys = new(source, time);

    /// <summary>Records a new item.</summary>
    /// <param name="command">The item.</param>
    /// <param name="by">Who records it.</param>
    /// <param name="repeatable">How a repeat is known again and answered; null: it is not.</param>
    /// <param name="ct">Ends when the writer goes away.</param>
    public async Task<WriteOutcome> RecordAsync(RecordItem command, Author by, Repeatable? repeatable, CancellationToken ct)
    {
        if (Permission.Refuses(by.Rights, Act.Edit, command.Forum) is { } forbidden)
            return new WriteOutcome(null, [], [forbidden]);
        if (await _keys.FirstAnswerAsync(repeatable, ct) is { } earlier)
            return earlier;
        var known = await judge.KnownAsync(LinkedItems(command.Details.Related).Append(command.Slug), ct);
        var at = time.GetUtcNow().ToMicroseconds();
        var recording = new Recording(at, by.Person, As: Permission.RoleFor(by.Rights, Act.Edit, command.Forum));
        var judged = Judgement.Of(null, command.Decide(known, recording));
        // What refuses a repeat may be the very first write, if that was stored a moment ago: then its answer counts.
        if (!judged.IsAccepted)
            return await _keys.FirstAnswerAsync(repeatable, ct) ?? new WriteOutcome(null, [], judged.Refusals);
        try
        {
            return await SaveAsync(judged with { Id = Guid.CreateVersion7(at) }, repeatable, ct);
        }
        catch (Exception e) when (WriteConflicts.Violated(e) is not null)
        {
            return await _keys.FirstAnswerAsync(repeatable, ct)
                ?? new WriteOutcome(
                    null,
                    [],
                    [Conflict("duplicate-slug", "slug", $"The slug '{command.Slug}' is taken; slugs are unique in the tracker.")]
                );
        }
    }

    /// <summary>Appends what an act comes to. Without an expected version, conflicts are retried.</summary>
    /// <param name="act">The act.</param>
    /// <param name="by">Whose it is.</param>
    /// <param name="repeatable">How a repeat is known again and answered; null: it is not.</param>
    /// <param name="ct">Ends when the writer goes away.</param>
    public async Task<WriteOutcome> AppendAsync(ItemAct act, Author by, Repeatable? repeatable, CancellationToken ct)
    {
        if (await _keys.FirstAnswerAsync(repeatable, ct) is { } earlier)
            return earlier;
        var known = await judge.KnownAsync(act.NamedItems, ct, act.PresentOnly);
        for (var attempt = 1; ; attempt++)
        {
            var judged = await judge.OfAsync(act, by, known, ct);
            if (!judged.IsAccepted)
                return await _keys.FirstAnswerAsync(repeatable, ct) ?? new WriteOutcome(judged.Before, [], judged.Refusals, judged.IsStale);
            try
            {
                return await SaveAsync(judged, repeatable, ct);
            }
            catch (Exception e) when (WriteConflicts.IsConflict(e))
            {
                if (await _keys.FirstAnswerAsync(repeatable, ct) is { } first)
                    return first;
                if (attempt == Tries)
                    return new WriteOutcome(judged.Before, [], [Busy("item")]);
            }
        }
    }

    /// <summary>
    /// Appends what several acts come to, in one transaction: all of it or nothing. Each sees what the acts before it come
    /// to.
    /// </summary>
    /// <param name="acts">The acts, in their order.</param>
    /// <param name="by">Whose they are.</param>
    /// <param name="record">False: nothing is recorded, whatever the decisions say.</param>
    /// <param name="ct">Ends when the writer goes away.</param>
    public async Task<ManyOutcome> AppendAllAsync(IReadOnlyList<ItemAct> acts, Author by, bool record, CancellationToken ct)
    {
        var known = await judge.KnownAsync([], ct);
        for (var attempt = 1; ; attempt++)
        {
            var (touched, refusals) = await JudgeAllAsync(acts, by, known, ct);
            if (!record || touched.Count == 0 || refusals.Exists(r => r.Count > 0))
                return new ManyOutcome(false, refusals);
            try
            {
                await SaveAllAsync(touched, ct);
                return new ManyOutcome(true, refusals);
            }
            catch (Exception e) when (WriteConflicts.IsConflict(e))
            {
                if (attempt == Tries)
                    return new ManyOutcome(false, [.. acts.Select(_ => (IReadOnlyList<Refusal>)[Busy("items")])]);
            }
        }
    }

    /// <summary>The slugs that links name; what comes from outside may lack the list, a link or its slug.</summary>
    public static IEnumerable<string> LinkedItems(IEnumerable<Link?>? links) =>
        (links ?? []).OfType<Link>().Select(l => l.Slug).OfType<string>();

    private async Task<WriteOutcome> SaveAsync(Judgement judged, Repeatable? repeatable, CancellationToken ct)
    {
        var after = judged.After!;
        await using var session = store.LightweightSession();
        session.Append([new ItemAppend(judged.Id, judged.Before, judged.Events)], AppendTelling.Usual);
        IdempotencyKeys.Remember(session, repeatable, after, after.LastRecordedAt);
        audit.Record(session, after, judged.Events);
        await session.SaveChangesAsync(ct);
        return new WriteOutcome(after, judged.Events, []);
    }

    private async Task SaveAllAsync(IEnumerable<Touched> touched, CancellationToken ct)
    {
        // In one order whoever writes, so that two files do not wait for each other.
        var inOrder = touched.OrderBy(t => t.Id).ToList();
        await using var session = store.LightweightSession();
        session.Append([.. inOrder.Select(t => new ItemAppend(t.Id, t.Before, t.Events))], AppendTelling.Usual);
        foreach (var item in inOrder)
            audit.Record(session, item.Now, item.Events);
        await session.SaveChangesAsync(ct);
    }

    private async Task<(List<Touched> Touched, List<IReadOnlyList<Refusal>> Refusals)> JudgeAllAsync(
        IReadOnlyList<ItemAct> acts,
        Author by,
        KnownSlugs known,
        CancellationToken ct
    )
    {
        var items = new Dictionary<string, Touched?>(StringComparer.Ordinal);
        var refusals = new List<IReadOnlyList<Refusal>>();
        foreach (var act in acts)
        {
            if (!items.TryGetValue(act.Slug, out var item))
                items[act.Slug] = item = await judge.FindAsync(act.Slug, ct) is var (id, found) ? new Touched(id, found) : null;
            if (item is null)
            {
                refusals.Add([Judge.NoItem(act.Slug)]);
                continue;
            }

            var judged = judge.Of(item.Now, act, by, known, item.Before.Version);
            refusals.Add(
                judged.IsStale
                    ? [Conflict("version", "version", $"The item changed meanwhile: it is at version {item.Before.Version} now.")]
                    : judged.Refusals
            );
            if (!judged.IsAccepted)
                continue;
            item.Now = judged.After!;
            item.Events.AddRange(judged.Events);
        }

        return ([.. items.Values.OfType<Touched>().Where(t => t.Events.Count > 0)], refusals);
    }

    private static Refusal Busy(string what) =>
        Conflict("busy", "", $"Others changed the {what} at the same moment, four times over; try again.");

    private static Refusal Conflict(string rule, string field, string message) => new(RefusalKind.Conflict, rule, field, message);

    /// <summary>An item to which acts are done together.</summary>
    private sealed class Touched(Guid id, Item before)
    {
        public Guid Id { get; } = id;
        public Item Before { get; } = before;
        public Item Now { get; set; } = before;
        public List<ItemEvent> Events { get; } = [];
    }
}
