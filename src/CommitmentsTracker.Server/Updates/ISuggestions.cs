using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Server.Items;

namespace CommitmentsTracker.Server.Updates;

/// <summary>Keeps what somebody may suggest and not write.</summary>
public interface ISuggestions
{
    /// <summary>Keeps an update.</summary>
    /// <param name="write">The write that was refused.</param>
    /// <param name="update">The update as it would be logged.</param>
    /// <param name="language">In which its author wrote: en or zh.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>202 with the address of what was kept, or why it was not; null: its author may not suggest it either.</returns>
    Task<IResult?> SuggestAsync(ForbiddenWrite write, UpdateFields update, string language, CancellationToken ct);

    /// <summary>Keeps a dispute.</summary>
    /// <param name="write">The write that was refused.</param>
    /// <param name="dispute">The dispute as it would be opened.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>As of an update.</returns>
    Task<IResult?> DisputeAsync(ForbiddenWrite write, OpenDispute dispute, CancellationToken ct);
}
