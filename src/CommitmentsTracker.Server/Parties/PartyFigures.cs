using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.Parties;

/// <summary>What a party comes to on both clocks. Rates are shown only with these numbers beside them.</summary>
public sealed class PartyFigures(IEnumerable<ItemCount> counts)
{
    private readonly IReadOnlyList<ItemCount> _counts = [.. counts];

    /// <summary>A party that no item names.</summary>
    public static readonly PartyFigures None = new([]);

    /// <summary>Items that name it in any role, each once.</summary>
    public int Items => In(PartyRole.Any).Items();

    /// <summary>Commitments for which it is responsible.</summary>
    public int Commitments => Promises.Items();

    /// <summary>Those of them that an observer can check at least in part: what a rate is out of.</summary>
    public int Testable => Promises.Items(IsTestable);

    /// <summary>Those of <see cref="Testable"/> that are partly testable.</summary>
    public int PartlyTestable => Promises.Items(c => c.Testability == Testability.Partly);

    /// <summary>Commitments that count in no rate.</summary>
    public int NotTestable => Commitments - Testable;

    /// <summary>Those of <see cref="Testable"/> that are delivered.</summary>
    public int Delivered => Promises.Items(c => IsTestable(c) && c.Status == Status.Delivered);

    /// <summary>Items for which it is responsible and whose deadline has passed unmet.</summary>
    public int Overdue => In(PartyRole.Responsible).Items(c => c.Time == TimeSignal.Overdue);

    /// <summary>The counts in one role.</summary>
    public IEnumerable<ItemCount> In(PartyRole role) => _counts.Where(c => c.Role == role);

    /// <summary>How many items name the party, in which roles.</summary>
    public string Sentence(Phrasebook words)
    {
        var roles = new[] { PartyRole.Responsible, PartyRole.Proposer, PartyRole.Speaker, PartyRole.Addressee }
            .Where(r => In(r).Any())
            .Select(r => words.Say($"party.sentence.{r.Word()}", words.Number(In(r).Items())))
            .ToList();
        return words.Count("party.sentence", Items)
            + (roles.Count > 0 ? words["party.colon"] + string.Join(words["list.comma"], roles) : "")
            + words["sentence.stop"];
    }

    private IEnumerable<ItemCount> Promises => In(PartyRole.Responsible).Where(c => c.Kind == ItemKind.Commitment);

    private static bool IsTestable(ItemCount c) => c.Testability != Testability.NotTestable;
}
