using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>An invitation to a role; whoever has its link may take it, once.</summary>
/// <param name="Note">For whom, in the words of who made it.</param>
/// <param name="UsedBy">Opaque id of who took it.</param>
public sealed record Invitation(
    Guid Id,
    Grant Grant,
    string? Note,
    string? MadeBy,
    DateTimeOffset MadeAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? UsedAt,
    string? UsedBy,
    DateTimeOffset? RevokedAt
)
{
    /// <summary>True if it can still be taken.</summary>
    public bool IsOpen(DateTimeOffset now) => UsedAt is null && RevokedAt is null && ExpiresAt > now;
}

/// <summary>Keeps invitations.</summary>
public sealed class Invitations(NpgsqlDataSource source, Accounts accounts, PutAside aside, TimeProvider time) : IReadsAgain
{
    private const string Table = "invitations";

    /// <summary>How long a link can be taken.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(7);

    /// <summary>Address of the page behind which the secret stands.</summary>
    public const string Page = "/desk/invitation/";

    private const string Columns =
        "select id, role, forum, party, note, made_by, made_at, expires_at, used_at, used_by, revoked_at from invitations";

    /// <summary>Makes one; the secret is shown this once.</summary>
    public async Task<(Invitation Invitation, string Secret)> MakeAsync(Grant grant, string? note, string? by, CancellationToken ct)
    {
        var (now, secret) = (time.GetUtcNow(), Secrets.Create());
        var made = new Invitation(
            Guid.CreateVersion7(now),
            grant,
            string.IsNullOrWhiteSpace(note) ? null : note.Trim(),
            by,
            now,
            now + Lasts,
            null,
            null,
            null
        );
        await source.RunAsync(
            "insert into invitations (id, hash, role, forum, party, note, made_by, made_at, expires_at) values ($1, $2, $3, "
                + "$4, $5, $6, $7, $8, $9)",
            ct,
            made.Id,
            Secrets.Hash(secret),
            grant.Role.Word(),
            grant.Forum,
            grant.Party,
            made.Note,
            by,
            made.MadeAt,
            made.ExpiresAt
        );
        return (made, secret);
    }

    /// <summary>All that are kept, newest first.</summary>
    public async Task<IReadOnlyList<Invitation>> AllAsync(CancellationToken ct) =>
        await aside.AllAsync(Table, r => r.GetGuid(0).ToString("D"), Columns + " order by made_at desc, id", Read, ct);

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct) => await OfIdAsync(Guid.Parse(row.Key), ct);

    /// <summary>One by its id.</summary>
    public Task<Invitation?> OfIdAsync(Guid id, CancellationToken ct) => source.OneAsync(Columns + " where id = $1", Read, ct, id);

    /// <summary>The open one of a link; null: it is unknown, used, revoked or expired.</summary>
    public Task<Invitation?> OfSecretAsync(string secret, CancellationToken ct) =>
        source.OneAsync(
            Columns + " where hash = $1 and used_at is null and revoked_at is null and expires_at > $2",
            Read,
            ct,
            Secrets.Hash(secret),
            time.GetUtcNow()
        );

    /// <summary>Makes an open one worthless.</summary>
    public async Task<bool> RevokeAsync(Guid id, CancellationToken ct) =>
        await source.RunAsync(
            "update invitations set revoked_at = $2 where id = $1 and used_at is null and revoked_at is null",
            ct,
            id,
            time.GetUtcNow()
        ) == 1;

    /// <summary>Gives the role to somebody who is here already; false: the link is no longer open.</summary>
    public async Task<bool> TakeAsync(string secret, string person, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await UseAsync(transaction, secret, ct) is not { } used)
            return false;
        await accounts.GiveAsync(transaction, person, used.Grant, used.MadeBy, ct);
        await transaction.RunAsync("update invitations set used_by = $2 where id = $1", ct, used.Id, person);
        await transaction.CommitAsync(ct);
        accounts.Forget();
        return true;
    }

    /// <summary>Makes a new person with the role; null: the link is no longer open.</summary>
    public async Task<Person?> JoinAsync(string secret, string name, string? email, string? passwordHash, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await UseAsync(transaction, secret, ct) is not { } used)
            return null;
        var person = await accounts.AddAsync(transaction, new NewPerson(name, [used.Grant], email, passwordHash, used.MadeBy), ct);
        await transaction.RunAsync("update invitations set used_by = $2 where id = $1", ct, used.Id, person.Id);
        await transaction.CommitAsync(ct);
        return person;
    }

    private async Task<Invitation?> UseAsync(NpgsqlTransaction transaction, string secret, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await transaction.OneAsync(
            """
            update invitations set used_at = $2 where hash = $1 and used_at is null and revoked_at is null and expires_at > $2
            returning id, role, forum, party, note, made_by, made_at, expires_at, used_at, used_by, revoked_at
            """,
            Read,
            ct,
            Secrets.Hash(secret),
            now
        );
    }

    private static Invitation Read(NpgsqlDataReader r) =>
        new(
            r.GetGuid(0),
            new Grant(Words.Read<Role>(r.GetString(1)), r.Text(2), r.Text(3)),
            r.Text(4),
            r.Text(5),
            r.At(6),
            r.At(7),
            r.MaybeAt(8),
            r.Text(9),
            r.MaybeAt(10)
        );
}
