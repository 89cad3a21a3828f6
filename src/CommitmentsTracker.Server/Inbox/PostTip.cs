using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Api;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>Anyone says what happened, or what is wrong.</summary>
public static class PostTip
{
    /// <summary>The answer.</summary>
    /// <param name="Receipt">Private address of the page that says what becomes of it; shown this once.</param>
    public sealed record Answer(InboxKind Kind, string Item, string? Update, InboxState State, string Receipt);

    [WolverinePost("/api/v1/tips"), Tags("Tips")]
    [Describes(
        "Anyone, without a token, says what happened to an item or what is wrong with an update; nothing of it is published "
            + "before an editor has looked. The address of the receipt is shown this once",
        typeof(Answer),
        Body = typeof(NewTip),
        Status = 201,
        Repeatable = false,
        IsOpen = true
    )]
    public static async Task<IResult> Post(HttpContext context, Tips tips, PublicAddress address, CancellationToken ct)
    {
        var (body, problem) = await WriteRequest<NewTip>.ReadOpenAsync(context, ct);
        if (body is null)
            return problem!;
        context.Response.Headers.CacheControl = "no-store";
        var (secret, refusals) = await tips.SendAsync(body, context, ct);
        if (secret is null)
        {
            var status = Tips.StatusOf(refusals);
            if (status == StatusCodes.Status429TooManyRequests)
                context.Response.Headers.RetryAfter = "3600";
            return Problems.Of(status, refusals[0].Rule, refusals[0].Field, refusals[0].Message, refusals);
        }

        var receipt = address.To(TipPages.ReceiptOf(secret));
        context.Response.Headers.Location = receipt;
        return Results.Json(
            new Answer(body.Update is null ? InboxKind.Tip : InboxKind.Dispute, body.Item, body.Update, InboxState.Open, receipt),
            TrackerJson.Strict,
            statusCode: 201
        );
    }
}
