using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Exchange;

namespace CommitmentsTracker.Testing.Forums;

/// <summary>Makes a forum of as many items as wanted, three updates each.</summary>
public static class ManyItems
{
    /// <param name="slug">Of the forum.</param>
    /// <param name="items">How many.</param>
    /// <param name="due">The deadline of all of them; null: a third has one, in different months.</param>
    public static ForumFolder Folder(string slug, int items, PartialDate? due = null)
    {
        var entries = new List<ItemEntry>();
        var updates = new List<UpdateEntry>();
        for (var i = 1; i <= items; i++)
        {
            var item = $"{slug}-gate-{i}";
            entries.Add(
                new ItemEntry(
                    item,
                    ItemKind.Commitment,
                    slug,
                    new Details
                    {
                        Title = new Text($"Repair gate-{i}", $"修理{i}号闸门"),
                        Proposer = "port-authority",
                        Themes = [i % 2 == 0 ? "water" : "noise"],
                        MadeOn = PartialDate.Day(2025, 3, 1),
                        Due =
                            due is { } same ? new Deadline(same)
                            : i % 3 == 0 ? new Deadline(PartialDate.Month(2026, 1 + i % 12))
                            : null,
                    }
                )
            );
            updates.Add(Entry(item, 1, Status.Announced, PartialDate.Day(2025, 3, 1), i));
            updates.Add(Entry(item, 2, null, PartialDate.Day(2025, 4, 1 + i % 28), i));
            updates.Add(Entry(item, 3, Status.Underway, PartialDate.Day(2025, 6, 1 + i % 28), i));
        }

        return Harbour.Folder(slug) with
        {
            Items = entries,
            Updates = updates,
        };
    }

    private static UpdateEntry Entry(string item, int n, Status? status, PartialDate on, int i) =>
        new(
            item,
            $"{item}-u{n}",
            new UpdateFields
            {
                Type = status is null ? UpdateType.Progress : UpdateType.Status,
                Status = status,
                OccurredOn = on,
                Note = new Text("As planned."),
                Evidence = [new EvidenceSource("Minutes", "Port Gazette")],
            },
            true,
            new RowStamp(new DateTimeOffset(2025, 7, n, 0, 0, 0, TimeSpan.Zero).AddSeconds(i))
        );
}
