using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;

namespace CommitmentsTracker.Server.Updates;

/// <summary>Answers the desk's form while somebody types: items to log on, and what a pasted text says of a source.</summary>
public static class FindItems
{
    private const int Offered = 8;

    /// <summary>An item that is offered.</summary>
    private sealed record Offer(string Slug, string Title, string Status, string Address);

    /// <summary>Maps both.</summary>
    public static void MapDeskAnswers(this WebApplication app)
    {
        app.MapGet(
                "/desk/items",
                async (HttpContext http, ItemLists lists, PageQuery query, CancellationToken ct) =>
                {
                    http.Response.Headers.CacheControl = "no-store";
                    if (query.Raw("q") is not { Length: <= 200 } text)
                        return Results.Json(Array.Empty<Offer>());
                    var page = await lists.PageAsync(
                        Where(http.User.Rights(), text),
                        ItemSort.Relevance,
                        Offered,
                        null,
                        AskedClocks.OfNow(query.Clocks.Now),
                        ct
                    );
                    return Results.Json(
                        page.Items.Select(i => new Offer(
                            i.Slug,
                            i.Title.In(query.Language),
                            query.Words.Status(i.Status),
                            query.To("/desk/log", ("item", i.Slug))
                        ))
                    );
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Log))
            .ExcludeFromDescription();
        app.MapGet(
                "/desk/source",
                (string? text, HttpContext http) =>
                {
                    http.Response.Headers.CacheControl = "no-store";
                    return Results.Json(Domain.Evidence.RecognisedSource.Of(text is { Length: <= 2_000 } ? text : null));
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Log))
            .ExcludeFromDescription();
    }

    /// <summary>The items on which somebody may log, as far as forums and parties say it.</summary>
    public static ItemFilter Where(Rights rights, string? text) =>
        new()
        {
            Query = text,
            Forums = Permission.Forums(rights, Act.Log) ?? [],
            Parties = rights.Grants.All(g => g.Role == Role.Representative)
                ? [.. rights.Grants.Select(g => g.Party).OfType<string>().Distinct()]
                : [],
        };
}
