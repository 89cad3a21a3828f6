using System.Collections.Frozen;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Lifecycles;

/// <summary>
/// The two tables of lawful steps: one for commitments, one for proposals and instruments. A table judges one step
/// after the step before it; it never looks at the clock.
/// </summary>
public sealed class Lifecycle
{
    private static readonly FrozenSet<Status> CommitmentClosing = [PartlyDelivered, NotDelivered];

    /// <summary>The lifecycle of commitments.</summary>
    public static readonly Lifecycle OfCommitments = new(
        stages: [Announced, Formalised, Underway, Delivered],
        table: new()
        {
            [Announced] = [Formalised, Underway, Stalled, Delivered, PartlyDelivered, NotDelivered, Withdrawn, Superseded],
            [Formalised] = [Underway, Stalled, Delivered, PartlyDelivered, NotDelivered, Withdrawn, Superseded],
            [Underway] = [Stalled, Delivered, PartlyDelivered, NotDelivered, Withdrawn, Superseded],
            [Stalled] = [Delivered, PartlyDelivered, NotDelivered, Withdrawn, Superseded],
            [PartlyDelivered] = [Underway, Delivered, Superseded, Reversed],
            [NotDelivered] = [Underway, PartlyDelivered, Delivered, Superseded],
            [Delivered] = [Reversed],
            [Reversed] = [Underway, Superseded],
            [Withdrawn] = [],
            [Superseded] = [],
        },
        grounded: [Announced, Formalised, Underway, Stalled]
    );

    /// <summary>The lifecycle of proposals and instruments.</summary>
    public static readonly Lifecycle OfProposals = new(
        stages: [Proposed, Endorsed, TakenUp, InNegotiation, Adopted, Signed, InForce, Implemented],
        table: new()
        {
            [Proposed] = [Endorsed, TakenUp, InNegotiation, Adopted, Stalled, Rejected, Withdrawn, Lapsed, Superseded],
            [Endorsed] = [TakenUp, InNegotiation, Adopted, Stalled, Rejected, Withdrawn, Lapsed, Superseded],
            [TakenUp] = [InNegotiation, Adopted, Stalled, Rejected, Withdrawn, Lapsed, Superseded],
            [InNegotiation] = [TakenUp, Adopted, Stalled, Rejected, Withdrawn, Lapsed, Superseded],
            [Adopted] = [Signed, InForce, Implemented, Stalled, Lapsed, Superseded],
            [Signed] = [InForce, Stalled, Lapsed, Superseded],
            [InForce] = [Implemented, Stalled, Ended, Superseded],
            [Implemented] = [Ended, Superseded],
            [Stalled] = [Rejected, Withdrawn, Lapsed, Superseded],
            [Lapsed] = [TakenUp],
            [Rejected] = [],
            [Withdrawn] = [],
            [Superseded] = [],
            [Ended] = [],
        },
        grounded: []
    );

    /// <summary>Closing and constitutive statuses: a step to one of them counts from a second person's confirmation on.</summary>
    public static readonly FrozenSet<Status> NeedSecondPerson =
    [
        Delivered,
        PartlyDelivered,
        NotDelivered,
        Reversed,
        Rejected,
        InForce,
        Implemented,
        Ended,
    ];

    /// <summary>Statuses in which no deadline runs any more.</summary>
    public static readonly FrozenSet<Status> EndTheDeadline =
    [
        Withdrawn,
        Superseded,
        Rejected,
        Lapsed,
        Ended,
        NotDelivered,
        PartlyDelivered,
    ];

    private readonly FrozenDictionary<Status, Status[]> _table;
    private readonly FrozenSet<Status> _grounded;

    private Lifecycle(Status[] stages, Dictionary<Status, Status[]> table, FrozenSet<Status> grounded) =>
        (Stages, Statuses, _table, _grounded) = (
            stages,
            [.. stages, .. table.Keys.Except(stages).Order()],
            table.ToFrozenDictionary(),
            grounded
        );

    /// <summary>The stages in rising order; the other statuses stand beside them.</summary>
    public IReadOnlyList<Status> Stages { get; }

    /// <summary>All statuses that an item of this lifecycle may have, stages first.</summary>
    public IReadOnlyList<Status> Statuses { get; }

    /// <summary>The lifecycle of a kind.</summary>
    public static Lifecycle Of(ItemKind kind) => kind == ItemKind.Commitment ? OfCommitments : OfProposals;

    /// <summary>The status with which an item of the kind starts; null for instruments, which start anywhere.</summary>
    public static Status? FirstOf(ItemKind kind) =>
        kind switch
        {
            ItemKind.Commitment => Announced,
            ItemKind.Proposal => Proposed,
            _ => null,
        };

    /// <summary>The status that meets a deadline unless the deadline names another.</summary>
    public static Status DefaultTarget(ItemKind kind) => kind == ItemKind.Commitment ? Delivered : Adopted;

    /// <summary>True if the status belongs to this lifecycle.</summary>
    public bool Knows(Status status) => _table.ContainsKey(status);

    /// <summary>True if <paramref name="status"/> is the target or a later stage.</summary>
    public bool Reaches(Status status, Status target)
    {
        var wanted = StageOf(target);
        return wanted < 0 ? status == target : StageOf(status) >= wanted;
    }

    /// <summary>Statuses that may follow, in the table's order.</summary>
    /// <param name="from">The step before.</param>
    /// <param name="stalledAt">
    /// The last status before it stalled, if <paramref name="from"/> is stalled; null if unknown, then any stage may follow.
    /// </param>
    /// <param name="binding">Whether the item binds; null: not stated.</param>
    public IEnumerable<Status> After(Status from, Status? stalledAt, bool? binding)
    {
        if (from == Stalled)
        {
            var resumed = stalledAt is { } at ? StageOf(at) : 0;
            var stages = resumed < 0 ? [] : Stages.Skip(resumed);
            return stages.Union(_table[Stalled]);
        }

        return from == Adopted
            ? _table[from]
                .Where(to =>
                    to switch
                    {
                        Signed => binding != false,
                        Implemented => binding != true,
                        _ => true,
                    }
                )
            : _table[from];
    }

    /// <summary>True if the step is lawful only with a <see cref="Ground"/>.</summary>
    public bool NeedsGround(Status from, Status to) => _grounded.Contains(from) && CommitmentClosing.Contains(to);

    private int StageOf(Status status)
    {
        for (var i = 0; i < Stages.Count; i++)
            if (Stages[i] == status)
                return i;
        return -1;
    }
}
