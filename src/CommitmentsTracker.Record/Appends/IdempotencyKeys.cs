using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Record.Store;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Record.Appends;

/// <summary>The answer to a write, as it is kept for a repeat.</summary>
public sealed record StoredAnswer(int Status, string? Location, string? ETag, string Json);

/// <summary>A write that carries an Idempotency-Key, per person and route.</summary>
public sealed record Idempotency(string Person, string Route, string Key, byte[] BodyHash)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(7);
}

/// <summary>A write that may be sent again and is then answered as it was.</summary>
/// <param name="Key">By which it is known again.</param>
/// <param name="Answer">The answer to keep, given the item after the write.</param>
public sealed record Repeatable(Idempotency Key, Func<Item, StoredAnswer> Answer);

/// <summary>Keeps the first answers to writes that carry a key, in the transactions of these writes.</summary>
public sealed class IdempotencyKeys(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>
    /// What came of the first write with the key: its answer, or a refusal if it had another body; null: it is the first,
    /// or there is no key.
    /// </summary>
    public async Task<WriteOutcome?> FirstAnswerAsync(Repeatable? write, CancellationToken ct)
    {
        if (write is not { Key: var asked })
            return null;
        return await source.OneAsync(
            """
            select body_hash, status, location, etag, answer from idempotency_keys
            where person = $1 and route = $2 and key = $3 and created_at > $4
            """,
            row =>
                row.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(asked.BodyHash)
                    ? new WriteOutcome(
                        null,
                        [],
                        [],
                        Repeated: new StoredAnswer(row.GetInt32(1), row.Text(2), row.Text(3), row.GetString(4))
                    )
                    : new WriteOutcome(null, [], [Reused]),
            ct,
            asked.Person,
            asked.Route,
            asked.Key,
            time.GetUtcNow() - Idempotency.Remembered
        );
    }

    /// <summary>Keeps the answer to a write with the session that saves it.</summary>
    public static void Remember(IDocumentSession session, Repeatable? write, Item after, DateTimeOffset at)
    {
        if (write is not var (key, answer))
            return;
        // A key that was forgotten (and answers no more) makes room for its next use.
        session.QueueSqlCommand(
            "delete from idempotency_keys where person = ? and route = ? and key = ? and created_at <= ?",
            key.Person,
            key.Route,
            key.Key,
            at - Idempotency.Remembered
        );
        var kept = answer(after);
        session.QueueSqlCommand(
            """
            insert into idempotency_keys (person, route, key, body_hash, status, location, etag, answer, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            key.Person,
            key.Route,
            key.Key,
            key.BodyHash,
            kept.Status,
            kept.Location ?? "",
            kept.ETag ?? "",
            kept.Json,
            at
        );
    }

    private static Refusal Reused { get; } =
        new(
            RefusalKind.Unlawful,
            "idempotency-key-reused",
            "Idempotency-Key",
            "The key was used before with another body; take a new key for a new write."
        );
}
