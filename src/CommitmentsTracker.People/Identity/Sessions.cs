using System.Security.Claims;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>A session as its person sees it.</summary>
/// <param name="Way">How it began: password, passkey, link, token or provider.</param>
public sealed record OpenSession(Guid Id, string Way, DateTimeOffset CreatedAt, DateTimeOffset SeenAt, string? Address, string? Device);

/// <summary>
/// Who is signed in on the pages. The cookie holds a secret only; person and roles are read at every request, so that
/// what is ended or taken away works no more at once.
/// </summary>
public sealed class Sessions(NpgsqlDataSource source, TimeProvider time) : ITicketStore
{
    /// <summary>A session ends when it was not used for so long.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>A session ends after so long, whatever happens.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(1);

    /// <inheritdoc />
    public Task<string> StoreAsync(AuthenticationTicket ticket) => throw new NotSupportedException("A session belongs to a request.");

    /// <summary>Keeps a new session and gives its secret.</summary>
    public async Task<string> StoreAsync(AuthenticationTicket ticket, HttpContext httpContext, CancellationToken cancellationToken)
    {
        var (secret, now) = (Secrets.Create(), time.GetUtcNow());
        await source.RunAsync(
            "insert into sessions (hash, id, person, way, created_at, seen_at, address, device) values ($1, $2, $3, $4, $5, $5, $6, $7)",
            cancellationToken,
            Secrets.Hash(secret),
            Guid.CreateVersion7(now),
            ticket.Principal.FindFirstValue(ClaimTypes.NameIdentifier),
            ticket.Principal.FindFirstValue(ClaimTypes.AuthenticationMethod) ?? "password",
            now,
            Visitor.AddressOf(httpContext),
            Visitor.DeviceOf(httpContext)
        );
        return secret;
    }

    /// <summary>Nothing of a session is renewed: being used is noted when it is read.</summary>
    public Task RenewAsync(string key, AuthenticationTicket ticket) => Task.CompletedTask;

    /// <summary>The session of a secret; null: it is unknown, ended, or too old.</summary>
    public async Task<AuthenticationTicket?> RetrieveAsync(string key)
    {
        var now = time.GetUtcNow();
        return await source.OneAsync(
            $"""
            with used as (update sessions set seen_at = $2 where hash = $1 and seen_at < $3 and seen_at > $4 and created_at > $5)
            select p.id, p.name, p.email, {GrantText.Column}, s.id, s.way from sessions s join people p on p.id = s.person
            where s.hash = $1 and s.seen_at > $4 and s.created_at > $5
            """,
            r => new AuthenticationTicket(
                Claimed.Principal(Accounts.Read(r), IdentityConstants.ApplicationScheme, r.GetGuid(4), r.GetString(5)),
                IdentityConstants.ApplicationScheme
            ),
            CancellationToken.None,
            Secrets.Hash(key),
            now,
            now - UseNoted,
            now - Idle,
            now - Longest
        );
    }

    /// <summary>Whose session it was that was not used for too long; null: nobody's, or it was ended. It signs nobody in.</summary>
    public Task<string?> LapsedAsync(string key, CancellationToken ct) =>
        source.OneAsync(
            "select person from sessions where hash = $1 and created_at > $2",
            r => r.GetString(0),
            ct,
            Secrets.Hash(key),
            time.GetUtcNow() - Longest
        );

    /// <summary>Ends a session.</summary>
    public Task RemoveAsync(string key) =>
        source.RunAsync("delete from sessions where hash = $1", CancellationToken.None, Secrets.Hash(key));

    /// <summary>The open sessions of a person, the one used last first.</summary>
    public async Task<IReadOnlyList<OpenSession>> OfAsync(string person, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await source.AllAsync(
            "select id, way, created_at, seen_at, address, device from sessions where person = $1 and seen_at > $2 and "
                + "created_at > $3 order by seen_at desc, id",
            r => new OpenSession(r.GetGuid(0), r.GetString(1), r.At(2), r.At(3), r.Text(4), r.Text(5)),
            ct,
            person,
            now - Idle,
            now - Longest
        );
    }

    /// <summary>Ends a session of a person.</summary>
    public async Task<bool> EndAsync(string person, Guid session, CancellationToken ct) =>
        await source.RunAsync("delete from sessions where person = $1 and id = $2", ct, person, session) == 1;

    /// <summary>Ends all sessions of a person, but for one if it is named.</summary>
    public Task EndAllAsync(string person, Guid? except, CancellationToken ct) =>
        source.RunAsync("delete from sessions where person = $1 and id is distinct from $2", ct, person, except ?? Guid.Empty);
}
