using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>What every row of a forum folder says about its recording.</summary>
/// <param name="RecordedAt">Known clock.</param>
/// <param name="By">Opaque id of the person, if one recorded it.</param>
/// <param name="ArchiveRecordedAt">The time in an earlier archive, if the row came from one later than the forum.</param>
/// <param name="As">The role in which the person recorded it.</param>
public sealed record RowStamp(DateTimeOffset RecordedAt, string? By = null, DateTimeOffset? ArchiveRecordedAt = null, Role? As = null);

public sealed record ItemEntry(string Slug, ItemKind Kind, string Forum, Details Details);

public sealed record UpdateEntry(string Item, string Id, UpdateFields Fields, bool Confirmed, RowStamp Stamp);

public sealed record CorrectionEntry(
    string? Item,
    string Id,
    string Update,
    CorrectionKind Kind,
    NewValues? NewValues,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    bool Editorial,
    bool Confirmed,
    RowStamp Stamp
);

public sealed record ConfirmationEntry(string Item, string? Update, string? Correction, bool Confirms, Text? Note, RowStamp Stamp);

public sealed record EvidenceEntry(string Item, string Update, IReadOnlyList<EvidenceSource> Evidence, RowStamp Stamp);

public sealed record TranslationEntry(string Item, string Update, Text Note, RowStamp Stamp);

public sealed record SettlementEntry(DisputeOutcome Outcome, Text? Note, RowStamp Stamp);

public sealed record DisputeEntry(
    string Id,
    string Item,
    string Update,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    SettlementEntry? Settlement,
    RowStamp Stamp
);

public sealed record DetailsEntry(string Item, DetailsChange Changes, Text Reason, RowStamp Stamp);

public sealed record RetractionEntry(string Item, Text Reason, string? MergedInto, RowStamp Stamp);

/// <summary>A problem with a row of a forum folder.</summary>
/// <param name="Where">File, row and field, e.g. <c>updates.json[12] gdpr--adopted occurredOn</c>.</param>
public sealed record FolderProblem(string Where, string Rule, string Message)
{
    public override string ToString() => $"{Where}: {Message} ({Rule})";
}

/// <summary>The folder could not be read or taken over; nothing was stored.</summary>
public sealed class ForumFolderException(IReadOnlyList<FolderProblem> problems)
    : Exception($"{problems.Count} problem(s), the first: {problems[0]}")
{
    public IReadOnlyList<FolderProblem> Problems { get; } = problems;
}
