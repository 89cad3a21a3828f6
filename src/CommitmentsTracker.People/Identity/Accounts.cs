using System.Collections.Concurrent;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>People, their roles, API tokens and one-time sign-in links. Secrets are kept as hashes only.</summary>
public sealed partial class Accounts(NpgsqlDataSource source, PutAside aside, TimeProvider time) : IReadsAgain
{
    private const string GrantsTable = "grants";
    private const string TokensTable = "tokens";

    /// <summary>How long a one-time link works.</summary>
    public static readonly TimeSpan LinkLasts = TimeSpan.FromHours(24);

    /// <summary>
    /// How long a token once seen is trusted without asking the database again. What this node changes, it knows at once.
    /// </summary>
    public static readonly TimeSpan TokenTrusted = TimeSpan.FromSeconds(1);

    /// <summary>How a token begins, so that people and programs know one when they see it.</summary>
    public const string TokenPrefix = "ct_";

    private const int PrefixShown = 8;
    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (TokenHolder Holder, long At)> _seen = new(StringComparer.Ordinal);
    private int _changes;

    /// <summary>Makes a person with a token.</summary>
    /// <param name="name">Shown to signed-in people only.</param>
    /// <param name="role">A word of <see cref="Roles"/>.</param>
    /// <param name="token">The token to give; null: a new random one.</param>
    public Task<(Person Person, string Token)> AddAsync(string name, string role, string? token = null, CancellationToken ct = default) =>
        AddAsync(name, Roles.Of(role), token, null, ct);

    /// <summary>Makes a person with a token and exactly these roles.</summary>
    public async Task<(Person Person, string Token)> AddAsync(
        string name,
        IReadOnlyList<Grant> grants,
        string? token,
        string? by,
        CancellationToken ct = default
    )
    {
        token ??= TokenPrefix + Secrets.Create();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var person = await AddAsync(transaction, new NewPerson(name, grants, By: by), ct);
        await transaction.RunAsync(
            "insert into tokens (hash, person, created_at, prefix) values ($1, $2, $3, $4)",
            ct,
            Secrets.Hash(token),
            person.Id,
            time.GetUtcNow(),
            Shown(token)
        );
        await transaction.CommitAsync(ct);
        return (person, token);
    }

    /// <summary>Makes a person within a transaction.</summary>
    public async Task<Person> AddAsync(NpgsqlTransaction transaction, NewPerson asked, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var person = new Person(Guid.CreateVersion7(now).ToString("N"), asked.Name, asked.Email, new Rights(asked.Grants));
        await transaction.RunAsync(
            "insert into people (id, name, created_at, email, email_key, password_hash) values ($1, $2, $3, $4, $5, $6)",
            ct,
            person.Id,
            asked.Name,
            now,
            asked.Email,
            AccountStore.KeyOf(asked.Email),
            asked.PasswordHash
        );
        foreach (var grant in asked.Grants)
            await GiveAsync(transaction, person.Id, grant, asked.By, ct);
        return person;
    }

    /// <summary>The person of a token, with what it allows; null: it is unknown, revoked or expired.</summary>
    public async Task<Person?> OfTokenAsync(string token, CancellationToken ct = default)
    {
        var hash = Secrets.Hash(token);
        var key = Convert.ToBase64String(hash);
        var now = time.GetUtcNow();
        if (_seen.TryGetValue(key, out var seen) && time.GetElapsedTime(seen.At) < TokenTrusted && !(seen.Holder.Expires <= now))
            return seen.Holder.Person;
        var changes = Volatile.Read(ref _changes);
        var found = await source.OneAsync(
            $"""
            with used as (update tokens set used_at = $2 where hash = $1 and (used_at is null or used_at < $3))
            select p.id, p.name, p.email, {GrantText.Column}, t.scopes, t.forum, t.expires_at from tokens t join people p on p.id = t.person
            where t.hash = $1 and (t.expires_at is null or t.expires_at > $2)
            """,
            r =>
            {
                var person = Read(r);
                return new TokenHolder(
                    KnownScopesOf(r, 4) is { } scopes ? person with { Rights = person.Rights.Within(scopes, r.Text(5)) } : person,
                    r.MaybeAt(6)
                );
            },
            ct,
            hash,
            now,
            now - UseNoted
        );
        if (found is null)
        {
            _seen.TryRemove(key, out _);
            return null;
        }

        // What was read before a change of this node must not outlive it.
        if (changes == Volatile.Read(ref _changes))
            _seen[key] = (found, time.GetTimestamp());
        return found.Person;
    }

