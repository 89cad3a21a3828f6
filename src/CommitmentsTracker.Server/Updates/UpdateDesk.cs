using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Server.Corrections;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.People;
using Npgsql;

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
public sealed class UpdateDesk(ItemWriter writer, ItemStreams streams, Accounts accounts, Reach reach, NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Logs one fact. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> LogAsync(string slug, LogUpdate command, int? expectedVersion, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, expectedVersion, by, item => Asked.Log(item, command.Fields), command.Decide, ct);

    /// <summary>Why a fact would be refused if it were logged now; nothing is recorded.</summary>
    public async Task<IReadOnlyList<Refusal>> JudgeAsync(string slug, LogUpdate command, Author by, CancellationToken ct = default)
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream) return [];
        var item = Item.From(stream.Events)!;
        if (Asked.Log(item, command.Fields).Refuses(by.Rights) is { } forbidden) return [forbidden];
        return command.Decide(item, await writer.KnownAsync([], ct), new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person)).Refusals;
    }

    /// <summary>Opens a dispute.</summary>
    public Task<LogOutcome> DisputeAsync(string slug, OpenDispute command, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, null, by, item => Asked.To(Act.Dispute, item), (item, _, recording) => command.Decide(item, recording), ct);

    /// <summary>Settles a dispute.</summary>
    public Task<LogOutcome> SettleAsync(string slug, SettleDispute command, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, null, by, item => Asked.To(Act.Confirm, item), (item, _, recording) => command.Decide(item, recording), ct);

    /// <summary>Corrects an update. With an expected version nothing is recorded if the item has another one.</summary>
    public Task<LogOutcome> CorrectAsync(string slug, CorrectUpdate command, int? expectedVersion, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, expectedVersion, by, item => Asked.Correct(item, command.UpdateId, command.NewValues), command.Decide, ct);

    /// <summary>What a correction would change and whom it would reach; nothing is recorded.</summary>
    public async Task<(CorrectionPreview? Preview, IReadOnlyList<Refusal> Refusals)> PreviewAsync(string slug, CorrectUpdate command, Author by, CancellationToken ct = default)
    {
        if (await streams.LoadAsync(slug, ct) is not { } stream) return (null, []);
        var item = Item.From(stream.Events)!;
        if (Asked.Correct(item, command.UpdateId, command.NewValues).Refuses(by.Rights) is { } forbidden) return (null, [forbidden]);
        var decision = command.Decide(item, await writer.KnownAsync([], ct), new Recording(Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt), by.Person));
        if (!decision.IsAccepted) return (null, decision.Refusals);
        // What waits for a second person is shown as it will be once confirmed; that is what has to be judged.
        var made = (CorrectionMade)decision.Events[0];
        var after = Item.Fold(item, made with { NeedsConfirmation = false });
        return (new CorrectionPreview(CorrectionPreview.Between(item, after), made.NeedsConfirmation, await reach.CountAsync(item, decision.Events, ct)), []);
    }

    /// <summary>A second person's word on a waiting update or correction.</summary>
    public Task<LogOutcome> DecideAsync(string slug, string updateOrCorrectionId, bool isCorrection, Verdict verdict, Text? note, Author by, CancellationToken ct = default) =>
        AppendAsync(slug, null, by, item => Asked.To(Act.Confirm, item), (item, _, recording) => isCorrection
            ? new ConfirmCorrection(updateOrCorrectionId, verdict, note).Decide(item, recording)
            : new ConfirmUpdate(updateOrCorrectionId, verdict, note).Decide(item, recording), ct);

    /// <summary>Everything that waits for a second person, oldest first.</summary>
    public async Task<IReadOnlyList<WaitingRow>> WaitingAsync(CancellationToken ct = default)
    {
        var slugs = new List<string>();
        await using (var command = source.CreateCommand("select slug from items where waiting and retracted_at is null"))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                slugs.Add(reader.GetString(0));
        if (slugs.Count == 0) return [];

        var names = (await accounts.AllAsync(ct)).ToDictionary(p => p.Id, p => p.Name, StringComparer.Ordinal);
        var rows = new List<WaitingRow>();
        foreach (var slug in slugs)
        {
            var item = Item.From((await streams.LoadAsync(slug, ct))!.Events)!;
            foreach (var update in item.Updates.Where(u => u.IsPending && !u.IsGone))
                rows.Add(Row(item, update.Id, false, update.Fields.Status, update.Fields.OccurredOn, update.Fields.Note, update.Logged));
            foreach (var update in item.Updates)
                foreach (var correction in update.Corrections.Where(c => c.IsPending))
                {
                    var after = correction.Made.NewValues?.Over(update.Fields) ?? update.Fields;
                    rows.Add(Row(item, correction.Id, true, after.Status, after.OccurredOn, correction.Made.Reason, correction.Made));
                }
        }

        return [.. rows.OrderBy(r => r.RecordedAt)];

        WaitingRow Row(Item item, string id, bool isCorrection, Status? status, PartialDate on, Text note, ItemEvent e) =>
            new(item.Slug, item.Details.Title, id, isCorrection, status, on, note, e.RecordedAt, e.By, e.By is { } by ? names.GetValueOrDefault(by, by) : "");
    }

    private async Task<LogOutcome> AppendAsync(string slug, int? expectedVersion, Author by, Func<Item, Asked> asked, Func<Item, KnownSlugs, Recording, Decision> decide, CancellationToken ct)
    {
        var outcome = await writer.AppendAsync(slug, by, asked, expectedVersion, [], decide, null, (_, _) => null, ct);
        return new LogOutcome(
            outcome.IsRecorded ? outcome.Item!.Version : null, outcome.Refusals,
            outcome.IsStale ? ItemReader.ViewNow(outcome.Item!, time.GetUtcNow().DayOf()) : null);
    }
}
