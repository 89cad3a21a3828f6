using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Server.People;

/// <summary>A role as somebody asks for it to be given.</summary>
/// <param name="Role">The role.</param>
/// <param name="Forum">Slug of the forum; absent: all of them.</param>
/// <param name="Party">Slug of the party, of a representative.</param>
public sealed record RequestedGrant(Role Role, string? Forum = null, string? Party = null)
{
    /// <summary>The grant itself.</summary>
    public Grant Grant => new(Role, Forum, Party);

    /// <summary>The grants of the word as it was before there were forums: an editor of all also confirms.</summary>
    public IReadOnlyList<Grant> Grants => Forum is null && Party is null && Role == Role.Editor ? Roles.Of(Roles.Editor) : [Grant];

    /// <summary>The role in the words of a body or form, or what is wrong with them.</summary>
    public static (RequestedGrant? Asked, Refusal? Refusal) Read(string? role, string? forum, string? party, DirectoryNames names)
    {
        if (!Words.TryRead<Role>(role, out var known))
            return (null, new Refusal(RefusalKind.Invalid, "unknown-word", "role", $"One of: {string.Join(", ", Words.All<Role>())}."));
        var asked = new RequestedGrant(known, string.IsNullOrEmpty(forum) ? null : forum, string.IsNullOrEmpty(party) ? null : party);
        return asked.Problem(names) is { } problem ? (null, problem) : (asked, null);
    }

    private Refusal? Problem(DirectoryNames names) =>
        Forum is not null && !names.Forums.ContainsKey(Forum)
            ? new Refusal(RefusalKind.Invalid, "unknown-forum", "forum", $"There is no forum '{Forum}'.")
        : Role == Role.Representative && (Party is null || !names.Parties.ContainsKey(Party))
            ? new Refusal(RefusalKind.Invalid, "unknown-party", "party", "A representative speaks for a party: name its slug.")
        : Role != Role.Representative && Party is not null
            ? new Refusal(RefusalKind.Invalid, "party-of-representative", "party", "Only a representative speaks for a party.")
        : null;
}
