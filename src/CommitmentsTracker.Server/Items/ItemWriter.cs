using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Server.Audit;
using CommitmentsTracker.Server.Forums;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Server.Store;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Npgsql;

namespace CommitmentsTracker.Server.Items;

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

/// <summary>One of several writes that are recorded together.</summary>
/// <param name="Slug">The item.</param>
/// <param name="ExpectedVersion">The version that the person saw; null: any.</param>
/// <param name="Asked">What they ask to be allowed, given the item.</param>
/// <param name="Decide">The pure decision; it sees what the writes before it come to.</param>
public sealed record ManyWrite(
    string Slug,
    int? ExpectedVersion,
    Func<Item, Asked> Asked,
    Func<Item, KnownSlugs, Recording, Decision> Decide
);

/// <summary>What came of several writes.</summary>
/// <param name="IsRecorded">True if all were recorded; else none was.</param>
/// <param name="Refusals">Why each was refused; empty where nothing is wrong.</param>
public sealed record ManyOutcome(bool IsRecorded, IReadOnlyList<IReadOnlyList<Refusal>> Refusals);

/// <summary>The answer to a write, as it is kept for a repeat.</summary>
public sealed record StoredAnswer(int Status, string? Location, string? ETag, string Json);

/// <summary>A write that carries an Idempotency-Key, per person and route.</summary>
public sealed record Idempotency(string Person, string Route, string Key, byte[] BodyHash)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);
}

