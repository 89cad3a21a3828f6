using CommitmentsTracker.Reading.Citing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Citing;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Summary;

/// <summary>Counts on both clocks.</summary>
public static class GetSummary
{
    [WolverineGet("/api/v1/summary"), Tags("Summary")]
    [Describes("Counts by status and signal on both clocks", typeof(SummaryView), "asOf", "knownAt", "forum", TellsStateHash = true)]
    public static async Task<IResult> Get(
        HttpContext context,
        Summaries summaries,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, "forum");
        var forum = request.One("forum");
        if (forum is not null && !(await directory.NamesAsync(ct)).Forums.ContainsKey(forum))
            request.Refuse("unknown-forum", "forum", $"No forum has the slug '{forum}'.");
        if (request.Problem is { } problem)
            return problem;
        var summary = await summaries.ReadAsync(forum, request.Clocks, ct);
        StateAnswers.Tell(context, StateDocument.Of(summary, request.Clocks));
        return request.Answer(summary, isFixed: request.IsFixed && forum is not null);
    }
}

/// <summary>Status over time.</summary>
public static class GetTimeline
{
    [WolverineGet("/api/v1/timeline"), Tags("Summary")]
    [Describes("Status over time, one point a step", typeof(TimelineView), "asOf", "knownAt", "forum", "from", "to", "step")]
    public static async Task<IResult> Get(
        HttpContext context,
        Summaries summaries,
        ForumDirectory directory,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var request = ReadRequest.Of(context, time, "forum", "from", "to", "step");
        var names = await directory.NamesAsync(ct);
        var forum = request.One("forum");
        if (forum is not null && !names.Forums.ContainsKey(forum))
            request.Refuse("unknown-forum", "forum", $"No forum has the slug '{forum}'.");
        var step = request.One("step") ?? "month";
        if (!Summaries.Steps.Contains(step))
            request.Refuse("unknown-word", "step", $"One of: {string.Join(", ", Summaries.Steps)}.");
        var to = request.Day("to", request.Clocks.AsOf);
        var start = (forum is not null ? names.Forums.GetValueOrDefault(forum) : names.Newest)?.Date.FirstDay ?? to;
        var from = request.Day("from", start < to ? start : to);
        if (to > request.Clocks.AsOf)
            request.Refuse("future", "to", "A timeline ends today, or on asOf, at the latest.");
        if (from > to)
            request.Refuse("range", "from", "A timeline starts before it ends.");
        if (request.Problem is { } problem)
            return problem;
        if (Summaries.Days(from, to, step).Skip(Summaries.MostPoints).Any())
            return Problems.Of(400, "too-many", "step", $"That would be more than {Summaries.MostPoints} points; take a longer step.");
        return request.Answer(
            await summaries.TimelineAsync(forum, from, to, step, request.Clocks.KnownAt, ct),
            isFixed: request.IsFixed && forum is not null
        );
    }
}
