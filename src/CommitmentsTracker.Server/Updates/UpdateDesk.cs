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
using CommitmentsTracker.Server.Corrections;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.People;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;

namespace CommitmentsTracker.Server.Updates;

/// <summary>How an attempt to record something ended.</summary>
/// <param name="Version">Version of the item afterwards; null if nothing was recorded.</param>
/// <param name="Refusals">Why nothing was recorded; empty otherwise.</param>
/// <param name="ChangedMeanwhile">The item as it stands now, if somebody else changed it since the expected version; then nothing was recorded.</param>
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
/// <param name="Forum">The item's forum.</param>
/// <param name="Version">Version of the item that is shown; who decides, decides on this one.</param>
/// <param name="Evidence">The sources behind it.</param>
/// <param name="Mended">Why its author changed it while it waited, the latest last.</param>
public sealed record WaitingRow(
    string Slug,
    Text Title,
    string Id,
    bool IsCorrection,
    Status? Status,
    PartialDate OccurredOn,
    Text Note,
    DateTimeOffset RecordedAt,
    string? By,
    string ByName,
    string Forum,
    int Version,
    IReadOnlyList<EvidenceSource> Evidence,
    IReadOnlyList<Text> Mended
);

/// <summary>What a second person said of something that had waited.</summary>
/// <param name="ByName">Their name, for signed-in eyes only.</param>
public sealed record DecidedWaiting(Verdict Verdict, string ByName, DateTimeOffset At, Text? Note);

