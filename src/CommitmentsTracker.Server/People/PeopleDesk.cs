using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Server.People;

/// <summary>A person as administrators see them.</summary>
/// <param name="HasSecondStep">True if signing in by password takes a code.</param>
/// <param name="WaitsUntil">Until when they wait after too many wrong tries.</param>
public sealed record PersonRow(Person Person, IReadOnlyList<GivenGrant> Grants, bool HasSecondStep, DateTimeOffset? WaitsUntil);

/// <summary>
/// What administrators do to people: page, API and commands alike. Whoever administers one forum gives and takes roles
/// of that forum; accounts belong to administrators of all forums.
/// </summary>
public sealed class PeopleDesk(
    Accounts accounts,
    Invitations invitations,
    ForumDirectory directory,
    AccountStore store,
    Sessions sessions,
    Lockouts lockouts,
    PublicAddress address
)
{
    private const int LongestNote = 200;

    /// <summary>The people whom somebody may see: everybody, or those with a role in a forum that they administer.</summary>
    public async Task<IReadOnlyList<PersonRow>> PeopleAsync(Author by, CancellationToken ct)
    {
        var all = Permission.May(by.Rights, Act.Operate, null);
        var grants = (await accounts.GrantsAsync(null, ct)).ToLookup(g => g.Person);
        var people = (await accounts.AllAsync(ct)).Where(p => all || grants[p.Id].Any(g => Administers(by, g.Grant.Forum))).ToList();
        if (!all)
            return
            [
                .. people.Select(p => new PersonRow(
                    p with
                    {
                        Email = null,
                    },
                    [.. grants[p.Id].Where(g => Administers(by, g.Grant.Forum))],
                    false,
                    null
                )),
            ];
        var rows = new List<PersonRow>();
        var waiting = await lockouts.WaitingAsync(people.Select(SubjectOf), ct);
        var careful = await store.WithSecondStepAsync(ct);
        foreach (var person in people)
            rows.Add(
                new PersonRow(person, [.. grants[person.Id]], careful.Contains(person.Id), waiting.GetValueOrDefault(SubjectOf(person)))
            );
        return rows;
    }

    /// <summary>The invitations to forums that somebody administers.</summary>
    public async Task<IReadOnlyList<Invitation>> InvitationsAsync(Author by, CancellationToken ct) =>
        [.. (await invitations.AllAsync(ct)).Where(i => Administers(by, i.Grant.Forum))];

    /// <summary>Invites to a role; the link is shown this once.</summary>
    public async Task<(Invitation? Invitation, string? Link, Refusal? Refusal)> InviteAsync(
        Author by,
        string? role,
        string? forum,
        string? party,
        string? note,
        CancellationToken ct
    )
    {
        var (asked, wrong) = RequestedGrant.Read(role, forum, party, await directory.NamesAsync(ct));
        if (asked is null)
            return (null, null, wrong);
        if (note is { Length: > LongestNote } || note?.Any(char.IsControl) == true)
            return (
                null,
                null,
                new Refusal(RefusalKind.Invalid, "too-long", "note", $"A note is one line of at most {LongestNote} characters.")
            );
        if (Permission.Refuses(by.Rights, Act.Administer, asked.Forum) is { } forbidden)
            return (null, null, forbidden);
        var (made, secret) = await invitations.MakeAsync(asked.Grant, note, by.Person, ct);
        return (made, address.To(Invitations.Page + secret), null);
    }

    /// <summary>Makes an open invitation worthless.</summary>
    public async Task<Refusal?> RevokeAsync(Author by, string? id, CancellationToken ct)
    {
        if (
            !Guid.TryParse(id, out var parsed)
            || await invitations.OfIdAsync(parsed, ct) is not { } invitation
            || !Administers(by, invitation.Grant.Forum)
        )
            return Unknown("invitation");
        return await invitations.RevokeAsync(parsed, ct)
            ? null
            : new Refusal(RefusalKind.Conflict, "invitation-over", "id", "The invitation was used or revoked before.");
    }

    /// <summary>Gives a role to somebody who is here.</summary>
    public async Task<(GivenGrant? Given, Refusal? Refusal)> GiveAsync(
        Author by,
        string? person,
        string? role,
        string? forum,
        string? party,
        CancellationToken ct
    )
    {
        var (asked, wrong) = RequestedGrant.Read(role, forum, party, await directory.NamesAsync(ct));
        if (asked is null)
            return (null, wrong);
        if (Permission.Refuses(by.Rights, Act.Administer, asked.Forum) is { } forbidden)
            return (null, forbidden);
        if (person is null || await accounts.OfIdAsync(person, ct) is null)
            return (null, Unknown("person"));
        await accounts.GiveAsync(person, asked.Grant, by.Person, ct);
        return ((await accounts.GrantsAsync(person, ct)).First(g => g.Grant == asked.Grant), null);
    }

    /// <summary>Takes a role away.</summary>
    public async Task<Refusal?> TakeAsync(Author by, string? person, string? grant, CancellationToken ct)
    {
        var given = person is null
            ? null
            : (await accounts.GrantsAsync(person, ct)).FirstOrDefault(g => Guid.TryParse(grant, out var id) && g.Id == id);
        if (given is null)
            return Unknown("role");
        if (Permission.Refuses(by.Rights, Act.Administer, given.Grant.Forum) is { } forbidden)
            return forbidden;
        return await accounts.TakeAsync(given.Id, ct) ? null : LastAdministrator();
    }

    /// <summary>Makes a link by which somebody signs in once and sets a new password.</summary>
    public async Task<(string? Link, Refusal? Refusal)> LinkAsync(Author by, string? person, CancellationToken ct)
    {
        if (await OperatesOnAsync(by, person, ct) is { } refusal)
            return (null, refusal);
        return (address.To($"{SignIn.Page}/{await accounts.NewLinkAsync(person!, ct)}"), null);
    }

    /// <summary>Takes the second step and the recovery codes away, for somebody who has lost both; their sessions end.</summary>
    public async Task<Refusal?> ForgetSecondStepAsync(Author by, string? person, CancellationToken ct)
    {
        if (await OperatesOnAsync(by, person, ct) is { } refusal)
            return refusal;
        await store.ForgetSecondStepAsync(person!, ct);
        await sessions.EndAllAsync(person!, null, ct);
        return null;
    }

    /// <summary>Lets somebody try again at once who waits after wrong tries.</summary>
    public async Task<Refusal?> LiftAsync(Author by, string? person, CancellationToken ct)
    {
        if (await OperatesOnAsync(by, person, ct) is { } refusal)
            return refusal;
        await lockouts.ForgetAsync(SubjectOf((await accounts.OfIdAsync(person!, ct))!), ct);
        return null;
    }

    /// <summary>Ends every session of somebody.</summary>
    public async Task<Refusal?> EndSessionsAsync(Author by, string? person, CancellationToken ct)
    {
        if (await OperatesOnAsync(by, person, ct) is { } refusal)
            return refusal;
        await sessions.EndAllAsync(person!, null, ct);
        return null;
    }

    /// <summary>Erases an account; events keep its opaque id.</summary>
    public async Task<Refusal?> EraseAsync(Author by, string? person, CancellationToken ct)
    {
        if (await OperatesOnAsync(by, person, ct) is { } refusal)
            return refusal;
        return await accounts.EraseAsync(person!, ct) ? null : LastAdministrator();
    }

    private static bool Administers(Author by, string? forum) => Permission.May(by.Rights, Act.Administer, forum);

    private static string SubjectOf(Person person) => AccountStore.KeyOf(person.Email) ?? person.Id;

    private static Refusal Unknown(string what) => new(RefusalKind.NotFound, $"unknown-{what}", "id", $"There is no such {what}.");

    private static Refusal LastAdministrator() =>
        new(RefusalKind.Conflict, "last-administrator", "", "The last administrator of all forums stays; make somebody else one first.");

    private async Task<Refusal?> OperatesOnAsync(Author by, string? person, CancellationToken ct) =>
        Permission.Refuses(by.Rights, Act.Operate, null)
        ?? (person is null || await accounts.OfIdAsync(person, ct) is null ? Unknown("person") : null);
}
