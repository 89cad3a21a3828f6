using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>The rows of a folder that a forum's events come to.</summary>
public sealed class ExportedRows
{
    private readonly List<ItemEntry> _items = [];
    private readonly List<UpdateEntry> _updates = [];
    private readonly List<ConfirmationEntry> _confirmations = [];
    private readonly List<EvidenceEntry> _evidence = [];
    private readonly List<TranslationEntry> _translations = [];
    private readonly List<DisputeEntry> _disputes = [];
    private readonly List<CorrectionEntry> _corrections = [];
    private readonly List<DetailsEntry> _details = [];
    private readonly List<RetractionEntry> _retractions = [];

    private ExportedRows() { }

    /// <summary>The folder of a forum.</summary>
    /// <param name="forum">The forum.</param>
    /// <param name="parties">Its parties.</param>
    /// <param name="themes">Its themes.</param>
    /// <param name="events">The events of its items, each with the slug of its item, in the order in which they were recorded.</param>
    public static ForumFolder Of(
        Forum forum,
        IReadOnlyList<Party> parties,
        IReadOnlyList<Theme> themes,
        IReadOnlyList<(string Item, ItemEvent Event)> events
    )
    {
        var rows = new ExportedRows();
        foreach (var (item, e) in events)
            rows.Take(item, e);
        return new ForumFolder
        {
            Forum = forum,
            Parties = parties,
            Themes = themes,
            Items = rows._items,
            Updates = rows._updates,
            Confirmations = rows._confirmations,
            Evidence = rows._evidence,
            Translations = rows._translations,
            Disputes = rows._disputes,
            Corrections = rows._corrections,
            Details = rows._details,
            Retractions = rows._retractions,
        };
    }

    private void Take(string item, ItemEvent e)
    {
        switch (e)
        {
            case ItemRecorded x:
                _items.Add(new ItemEntry(x.Slug, x.Kind, x.Forum, x.Details));
                break;
            case DetailsChanged x:
                _details.Add(new DetailsEntry(item, x.Changes, x.Reason, Stamp(x)));
                break;
            case ItemRetracted x:
                _retractions.Add(new RetractionEntry(item, x.Reason, x.MergedInto, Stamp(x)));
                break;
            case UpdateLogged x:
                _updates.Add(new UpdateEntry(item, x.Id, x.Fields, !x.NeedsConfirmation, Stamp(x)));
                break;
            case EvidenceAdded x:
                _evidence.Add(new EvidenceEntry(item, x.UpdateId, x.Evidence, Stamp(x)));
                break;
            case TranslationAdded x:
                _translations.Add(new TranslationEntry(item, x.UpdateId, x.Note, Stamp(x)));
                break;
            case CorrectionMade x:
                _corrections.Add(Row(item, x));
                break;
            case DisputeOpened x:
                _disputes.Add(new DisputeEntry(x.Id, item, x.UpdateId, x.Reason, x.Evidence, null, Stamp(x)));
                break;
            case DisputeSettled x:
                var opened = _disputes.FindIndex(d => d.Item == item && d.Id == x.Id);
                _disputes[opened] = _disputes[opened] with { Settlement = new SettlementEntry(x.Outcome, x.Note, Stamp(x)) };
                break;
            default:
                TakeWord(item, e);
                break;
        }
    }

    /// <summary>
    /// Takes a second person's word. A confirmation of the same instant came with its row by an import, and is written as the
    /// row's own word.
    /// </summary>
    private void TakeWord(string item, ItemEvent e)
    {
        switch (e)
        {
            case UpdateConfirmed x:
                var update = _updates.FindLastIndex(u => u.Item == item && u.Id == x.UpdateId);
                if (x.Note is null && IsOwnWord(x, _updates[update].Stamp))
                    _updates[update] = _updates[update] with { Confirmed = true };
                else
                    _confirmations.Add(new ConfirmationEntry(item, x.UpdateId, null, true, x.Note, Stamp(x)));
                break;
            case UpdateRejected x:
                _confirmations.Add(new ConfirmationEntry(item, x.UpdateId, null, false, x.Note, Stamp(x)));
                break;
            case CorrectionConfirmed x:
                var correction = _corrections.FindLastIndex(c => c.Item == item && c.Id == x.CorrectionId);
                if (x.Note is null && IsOwnWord(x, _corrections[correction].Stamp))
                    _corrections[correction] = _corrections[correction] with { Confirmed = true };
                else
                    _confirmations.Add(new ConfirmationEntry(item, null, x.CorrectionId, true, x.Note, Stamp(x)));
                break;
            case CorrectionRejected x:
                _confirmations.Add(new ConfirmationEntry(item, null, x.CorrectionId, false, x.Note, Stamp(x)));
                break;
            default:
                throw new InvalidOperationException($"Export does not know {e.GetType().Name}.");
        }
    }

    private static bool IsOwnWord(ItemEvent e, RowStamp row) => e.By is null && row.RecordedAt == e.RecordedAt;

    private static CorrectionEntry Row(string item, CorrectionMade x) =>
        new(item, x.Id, x.UpdateId, x.Kind, x.NewValues, x.Reason, x.Evidence, x.Editorial, !x.NeedsConfirmation, Stamp(x));

    private static RowStamp Stamp(ItemEvent e) => new(e.RecordedAt, e.By, e.ArchiveRecordedAt, e.As);
}
