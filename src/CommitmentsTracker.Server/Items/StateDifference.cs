using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.Items;

/// <summary>What an item says otherwise in one of two states.</summary>
/// <param name="Name">What it is called, in the language of the phrases.</param>
/// <param name="Then">What the one state says, as a reader is told.</param>
/// <param name="Now">What the other says.</param>
internal sealed record StateDifference(string Name, string Then, string Now)
{
    private const string Nothing = "–";

    /// <summary>All of them, in the order of the item's page; null: there is no item in that state.</summary>
    public static IReadOnlyList<StateDifference> Between(ItemView? then, ItemView? now, Phrasebook w)
    {
        (string Name, Func<ItemView, string?> Said, string Absent)[] parts =
        [
            (w["column.status"], i => $"{w.Status(i.Status)} {w.Say("status.since", w.Date(i.StatusSince))}", w["since.absent"]),
            (w["signal.time"], i => w.Word("time", i.Signals.Time), Nothing),
            (w["signal.freshness"], i => w.Word("freshness", i.Signals.Freshness), Nothing),
            (w["signal.confidence"], i => w.Word("confidence", i.Signals.Confidence), Nothing),
            (w["signal.testability"], i => w.Word("testability", i.Signals.Testability), Nothing),
            (w["field.due"], i => i.Due is { } due ? w.Date(due.Date) : null, Nothing),
            (w["field.title"], i => i.Details.Title.In(w.Language), Nothing),
            (w["field.summary"], i => i.Details.Summary?.In(w.Language), Nothing),
            (w["field.nextActor"], i => i.Details.NextActor?.In(w.Language), Nothing),
            (w["since.updates"], i => w.Number(i.Updates.Count), w.Number(0)),
        ];
        return
        [
            .. parts
                .Select(p => new StateDifference(p.Name, Of(then, p.Said) ?? p.Absent, Of(now, p.Said) ?? p.Absent))
                .Where(d => d.Then != d.Now),
        ];

        static string? Of(ItemView? item, Func<ItemView, string?> said) => item is null ? null : said(item);
    }
}
