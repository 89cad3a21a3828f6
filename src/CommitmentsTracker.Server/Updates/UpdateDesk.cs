using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Items;

namespace CommitmentsTracker.Server.Updates;

/// <summary>How an attempt to record something ended.</summary>
/// <param name="Version">Version of the item afterwards; null if nothing was recorded.</param>
/// <param name="Refusals">Why nothing was recorded; empty otherwise.</param>
/// <param name="ChangedMeanwhile">The item as it stands now, if somebody else changed it since the expected version; then nothing was recorded.</param>
public sealed record LogOutcome(int? Version, IReadOnlyList<Refusal> Refusals, ItemView? ChangedMeanwhile);

/// <summary>Something that waits for a second person.</summary>
/// <param name="Slug">The item.</param>
/// <param name="Title">Its title.</param>
/// <param name="Id">Id of the update or correction that waits.</param>
/// <param name="IsCorrection">Which of the two it is.</param>
/// <param name="Status">The status that it would bring.</param>
/// <param name="OccurredOn">When it happened.</param>
/// <param name="Note">Note of the update, or reason of the correction.</param>
/// <param name="RecordedAt">When it was logged.</param>
/// <param name="By">Opaque id of the author; null: an import.</param>
/// <param name="ByName">The author's name, for signed-in eyes only.</param>
public sealed record WaitingRow(
    string Slug, Text Title, string Id, bool IsCorrection, Status? Status, PartialDate OccurredOn, Text Note,
    DateTimeOffset RecordedAt, string? By, string ByName);

/// <summary>What the pages of the desk do: log, and decide on what waits. Same decisions as the API.</summary>
public sealed class UpdateDesk
{
    /// <summary>Logs one fact. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> LogAsync(string slug, LogUpdate command, int? expectedVersion, string person, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>A second person's word on a waiting update or correction.</summary>
    public Task<LogOutcome> DecideAsync(string slug, string updateOrCorrectionId, bool isCorrection, Verdict verdict, Text? note, string person, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>Everything that waits for a second person, oldest first.</summary>
    public Task<IReadOnlyList<WaitingRow>> WaitingAsync(CancellationToken ct = default) => throw new NotImplementedException();
}
