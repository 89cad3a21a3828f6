using CommitmentsTracker.Testing.Hosting;

namespace CommitmentsTracker.Testing.Store;

/// <summary>What must hold of the rows of the status spans.</summary>
public static class SpanChecks
{
    /// <summary>For every item, day and instant there is one row or none; details likewise on their one clock.</summary>
    public static async Task NoOverlapAsync(Tracker tracker)
    {
        (await tracker.AskAsync<long>("select count(*) from item_spans")).ShouldBeGreaterThan(0);
        (
            await tracker.RowsAsync(
                "select a.item_id from item_spans a join item_spans b on a.item_id = b.item_id and a.ctid < b.ctid and "
                    + "a.occurred && b.occurred and a.known && b.known"
            )
        ).ShouldBeEmpty();
        (await tracker.RowsAsync("select item_id from item_spans where isempty(occurred) or isempty(known)")).ShouldBeEmpty();
        (
            await tracker.RowsAsync(
                "select a.item_id from item_details a join item_details b on a.item_id = b.item_id and a.ctid < b.ctid and "
                    + "a.known && b.known"
            )
        ).ShouldBeEmpty();
        (
            await tracker.RowsAsync(
                "select a.update_id from item_updates a join item_updates b on a.item_id = b.item_id and a.update_id = "
                    + "b.update_id and a.ctid < b.ctid and a.known && b.known"
            )
        ).ShouldBeEmpty();
        // A span never lies outside the time in which the item is known.
        (
            await tracker.RowsAsync(
                "select s.item_id from item_spans s left join item_details d on d.item_id = s.item_id and d.known && s.known "
                    + "where d.item_id is null"
            )
        ).ShouldBeEmpty();
    }
}
