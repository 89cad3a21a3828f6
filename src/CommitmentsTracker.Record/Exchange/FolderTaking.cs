using System.Text.Json;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>Takes the rows of a folder in their order: by recorded time, then file, then place in the file.</summary>
public sealed class FolderTaking(ForumFolder folder, ImportLedger ledger)
{
    private const int MostProblems = 50;

    private readonly List<(DateTimeOffset At, int File, int Index, Action Take)> _rows = [];
    private readonly Dictionary<string, ItemEntry> _items = folder
        .Items.DistinctBy(i => i.Slug, StringComparer.Ordinal)
        .ToDictionary(i => i.Slug, StringComparer.Ordinal);

    /// <summary>Takes them, until there are too many problems to go on.</summary>
    public void Run()
    {
        Queue(0, folder.Updates, u => u.Stamp, Update);
        Queue(1, folder.Confirmations, c => c.Stamp, Confirmation);
        Queue(2, folder.Evidence, e => e.Stamp, Evidence);
        Queue(3, folder.Translations, t => t.Stamp, Translation);
        Queue(4, folder.Disputes, d => d.Stamp, Dispute);
        Queue(5, folder.Corrections, c => c.Stamp, Correction);
        Queue(6, folder.Disputes, d => d.Settlement?.Stamp, Settlement);
        Queue(7, folder.Details, d => d.Stamp, Details);
        Queue(8, folder.Retractions, r => r.Stamp, Retraction);
        foreach (var row in _rows.OrderBy(r => r.At).ThenBy(r => r.File).ThenBy(r => r.Index))
        {
            if (ledger.Problems.Count >= MostProblems)
                return;
            row.Take();
        }

        foreach (var (item, i) in folder.Items.Select((item, i) => (item, i)).Where(x => ledger.Of(x.item.Slug) is null))
            ledger.Refuse($"items.json[{i}] {item.Slug}", "first-status", "The item has no update; an item starts with a status.");
    }

    private void Queue<T>(int file, IReadOnlyList<T> rows, Func<T, RowStamp?> stamp, Action<int, T> take)
    {
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
            if (stamp(row) is { } said)
                _rows.Add((said.RecordedAt, file, i, () => take(i, row)));
    }

    private void Update(int index, UpdateEntry row)
    {
        var where = $"updates.json[{index}] {row.Id}";
        if (ledger.Of(row.Item) is { } stream)
        {
            var isHere = stream.Item!.Update(row.Id) is not null;
            ledger.TakeOnce(where, stream, row.Stamp, isHere, new LogUpdate(row.Id, row.Fields).Decide);
            if (isHere)
                return;
        }
        else if (_items.TryGetValue(row.Item, out var entry))
        {
            ledger.TakeFirst(
                $"{where} or items.json {row.Item}",
                new RecordItem(entry.Slug, entry.Kind, entry.Forum, entry.Details, row.Id, row.Fields),
                row.Stamp
            );
        }
        else
        {
            ledger.Refuse(where, "unknown-item", $"No item has the slug '{row.Item}'.");
        }

        if (row.Confirmed && ledger.Of(row.Item) is { } taken && taken.Item!.Update(row.Id) is { IsPending: true })
            ledger.TakeAlong(where, taken, row.Stamp, new ConfirmUpdate(row.Id, Verdict.Confirm, null).Decide);
    }

    private void Correction(int index, CorrectionEntry row)
    {
        var where = $"corrections.json[{index}] {row.Id}";
        var owner = row.Item ?? ledger.Streams.FirstOrDefault(s => s.Item?.Update(row.Update) is not null)?.Item!.Slug;
        if (ledger.Find(where, owner ?? row.Update) is not { } stream)
            return;
        var isHere = stream.Item!.UpdateOfCorrection(row.Id) is not null;
        ledger.TakeOnce(
            where,
            stream,
            row.Stamp,
            isHere,
            new CorrectUpdate(row.Id, row.Update, row.Kind, row.NewValues, row.Reason, row.Evidence, row.Editorial).Decide
        );
        if (!isHere && row.Confirmed && CorrectionOf(stream, row.Id) is { IsPending: true })
            ledger.TakeAlong(where, stream, row.Stamp, new ConfirmCorrection(row.Id, Verdict.Confirm, null).Decide);
    }

