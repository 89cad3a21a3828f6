using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Server.Api;

/// <summary>How the API says that an item has no state on the clocks of a question.</summary>
public static class AbsentItems
{
    /// <summary>404 or 410 with the reason, or the way to the item into which it was merged.</summary>
    /// <param name="below">What stands behind the slug in the address that was asked.</param>
    public static IResult Answer(string slug, ItemAbsent? absent, AskedClocks clocks, HttpContext context, string below = "") =>
        absent switch
        {
            null => Problems.Of(404, "unknown-item", "slug", $"No item has the slug '{slug}'."),
            { Reason: Absence.Merged, MergedInto: { } into } => Results.Redirect(
                $"/api/v1/items/{into}{below}{context.Request.QueryString}",
                preserveMethod: true
            ),
            { Reason: Absence.Retracted } => Problems.Of(
                410,
                "item-retracted",
                "slug",
                $"The item was retracted on {absent.Since![..10]}: {absent.Why!.In("en")}"
            ),
            { Reason: Absence.NotYetRecorded } => Problems.Of(
                404,
                "not-yet-recorded",
                "knownAt",
                $"The tracker did not know the item then; it was recorded on {absent.Since![..10]}."
            ),
            _ => Problems.Of(
                404,
                "no-status-yet",
                "asOf",
                $"The item had no status by {clocks.AsOf:yyyy-MM-dd}{(absent.Since is { } first ? $"; its first one is of {first}" : "")}."
            ),
        };
}
