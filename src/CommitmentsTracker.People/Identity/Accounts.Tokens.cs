using System.Collections.Concurrent;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>Tokens of people.</summary>
public sealed partial class Accounts
{
    /// <summary>The tokens of a person, newest first.</summary>
    public async Task<IReadOnlyList<GivenToken>> TokensAsync(string person, CancellationToken ct) =>
        await aside.AllAsync(
            TokensTable,
            r => r.GetGuid(0).ToString("D"),
            "select id, name, prefix, scopes, forum, created_at, expires_at, used_at from tokens where person = $1 order by "
                + "created_at desc, id",
            r => new GivenToken(r.GetGuid(0), r.Text(1), r.Text(2), ScopesOf(r, 3), r.Text(4), r.At(5), r.MaybeAt(6), r.MaybeAt(7)),
            ct,
            person
        );

    /// <summary>Makes a token with bounds; the secret is shown this once.</summary>
    public async Task<(GivenToken Token, string Secret)> NewTokenAsync(
        string person,
        string name,
        IReadOnlyList<Scope> scopes,
        string? forum,
        DateTimeOffset expiresAt,
        CancellationToken ct
    )
    {
        var (now, secret) = (time.GetUtcNow(), TokenPrefix + Secrets.Create());
        var token = new GivenToken(Guid.CreateVersion7(now), name, Shown(secret), scopes, forum, now, expiresAt, null);
        await source.RunAsync(
            "insert into tokens (hash, id, person, name, prefix, scopes, forum, created_at, expires_at) values ($1, $2, $3, "
                + "$4, $5, $6, $7, $8, $9)",
            ct,
            Secrets.Hash(secret),
            token.Id,
            person,
            name,
            token.Prefix,
            scopes.Select(s => s.Word()).ToArray(),
            forum,
            now,
            expiresAt
        );
        return (token, secret);
    }

    /// <summary>Ends a token of a person.</summary>
    public async Task<bool> RevokeTokenAsync(string person, Guid token, CancellationToken ct)
    {
        var revoked = await source.RunAsync("delete from tokens where person = $1 and id = $2", ct, person, token) == 1;
        Forget();
        return revoked;
    }
}