    private void Confirmation(int index, ConfirmationEntry row)
    {
        var where = $"confirmations.json[{index}] {row.Update ?? row.Correction}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        var verdict = row.Confirms ? Verdict.Confirm : Verdict.Reject;
        if (row.Update is { } update)
            ledger.TakeOnce(
                where,
                stream,
                row.Stamp,
                IsHere(stream.Item!.Update(update) is { } u && (!u.IsPending || u.IsGone)),
                (item, _, at) => new ConfirmUpdate(update, verdict, row.Note).Decide(item, at)
            );
        else if (row.Correction is { } correction)
            ledger.TakeOnce(
                where,
                stream,
                row.Stamp,
                IsHere(CorrectionOf(stream, correction) is { IsPending: false }),
                (item, _, at) => new ConfirmCorrection(correction, verdict, row.Note).Decide(item, at)
            );
        else
            ledger.Refuse(where, "required", "A confirmation names an update or a correction.");
    }

    private void Evidence(int index, EvidenceEntry row)
    {
        var where = $"evidence.json[{index}] {row.Update}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        ledger.TakeOnce(
            where,
            stream,
            row.Stamp,
            IsHere(stream.Item!.Update(row.Update) is { } u && row.Evidence.All(e => u.Sources.Contains(e))),
            (item, _, at) => new AddEvidence(row.Update, row.Evidence).Decide(item, at)
        );
    }

    private void Translation(int index, TranslationEntry row)
    {
        var where = $"translations.json[{index}] {row.Update}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        ledger.TakeOnce(
            where,
            stream,
            row.Stamp,
            IsHere(stream.Item!.Update(row.Update) is { } u && u.Translations.Exists(t => t.Added.Note == row.Note)),
            (item, _, at) => new AddTranslation(row.Update, row.Note).Decide(item, at)
        );
    }

    private void Dispute(int index, DisputeEntry row)
    {
        var where = $"disputes.json[{index}] {row.Id}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        ledger.TakeOnce(
            where,
            stream,
            row.Stamp,
            stream.Item!.UpdateOfDispute(row.Id) is not null,
            (item, _, at) => new OpenDispute(row.Id, row.Update, row.Reason, row.Evidence).Decide(item, at)
        );
    }

    private void Settlement(int index, DisputeEntry row)
    {
        var (where, settlement) = ($"disputes.json[{index}] {row.Id} settlement", row.Settlement!);
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        ledger.TakeOnce(
            where,
            stream,
            settlement.Stamp,
            IsHere(stream.Item!.UpdateOfDispute(row.Id)?.Disputes.Find(d => d.Id == row.Id) is { IsOpen: false }),
            (item, _, at) => new SettleDispute(row.Id, settlement.Outcome, settlement.Note).Decide(item, at)
        );
    }

    private void Details(int index, DetailsEntry row)
    {
        var where = $"details.json[{index}] {row.Item}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        var details = stream.Item!.Details;
        ledger.TakeOnce(
            where,
            stream,
            row.Stamp,
            !ledger.IsCopy && Same(row.Changes.Over(details), details),
            new ChangeDetails(row.Changes, row.Reason).Decide
        );
    }

    private void Retraction(int index, RetractionEntry row)
    {
        var where = $"retractions.json[{index}] {row.Item}";
        if (ledger.Find(where, row.Item) is not { } stream)
            return;
        ledger.TakeOnce(where, stream, row.Stamp, stream.Item!.Retracted is not null, new RetractItem(row.Reason, row.MergedInto).Decide);
    }

    /// <summary>A copy has no rows of which some are here already: what looks like it is for the decision to refuse.</summary>
    private bool IsHere(bool looksLikeIt) => !ledger.IsCopy && looksLikeIt;

    private static Correction? CorrectionOf(ImportedStream stream, string id) =>
        stream.Item!.UpdateOfCorrection(id)?.Corrections.Find(c => c.Id == id);

    private static bool Same(Details a, Details b) =>
        JsonSerializer.Serialize(a, TrackerJson.Stored) == JsonSerializer.Serialize(b, TrackerJson.Stored);
}
