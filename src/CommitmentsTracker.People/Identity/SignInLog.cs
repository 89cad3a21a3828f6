using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.People.Identity;

/// <summary>One entry of the log of signing in.</summary>
/// <param name="What">in, out, wrong, locked, or what was changed: password, email, second-step, passkey, session, token, role, invitation,
/// erased.</param>
public sealed record SignInEntry(
    DateTimeOffset At,
    string? Person,
    string? Name,
    string What,
    string? Way,
    string? Address,
    string? Device
);

/// <summary>Who signed in or tried to, and changed how they do; from where, for ninety days.</summary>
public sealed class SignInLog(NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>How long the rest is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(365);

    /// <summary>Notes something.</summary>
    public Task AddAsync(HttpContext context, string? person, string what, string? way = null) =>
        source.RunAsync(
            "insert into sign_ins (at, person, what, way, address, device) values ($1, $2, $3, $4, $5, $6)",
            CancellationToken.None,
            time.GetUtcNow(),
            person,
            what,
            way,
            Visitor.AddressOf(context),
            Visitor.DeviceOf(context)
        );

    /// <summary>The latest entries, of one person or of all.</summary>
    public async Task<IReadOnlyList<SignInEntry>> LatestAsync(string? person, int limit, CancellationToken ct) =>
        await source.AllAsync(
            "select s.at, s.person, p.name, s.what, s.way, s.address, s.device from sign_ins s left join people p on p.id = "
                + $"s.person {(person is null ? "" : "where s.person = $2")} order by s.at desc, s.id desc limit $1",
            r => new SignInEntry(r.At(0), r.Text(1), r.Text(2), r.GetString(3), r.Text(4), r.Text(5), r.Text(6)),
            ct,
            person is null ? [limit] : [limit, person]
        );
}

/// <summary>Asks to forget what is too old to be kept of signing in.</summary>
public sealed record ForgetSignIns;

/// <summary>Erases network addresses after ninety days, and sessions, links, invitations, tokens and failures that are over.</summary>
public static class ForgetSignInsHandler
{
    private static readonly TimeSpan LinksKept = TimeSpan.FromDays(90);

    /// <summary>Forgets.</summary>
    public static async Task Handle(ForgetSignIns _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await source.RunAsync(
            "update sign_ins set address = null, device = null where at < $1 and (address is not null or device is not null)",
            ct,
            now - Visitor.AddressesKept
        );
        await source.RunAsync("delete from sign_ins where at < $1", ct, now - SignInLog.Kept);
        // One that was only not used for too long still proves whose a half-written form is.
        await source.RunAsync("delete from sessions where created_at < $1", ct, now - Sessions.Longest);
        await source.RunAsync("delete from sign_in_failures where failed_at < $1", ct, now - Lockouts.Remembered);
        // Links that were used stay: by them the program knows that the first administrator has been here.
        await source.RunAsync("delete from sign_in_links where used_at is null and expires_at < $1", ct, now - LinksKept);
        await source.RunAsync("delete from invitations where expires_at < $1", ct, now - LinksKept);
        await source.RunAsync("delete from tokens where expires_at < $1", ct, now - LinksKept);
    }
}
