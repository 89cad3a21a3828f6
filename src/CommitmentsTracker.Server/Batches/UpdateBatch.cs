using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Appends;

namespace CommitmentsTracker.Server.Batches;

/// <summary>What is wrong with a field of a row.</summary>
/// <param name="Field">The column.</param>
/// <param name="Rule">Name of the broken rule.</param>
/// <param name="Message">What would be right, in English.</param>
/// <param name="Lawful">Of an unlawful step: the statuses that are lawful instead.</param>
public sealed record RowError(string Field, string Rule, string Message, IReadOnlyList<string>? Lawful);

/// <summary>What came, or would come, of a row.</summary>
/// <param name="Row">Its number, from 1; the header is none.</param>
/// <param name="Item">The item that it names.</param>
/// <param name="Id">Id of the update; null if it is refused.</param>
/// <param name="Accepted">True if nothing is wrong with it.</param>
/// <param name="Waits">True if it counts only once a second person has confirmed it.</param>
/// <param name="Errors">What is wrong.</param>
public sealed record RowReport(int Row, string Item, string? Id, bool Accepted, bool Waits, IReadOnlyList<RowError> Errors);

/// <summary>What came, or would come, of a file.</summary>
/// <param name="Recorded">True if all rows were recorded; else none was.</param>
/// <param name="DryRun">True if nothing was to be recorded.</param>
/// <param name="Accepted">Rows with which nothing is wrong.</param>
/// <param name="Refused">The others.</param>
/// <param name="Rows">A report for every row.</param>
public sealed record BatchReport(bool Recorded, bool DryRun, int Accepted, int Refused, IReadOnlyList<RowReport> Rows)
{
    /// <summary>The refusals of each row, to be said in the reader's language.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<IReadOnlyList<Refusal>> Refusals { get; init; } = [];
}

/// <summary>Logs all updates of a file or none, each through the decision of every other write.</summary>
public sealed class UpdateBatch(ItemWriter writer, TimeProvider time)
{
    /// <summary>Runs the rows; the first ones of an item are known to its later ones.</summary>
    public async Task<BatchReport> RunAsync(IReadOnlyList<UpdateFileRow> rows, bool dryRun, Author by, CancellationToken ct)
    {
        var read = rows.Select(r => (Row: r, Id: r.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), Read: r.Form.Read()))
            .ToList();
        // The form says what is wrong by its rule alone, for its page has the words.
        var refusals = read.Select(r =>
                r.Row.Refusals.Concat(r.Read.Refusals.Select(x => x with { Message = Phrasebook.For("en").Refusal(x) })).ToList()
            )
            .ToList();
        var sound = read.Select((r, i) => (r, i)).Where(x => refusals[x.i].Count == 0).ToList();
        var outcomes = await writer.AppendAllAsync(
            [
                .. sound.Select(x =>
                {
                    var command = x.r.Read.Command! with { Id = x.r.Id };
                    return new ItemAct(x.r.Row.Item, item => IntendedAct.Log(item, command.Fields), command.Decide)
                    {
                        ExpectedVersion = x.r.Row.Version,
                    };
                }),
            ],
            by,
            record: !dryRun && sound.Count == rows.Count,
            ct
        );
        foreach (var ((_, i), refused) in sound.Zip(outcomes.Refusals))
            refusals[i].AddRange(refused);
        var reports = read.Select(
                (r, i) =>
                    new RowReport(
                        r.Row.No,
                        r.Row.Item,
                        refusals[i].Count == 0 ? r.Id : null,
                        refusals[i].Count == 0,
                        refusals[i].Count == 0
                            && r.Read.Command?.Fields.Status is { } status
                            && Lifecycle.NeedSecondPerson.Contains(status),
                        [
                            .. refusals[i]
                                .Select(x => new RowError(
                                    UpdateFile.ColumnOf(x.Field),
                                    x.Rule,
                                    x.Message,
                                    x.Lawful is null ? null : [.. x.Lawful.Select(s => s.Word())]
                                )),
                        ]
                    )
            )
            .ToList();
        return new BatchReport(outcomes.IsRecorded, dryRun, reports.Count(r => r.Accepted), reports.Count(r => !r.Accepted), reports)
        {
            Refusals = refusals,
        };
    }
}
