using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Layout;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>What was typed on the page of tips, and what is wrong with it.</summary>
/// <param name="Wrong">Empty: nothing.</param>
public sealed record TypedTip(
    string? Item,
    string? Update,
    string? What,
    string? OccurredOn,
    string? Source,
    string? Email,
    IReadOnlyList<Refusal> Wrong
);

/// <summary>
/// The page on which anyone says what happened. Its form stands for nobody, so it takes no cookie; a field that people do not see keeps
/// programs out.
/// </summary>
public static class TipPages
{
    /// <summary>The page.</summary>
    public const string Page = "/tip";

    /// <summary>Under this name the page finds what was typed.</summary>
    internal const string Typed = "tip.typed";

    private static readonly Refusal NoDate = new(
        RefusalKind.Invalid,
        "date",
        "occurredOn",
        "A date is written like 2025-09-01, 2025-09 or 2025."
    );

    /// <summary>Maps what the forms do, and the receipts.</summary>
    public static void MapTipPages(this WebApplication app)
    {
        app.MapPost(Page + "/send", SendAsync).DisableAntiforgery().ExcludeFromDescription();
        app.MapGet(Page + "/send", (HttpContext http) => Results.Redirect(Page + http.Request.QueryString)).ExcludeFromDescription();
        app.MapGet(
                Page + "/receipt/{secret}",
                async (string secret, HttpContext http, InboxStore store, CancellationToken ct) =>
                {
                    // An address with a secret: kept nowhere, found by no search engine, told to no other site.
                    http.Response.Headers.CacheControl = "no-store";
                    http.Response.Headers["Referrer-Policy"] = "no-referrer";
                    http.Response.Headers["X-Robots-Tag"] = "noindex";
                    var entry = await store.OfReceiptAsync(secret, ct);
                    http.Items[Typed] = entry;
                    return PagesSetup.Show<ReceiptPage>(entry is null ? 404 : 200);
                }
            )
            .ExcludeFromDescription();
    }

    /// <summary>Path of a receipt.</summary>
    public static string ReceiptOf(string secret) => $"{Page}/receipt/{secret}";

    private static async Task<IResult> SendAsync(HttpContext http, Tips tips, PageQuery query, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        var form = await http.Request.ReadFormAsync(ct);
        var (on, isDate) = form["occurredOn"].ToString().Trim() is { Length: > 0 } day
            ? (PartialDate.TryParse(day, out var date) ? date : null, true)
            : (null, false);
        var email = form["email"].ToString().Trim();
        // A page sends line breaks as two characters, whatever was typed.
        var tip = new NewTip
        {
            Item = query.Raw("item") ?? "",
            Update = query.Raw("update"),
            What = form["what"].ToString().ReplaceLineEndings("\n"),
            OccurredOn = on,
            Source = form["source"].ToString(),
            Email = email.Length == 0 ? null : email,
            Lang = query.Language,
        };
        // Whoever fills the field that nobody sees is a program; it gets the address of a receipt that nobody has.
        if (form["website"].ToString().Length > 0)
            return Results.Redirect(With(ReceiptOf(Secrets.Create())), permanent: false, preserveMethod: false);
        var isNoDate = isDate && on is null;
        var (secret, wrong) = isNoDate
            ? (null, [.. tips.Check(tip).Where(r => r.Field != "occurredOn"), NoDate])
            : await tips.SendAsync(tip, http, ct);
        if (secret is not null)
            return Results.Redirect(With(ReceiptOf(secret)), permanent: false, preserveMethod: false);
        http.Items[Typed] = new TypedTip(tip.Item, tip.Update, form["what"], form["occurredOn"], form["source"], email, wrong);
        var status = Tips.StatusOf(wrong);
        if (status == StatusCodes.Status429TooManyRequests)
            http.Response.Headers.RetryAfter = "3600";
        return PagesSetup.Show<TipPage>(status);

        string With(string path) => $"{path}?sent=yes&lang={query.Language}";
    }
}
