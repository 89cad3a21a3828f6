using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;

namespace CommitmentsTracker.Record.Changes;

/// <summary>Turns events into rows of the change log.</summary>
public static class ChangeRows
{
    /// <summary>The row of an event; null where the event is told by another row (an item's first status by its recording).</summary>
    /// <param name="before">The item before the event; null: not yet recorded.</param>
    /// <param name="e">The event.</param>
    /// <param name="after">The item after the event, and after its first status if it was recorded by it.</param>
    /// <param name="imported">True for an import.</param>
    public static ChangeView? Of(Item? before, ItemEvent e, Item after, bool imported)
    {
        if (e is UpdateLogged && before is { Updates.Count: 0 })
            return null;
        var day = e.RecordedAt.DayOf();
        var update = UpdateOf(e, after);
        var correction = CorrectionOf(e, after);
        var (was, now) = (State(before, day), State(after, day));
        return new ChangeView
        {
            ChangeNo = 0,
            Id = Guid.CreateVersion7(e.RecordedAt),
            Type = TypeOf(e, update, was, now),
            Cause = Words.Read<ChangeCause>(EventNames.NameOf(e)),
            Item = after.Slug,
            Kind = after.Kind,
            Forum = after.Forum,
            Title = after.Details.Title,
            Themes = after.Details.Themes,
            Parties = [.. after.Details.Parties],
            Update = update?.Id,
            OccurredOn = update?.Fields.OccurredOn,
            RecordedAt = e.RecordedAt,
            Note = NoteOf(e, update),
            Before = was,
            After = now,
            Late = LateFact.Is(e, after),
            Correction = correction?.Id,
            CorrectionKind = correction?.Made.Kind,
            Testability = after.Details.Testability,
            Evidence = e switch
            {
                CorrectionMade or CorrectionConfirmed or CorrectionRejected => correction!.Made.Evidence,
                DisputeOpened x => x.Evidence,
                _ => [.. update?.Sources ?? []],
            },
            Editorial = e is TranslationAdded || (correction?.Made.Editorial ?? false),
            Imported = imported,
        };
    }

    /// <summary>The state as a change row keeps it; null: absent.</summary>
    public static ChangeState? State(Item? item, DateOnly day) =>
        item?.StandingOn(day) is { } s
            ? new ChangeState(s.Status, s.Since, s.TimeOn(day), s.FreshnessOn(day), s.Confidence, s.Due, s.Awaiting, s.Flags)
            : null;

    private static ChangeType TypeOf(ItemEvent e, LoggedUpdate? update, ChangeState? was, ChangeState? now) =>
        e switch
        {
            ItemRecorded => ChangeType.ItemRecorded,
            DetailsChanged => ChangeType.ItemDetailsChanged,
            ItemRetracted => ChangeType.ItemRetracted,
            UpdateLogged { NeedsConfirmation: true }
            or UpdateRejected
            or CorrectionMade { NeedsConfirmation: true }
            or CorrectionRejected => ChangeType.UpdateAwaiting,
            UpdateLogged or UpdateConfirmed => update!.Fields.Type switch
            {
                UpdateType.Status when was?.Status != now?.Status || was?.StatusSince != now?.StatusSince => ChangeType.ItemStatusChanged,
                UpdateType.Deadline => ChangeType.DeadlineMoved,
                UpdateType.Review => ChangeType.ReviewMade,
                _ => ChangeType.UpdateLogged,
            },
            CorrectionMade or CorrectionConfirmed => ChangeType.CorrectionMade,
            EvidenceAdded or TranslationAdded => ChangeType.UpdateLogged,
            DisputeOpened => ChangeType.DisputeOpened,
            DisputeSettled => ChangeType.DisputeSettled,
            _ => throw new InvalidOperationException($"No change is told for {e.GetType().Name}."),
        };

    private static LoggedUpdate? UpdateOf(ItemEvent e, Item item) =>
        e switch
        {
            ItemRecorded => item.Updates.Count > 0 ? item.Updates[0] : null,
            UpdateLogged x => item.Update(x.Id),
            UpdateConfirmed x => item.Update(x.UpdateId),
            UpdateRejected x => item.Update(x.UpdateId),
            CorrectionMade x => item.Update(x.UpdateId),
            CorrectionConfirmed x => item.UpdateOfCorrection(x.CorrectionId),
            CorrectionRejected x => item.UpdateOfCorrection(x.CorrectionId),
            EvidenceAdded x => item.Update(x.UpdateId),
            TranslationAdded x => item.Update(x.UpdateId),
            DisputeOpened x => item.Update(x.UpdateId),
            DisputeSettled x => item.UpdateOfDispute(x.Id),
            _ => null,
        };

    private static Correction? CorrectionOf(ItemEvent e, Item item)
    {
        var id = e switch
        {
            CorrectionMade x => x.Id,
            CorrectionConfirmed x => x.CorrectionId,
            CorrectionRejected x => x.CorrectionId,
            _ => null,
        };
        return id is null ? null : item.UpdateOfCorrection(id)?.Corrections.Find(c => c.Id == id);
    }

    private static Text? NoteOf(ItemEvent e, LoggedUpdate? update) =>
        e switch
        {
            DetailsChanged x => x.Reason,
            ItemRetracted x => x.Reason,
            CorrectionMade x => x.Reason,
            CorrectionConfirmed x => update?.Corrections.Find(c => c.Id == x.CorrectionId)?.Made.Reason,
            CorrectionRejected x => x.Note ?? update?.Corrections.Find(c => c.Id == x.CorrectionId)?.Made.Reason,
            UpdateRejected x => x.Note ?? update?.Fields.Note,
            DisputeOpened x => x.Reason,
            DisputeSettled x => x.Note ?? update?.Disputes.Find(d => d.Id == x.Id)?.Opened.Reason,
            _ => update?.Fields.Note,
        };
}