    /// <summary>A person by id.</summary>
    public Task<Person?> OfIdAsync(string id, CancellationToken ct = default) => OneAsync("where p.id = $1", ct, id);

    /// <summary>Everybody, by name.</summary>
    public async Task<IReadOnlyList<Person>> AllAsync(CancellationToken ct = default)
    {
        // A role that this program does not know gives no right; that it is there is noted.
        await GrantsAsync(null, ct);
        return await source.AllAsync($"select p.id, p.name, p.email, {GrantText.Column} from people p order by p.name, p.id", Read, ct);
    }

    /// <summary>Makes a one-time sign-in link; its secret is to be put behind <c>/desk/sign-in/</c>.</summary>
    public async Task<string> NewLinkAsync(string person, CancellationToken ct = default)
    {
        var secret = Secrets.Create();
        await source.RunAsync(
            "insert into sign_in_links (hash, person, expires_at) values ($1, $2, $3)",
            ct,
            Secrets.Hash(secret),
            person,
            time.GetUtcNow() + LinkLasts
        );
        return secret;
    }

    /// <summary>Whom a one-time link would sign in; null: it is unknown, used or expired.</summary>
    public Task<Person?> OfLinkAsync(string secret, CancellationToken ct = default) =>
        OneAsync(
            "join sign_in_links l on l.person = p.id where l.hash = $1 and l.used_at is null and l.expires_at > $2",
            ct,
            Secrets.Hash(secret),
            time.GetUtcNow()
        );

    /// <summary>Uses a one-time link up; null: it is unknown, used or expired.</summary>
    public Task<Person?> UseLinkAsync(string secret, CancellationToken ct = default) =>
        source.OneAsync(
            $"""
            with used as (update sign_in_links set used_at = $2 where hash = $1 and used_at is null and expires_at > $2 returning person)
            select p.id, p.name, p.email, {GrantText.Column} from used u join people p on p.id = u.person
            """,
            Read,
            ct,
            Secrets.Hash(secret),
            time.GetUtcNow()
        );

    /// <summary>
    /// The administrator to whom the first start gives a link: made if there is none. Null: one has signed in or has a token already.
    /// </summary>
    public async Task<Person?> FirstAdministratorAsync(string? token, CancellationToken ct = default)
    {
        if (
            await OneAsync(
                "where exists (select 1 from grants g where g.person = p.id and g.role = 'administrator' and g.forum is null) "
                    + "order by p.created_at limit 1",
                ct
            ) is
            { } here
        )
        {
            return await OneAsync(
                """
                where p.id = $1 and p.password_hash is null
                and not exists (select 1 from tokens t where t.person = p.id)
                    and not exists (select 1 from sign_in_links l where l.person = p.id and l.used_at is not null)
                """,
                ct,
                here.Id
            );
        }

        if (token is not null)
        {
            await AddAsync("Administrator", Roles.Administrator, token, ct);
            return null;
        }

        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var person = await AddAsync(transaction, new NewPerson("Administrator", Roles.Of(Roles.Administrator)), ct);
        await transaction.CommitAsync(ct);
        return person;
    }

    /// <summary>True if the person has a way to sign in that is their own: a password, a passkey, a token or a provider.</summary>
    public async Task<bool> HasOwnWayAsync(string person, CancellationToken ct) =>
        await source.OneAsync(
            """
            select p.id from people p where p.id = $1
                and (p.password_hash is not null or exists (select 1 from tokens t where t.person = p.id)
                or exists (select 1 from passkeys k where k.person = p.id)
                    or exists (select 1 from provider_logins l where l.person = p.id))
            """,
            r => r.GetString(0),
            ct,
            person
        )
            is not null;

    /// <summary>True if the person signs in by password or passkey, so that a token alone no longer does.</summary>
    public async Task<bool> HasPasswordOrPasskeyAsync(string person, CancellationToken ct) =>
        await source.OneAsync(
            "select p.id from people p where p.id = $1 and (p.password_hash is not null or exists (select 1 from passkeys k "
                + "where k.person = p.id))",
            r => r.GetString(0),
            ct,
            person
        )
            is not null;

    /// <summary>The roles of everybody, or of one person, as they were given.</summary>
    public async Task<IReadOnlyList<GivenGrant>> GrantsAsync(string? person, CancellationToken ct) =>
        await aside.AllAsync(
            GrantsTable,
            r => r.GetGuid(0).ToString("D"),
            "select id, person, role, forum, party, granted_at, granted_by from grants "
                + $"{(person is null ? "" : "where person = $1")} order by granted_at, id",
            r => new GivenGrant(
                r.GetGuid(0),
                r.GetString(1),
                new Grant(Words.Read<Role>(r.GetString(2)), r.Text(3), r.Text(4)),
                r.At(5),
                r.Text(6)
            ),
            ct,
            person is null ? [] : [person]
        );

