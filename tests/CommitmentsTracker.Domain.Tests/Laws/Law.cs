using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using CsCheck;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Laws;

/// <summary>Holds a law against many histories, and says of one what laws compare.</summary>
internal static class Law
{
    /// <summary>Histories that a law is held against.</summary>
    public const int Histories = 400;

    /// <summary>A day behind everything.</summary>
    public static readonly DateOnly Ever = new(9000, 1, 1);

    public static void Holds(Func<History, string?> law, int iterations = Histories) =>
        Script.Any.Sample(
            script =>
            {
                if (law(History.Play(script)) is { } broken)
                    throw new ShouldAssertException(broken);
            },
            iter: iterations,
            print: script => History.Play(script).ToString()
        );

    public static string Said(Item item, DateOnly day)
    {
        var (state, absence, known) = ItemState.Of(item, day);
        return Mirror.Describe(state, absence, known);
    }

    public static string Facts(Standing? s) =>
        s is null
            ? "absent"
            : $"{s.Status.Word()} since {s.Since} stalled at {s.StalledAt} due {s.Due} reached {s.ReachedOn} "
                + $"flags [{string.Join(",", s.Flags)}]";

    public static IReadOnlyList<string> Flags(IReadOnlyList<ItemEvent> events, bool orderGiven = true) =>
        new OracleItem(Story.Slug, events.Select((e, i) => Mirror.RowOf(e, orderGiven || i < events.Count - 1))).Ask(Ever, null).Flags;

    public static CorrectionMade Made(IEnumerable<ItemEvent> events, CorrectionConfirmed confirmed) =>
        events.OfType<CorrectionMade>().Single(m => m.Id == confirmed.CorrectionId);

    /// <summary>True if the correction changes the step itself, or brings it back, not only what is written about it.</summary>
    public static bool ChangesTheStep(IReadOnlyList<ItemEvent> before, CorrectionMade made)
    {
        var update = Item.From(before)!.Update(made.UpdateId)!;
        if (!update.IsStep)
            return false;
        var after = made.NewValues!.Over(update.Fields);
        return update.IsGone
            || after.Status != update.Fields.Status
            || after.Ground != update.Fields.Ground
            || after.OccurredOn.LastDay != update.LastDay
            || after.Order != update.Fields.Order;
    }

    public static IEnumerable<ItemEvent> Without(string updateId, IEnumerable<ItemEvent> events)
    {
        var all = events.ToList();
        var corrections = all.OfType<CorrectionMade>().Where(m => m.UpdateId == updateId).Select(m => m.Id).ToHashSet();
        var disputes = all.OfType<DisputeOpened>().Where(d => d.UpdateId == updateId).Select(d => d.Id).ToHashSet();
        return all.Where(e =>
            e switch
            {
                UpdateLogged x => x.Id != updateId,
                UpdateConfirmed x => x.UpdateId != updateId,
                UpdateRejected x => x.UpdateId != updateId,
                CorrectionMade x => x.UpdateId != updateId,
                CorrectionConfirmed x => !corrections.Contains(x.CorrectionId),
                CorrectionRejected x => !corrections.Contains(x.CorrectionId),
                EvidenceAdded x => x.UpdateId != updateId,
                TranslationAdded x => x.UpdateId != updateId,
                DisputeOpened x => x.UpdateId != updateId,
                DisputeSettled x => !disputes.Contains(x.Id),
                _ => true,
            }
        );
    }

    /// <summary>
    /// Records facts one after the other, closing steps with a second person's word; null if one is refused and none may be.
    /// </summary>
    public static (Item? Item, HashSet<string> Accepted) Record(
        History history,
        UpdateFields first,
        IEnumerable<(string Id, UpdateFields Fields)> facts,
        bool mayRefuse
    )
    {
        var events = history.Events.OfType<ItemRecorded>().Cast<ItemEvent>().Append(new UpdateLogged("first", first)).ToList();
        var item = Item.From(events)! with { };
        foreach (var changed in history.Events.OfType<DetailsChanged>())
            item = Item.Fold(item, changed);
        var accepted = new HashSet<string>();
        var recording = new Recording(Story.Instant("2030-01-01"), Story.Ada);
        foreach (var (id, fields) in facts)
        {
            var decision = new LogUpdate(id, fields).Decide(item, Story.Known, recording);
            if (!decision.IsAccepted)
            {
                if (mayRefuse)
                    continue;
                return (null, accepted);
            }

            item = decision.Events.Aggregate(item, Item.Fold);
            if (item.Update(id)!.IsPending)
                item = new ConfirmUpdate(id, Verdict.Confirm, null)
                    .Decide(item, recording with { By = Story.Bo })
                    .Events.Aggregate(item, Item.Fold);
            accepted.Add(id);
        }

        return (item, accepted);
    }
}
