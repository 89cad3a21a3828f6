using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Charts;

/// <summary>One thing that was said: when it happened and when we learned it.</summary>
/// <param name="UpdateId">The update.</param>
/// <param name="Type">Its type.</param>
/// <param name="Status">The status that it brings, if it is a step.</param>
/// <param name="OccurredOn">Upper line.</param>
/// <param name="RecordedAt">Lower line.</param>
/// <param name="Note">What was said.</param>
/// <param name="Struck">It was corrected later and is no longer said.</param>
/// <param name="IsCorrection">It was said by a correction.</param>
/// <param name="IsWaiting">It waits for a second person.</param>
/// <param name="IsLate">It is a late fact; what came in with the item itself, or by a correction, is none.</param>
public sealed record ClockMark(
    string UpdateId,
    UpdateType Type,
    Status? Status,
    PartialDate OccurredOn,
    DateTimeOffset RecordedAt,
    Text Note,
    bool Struck,
    bool IsCorrection,
    bool IsWaiting,
    bool IsLate
)
{
    /// <summary>
    /// The marks of an item's history as known, in order of their recording. A correction adds a mark of its own and
    /// strikes the one before; so nothing that was ever said goes missing from the picture.
    /// </summary>
    public static IReadOnlyList<ClockMark> Of(ItemHistory history, DateOnly asOf)
    {
        var marks = new Marks();
        foreach (var entry in history.Events)
            marks.Add(entry);
        return [.. marks.All.Where(m => m.OccurredOn.LastDay <= asOf)];
    }

    /// <summary>The picture so far.</summary>
    private sealed class Marks
    {
        private readonly Dictionary<string, CorrectionMade> _waiting = [];

        public List<ClockMark> All { get; } = [];

        public void Add(HistoryEntry entry)
        {
            switch (entry.Event)
            {
                case UpdateLogged e:
                    All.Add(Of(e, entry.Effect.IsLate));
                    break;
                case UpdateConfirmed e:
                    Change(e.UpdateId, m => m with { IsWaiting = false });
                    break;
                case UpdateRejected e:
                    Change(e.UpdateId, m => m with { IsWaiting = false, Struck = true });
                    break;
                case CorrectionMade { NeedsConfirmation: true } e:
                    _waiting[e.Id] = e;
                    break;
                case CorrectionMade e:
                    Correct(e, e.RecordedAt);
                    break;
                case CorrectionConfirmed e when _waiting.TryGetValue(e.CorrectionId, out var correction):
                    Correct(correction, e.RecordedAt);
                    break;
            }
        }

        private static ClockMark Of(UpdateLogged e, bool isLate) =>
            new(
                e.Id,
                e.Fields.Type,
                e.Fields.Status,
                e.Fields.OccurredOn,
                e.RecordedAt,
                e.Fields.Note,
                Struck: false,
                IsCorrection: false,
                e.NeedsConfirmation,
                isLate
            );

        private void Correct(CorrectionMade e, DateTimeOffset at)
        {
            var old = All.FindLast(m => m.UpdateId == e.UpdateId);
            if (old is null)
                return;
            if (e.Kind == CorrectionKind.Retract)
            {
                Change(e.UpdateId, m => m with { Struck = true });
                return;
            }

            var values = e.NewValues ?? new NewValues();
            var next = old with
            {
                Status = values.Status.Over(old.Status) ?? old.Status,
                OccurredOn = values.OccurredOn.Over(old.OccurredOn) ?? old.OccurredOn,
                Note = values.Note.Over(old.Note) ?? old.Note,
                RecordedAt = at,
                Struck = false,
                IsCorrection = true,
                IsLate = false,
            };

            // A new wording alone moves nothing on either line.
            if (!old.Struck && next.Status == old.Status && next.OccurredOn == old.OccurredOn)
                return;
            Change(e.UpdateId, m => m with { Struck = true });
            All.Add(next);
        }

        private void Change(string id, Func<ClockMark, ClockMark> change)
        {
            var at = All.FindLastIndex(m => m.UpdateId == id);
            if (at >= 0)
                All[at] = change(All[at]);
        }
    }
}
