using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Queue;

/// <summary>Somebody takes care of something in the queue.</summary>
/// <param name="Subject">What of: section, item and what of it.</param>
/// <param name="Person">Who, as an opaque id.</param>
/// <param name="Name">Their name, for signed-in eyes only.</param>
/// <param name="At">Since when.</param>
public sealed record Assignment(string Subject, string Person, string Name, DateTimeOffset At);

/// <summary>Who takes care of what. A claim tells the others; it forbids them nothing, and it expires.</summary>
public sealed class Assignments(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>How long a claim lasts.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(7);

    /// <summary>All claims that have not expired, by subject.</summary>
    public async Task<IReadOnlyDictionary<string, Assignment>> AllAsync(CancellationToken ct) =>
        (
            await source.AllAsync(
                "select c.subject, c.person, p.name, c.claimed_at from claims c join people p on p.id = c.person where c.claimed_at > $1",
                r => new Assignment(r.GetString(0), r.GetString(1), r.GetString(2), r.At(3)),
                ct,
                time.GetUtcNow() - Lasts
            )
        ).ToDictionary(c => c.Subject, StringComparer.Ordinal);

    /// <summary>Takes something on. False: somebody else has it.</summary>
    public async Task<bool> TakeAsync(string subject, string person, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await source.RunAsync(
                """
                insert into claims as c (subject, person, claimed_at) values ($1, $2, $3)
                on conflict (subject) do update set person = excluded.person, claimed_at = excluded.claimed_at
                    where c.person = excluded.person or c.claimed_at <= $4
                """,
                ct,
                subject,
                person,
                now,
                now - Lasts
            ) == 1;
    }

    /// <summary>Gives it back.</summary>
    public async Task<bool> GiveBackAsync(string subject, string person, CancellationToken ct) =>
        await source.RunAsync("delete from claims where subject = $1 and person = $2", ct, subject, person) == 1;
}

/// <summary>Asks to forget who took care of what long ago.</summary>
public sealed record ForgetClaims;

/// <summary>Erases claims that expired.</summary>
public static class ForgetClaimsHandler
{
    /// <summary>Deletes them.</summary>
    public static Task Handle(ForgetClaims _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct) =>
        source.RunAsync("delete from claims where claimed_at <= $1", ct, time.GetUtcNow() - Assignments.Lasts);
}
