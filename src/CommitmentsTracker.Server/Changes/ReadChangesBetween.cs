using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Changes;

/// <summary>What changed between two dates, both clocks moving.</summary>
public static class GetChangesBetween
{
    [WolverineGet("/api/v1/changes/between"), Tags("Changes")]
    [Describes(
        "What changed between two dates, each as known at its end, with the cause of each change",
        typeof(ComparisonView),
        "from",
        "to",
        "asOf",
        "knownAt",
        "kind",
        "theme",
        "party",
        "forum"
    )]
    public static async Task<IResult> Get(
        HttpContext context,
        ChangesBetween between,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, "from", "to", "kind", "theme", "party", "forum");
        var filter = request.Filter();
        var names = await directory.NamesAsync(ct);
        request.Known("forum", filter.Forums, names.ForumSlugs);
        request.Known("theme", filter.Themes, names.ThemeSlugs);
        request.Known("party", filter.Parties, names.PartySlugs);
        var refusals = new List<Refusal>();
        var (from, to) = (request.One("from"), request.One("to"));
        var dates = ComparedDates.Read(from, to, request.Clocks, refusals);
        foreach (var refusal in refusals)
            request.Refuse(refusal.Rule, refusal.Field, refusal.Message);
        if (request.Problem is { } problem)
            return problem;
        if (await between.ReadAsync(filter, dates!, ct) is not { } view)
            return Problems.Of(
                400,
                "too-many",
                "from",
                $"More than {ChangesBetween.MostItems} items changed; take dates that lie closer together, or narrow by forum, "
                    + "kind, theme or party."
            );
        // Both days stand in the address, and no append that is still running can be recorded before the later instant.
        var isFixed =
            from is not null
            && to is not null
            && filter.Forums.Count == 1
            && dates!.KnownTo is { } known
            && request.Clocks.Now - known > TimeSpan.FromSeconds(60);
        return request.Answer(view, isFixed: isFixed);
    }
}
