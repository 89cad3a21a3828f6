using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.People;

/// <summary>What somebody is, in one forum or in all.</summary>
[JsonConverter(typeof(WordConverter<Role>))]
public enum Role
{
    /// <summary>Suggests; nothing of it is published before somebody else takes it over.</summary>
    Contributor,

    /// <summary>Logs and corrects.</summary>
    Editor,

    /// <summary>Confirms what waits for a second person, and settles disputes.</summary>
    Reviewer,

    /// <summary>Speaks for one party, in the self-reported lane and of that party only.</summary>
    Representative,

    /// <summary>Does all of this, and decides who may do what.</summary>
    Administrator,
}

/// <summary>One role of a person.</summary>
/// <param name="Role">The role.</param>
/// <param name="Forum">Slug of the forum it holds in; null: in all of them.</param>
/// <param name="Party">Slug of the party that a representative speaks for; null for every other role.</param>
public sealed record Grant(Role Role, string? Forum = null, string? Party = null);

/// <summary>What a token may be used for, at most.</summary>
[JsonConverter(typeof(WordConverter<Scope>))]
public enum Scope
{
    /// <summary>Seeing what is one's own.</summary>
    Read,

    /// <summary>Suggesting.</summary>
    Suggest,

    /// <summary>Logging, correcting, disputing, subscribing.</summary>
    Log,

    /// <summary>Confirming, rejecting, settling.</summary>
    Confirm,

    /// <summary>Deciding who may do what; running the tracker.</summary>
    Administer,
}

/// <summary>All that somebody may do: the roles of the person, within the bounds of the token that was shown.</summary>
/// <param name="Grants">The roles.</param>
/// <param name="Scopes">The bounds; null: none, as for a person who signed in.</param>
public sealed record Rights(IReadOnlyList<Grant> Grants, IReadOnlyCollection<Scope>? Scopes = null)
{
    /// <summary>No role anywhere.</summary>
    public static readonly Rights None = new([]);

    /// <summary>The party for which they may speak about something in a forum; null: for none.</summary>
    /// <param name="forum">Slug of the forum.</param>
    /// <param name="parties">Slugs of the parties of what is spoken about.</param>
    public string? PartyIn(string forum, IEnumerable<string> parties) =>
        Grants
            .Where(g => g.Role == Role.Representative && (g.Forum is null || g.Forum == forum))
            .Select(g => g.Party)
            .FirstOrDefault(p => p is not null && parties.Contains(p));

    /// <summary>The same rights within the bounds of a token; a token of one forum narrows roles that hold in all.</summary>
    public Rights Within(IReadOnlyCollection<Scope> scopes, string? forum) =>
        new(
            forum is null
                ? Grants
                : [.. Grants.Where(g => g.Forum is null || g.Forum == forum).Select(g => g with { Forum = forum }).Distinct()],
            scopes
        );
}
