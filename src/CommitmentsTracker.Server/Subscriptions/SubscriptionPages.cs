using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Layout;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>
/// The pages of subscribing. Opening or scanning a link never changes anything: what changes something is a POST, and
/// the secret in its address, which only whoever got the mail has, stands for the person; no cookie does.
/// </summary>
public static class SubscriptionPages
{
    /// <summary>Under this name a page that answers a form finds what was typed.</summary>
    internal const string Typed = "subscribe.typed";

    /// <summary>Registers what they, and the addresses of the API, need.</summary>
    public static void AddSubscriptionPages(this IServiceCollection services)
    {
        services.AddSingleton<SignUps>();
        services.AddSingleton<SubscriptionViews>();
    }

    /// <summary>Maps them.</summary>
    public static void MapSubscriptionPages(this WebApplication app)
    {
        app.MapPost("/subscribe/ask", AskAsync).DisableAntiforgery().ExcludeFromDescription();
        app.MapGet("/subscribe/ask", (HttpContext http) => Results.Redirect("/subscribe" + http.Request.QueryString))
            .ExcludeFromDescription();
        app.MapGet("/subscribe/confirm/{secret}", (HttpContext http) => Private<ConfirmPage>(http)).ExcludeFromDescription();
        app.MapPost("/subscribe/confirm/{secret}", ConfirmAsync).DisableAntiforgery().ExcludeFromDescription();
        app.MapGet("/u/{token}", (HttpContext http) => Private<ManagePage>(http)).ExcludeFromDescription();
        app.MapPost("/u/{token}", EndAllAsync).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost("/u/{token}/change", ChangeAsync).DisableAntiforgery().ExcludeFromDescription();
    }

    /// <summary>A page with a secret in its address: kept nowhere, found by no search engine, told to no other site.</summary>
    private static IResult Private<TPage>(HttpContext http, int status = 200)
        where TPage : Microsoft.AspNetCore.Components.IComponent
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers["X-Robots-Tag"] = "noindex";
        return PagesSetup.Show<TPage>(status);
    }

    private static async Task<IResult> AskAsync(HttpContext http, SignUps signUps, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        var typed = TypedForm.Of(
            await http.Request.ReadFormAsync(ct),
            new QueryValues(http.RequestServices.GetRequiredService<PageQuery>())
        );
        http.Items[Typed] = typed;
        if (typed.Wrong.Count > 0)
            return PagesSetup.Show<SubscribePage>(400);
        // Whoever fills the field that nobody sees is a program; it gets the same answer and nothing happens.
        if (typed.IsProgram)
            return PagesSetup.Show<SubscribePage>(200);
        if (!signUps.MayAsk(http.Connection.RemoteIpAddress))
        {
            typed.Wrong["email"] = "subscribe.wrong.often";
            http.Response.Headers.RetryAfter = "3600";
            return PagesSetup.Show<SubscribePage>(429);
        }

        await signUps.AskAsync(new MailWish(typed.Address!, typed.Filter, typed.Frequency, typed.Lang, typed.Zone!, null), ct);
        return PagesSetup.Show<SubscribePage>(200);
    }

    private static async Task<IResult> ConfirmAsync(string secret, HttpContext http, Confirmations confirmations, CancellationToken ct)
    {
        var form = await http.Request.ReadFormAsync(ct);
        var subscriber = await confirmations.OfSecretAsync(secret, ct);
        var ids = form["id"].Select(v => Guid.TryParse(v, out var id) ? id : Guid.Empty).ToList();
        if (subscriber is null || !await confirmations.ConfirmAsync(secret, ids, ct))
            return Private<ConfirmPage>(http, 404);
        return Results.Redirect($"/u/{subscriber.Token}?done=confirmed&lang={LanguageOf(http)}", permanent: false, preserveMethod: false);
    }

    private static async Task<IResult> EndAllAsync(string token, HttpContext http, SubscriptionStore store, CancellationToken ct)
    {
        // A mail program sends the fixed form, a person the button's; both end everything, once and again.
        if (await store.OfTokenAsync(token, ct) is { } subscriber)
            await store.EraseAsync(subscriber.Id, ct);
        return Private<EndedPage>(http);
    }

    private static async Task<IResult> ChangeAsync(
        string token,
        HttpContext http,
        SubscriptionStore store,
        MailRhythm rhythm,
        CancellationToken ct
    )
    {
        if (await store.OfTokenAsync(token, ct) is not { } subscriber)
            return Private<ManagePage>(http, 404);
        var form = await http.Request.ReadFormAsync(ct);
        var (what, value) = (form["do"].ToString(), form["value"].ToString());
        var own = await store.OfSubscriberAsync(subscriber.Id, ct);
        var subscription = Guid.TryParse(form["id"], out var id) ? own.Find(s => s.Id == id) : null;
        if (what == "end" && subscription is not null && own.Count == 1)
        {
            await store.EndAsync(subscription.Id, ct);
            return Private<EndedPage>(http);
        }

        var change = new AskedChange(subscriber.Id, subscription, form["id"].Count > 0, what, value, form["in"].ToString());
        var done = await DoAsync(change, store, rhythm, ct) ? what : "refused";
        return Results.Redirect($"/u/{token}?done={done}&lang={LanguageOf(http)}", permanent: false, preserveMethod: false);
    }

    /// <summary>Makes a change of the page of one's own subscriptions.</summary>
    /// <returns>False if it is none, or what it needs is missing.</returns>
    private static Task<bool> DoAsync(AskedChange asked, SubscriptionStore store, MailRhythm rhythm, CancellationToken ct)
    {
        return asked switch
        {
            { What: "frequency", IsOwn: true } when Words.TryRead<Frequency>(asked.Value, out var frequency) => Done(
                rhythm.SetFrequencyAsync(asked.Subscriber, asked.Subscription?.Id, frequency, ct)
            ),
            { What: "end", Subscription: { } s } => Done(store.EndAsync(s.Id, ct)),
            { What: "pause" or "resume", Subscription: { } s } => Done(store.SetPausedAsync(s.Id, asked.What == "pause", ct)),
            { What: "mute" or "unmute", Value.Length: > 0 and <= 120 } => Done(
                store.MuteAsync(asked.Subscriber, asked.Value, asked.What == "mute", ct)
            ),
            { What: "place" } when Phrasebook.Languages.Contains(asked.Lang) && Zones.Of(asked.Value) is { } zone => Done(
                rhythm.SetPlaceAsync(asked.Subscriber, asked.Lang, zone, ct)
            ),
            _ => Task.FromResult(false),
        };

        static async Task<bool> Done(Task change)
        {
            await change;
            return true;
        }
    }

    private static string LanguageOf(HttpContext http) => http.RequestServices.GetRequiredService<PageQuery>().Language;

    /// <summary>What the form of the page of one's own subscriptions asks for.</summary>
    /// <param name="Subscription">Of the subscriber; null: the form names none of theirs.</param>
    /// <param name="NamesOne">True if the form names a subscription, theirs or not.</param>
    /// <param name="Lang">Typed with a place.</param>
    private sealed record AskedChange(Guid Subscriber, Subscription? Subscription, bool NamesOne, string What, string Value, string Lang)
    {
        /// <summary>True if it means one of theirs, or all of them.</summary>
        public bool IsOwn => Subscription is not null || !NamesOne;
    }
}
