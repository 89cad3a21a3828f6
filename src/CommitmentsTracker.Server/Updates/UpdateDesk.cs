using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;

namespace CommitmentsTracker.Server.Updates;

/// <summary>How an attempt to record something ended.</summary>
/// <param name="Version">Version of the item afterwards; null if nothing was recorded.</param>
/// <param name="Refusals">Why nothing was recorded; empty otherwise.</param>
/// <param name="ChangedMeanwhile">
/// The item as it stands now, if somebody else changed it since the expected version; then nothing was recorded.
/// </param>
public sealed record LogOutcome(int? Version, IReadOnlyList<Refusal> Refusals, ItemView? ChangedMeanwhile);

/// <summary>What would come of logging something now.</summary>
/// <param name="Refusals">Why it would be refused; then nothing else is said.</param>
/// <param name="After">The item as it would stand.</param>
/// <param name="Update">The update as it would show.</param>
/// <param name="Reach">How many subscriptions of each channel would be told.</param>
public sealed record Foreseen(
    IReadOnlyList<Refusal> Refusals,
    ItemView? After,
    UpdateView? Update,
    IReadOnlyDictionary<Channel, int> Reach
);

/// <summary>Something that waits for a second person.</summary>
public sealed record WaitingRow
{
    /// <summary>The item.</summary>
    public required string Slug { get; init; }

    /// <summary>Its title.</summary>
    public required Text Title { get; init; }

    /// <summary>Id of the update or correction that waits.</summary>
    public string Id { get; init; } = "";

    /// <summary>Which of the two it is.</summary>
    public bool IsCorrection { get; init; }

    /// <summary>The status that it would bring.</summary>
    public Status? Status { get; init; }

    /// <summary>When it happened.</summary>
    public required PartialDate OccurredOn { get; init; }

    /// <summary>Note of the update, or reason of the correction.</summary>
    public required Text Note { get; init; }

    /// <summary>When it was logged.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Opaque id of the author; null: an import.</summary>
    public string? By { get; init; }

    /// <summary>The author's name, for signed-in eyes only.</summary>
    public required string ByName { get; init; }

    /// <summary>The item's forum.</summary>
    public required string Forum { get; init; }

    /// <summary>Version of the item that is shown; who decides, decides on this one.</summary>
    public required int Version { get; init; }

    /// <summary>The sources behind it.</summary>
    public IReadOnlyList<EvidenceSource> Evidence { get; init; } = [];

    /// <summary>Why its author changed it while it waited, the latest last.</summary>
    public IReadOnlyList<Text> Mended { get; init; } = [];
}

/// <summary>How an author changes an update of theirs that waits for a second person.</summary>
/// <param name="Update">Id of the update.</param>
/// <param name="Reason">Why.</param>
public sealed record Mending(string Update, Text Reason);

/// <summary>What a second person says of something that waits.</summary>
/// <param name="Id">Id of the update or correction.</param>
/// <param name="IsCorrection">Which of the two it is.</param>
/// <param name="Verdict">Their verdict.</param>
/// <param name="Note">Their note.</param>
public sealed record WaitingWord(string Id, bool IsCorrection, Verdict Verdict, Text? Note);

/// <summary>What a second person said of something that had waited.</summary>
/// <param name="ByName">Their name, for signed-in eyes only.</param>
public sealed record DecidedWaiting(Verdict Verdict, string ByName, DateTimeOffset At, Text? Note);

