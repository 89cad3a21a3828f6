using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.People;

/// <summary>What a person may do.</summary>
public static class Roles
{
    /// <summary>Logs, corrects and confirms.</summary>
    public const string Editor = "editor";

    /// <summary>An editor who also makes people.</summary>
    public const string Administrator = "administrator";
}

/// <summary>A person with an account. The id is opaque and the only thing that events know.</summary>
public sealed record Person(string Id, string Name, string Role);

/// <summary>Accounts, their API tokens and one-time sign-in links. Secrets are kept as SHA-256 hashes only.</summary>
public sealed class Accounts(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>How long a one-time link works.</summary>
    public static readonly TimeSpan LinkLasts = TimeSpan.FromHours(24);

    /// <summary>How long a token once seen is trusted without asking the database again.</summary>
    public static readonly TimeSpan TokenTrusted = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, (Person Person, long At)> _seen = new(StringComparer.Ordinal);

    /// <summary>Makes a person with a token.</summary>
    /// <param name="name">Shown to signed-in people only.</param>
    /// <param name="role">One of <see cref="Roles"/>.</param>
    /// <param name="token">The token to give; null: a new random one.</param>
    public async Task<(Person Person, string Token)> AddAsync(string name, string role, string? token = null, CancellationToken ct = default)
    {
        var now = time.GetUtcNow();
        var person = new Person(Guid.CreateVersion7(now).ToString("N"), name, role);
        token ??= NewSecret();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await RunAsync(connection, "insert into people (id, name, role, created_at) values ($1, $2, $3, $4)", ct, person.Id, name, role, now);
        await RunAsync(connection, "insert into tokens (hash, person, created_at) values ($1, $2, $3)", ct, Hash(token), person.Id, now);
        await transaction.CommitAsync(ct);
        return (person, token);
    }

    /// <summary>The person of a token; null: no such token.</summary>
    public async Task<Person?> OfTokenAsync(string token, CancellationToken ct = default)
    {
        var hash = Hash(token);
        var key = Convert.ToBase64String(hash);
        if (_seen.TryGetValue(key, out var seen) && time.GetElapsedTime(seen.At) < TokenTrusted) return seen.Person;
        var person = await OneAsync("select p.id, p.name, p.role from tokens t join people p on p.id = t.person where t.hash = $1", ct, hash);
        if (person is null) _seen.TryRemove(key, out _);
        else _seen[key] = (person, time.GetTimestamp());
        return person;
    }

    /// <summary>A person by id.</summary>
    public Task<Person?> OfIdAsync(string id, CancellationToken ct = default) => OneAsync("select id, name, role from people where id = $1", ct, id);

    /// <summary>Everybody, by name.</summary>
    public async Task<IReadOnlyList<Person>> AllAsync(CancellationToken ct = default)
    {
        await using var command = source.CreateCommand("select id, name, role from people order by name, id");
        await using var reader = await command.ExecuteReaderAsync(ct);
        var people = new List<Person>();
        while (await reader.ReadAsync(ct)) people.Add(new Person(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return people;
    }

    /// <summary>Makes a one-time sign-in link; its secret is to be put behind <c>/desk/sign-in/</c>.</summary>
    public async Task<string> NewLinkAsync(string person, CancellationToken ct = default)
    {
        var secret = NewSecret();
        await using var connection = await source.OpenConnectionAsync(ct);
        await RunAsync(connection, "insert into sign_in_links (hash, person, expires_at) values ($1, $2, $3)", ct, Hash(secret), person, time.GetUtcNow() + LinkLasts);
        return secret;
    }

    /// <summary>Uses a one-time link up; null: it is unknown, used or expired.</summary>
    public Task<Person?> UseLinkAsync(string secret, CancellationToken ct = default) => OneAsync(
        """
        with used as (update sign_in_links set used_at = $2 where hash = $1 and used_at is null and expires_at > $2 returning person)
        select p.id, p.name, p.role from used u join people p on p.id = u.person
        """, ct, Hash(secret), time.GetUtcNow());

    /// <summary>The administrator to whom the first start gives a link: made if there is none. Null: one has signed in or has a token already.</summary>
    public async Task<Person?> FirstAdministratorAsync(string? token, CancellationToken ct = default)
    {
        if (await OneAsync("select id, name, role from people where role = 'administrator' order by created_at limit 1", ct) is { } here)
        {
            return await OneAsync(
                """
                select id, name, role from people p where id = $1
                and not exists (select 1 from tokens t where t.person = p.id) and not exists (select 1 from sign_in_links l where l.person = p.id and l.used_at is not null)
                """, ct, here.Id);
        }

        if (token is not null)
        {
            await AddAsync("Administrator", Roles.Administrator, token, ct);
            return null;
        }

        var person = new Person(Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), "Administrator", Roles.Administrator);
        await using var connection = await source.OpenConnectionAsync(ct);
        await RunAsync(connection, "insert into people (id, name, role, created_at) values ($1, $2, $3, $4)", ct, person.Id, person.Name, person.Role, time.GetUtcNow());
        return person;
    }

    private static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<Person?> OneAsync(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new Person(reader.GetString(0), reader.GetString(1), reader.GetString(2)) : null;
    }

    private static NpgsqlParameter Parameter(object value) => value is DateTimeOffset instant
        ? new NpgsqlParameter { Value = instant.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }
        : new NpgsqlParameter { Value = value };
}
