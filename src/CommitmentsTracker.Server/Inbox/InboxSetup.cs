using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Updates;
using Microsoft.AspNetCore.Mvc;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>Brings the inbox into the program.</summary>
public static class InboxSetup
{
    /// <summary>The page of editors and reviewers.</summary>
    public const string Page = "/desk/inbox";

    /// <summary>Registers what it needs.</summary>
    public static void AddInbox(this IServiceCollection services)
    {
        services.AddSingleton<InboxStore>();
        services.AddReadsAgain<InboxStore>();
        services.AddSingleton<IRefusedDisputes>(s => s.GetRequiredService<InboxStore>());
        services.AddSingleton<Tips>();
        services.AddSingleton<InboxDesk>();
        services.AddSingleton<Suggestions>();
        services.AddSingleton<ISuggestions, SuggestionAnswers>();
    }

    /// <summary>Maps taking over: it sends the form on, filled in as it came, to the page on which updates are logged.</summary>
    public static void MapInbox(this WebApplication app) =>
        app.MapPost(
                Page + "/take",
                async ([FromForm] Guid entry, HttpContext http, InboxDesk desk, InboxStore store, PageQuery query, CancellationToken ct) =>
                {
                    http.Response.Headers.CacheControl = "no-store";
                    var refusals = await desk.TakeAsync(entry, http.User.Author(), ct);
                    return refusals.Count > 0
                        ? Results.Redirect(
                            query.To(Page, ("refused", refusals[0].Rule), ("entry", entry.ToString("D"))),
                            permanent: false,
                            preserveMethod: false
                        )
                        : Results.Redirect(
                            query.To("/desk/log", ("item", (await store.OfAsync(entry, ct))!.Item)),
                            permanent: false,
                            preserveMethod: true
                        );
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Log))
            .ExcludeFromDescription();
}
