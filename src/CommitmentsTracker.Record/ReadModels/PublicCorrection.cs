using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>
/// What was put right in public, as known at an instant: a correction of an update, or the taking out of an item. Kept
/// by the read model as it is.
/// </summary>
public sealed record PublicCorrection
{
    public required string Item { get; init; }
    public required ItemKind ItemKind { get; init; }
    public required string Forum { get; init; }
    public required Text Title { get; init; }

    /// <summary>Position of the event in the item's record, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>What was done to the update; null: the item was taken out.</summary>
    public CorrectionKind? Kind { get; init; }

    /// <summary>What the update said; null: nothing (it had been retracted, or it is an item).</summary>
    public UpdateFields? Said { get; init; }

    /// <summary>What it says then; null: nothing any more.</summary>
    public UpdateFields? Says { get; init; }

    /// <summary>The item's state just before it took effect, on that day; null: absent, or not in effect.</summary>
    public ChangeState? Before { get; init; }

    /// <summary>The item's state just after it took effect, on that day; null: absent, or not in effect.</summary>
    public ChangeState? After { get; init; }

    /// <summary>The public reason.</summary>
    public required Text Reason { get; init; }

    /// <summary>What shows that it was wrong.</summary>
    public IReadOnlyList<EvidenceSource> Evidence { get; init; } = [];

    /// <summary>Only the wording of a note.</summary>
    public bool Editorial { get; init; }

    /// <summary>Into which item it was merged.</summary>
    public string? MergedInto { get; init; }
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>From when on it counts (known clock); null: not, or not yet.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>When a second person rejected it.</summary>
    public DateTimeOffset? RejectedAt { get; init; }

    /// <summary>True if a second person confirmed it.</summary>
    public bool Confirmed { get; init; }

    /// <summary>The entry after an event; null if the event puts nothing right.</summary>
    /// <param name="before">The item before the event.</param>
    /// <param name="e">The event.</param>
    /// <param name="after">The item after it.</param>
    public static PublicCorrection? Of(Item? before, ItemEvent e, Item after) =>
        e switch
        {
            CorrectionMade made => Of(before!, e, after, made.Id),
            CorrectionConfirmed confirmed => Of(before!, e, after, confirmed.CorrectionId),
            CorrectionRejected rejected => Of(before!, e, after, rejected.CorrectionId),
            ItemRetracted gone => Taking(e, before!, after) with
            {
                Version = after.Version,
                Reason = gone.Reason,
                MergedInto = gone.MergedInto,
                MadeAt = e.RecordedAt,
            },
            _ => null,
        };

    private static PublicCorrection Of(Item before, ItemEvent e, Item after, string id)
    {
        var (was, update) = (
            before.UpdateOfCorrection(id) ?? before.Update(after.UpdateOfCorrection(id)!.Id)!,
            after.UpdateOfCorrection(id)!
        );
        var correction = update.Corrections.Find(c => c.Id == id)!;
        var made = correction.Made;
        var entry = Taking(e, before, after) with
        {
            Version = correction.Version,
            Kind = made.Kind,
            Said = was.IsRetracted ? null : was.Fields,
            Says =
                made.Kind == CorrectionKind.Retract ? null
                : correction.IsEffective ? update.Fields
                : made.NewValues!.Over(was.Fields),
            Reason = made.Reason,
            Evidence = made.Evidence,
            Editorial = made.Editorial,
            MadeAt = made.RecordedAt,
            RejectedAt = correction.RejectedAt,
            Confirmed = correction.ConfirmedAt is not null,
        };
        return correction.IsEffective ? entry : entry with { EffectiveAt = null, Before = null, After = null };
    }

    private static PublicCorrection Taking(ItemEvent e, Item before, Item after) =>
        new()
        {
            Item = after.Slug,
            ItemKind = after.Kind,
            Forum = after.Forum,
            Title = after.Details.Title,
            Version = after.Version,
            Before = ChangeRows.State(before, e.RecordedAt.DayOf()),
            After = ChangeRows.State(after, e.RecordedAt.DayOf()),
            Reason = new Text(),
            MadeAt = e.RecordedAt,
            EffectiveAt = e.RecordedAt,
        };
}