    /// <summary>Gives a role; one that is there already stays.</summary>
    public async Task GiveAsync(string person, Grant grant, string? by, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await GiveAsync(transaction, person, grant, by, ct);
        await transaction.CommitAsync(ct);
        Forget();
    }

    public Task GiveAsync(NpgsqlTransaction transaction, string person, Grant grant, string? by, CancellationToken ct) =>
        transaction.RunAsync(
            "insert into grants (id, person, role, forum, party, granted_by, granted_at) values ($1, $2, $3, $4, $5, $6, $7) "
                + "on conflict do nothing",
            ct,
            Guid.CreateVersion7(time.GetUtcNow()),
            person,
            grant.Role.Word(),
            grant.Forum,
            grant.Party,
            by,
            time.GetUtcNow()
        );

    /// <summary>Takes a role away. False: it is not there, or it is that of the last administrator of all forums.</summary>
    public async Task<bool> TakeAsync(Guid grant, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // One at a time, so that two administrators do not take each other's role.
        await transaction.RunAsync("lock table grants in share row exclusive mode", ct);
        var taken =
            await transaction.RunAsync(
                """
                delete from grants g where g.id = $1 and (g.role <> 'administrator' or g.forum is not null
                    or exists (select 1 from grants o where o.role = 'administrator' and o.forum is null and o.person <> g.person))
                """,
                ct,
                grant
            ) == 1;
        await transaction.CommitAsync(ct);
        Forget();
        return taken;
    }

    /// <summary>
    /// Erases an account: its name, address, secrets and sessions; events keep the id alone. False: it is the last administrator's.
    /// </summary>
    public async Task<bool> EraseAsync(string person, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await transaction.RunAsync("lock table grants in share row exclusive mode", ct);
        await transaction.RunAsync("update sign_ins set address = null, device = null where person = $1", ct, person);
        var erased =
            await transaction.RunAsync(
                """
                delete from people p where p.id = $1
                    and (not exists (select 1 from grants g where g.person = p.id and g.role = 'administrator' and g.forum is null)
                    or exists (select 1 from grants o where o.role = 'administrator' and o.forum is null and o.person <> p.id))
                """,
                ct,
                person
            ) == 1;
        if (!erased)
            return false;
        // Their webhooks went with them.
        await transaction.RunAsync("update subscriptions_version set version = version + 1", ct);
        await transaction.CommitAsync(ct);
        Forget();
        return true;
    }

    /// <summary>Reads a person whose columns are id, name, e-mail address and grants.</summary>
    public static Person Read(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetString(1), r.Text(2), new Rights([.. GrantText.Read(r.GetFieldValue<string[]>(3))]));

    /// <summary>Forgets which tokens were seen, since what they allow has changed.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _changes);
        _seen.Clear();
    }

    private sealed record TokenHolder(Person Person, DateTimeOffset? Expires);

    private static string Shown(string token) => token[..Math.Min(PrefixShown, token.Length / 4)];

    /// <summary>The bounds of a token; null: none. A word that this program does not know allows nothing.</summary>
    private static IReadOnlyList<Scope>? KnownScopesOf(NpgsqlDataReader r, int column)
    {
        if (r.IsDBNull(column))
            return null;
        var known = new List<Scope>();
        foreach (var word in r.GetFieldValue<string[]>(column))
            if (Words.TryRead<Scope>(word, out var scope))
                known.Add(scope);
        return known;
    }

    /// <summary>The bounds of a token as they were given; null: none.</summary>
    /// <exception cref="InvalidOperationException">One of them is a word that this program does not know.</exception>
    private static IReadOnlyList<Scope>? ScopesOf(NpgsqlDataReader r, int column) =>
        r.IsDBNull(column) ? null : [.. r.GetFieldValue<string[]>(column).Select(Words.Read<Scope>)];

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [GrantsTable, TokensTable];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        if (row.Table == GrantsTable)
            await source.AllAsync("select role from grants where id = $1::uuid", r => Words.Read<Role>(r.GetString(0)), ct, row.Key);
        else
            await source.AllAsync("select scopes from tokens where id = $1::uuid", r => ScopesOf(r, 0) ?? [], ct, row.Key);
        Forget();
    }

    private Task<Person?> OneAsync(string where, CancellationToken ct, params object?[] values) =>
        source.OneAsync($"select p.id, p.name, p.email, {GrantText.Column} from people p {where}", Read, ct, values);
}