/// <summary>
/// The one way in which events come into an item's stream: load, decide, append, with the read models, the change row
/// and the idempotency key in the same transaction.
/// </summary>
public sealed class ItemWriter(
    IDocumentStore store,
    NpgsqlDataSource source,
    ItemStreams streams,
    ForumDirectory directory,
    AuditLog audit,
    TimeProvider time
)
{
    private const int Tries = 4;

    /// <summary>Records a new item.</summary>
    public async Task<WriteOutcome> RecordAsync(
        RecordItem command,
        Author by,
        Idempotency? idempotency,
        Func<Item, StoredAnswer> answer,
        CancellationToken ct
    )
    {
        if (Permission.Refuses(by.Rights, Act.Edit, command.Forum) is { } forbidden)
            return new WriteOutcome(null, [], [forbidden]);
        if (idempotency is not null && await FirstAnswerAsync(idempotency, ct) is { } earlier)
            return earlier;
        var items = LinkedItems(command.Details.Related).Append(command.Slug);
        var known = await KnownAsync(items, ct);
        var recording = new Recording(
            time.GetUtcNow().ToMicroseconds(),
            by.Person,
            As: Permission.RoleFor(by.Rights, Act.Edit, command.Forum)
        );
        var decision = command.Decide(known, recording);
        if (!decision.IsAccepted)
            return await FirstMeanwhileAsync(idempotency, ct) ?? new WriteOutcome(null, [], decision.Refusals);
        var id = Guid.CreateVersion7(recording.RecordedAt);
        var item = Item.From(decision.Events)!;
        await using var session = store.LightweightSession();
        session.Events.StartStream<ItemStream>(id, decision.Events);
        Remember(session, idempotency, answer(item), recording.RecordedAt);
        audit.Record(session, item, decision.Events);
        ItemReadModels.Describe(session, new AppendContext(new Dictionary<Guid, Item?> { [id] = null }));
        try
        {
            await session.SaveChangesAsync(ct);
            return new WriteOutcome(item, decision.Events, []);
        }
        catch (Exception e) when (Violated(e) is not null)
        {
            if (await FirstMeanwhileAsync(idempotency, ct) is { } first)
                return first;
            return new WriteOutcome(
                null,
                [],
                [
                    new Refusal(
                        RefusalKind.Conflict,
                        "duplicate-slug",
                        "slug",
                        $"The slug '{command.Slug}' is taken; slugs are unique in the tracker."
                    ),
                ]
            );
        }
    }

    /// <summary>Appends what a decision comes to.</summary>
    /// <param name="slug">The item.</param>
    /// <param name="by">Who writes.</param>
    /// <param name="asked">What they ask to be allowed, given the item.</param>
    /// <param name="expectedVersion">The version that the person saw; null: conflicts are retried.</param>
    /// <param name="namedItems">Slugs of other items that the command names.</param>
    /// <param name="decide">The pure decision; may be called again after a conflict.</param>
    /// <param name="idempotency">The key of the write, if it has one.</param>
    /// <param name="answer">The answer to keep for a repeat.</param>
    /// <param name="presentOnly">True if the named items must not be retracted or merged themselves.</param>
    public async Task<WriteOutcome> AppendAsync(
        string slug,
        Author by,
        Func<Item, Asked> asked,
        int? expectedVersion,
        IEnumerable<string> namedItems,
        Func<Item, KnownSlugs, Recording, Decision> decide,
        Idempotency? idempotency,
        Func<Item, IReadOnlyList<ItemEvent>, StoredAnswer?> answer,
        CancellationToken ct,
        bool presentOnly = false
    )
    {
        if (idempotency is not null && await FirstAnswerAsync(idempotency, ct) is { } earlier)
            return earlier;
        var known = await KnownAsync(namedItems, ct, presentOnly);
        for (var attempt = 1; ; attempt++)
        {
            if (await streams.LoadAsync(slug, ct) is not { } stream)
                return new WriteOutcome(
                    null,
                    [],
                    [new Refusal(RefusalKind.NotFound, "unknown-item", "slug", $"No item has the slug '{slug}'.")]
                );
            var item = Item.From(stream.Events)!;
            var wish = asked(item);
            if (wish.Refuses(by.Rights) is { } forbidden)
                return new WriteOutcome(item, [], [forbidden]);
            if (expectedVersion is { } expected && expected != item.Version)
                return await FirstMeanwhileAsync(idempotency, ct) ?? new WriteOutcome(item, [], [], IsStale: true);

            var recording = new Recording(
                Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt),
                by.Person,
                As: wish.RoleOf(by.Rights)
            );
            var decision = decide(item, known, recording);
            if (!decision.IsAccepted)
                return await FirstMeanwhileAsync(idempotency, ct) ?? new WriteOutcome(item, [], decision.Refusals);
            var after = decision.Events.Aggregate(item, (i, e) => Item.Fold(i, e));

            await using var session = store.LightweightSession();
            session.Events.Append(stream.Id, item.Version + decision.Events.Count, decision.Events);
            Remember(session, idempotency, answer(after, decision.Events), recording.RecordedAt);
            audit.Record(session, after, decision.Events);
            ItemReadModels.Describe(session, new AppendContext(new Dictionary<Guid, Item?> { [stream.Id] = item }));
            try
            {
                await session.SaveChangesAsync(ct);
                return new WriteOutcome(after, decision.Events, []);
            }
            catch (Exception e) when (Violated(e) is { } constraint && constraint.Contains("idempotency", StringComparison.Ordinal))
            {
                if (await FirstAnswerAsync(idempotency!, ct) is { } first)
                    return first;
                throw;
            }
            catch (Exception e) when (IsConflict(e))
            {
                if (await FirstMeanwhileAsync(idempotency, ct) is { } first)
                    return first;
                if (expectedVersion is not null)
                    return new WriteOutcome(Item.From((await streams.LoadAsync(slug, ct))!.Events), [], [], IsStale: true);
                if (attempt == Tries)
                    return new WriteOutcome(
                        item,
                        [],
                        [
                            new Refusal(
                                RefusalKind.Conflict,
                                "busy",
                                "",
                                "Others changed the item at the same moment, four times over; try again."
                            ),
                        ]
                    );
            }
        }
    }

    /// <summary>Appends what several decisions come to, in one transaction: all of it or nothing.</summary>
    /// <param name="writes">The writes, in their order.</param>
    /// <param name="by">Who writes.</param>
    /// <param name="record">False: nothing is recorded, whatever the decisions say.</param>
    /// <param name="ct">Ends when the writer goes away.</param>
    public async Task<ManyOutcome> AppendAllAsync(IReadOnlyList<ManyWrite> writes, Author by, bool record, CancellationToken ct)
    {
        var known = await KnownAsync([], ct);
        for (var attempt = 1; ; attempt++)
        {
            var (items, appended, seen) = (
                new Dictionary<string, (Guid Id, Item Item)?>(StringComparer.Ordinal),
                new Dictionary<Guid, List<ItemEvent>>(),
                new Dictionary<Guid, Item>()
            );
            var refusals = new List<IReadOnlyList<Refusal>>();
            foreach (var write in writes)
            {
                if (!items.TryGetValue(write.Slug, out var here))
                    items[write.Slug] = here = await streams.LoadAsync(write.Slug, ct) is { } stream
                        ? (stream.Id, seen[stream.Id] = Item.From(stream.Events)!)
                        : null;
                if (here is not var (id, item))
                {
                    refusals.Add([new Refusal(RefusalKind.NotFound, "unknown-item", "slug", $"No item has the slug '{write.Slug}'.")]);
                    continue;
                }

                var wish = write.Asked(item);
                var refused =
                    wish.Refuses(by.Rights) is { } forbidden ? [forbidden]
                    : write.ExpectedVersion is { } expected && expected != seen[id].Version
                        ?
                        [
                            new Refusal(
                                RefusalKind.Conflict,
                                "version",
                                "version",
                                $"The item changed meanwhile: it is at version {seen[id].Version} now."
                            ),
                        ]
                    : Array.Empty<Refusal>();
                var decision =
                    refused.Length > 0
                        ? Decision.Refuse(refused)
                        : write.Decide(
                            item,
                            known,
                            new Recording(
                                Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt),
                                by.Person,
                                As: wish.RoleOf(by.Rights)
                            )
                        );
                refusals.Add(decision.Refusals);
                if (!decision.IsAccepted)
                    continue;
                items[write.Slug] = (id, decision.Events.Aggregate(item, (i, e) => Item.Fold(i, e)));
                if (!appended.TryGetValue(id, out var events))
                    appended[id] = events = [];
                events.AddRange(decision.Events);
            }

            if (!record || appended.Count == 0 || refusals.Exists(r => r.Count > 0))
                return new ManyOutcome(false, refusals);
            await using var session = store.LightweightSession();
            // In one order whoever writes, so that two files do not wait for each other.
            foreach (var (id, events) in appended.OrderBy(a => a.Key))
            {
                session.Events.Append(id, seen[id].Version + events.Count, events);
                audit.Record(session, items[seen[id].Slug]!.Value.Item, events);
            }

            ItemReadModels.Describe(session, new AppendContext(appended.Keys.ToDictionary(id => id, id => (Item?)seen[id])));
            try
            {
                await session.SaveChangesAsync(ct);
                return new ManyOutcome(true, refusals);
            }
            catch (Exception e) when (IsConflict(e))
            {
                if (attempt == Tries)
                    return new ManyOutcome(
                        false,
                        [
                            .. writes.Select(_ =>
                                (IReadOnlyList<Refusal>)
                                    [
                                        new Refusal(
                                            RefusalKind.Conflict,
                                            "busy",
                                            "",
                                            "Others changed the items at the same moment, four times over; try again."
                                        ),
                                    ]
                            ),
                        ]
                    );
            }
        }
    }

    /// <summary>The slugs that links name; what comes from outside may lack the list, a link or its slug.</summary>
    public static IEnumerable<string> LinkedItems(IEnumerable<Link?>? links) =>
        (links ?? []).OfType<Link>().Select(l => l.Slug).OfType<string>();

    /// <summary>Which of the slugs exist.</summary>
    public async Task<KnownSlugs> KnownAsync(IEnumerable<string> items, CancellationToken ct, bool presentOnly = false)
    {
        var names = await directory.NamesAsync(ct);
        // The database refuses a null character even in a question.
        var wanted = items
            .Where(s => s is not null && !s.Contains('\0', StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var found = new HashSet<string>(StringComparer.Ordinal);
        if (wanted.Length > 0)
        {
            await using var command = source.CreateCommand(
                $"select slug from items where slug = any($1){(presentOnly ? " and retracted_at is null" : "")}"
            );
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = wanted });
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                found.Add(reader.GetString(0));
        }

        return new KnownSlugs(names.ForumSlugs, names.PartySlugs, names.ThemeSlugs, found);
    }

    /// <summary>What refuses a repeat may be the very first write, if that was stored a moment ago: then its answer counts.</summary>
    private async Task<WriteOutcome?> FirstMeanwhileAsync(Idempotency? asked, CancellationToken ct) =>
        asked is null ? null : await FirstAnswerAsync(asked, ct);

    private async Task<WriteOutcome?> FirstAnswerAsync(Idempotency asked, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "select body_hash, status, location, etag, answer from idempotency_keys where person = $1 and route = $2 and key = $3 and created_at > $4"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = asked.Person });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = asked.Route });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = asked.Key });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = (time.GetUtcNow() - Idempotency.Remembered).UtcDateTime });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        if (!reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(asked.BodyHash))
        {
            return new WriteOutcome(
                null,
                [],
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

        return new WriteOutcome(
            null,
            [],
            [],
            Repeated: new StoredAnswer(
                reader.GetInt32(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.IsDBNull(3) ? null : reader.GetString(3),
                reader.GetString(4)
            )
        );
    }

    private static void Remember(IDocumentSession session, Idempotency? key, StoredAnswer? answer, DateTimeOffset at)
    {
        if (key is null || answer is null)
            return;
        // A key that was forgotten (and answers no more) makes room for its next use.
        session.QueueSqlCommand(
            "delete from idempotency_keys where person = ? and route = ? and key = ? and created_at <= ?",
            key.Person,
            key.Route,
            key.Key,
            at - Idempotency.Remembered
        );
        session.QueueSqlCommand(
            """
            insert into idempotency_keys (person, route, key, body_hash, status, location, etag, answer, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            key.Person,
            key.Route,
            key.Key,
            key.BodyHash,
            answer.Status,
            answer.Location ?? "",
            answer.ETag ?? "",
            answer.Json,
            at
        );
    }

    private static string? Violated(Exception e) =>
        Postgres(e) is { SqlState: PostgresErrorCodes.UniqueViolation } p ? p.ConstraintName ?? p.TableName ?? "" : null;

    /// <summary>True if somebody else wrote the same at the same moment.</summary>
    internal static bool IsConflict(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or JasperFx.ConcurrencyException
        || Postgres(e)
            is {
                SqlState: PostgresErrorCodes.UniqueViolation
                    or PostgresErrorCodes.SerializationFailure
                    or PostgresErrorCodes.DeadlockDetected
            };

    private static PostgresException? Postgres(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is PostgresException p)
                return p;
        return null;
    }
}
