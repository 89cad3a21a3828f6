using CommitmentsTracker.Domain.Refusals;

namespace CommitmentsTracker.Server.Layout;

/// <summary>How a page of the desk answers refusals.</summary>
public static class Refused
{
    /// <summary>The status code of an answer that shows these refusals.</summary>
    public static int StatusCodeOf(IReadOnlyList<Refusal> refusals) =>
        refusals.Count == 0
            ? StatusCodes.Status200OK
            : refusals[0].Kind switch
            {
                RefusalKind.Conflict => StatusCodes.Status409Conflict,
                RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                RefusalKind.Gone => StatusCodes.Status410Gone,
                RefusalKind.Unlawful => StatusCodes.Status422UnprocessableEntity,
                _ => StatusCodes.Status400BadRequest,
            };
}
