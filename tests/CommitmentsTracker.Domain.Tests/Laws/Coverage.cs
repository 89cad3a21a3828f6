using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Updates;

namespace CommitmentsTracker.Domain.Tests.Laws;

/// <summary>What a generated history holds that is worth testing.</summary>
public static class Coverage
{
    public static IEnumerable<string> Of(History history)
    {
        var seen = new HashSet<string>();
        Item? item = null;
        DateTimeOffset? last = null;
        foreach (var e in history.Events)
        {
            var before = item;
            item = Item.Fold(item, e);
            if (last == e.RecordedAt && e is not UpdateLogged { Id: "first" })
                seen.Add("a tie in recorded time");
            last = e.RecordedAt;
            if (e is UpdateLogged logged && before is { Updates.Count: > 0 })
            {
                var update = item.Update(logged.Id)!;
                if (update.LastDay.AddDays(60) < e.RecordedAt.DayOf() && before.Updates.Exists(u => u.IsCounted && u.Key > update.Key))
                    seen.Add("a late fact");
                if (logged.Fields is { Type: UpdateType.Deadline } && before.StandingOn(update.LastDay)?.Due is not null)
                    seen.Add("a moved deadline");
                if (before.Updates.Exists(u => u.LastDay == update.LastDay))
                    seen.Add("a tie");
                if (logged.Fields.OccurredOn.Precision != Precision.Day)
                    seen.Add("a partial date");
                if (update.IsStep && !update.IsPending && before.Updates.Exists(u => u.IsPending && !u.IsGone && u.Key < update.Key))
                    seen.Add("a pending step with later steps");
            }

            if (e is UpdateRejected)
                seen.Add("a rejection");
            if (e is DetailsChanged)
                seen.Add("a change of details");
            if (e is ItemRetracted)
                seen.Add("a retracted item");
            if (e is DisputeOpened)
                seen.Add("a dispute");
            if (e is CorrectionConfirmed)
                seen.Add("a confirmed correction");
            var made = e switch
            {
                CorrectionMade { NeedsConfirmation: false } m => m,
                CorrectionConfirmed c => item.UpdateOfCorrection(c.CorrectionId)!.Corrections.Find(x => x.Id == c.CorrectionId)!.Made,
                _ => null,
            };
            if (made is null)
                continue;
            if (made.Kind == CorrectionKind.Redate)
                seen.Add("a re-date");
            if (made.Kind == CorrectionKind.Retract)
                seen.Add("a retraction");
            if (made.Kind == CorrectionKind.Replace)
                seen.Add(before!.Update(made.UpdateId)!.IsRetracted ? "a retract-then-replace" : "a replacement");
        }

        if (item!.StandingOn(DateOnly.MaxValue)?.Flags.Length > 0)
            seen.Add("a flag");
        if (history.Attempts.Any(a => !a.Decision.IsAccepted))
            seen.Add("a refusal");
        return seen;
    }

    /// <summary>What at least 15 % of histories must have each.</summary>
    public static readonly string[] Required =
    [
        "a late fact",
        "a re-date",
        "a retraction",
        "a retract-then-replace",
        "a pending step with later steps",
        "a tie",
        "a partial date",
        "a moved deadline",
        "a dispute",
    ];
}
