using System.Collections.Frozen;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Permissions;

/// <summary>What somebody does.</summary>
public enum Act
{
    /// <summary>Sees and keeps their own account; whoever is signed in may.</summary>
    Own,

    /// <summary>Sees what needs attention at the desk, and takes it on; whoever logs or confirms may.</summary>
    Work,

    /// <summary>Suggests a change.</summary>
    Suggest,

    /// <summary>Logs an update, corrects one, adds sources to one.</summary>
    Log,

    /// <summary>Records an item, changes its details, retracts it.</summary>
    Edit,

    /// <summary>Disputes an update.</summary>
    Dispute,

    /// <summary>Reads what others sent in, and decides on it.</summary>
    Moderate,

    /// <summary>Confirms or rejects what waits, settles disputes.</summary>
    Confirm,

    /// <summary>Keeps subscriptions of their own by the API.</summary>
    Subscribe,

    /// <summary>Decides who may do what in a forum.</summary>
    Administer,

    /// <summary>Runs the tracker: everybody's accounts, deliveries, figures.</summary>
    Operate,
}

/// <summary>What a representative says, and of which item: only this decides whether they may.</summary>
/// <param name="Fields">The update; of a correction, before and after it.</param>
/// <param name="Parties">Slugs of the parties that the item names.</param>
public sealed record OwnWord(IReadOnlyList<UpdateFields> Fields, IReadOnlyCollection<string> Parties);

/// <summary>The one place that decides whether somebody may do something somewhere.</summary>
public static class Permission
{
    private static readonly Role[] Everybody = Enum.GetValues<Role>();

    private static readonly FrozenDictionary<Act, (Scope Scope, Role[] Roles)> Table = new Dictionary<Act, (Scope, Role[])>
    {
        [Act.Own] = (Scope.Read, []),
        [Act.Work] = (Scope.Read, [Role.Editor, Role.Reviewer, Role.Representative, Role.Administrator]),
        [Act.Suggest] = (Scope.Suggest, Everybody),
        [Act.Log] = (Scope.Log, [Role.Editor, Role.Administrator]),
        [Act.Edit] = (Scope.Log, [Role.Editor, Role.Administrator]),
        [Act.Dispute] = (Scope.Log, [Role.Editor, Role.Reviewer, Role.Administrator]),
        [Act.Moderate] = (Scope.Log, [Role.Editor, Role.Reviewer, Role.Administrator]),
        [Act.Confirm] = (Scope.Confirm, [Role.Reviewer, Role.Administrator]),
        [Act.Subscribe] = (Scope.Log, [Role.Editor, Role.Reviewer, Role.Administrator]),
        [Act.Administer] = (Scope.Administer, [Role.Administrator]),
        [Act.Operate] = (Scope.Administer, [Role.Administrator]),
    }.ToFrozenDictionary();

    /// <summary>The roles that may do it; empty: whoever is signed in.</summary>
    public static IReadOnlyList<Role> Needed(Act act) => Table[act].Roles;

    /// <summary>The scope that a token needs for it.</summary>
    public static Scope ScopeOf(Act act) => Table[act].Scope;

    /// <summary>True if they may do it in some forum, on some item: enough to be shown the way to it.</summary>
    public static bool MaySomewhere(Rights rights, Act act) =>
        InScope(rights, act)
        && (
            Table[act].Roles.Length == 0
            || rights.Grants.Any(g =>
                (act != Act.Operate || g.Forum is null)
                && (Table[act].Roles.Contains(g.Role) || (act == Act.Log && g.Role == Role.Representative))
            )
        );

    /// <summary>True if they may do it in the forum.</summary>
    /// <param name="rights">Who asks.</param>
    /// <param name="act">What for.</param>
    /// <param name="forum">Slug of the forum; null: in all forums.</param>
    /// <param name="word">What is said; without it a representative may not.</param>
    public static bool May(Rights rights, Act act, string? forum, OwnWord? word = null) => Refuses(rights, act, forum, word) is null;