/// <summary>What the pages of the desk do: log, and decide on what waits. Same decisions as the API.</summary>
public sealed class UpdateDesk(
    ItemWriter writer,
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
        AppendAsync(slug, expectedVersion, by, item => Asked.Log(item, command.Fields), command.Decide, ct);

    /// <summary>Mends what waits for a second person, by its author: it waits on in its new version.</summary>
    public Task<LogOutcome> MendAsync(
        string slug,
        string update,
        LogUpdate command,
        Text reason,
        int? expectedVersion,
        Author by,
        CancellationToken ct = default
    ) =>
        AppendAsync(
            slug,
            expectedVersion,
            by,
            item => Asked.Correct(item, update, ValuesOf(item, update, command)),
            (item, known, recording) => Mended(item, update, command, reason).Decide(item, known, recording),
            ct
        );

    /// <summary>What would come of logging a fact, or of mending one that waits; nothing is recorded.</summary>
    public async Task<Foreseen> ForeseeAsync(
        string slug,
        LogUpdate command,
        (string Update, Text Reason)? mend,
        Author by,
        CancellationToken ct = default
    )
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream)
            return new Foreseen(
                [new Refusal(RefusalKind.NotFound, "unknown-item", "slug", $"No item has the slug '{slug}'.")],
                null,
                null,
                NoReach
            );
        var item = Item.From(stream.Events)!;
        var asked = mend is { } m ? Asked.Correct(item, m.Update, ValuesOf(item, m.Update, command)) : Asked.Log(item, command.Fields);
        if (asked.Refuses(by.Rights) is { } forbidden)
            return new Foreseen([forbidden], null, null, NoReach);
        var known = await writer.KnownAsync([], ct);
        var recording = new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person);
        var decision = mend is { } x
            ? Mended(item, x.Update, command, x.Reason).Decide(item, known, recording)
            : command.Decide(item, known, recording);
        if (!decision.IsAccepted)
            return new Foreseen(decision.Refusals, null, null, NoReach);
        var after = decision.Events.Aggregate(item, (i, e) => Item.Fold(i, e));
        var reach = await ReachAsync(stream.Id, item, decision.Events, ct);
        var flags = after.StandingOn(DateOnly.MaxValue)?.Flags ?? [];
        return new Foreseen(
            [],
            ItemReader.ViewNow(after, time.GetUtcNow().DayOf()),
            ItemReader.View(after.Update(mend?.Update ?? command.Id)!, after, flags),
            reach
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
        AppendAsync(slug, null, by, item => Asked.To(Act.Dispute, item), (item, _, recording) => command.Decide(item, recording), ct);

    /// <summary>Settles a dispute.</summary>
    public Task<LogOutcome> SettleAsync(string slug, SettleDispute command, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, null, by, item => Asked.To(Act.Confirm, item), (item, _, recording) => command.Decide(item, recording), ct);

    /// <summary>Adds sources to an update.</summary>
    public Task<LogOutcome> AddEvidenceAsync(string slug, AddEvidence command, Author by, CancellationToken ct = default) =>
        AppendAsync(
            slug,
            null,
            by,
            item => Asked.Correct(item, command.UpdateId, null),
            (item, _, recording) => command.Decide(item, recording),
            ct
        );

    /// <summary>Puts the note of an update into the language that it lacks.</summary>
    public Task<LogOutcome> TranslateAsync(string slug, AddTranslation command, Author by, CancellationToken ct = default) =>
        AppendAsync(
            slug,
            null,
            by,
            item => Asked.Correct(item, command.UpdateId, null),
            (item, _, recording) => command.Decide(item, recording),
            ct
        );

    /// <summary>Corrects an update. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> CorrectAsync(
        string slug,
        CorrectUpdate command,
        int? expectedVersion,
        Author by,
        CancellationToken ct = default
    ) => AppendAsync(slug, expectedVersion, by, item => Asked.Correct(item, command.UpdateId, command.NewValues), command.Decide, ct);

    /// <summary>What a correction would change and whom it would reach; nothing is recorded.</summary>
    public async Task<(CorrectionPreview? Preview, IReadOnlyList<Refusal> Refusals)> PreviewAsync(
        string slug,
        CorrectUpdate command,
        Author by,
        CancellationToken ct = default
    )
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream)
            return (null, []);
        var item = Item.From(stream.Events)!;
        if (Asked.Correct(item, command.UpdateId, command.NewValues).Refuses(by.Rights) is { } forbidden)
            return (null, [forbidden]);
        var decision = command.Decide(
            item,
            await writer.KnownAsync([], ct),
            new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person)
        );
        if (!decision.IsAccepted)
            return (null, decision.Refusals);
        // What waits for a second person is shown as it will be once confirmed; that is what has to be judged.
        var made = (CorrectionMade)decision.Events[0];
        var after = Item.Fold(item, made with { NeedsConfirmation = false });
        return (
            new CorrectionPreview(
                CorrectionPreview.Between(item, after),
                made.NeedsConfirmation,
                (await ReachAsync(stream.Id, item, decision.Events, ct)).Values.Sum()
            ),
            []
        );
    }

    private async Task<Dictionary<Channel, int>> ReachAsync(Guid id, Item before, IReadOnlyList<ItemEvent> events, CancellationToken ct)
    {
        var reach = new Dictionary<Channel, int>();
        foreach (var (_, change) in ItemReadModels.ChangesOf(before, [.. events], imported: false))
        foreach (var (channel, count) in await tell.ReachAsync(id, change, ct))
            reach[channel] = reach.GetValueOrDefault(channel) + count;
        return reach;
    }

    /// <summary>A second person's word on a waiting update or correction.</summary>
    public Task<LogOutcome> DecideAsync(
        string slug,
        string updateOrCorrectionId,
        bool isCorrection,
        Verdict verdict,
        Text? note,
        int? expectedVersion,
        Author by,
        CancellationToken ct = default
    ) =>
        AppendAsync(
            slug,
            expectedVersion,
            by,
            item => Asked.To(Act.Confirm, item),
            (item, _, recording) =>
                isCorrection
                    ? new ConfirmCorrection(updateOrCorrectionId, verdict, note).Decide(item, recording)
                    : new ConfirmUpdate(updateOrCorrectionId, verdict, note).Decide(item, recording),
            ct
        );

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
                    Row(
                        item,
                        update.Id,
                        false,
                        update.Fields,
                        update.Fields.Note,
                        update.Logged,
                        update.Sources,
                        update.Corrections.Where(c => c.IsEffective)
                    )
                );
            foreach (var update in item.Updates)
            foreach (var correction in update.Corrections.Where(c => c.IsPending))
            {
                var after = correction.Made.NewValues?.Over(update.Fields) ?? update.Fields;
                rows.Add(Row(item, correction.Id, true, after, correction.Made.Reason, correction.Made, correction.Made.Evidence, []));
            }
        }

        return [.. rows.OrderBy(r => r.RecordedAt)];

        WaitingRow Row(
            Item item,
            string id,
            bool isCorrection,
            UpdateFields fields,
            Text note,
            ItemEvent e,
            IEnumerable<EvidenceSource> sources,
            IEnumerable<Correction> mended
        ) =>
            new(
                item.Slug,
                item.Details.Title,
                id,
                isCorrection,
                fields.Status,
                fields.OccurredOn,
                note,
                e.RecordedAt,
                e.By,
                e.By is { } by ? names.GetValueOrDefault(by, by) : "",
                item.Forum,
                item.Version,
                [.. sources],
                [.. mended.Select(c => c.Made.Reason)]
            );
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

    private static NewValues ValuesOf(Item item, string update, LogUpdate command) =>
        item.Update(update) is { } waiting ? NewValues.Between(waiting.Fields, command.Fields) : new NewValues();

    private static CorrectUpdate Mended(Item item, string update, LogUpdate command, Text reason) =>
        new(command.Id, update, CorrectionKind.Replace, ValuesOf(item, update, command), reason, []);

    private async Task<LogOutcome> AppendAsync(
        string slug,
        int? expectedVersion,
        Author by,
        Func<Item, Asked> asked,
        Func<Item, KnownSlugs, Recording, Decision> decide,
        CancellationToken ct
    )
    {
        var outcome = await writer.AppendAsync(slug, by, asked, expectedVersion, [], decide, null, (_, _) => null, ct);
        return new LogOutcome(
            outcome.IsRecorded ? outcome.Item!.Version : null,
            outcome.Refusals,
            outcome.IsStale ? ItemReader.ViewNow(outcome.Item!, time.GetUtcNow().DayOf()) : null
        );
    }
}
