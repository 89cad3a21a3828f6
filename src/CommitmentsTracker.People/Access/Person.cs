using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.People.Access;

/// <summary>The roles that a person is given by one word when no forum is named, as by <c>POST /people</c> and <c>person add</c>.</summary>
public static class Roles
{
    /// <summary>Logs, corrects and confirms in every forum: an editor who is a reviewer too.</summary>
    public const string Editor = "editor";

    /// <summary>An administrator of all forums.</summary>
    public const string Administrator = "administrator";

    /// <summary>The grants of a word.</summary>
    public static IReadOnlyList<Grant> Of(string word) =>
        word switch
        {
            Editor => [new Grant(Role.Editor), new Grant(Role.Reviewer)],
            _ => [new Grant(Words.Read<Role>(word))],
        };
}

/// <summary>A person with an account. The id is opaque and the only thing that events know.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">Shown to signed-in people only.</param>
/// <param name="Email">By which they sign in; null: not by a password.</param>
/// <param name="Rights">What they may do, within the bounds of the token if they came by one.</param>
public sealed record Person(string Id, string Name, string? Email, Rights Rights);

/// <summary>A grant as one text, as it stands in claims and comes out of the database.</summary>
public static class GrantText
{
    /// <summary>Selects all grants of the person <c>p</c> as texts.</summary>
    public const string Column =
        "array(select g.role || '|' || coalesce(g.forum, '') || '|' || coalesce(g.party, '') from grants g where g.person = "
        + "p.id order by g.granted_at, g.id)";

    public static string Write(Grant grant) => $"{grant.Role.Word()}|{grant.Forum}|{grant.Party}";

    /// <summary>The grants of texts; one whose role this program does not know gives no right.</summary>
    public static IEnumerable<Grant> Read(IEnumerable<string> texts)
    {
        foreach (var parts in texts.Select(t => t.Split('|')))
            if (Words.TryRead<Role>(parts[0], out var role))
                yield return new Grant(role, parts[1] is "" ? null : parts[1], parts[2] is "" ? null : parts[2]);
    }
}