    /// <summary>Why they may not; null: they may.</summary>
    /// <inheritdoc cref="May"/>
    public static Refusal? Refuses(Rights rights, Act act, string? forum, OwnWord? word = null)
    {
        var (scope, roles) = Table[act];
        if (!InScope(rights, act))
            return new Refusal(
                RefusalKind.Forbidden,
                "scope",
                "Authorization",
                $"This token may not do that; it takes one with the scope '{scope.Word()}'."
            );
        var here = rights.Grants.Where(g => g.Forum is null || (g.Forum == forum && act != Act.Operate)).ToList();
        if (roles.Length == 0 || here.Any(g => roles.Contains(g.Role)))
            return null;
        var spokesmen = act == Act.Log ? here.Where(g => g.Role == Role.Representative).ToList() : [];
        if (spokesmen.Count > 0)
        {
            return word is not null && spokesmen.Any(g => IsOwn(word, g.Party))
                ? null
                : new Refusal(
                    RefusalKind.Forbidden,
                    "own-lane",
                    word is null || word.Fields.All(f => f.Lane == Lane.SelfReported) ? "actor" : "lane",
                    $"A representative writes in the lane self_reported, as {string.Join(" or ", spokesmen.Select(g => $"'{g.Party}'"))}, "
                        + "and only on items that name that party; everything else takes an editor.",
                    Needed: roles
                );
        }

        return Lacks(act, forum, rights.Grants.Any(g => g.Role == Role.Contributor));
    }

    /// <summary>The role in which they may do it: the least that suffices. Null: they may not, or need none.</summary>
    /// <inheritdoc cref="May"/>
    public static Role? RoleFor(Rights rights, Act act, string? forum, OwnWord? word = null)
    {
        if (!May(rights, act, forum, word))
            return null;
        var here = rights.Grants.Where(g => g.Forum is null || g.Forum == forum).Select(g => g.Role).ToHashSet();
        foreach (var role in Table[act].Roles)
            if (here.Contains(role))
                return role;
        return act == Act.Log && here.Contains(Role.Representative) ? Role.Representative : null;
    }

    /// <summary>Why they may do it nowhere; null: they may somewhere.</summary>
    public static Refusal? RefusesEverywhere(Rights rights, Act act) =>
        MaySomewhere(rights, act) ? null
        : !InScope(rights, act) ? Refuses(rights, act, null)
        : Lacks(act, null, rights.Grants.Any(g => g.Role == Role.Contributor));

    private static Refusal Lacks(Act act, string? forum, bool isContributor)
    {
        var roles = Table[act].Roles;
        var where =
            act == Act.Operate ? " of all forums"
            : forum is null ? ""
            : $" of the forum '{forum}'";
        var instead =
            isContributor && act is (Act.Log or Act.Edit or Act.Dispute) ? " A contributor sends it as a suggestion instead." : "";
        return new Refusal(
            RefusalKind.Forbidden,
            "role",
            "Authorization",
            $"This takes the role {string.Join(" or ", roles.Select(r => r.Word()))}{where}.{instead}",
            Needed: roles
        );
    }

    /// <summary>The forums in which they may do it, on some item; null: in all of them.</summary>
    public static IReadOnlyList<string>? Forums(Rights rights, Act act)
    {
        var grants = rights.Grants.Where(g => MaySomewhere(new Rights([g], rights.Scopes), act)).ToList();
        return grants.Exists(g => g.Forum is null) ? null : [.. grants.Select(g => g.Forum!).Distinct()];
    }

    /// <summary>The scopes that a token of somebody with these rights can have: no more than the roles allow.</summary>
    public static IReadOnlyList<Scope> ScopesFor(Rights rights) =>
        [
            .. Enum.GetValues<Scope>()
                .Where(s => (rights.Scopes?.Contains(s) ?? true) && Table.Any(t => t.Value.Scope == s && MaySomewhere(rights, t.Key))),
        ];

    /// <summary>Whoever may log with a token may suggest with it as well.</summary>
    private static bool InScope(Rights rights, Act act) =>
        rights.Scopes is not { } scopes || scopes.Contains(Table[act].Scope) || (act == Act.Suggest && scopes.Contains(Scope.Log));

    private static bool IsOwn(OwnWord word, string? party) =>
        party is not null
        && word.Parties.Contains(party)
        && word.Fields.All(f =>
            f.Lane == Lane.SelfReported && f.Actor == party && f.Type != UpdateType.Review && (f.CoActors ?? []).All(c => c == party)
        );
}
