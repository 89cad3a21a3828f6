using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Citing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Citing;

/// <summary>The very bytes of which an item's hash is made, so that anyone can check a citation without this program.</summary>
public static class GetItemState
{
    [WolverineGet("/api/v1/items/{slug}/state"), Tags("Citing")]
    [Describes(
        "An item's state as canonical JSON (RFC 8785): its SHA-256 is the hash of a citation",
        typeof(StateDocument<CitedItem>),
        "asOf",
        "knownAt",
        TellsStateHash = true
    )]
    public static async Task<IResult> Get(string slug, HttpContext context, ItemReader reader, TimeProvider time, CancellationToken ct)
    {
        var request = ReadRequest.Of(context, time);
        if (request.Problem is { } problem)
            return problem;
        var (item, absent) = await reader.ReadAsync(slug, request.Clocks, ct);
        if (item is null)
            return AbsentItems.Answer(slug, absent, request.Clocks, context, "/state");
        return StateDocument.Of(item, request.Clocks) is { } document ? request.Canonical(document) : StateAnswers.NotFixed(request.Clocks);
    }
}

/// <summary>The very bytes of which a forum's hash is made.</summary>
public static class GetSummaryState
{
    [WolverineGet("/api/v1/summary/state"), Tags("Citing")]
    [Describes(
        "A forum's counts as canonical JSON (RFC 8785): their SHA-256 is the hash of a citation",
        typeof(StateDocument<CitedCounts>),
        "asOf",
        "knownAt",
        "forum",
        TellsStateHash = true
    )]
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
        if (forum is null)
            request.Refuse("required", "forum", "Name the forum.");
        else
            request.Known("forum", [forum], (await directory.NamesAsync(ct)).ForumSlugs);
        if (request.Problem is { } problem)
            return problem;
        var summary = await summaries.ReadAsync(forum, request.Clocks, ct);
        return StateDocument.Of(summary, request.Clocks) is { } document
            ? request.Canonical(document)
            : StateAnswers.NotFixed(request.Clocks);
    }
}

/// <summary>How fixed states are answered.</summary>
public static class StateAnswers
{
    /// <summary>The header under which an answer tells the hash of its state.</summary>
    public const string Header = "State-Hash";

    /// <summary>Tells the hash of what is answered, if it is fixed.</summary>
    public static void Tell<TState>(HttpContext context, StateDocument<TState>? document)
    {
        if (document is not null)
            context.Response.Headers[Header] = document.Hash();
    }

    internal static IResult Canonical<TState>(this ReadRequest request, StateDocument<TState> document)
    {
        request.Context.Response.Headers[Header] = document.Hash();
        return request.Answer(document.Bytes(), isFixed: true);
    }

    internal static IResult NotFixed(AskedClocks clocks) =>
        Problems.Of(
            StatusCodes.Status400BadRequest,
            "not-fixed",
            clocks.AsOfGiven ? "knownAt" : "asOf",
            $"Only a state with asOf and a knownAt over {AskedClocks.Settling.TotalSeconds:0} seconds ago is fixed and has a hash."
        );
}
