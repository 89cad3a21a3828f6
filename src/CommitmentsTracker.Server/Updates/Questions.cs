using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Updates;

/// <summary>What a reviewer asked the author of something that waits.</summary>
/// <param name="Item">Slug of the item.</param>
/// <param name="Subject">Id of the update or correction.</param>
/// <param name="AskedBy">The reviewer; null: their account is gone.</param>
/// <param name="AskedOf">The author.</param>
/// <param name="Answer">Null until the author answered.</param>
public sealed record Question(
    Guid Id,
    string Item,
    string Subject,
    string? AskedBy,
    string? AskedOf,
    DateTimeOffset AskedAt,
    string Asked,
    string? Answer,
    DateTimeOffset? AnsweredAt
);

/// <summary>
/// Questions between a reviewer and an author. They say nothing of the item and leave it waiting, so they are no events:
/// what comes of them is, a mended update with its public reason or a word of the reviewer.
/// </summary>
public sealed class Questions(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Longest question or answer, in characters.</summary>
    public const int Longest = 2_000;

    private const string Columns = "select id, item, subject, asked_by, asked_of, asked_at, question, answer, answered_at from questions";

    /// <summary>Asks.</summary>
    public Task AskAsync(string item, string subject, string by, string? of, string question, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return source.RunAsync(
            "insert into questions (id, item, subject, asked_by, asked_of, asked_at, question) values ($1, $2, $3, $4, $5, $6, $7)",
            ct,
            Guid.CreateVersion7(now),
            item,
            subject,
            by,
            of,
            now,
            question
        );
    }

    /// <summary>Answers all that is open about something. False: nothing was asked of this person.</summary>
    public async Task<bool> AnswerAsync(string item, string subject, string answer, string by, CancellationToken ct) =>
        await source.RunAsync(
            "update questions set answer = $4, answered_at = $5 where item = $1 and subject = $2 and asked_of = $3 and answer is null",
            ct,
            item,
            subject,
            by,
            answer,
            time.GetUtcNow()
        ) > 0;

    /// <summary>Slugs of the items about which somebody owes an answer.</summary>
    public async Task<IReadOnlyList<string>> OpenToAsync(string person, CancellationToken ct) =>
        await source.AllAsync(
            "select distinct item from questions where asked_of = $1 and answer is null",
            r => r.GetString(0),
            ct,
            person
        );

    /// <summary>What was asked about one thing, oldest first.</summary>
    public async Task<IReadOnlyList<Question>> OfAsync(string item, string subject, CancellationToken ct) =>
        await source.AllAsync(Columns + " where item = $1 and subject = $2 order by asked_at, id", Read, ct, item, subject);

    /// <summary>What was asked about items, oldest first.</summary>
    public async Task<ILookup<(string Item, string Subject), Question>> OfAsync(IReadOnlyCollection<string> items, CancellationToken ct) =>
        (await source.AllAsync(Columns + " where item = any($1) order by asked_at, id", Read, ct, (object)items.ToArray())).ToLookup(q =>
            (q.Item, q.Subject)
        );

    private static Question Read(NpgsqlDataReader r) =>
        new(r.GetGuid(0), r.GetString(1), r.GetString(2), r.Text(3), r.Text(4), r.At(5), r.GetString(6), r.Text(7), r.MaybeAt(8));
}
