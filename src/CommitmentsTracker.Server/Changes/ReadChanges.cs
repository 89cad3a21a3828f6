using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Changes;

/// <summary>Pages through the change log.</summary>
public static class GetChanges
{
    [WolverineGet("/api/v1/changes"), Tags("Changes")]
    [Describes("Changes after a number, oldest first; changeNo is dense", typeof(ChangePage), "after", "limit")]
    public static async Task<IResult> Get(HttpContext context, ChangeLog log, TimeProvider time, CancellationToken ct)
    {
        var request = ReadRequest.Of(context, time, "after", "limit");
        var (after, limit) = (request.Number("after", 0, 0, long.MaxValue), (int)request.Number("limit", 100, 1, ChangeLog.MostChanges));
        return request.Problem ?? request.Answer(await log.AfterAsync(after, limit, ct));
    }
}
