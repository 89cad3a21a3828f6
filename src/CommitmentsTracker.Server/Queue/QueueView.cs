using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.People;
using Microsoft.AspNetCore.Components;

namespace CommitmentsTracker.Server.Queue;

/// <summary>What a form of the queue that was refused said.</summary>
/// <param name="Anchor">Place of its entry.</param>
/// <param name="Note">What was typed.</param>
/// <param name="Refusals">Why it was refused.</param>
public sealed record RefusedWord(string Anchor, string? Note, IReadOnlyList<Refusal> Refusals);

/// <summary>What the views of entries share.</summary>
public abstract class QueueView : PageBase
{
    /// <summary>The entry.</summary>
    [Parameter, EditorRequired]
    public QueueEntry Entry { get; set; } = null!;

    /// <summary>A form that was refused, of this entry or of another one.</summary>
    [Parameter]
    public RefusedWord? Refused { get; set; }

    /// <summary>What was typed here and refused.</summary>
    protected RefusedWord? Here => Refused?.Anchor == Entry.Anchor ? Refused : null;

    /// <summary>Opaque id of who looks.</summary>
    protected string Me => Claimed.Id(Http!.User);
}