/// <summary>What the pages of the desk do: log, and decide on what waits. Same decisions as the API.</summary>
public sealed class UpdateDesk(
    ItemWriter writer,
    Judge judge,
    ItemStreams streams,
    Accounts accounts,
    TellChanges tell,
    NpgsqlDataSource source,
    TimeProvider time
)
{
    private static readonly Dictionary<Channel, int> NoReach = [];

    /// <summary>Logs one fact. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> LogAsync(string slug, LogUpdate command, int? expectedVersion, Author by, CancellationToken ct = default) =>
        AppendAsync(ToLog(slug, command) with { ExpectedVersion = expectedVersion }, by, ct);

    /// <summary>Mends what waits for a second person, by its author: it waits on in its new version.</summary>
    public Task<LogOutcome> MendAsync(
        string slug,
        LogUpdate command,
        Mending mending,
        int? expectedVersion,
        Author by,
        CancellationToken ct = default
    ) => AppendAsync(ToMend(slug, command, mending) with { ExpectedVersion = expectedVersion }, by, ct);

    /// <summary>What would come of logging a fact, or of mending one that waits; nothing is recorded.</summary>
    public async Task<Foreseen> ForeseeAsync(string slug, LogUpdate command, Mending? mending, Author by, CancellationToken ct = default)
    {
        var act = mending is null ? ToLog(slug, command) : ToMend(slug, command, mending);
        var judged = await judge.OfAsync(act, by, await judge.KnownAsync([], ct), ct);
        if (!judged.IsAccepted)
            return new Foreseen(judged.Refusals, null, null, NoReach);
        var after = judged.After!;
        return new Foreseen(
            [],
            ItemReader.ViewNow(after, time.GetUtcNow().DayOf()),
            ItemReader.View(after.Update(mending?.Update ?? command.Id)!, after, after.StandingOn(DateOnly.MaxValue)?.Flags ?? []),
            await ReachAsync(judged, ct)
        );
    }

    /// <summary>Notes that somebody looked at an item on a day and found nothing new.</summary>
    public Task<LogOutcome> ReviewAsync(string slug, string id, DateOnly day, Text note, Author by, CancellationToken ct = default) =>
        LogAsync(
            slug,
            new LogUpdate(
                id,
                new UpdateFields
                {
                    Type = UpdateType.Review,
                    OccurredOn = PartialDate.Day(day),
                    Note = note,
                }
            ),
            null,
            by,
            ct
        );

    /// <summary>Opens a dispute.</summary>
    public Task<LogOutcome> DisputeAsync(string slug, OpenDispute command, Author by, CancellationToken ct = default) =>
        AppendAsync(new ItemAct(slug, item => IntendedAct.To(Act.Dispute, item), (item, _, at) => command.Decide(item, at)), by, ct);

    /// <summary>Settles a dispute.</summary>
    public Task<LogOutcome> SettleAsync(string slug, SettleDispute command, Author by, CancellationToken ct = default) =>
        AppendAsync(new ItemAct(slug, item => IntendedAct.To(Act.Confirm, item), (item, _, at) => command.Decide(item, at)), by, ct);

    /// <summary>Adds sources to an update.</summary>
    public Task<LogOutcome> AddEvidenceAsync(string slug, AddEvidence command, Author by, CancellationToken ct = default) =>
        AppendAsync(
            new ItemAct(slug, item => IntendedAct.Correct(item, command.UpdateId, null), (item, _, at) => command.Decide(item, at)),
            by,
            ct
        );

    /// <summary>Puts the note of an update into the language that it lacks.</summary>
    public Task<LogOutcome> TranslateAsync(string slug, AddTranslation command, Author by, CancellationToken ct = default) =>
        AppendAsync(
            new ItemAct(slug, item => IntendedAct.Correct(item, command.UpdateId, null), (item, _, at) => command.Decide(item, at)),
            by,
            ct
        );

    /// <summary>Corrects an update. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> CorrectAsync(
        string slug,
        CorrectUpdate command,
        int? expectedVersion,
        Author by,
        CancellationToken ct = default
    ) => AppendAsync(ToCorrect(slug, command) with { ExpectedVersion = expectedVersion }, by, ct);

    /// <summary>What a correction would change and whom it would reach; nothing is recorded.</summary>
    /// <returns>Nothing at all if there is no such item.</returns>
    public async Task<(CorrectionPreview? Preview, IReadOnlyList<Refusal> Refusals)> PreviewAsync(
        string slug,
        CorrectUpdate command,
        Author by,
        CancellationToken ct = default
    )
    {
        var judged = await judge.OfAsync(ToCorrect(slug, command), by, await judge.KnownAsync([], ct), ct);
        if (!judged.IsAccepted)
            return (null, judged.Before is null ? [] : judged.Refusals);
        // What waits for a second person is shown as it will be once confirmed; that is what has to be judged.
        var made = (CorrectionMade)judged.Events[0];
        var after = Item.Fold(judged.Before, made with { NeedsConfirmation = false });
        return (
            new CorrectionPreview(
                CorrectionPreview.Between(judged.Before!, after),
                made.NeedsConfirmation,
                (await ReachAsync(judged, ct)).Values.Sum()
            ),
            []
        );
    }

    /// <summary>
    /// A second person's word on a waiting update or correction. With an expected version nothing is recorded if the item
    /// has another one.
    /// </summary>
    public Task<LogOutcome> DecideAsync(string slug, WaitingWord word, int? expectedVersion, Author by, CancellationToken ct = default) =>
        AppendAsync(
            new ItemAct(
                slug,
                item => IntendedAct.To(Act.Confirm, item),
                (item, _, at) =>
                    word.IsCorrection
                        ? new ConfirmCorrection(word.Id, word.Verdict, word.Note).Decide(item, at)
                        : new ConfirmUpdate(word.Id, word.Verdict, word.Note).Decide(item, at)
            )
            {
                ExpectedVersion = expectedVersion,
            },
            by,
            ct
        );

    private async Task<Dictionary<Channel, int>> ReachAsync(Judgement judged, CancellationToken ct)
    {
        var reach = new Dictionary<Channel, int>();
        foreach (var (_, change) in ItemReadModels.ChangesOf(judged.Before, judged.Events, imported: false))
        foreach (var (channel, count) in await tell.ReachAsync(judged.Id, change, ct))
            reach[channel] = reach.GetValueOrDefault(channel) + count;
        return reach;
    }

    /// <summary>What waits for a second person, oldest first.</summary>
    /// <param name="slugs">Of these items only; null: of all.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(IReadOnlyCollection<string>? slugs = null, CancellationToken ct = default)
    {
        var waiting = await source.AllAsync(
            "select item_id from items where waiting and retracted_at is null and ($1 or slug = any($2))",
            r => r.GetGuid(0),
            ct,
            slugs is null,
            slugs?.ToArray() ?? []
        );
        if (waiting.Count == 0)
            return [];

        var names = (await accounts.AllAsync(ct)).ToDictionary(p => p.Id, p => p.Name, StringComparer.Ordinal);
        var rows = new List<WaitingRow>();
        foreach (var stream in await streams.LoadAsync(waiting, ct))
        {
            var item = Item.From(stream.Events)!;
            foreach (var update in item.Updates.Where(u => u.IsPending && !u.IsGone))
                rows.Add(
                    Row(item, update.Logged, update.Fields) with
                    {
                        Id = update.Id,
                        Evidence = [.. update.Sources],
                        Mended = [.. update.Corrections.Where(c => c.IsEffective).Select(c => c.Made.Reason)],
                    }
                );
            foreach (var update in item.Updates)
            foreach (var correction in update.Corrections.Where(c => c.IsPending))
                rows.Add(
                    Row(item, correction.Made, correction.Made.NewValues?.Over(update.Fields) ?? update.Fields) with
                    {
                        Id = correction.Id,
                        IsCorrection = true,
                        Note = correction.Made.Reason,
                        Evidence = [.. correction.Made.Evidence],
                    }
                );
        }

        return [.. rows.OrderBy(r => r.RecordedAt)];

        WaitingRow Row(Item item, ItemEvent e, UpdateFields fields) =>
            new()
            {
                Slug = item.Slug,
                Title = item.Details.Title,
                Status = fields.Status,
                OccurredOn = fields.OccurredOn,
                Note = fields.Note,
                RecordedAt = e.RecordedAt,
                By = e.By,
                ByName = e.By is { } by ? names.GetValueOrDefault(by, by) : "",
                Forum = item.Forum,
                Version = item.Version,
            };
    }

    /// <summary>What came of something that had waited; null: it still waits, or never did.</summary>
    public async Task<DecidedWaiting?> DecidedAsync(string slug, string updateOrCorrectionId, CancellationToken ct = default)
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream)
            return null;
        var (decided, verdict, note) = stream
            .Events.Select(e =>
                e switch
                {
                    UpdateConfirmed x when x.UpdateId == updateOrCorrectionId => ((ItemEvent?)e, Verdict.Confirm, x.Note),
                    CorrectionConfirmed x when x.CorrectionId == updateOrCorrectionId => (e, Verdict.Confirm, x.Note),
                    UpdateRejected x when x.UpdateId == updateOrCorrectionId => (e, Verdict.Reject, x.Note),
                    CorrectionRejected x when x.CorrectionId == updateOrCorrectionId => (e, Verdict.Reject, x.Note),
                    _ => ((ItemEvent?)null, default(Verdict), (Text?)null),
                }
            )
            .LastOrDefault(d => d.Item1 is not null);
        if (decided is null)
            return null;
        var name = decided.By is { } by ? (await accounts.OfIdAsync(by, ct))?.Name ?? by : "";
        return new DecidedWaiting(verdict, name, decided.RecordedAt, note);
    }

    private static ItemAct ToLog(string slug, LogUpdate command) =>
        new(slug, item => IntendedAct.Log(item, command.Fields), command.Decide);

    private static ItemAct ToCorrect(string slug, CorrectUpdate command) =>
        new(slug, item => IntendedAct.Correct(item, command.UpdateId, command.NewValues), command.Decide);

    private static ItemAct ToMend(string slug, LogUpdate command, Mending mending)
    {
        return new ItemAct(
            slug,
            item => IntendedAct.Correct(item, mending.Update, ValuesOf(item)),
            (item, known, at) =>
                new CorrectUpdate(command.Id, mending.Update, CorrectionKind.Replace, ValuesOf(item), mending.Reason, []).Decide(
                    item,
                    known,
                    at
                )
        );

        NewValues ValuesOf(Item item) =>
            item.Update(mending.Update) is { } waiting ? NewValues.Between(waiting.Fields, command.Fields) : new NewValues();
    }

    private async Task<LogOutcome> AppendAsync(ItemAct act, Author by, CancellationToken ct)
    {
        var outcome = await writer.AppendAsync(act, by, null, ct);
        return new LogOutcome(
            outcome.IsRecorded ? outcome.Item!.Version : null,
            outcome.Refusals,
            outcome.IsStale ? ItemReader.ViewNow(outcome.Item!, time.GetUtcNow().DayOf()) : null
        );
    }
}
