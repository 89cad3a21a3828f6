using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;

namespace CommitmentsTracker.Record.Appends;

/// <summary>What a write asks to be allowed: pages, API and imports ask in the same words.</summary>
/// <param name="Act">What is done.</param>
/// <param name="Forum">Where.</param>
/// <param name="Word">What is said, where that matters.</param>
public sealed record IntendedAct(Act Act, string Forum, OwnWord? Word = null)
{
    /// <summary>Something to an item.</summary>
    public static IntendedAct To(Act act, Item item) => new(act, item.Forum);

    /// <summary>To log an update.</summary>
    public static IntendedAct Log(Item item, UpdateFields fields) =>
        new(Act.Log, item.Forum, new OwnWord([fields], [.. item.Details.Parties]));

    /// <summary>
    /// To correct an update, or to add to it; it has to be one's own before and after. One that does not exist is for the decision to
    /// refuse.
    /// </summary>
    public static IntendedAct Correct(Item item, string update, NewValues? values)
    {
        if (item.Update(update)?.Fields is not { } before)
            return new IntendedAct(Act.Log, item.Forum, new OwnWord([], [.. item.Details.Parties]));
        return new IntendedAct(
            Act.Log,
            item.Forum,
            new OwnWord(values is null ? [before] : [before, values.Over(before)], [.. item.Details.Parties])
        );
    }

    /// <summary>The role in which somebody may.</summary>
    public Role? RoleOf(Rights rights) => Permission.RoleFor(rights, Act, Forum, Word);

    /// <summary>Why somebody may not; null: they may.</summary>
    public Refusal? Refuses(Rights rights) => Permission.Refuses(rights, Act, Forum, Word);
}
