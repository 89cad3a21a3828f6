using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Dashboard;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Parties;
using CommitmentsTracker.Server.Sharing;

namespace CommitmentsTracker.Server.PreviewCards;

/// <summary>
/// Images that stand for a page where its address is shared. They take the language and the clocks of the page, and are
/// kept and tagged like pages.
/// </summary>
public sealed class Previews(
    PreviewFonts fonts,
    PreviewImage image,
    ForumDirectory directory,
    ItemReader items,
    Summaries summaries,
    ItemCounts counts,
    ChangesBetween between
)
{
    private static readonly string[] Pages = ["calendar", "compare", "corrections", "data", "forums", "method", "parties", "subscribe"];

    /// <summary>Maps the images.</summary>
    public static void Map(WebApplication app)
    {
        var group = app.MapGroup(PreviewImage.Path).ExcludeFromDescription();
        group.MapGet(
            "/forums/{slug}.png",
            (string slug, Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.ForumAsync(slug, query, w, ct))
        );
        group.MapGet(
            "/items/{slug}.png",
            (string slug, Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.ItemAsync(slug, query, w, ct))
        );
        group.MapGet(
            "/parties/{slug}.png",
            (string slug, Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.PartyAsync(slug, query, w, ct))
        );
        group.MapGet(
            "/themes/{slug}.png",
            (string slug, Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.ThemeAsync(slug, query, w, ct))
        );
        group.MapGet(
            "/items.png",
            (Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.ItemsAsync(query, w, ct))
        );
        group.MapGet(
            "/pages/{name}.png",
            (string name, Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.PageAsync(name, query, w, ct))
        );
        group.MapGet(
            "/changes.png",
            (Previews previews, PageQuery query, HttpContext http) =>
                previews.AnswerAsync(http, query, (w, ct) => previews.ChangesAsync(query, w, ct))
        );
    }

    private async Task<IResult> AnswerAsync(HttpContext http, PageQuery query, Func<Phrasebook, CancellationToken, Task<PreviewCard?>> read)
    {
        if (query.Errors.Count > 0)
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        if (
            fonts.LanguageFor(query.Language) is not { } language
            || await read(Phrasebook.For(language), http.RequestAborted) is not { } card
        )
            return Results.NotFound();
        http.Response.Headers.ContentLanguage = language == "zh" ? "zh-Hans" : "en";
        return Results.Bytes(image.Draw(card), PreviewImage.ContentType);
    }

    /// <summary>A page without a subject of its own: what it is for, and where all items stand.</summary>
    private async Task<PreviewCard?> PageAsync(string name, PageQuery query, Phrasebook w, CancellationToken ct) =>
        !Pages.Contains(name)
            ? null
            : new PreviewCard
            {
                Words = w,
                Kicker = w["site.name"],
                Title = w[name + ".title"],
                Lead = w[name + ".lead"],
                Bars = Bars(StandingGroup.Of(Statuses(await counts.ByForumAsync(new ItemFilter(), query.Clocks, ct)), query.Clocks, w)),
                Foot = Foot(query, w),
            };

    private async Task<PreviewCard?> ItemsAsync(PageQuery query, Phrasebook w, CancellationToken ct)
    {
        var names = await directory.NamesAsync(ct);
        var asked = new QueryValues(query);
        var filter = asked.List(names);
        if (asked.Wrong.Count > 0)
            return null;
        var statuses = Statuses(await counts.ByForumAsync(filter, query.Clocks, ct));
        return new PreviewCard
        {
            Words = w,
            Kicker = filter.IsEmpty ? w["site.name"] : string.Join(" · ", NarrowedBy.Of(filter, names, w)),
            Title = w["items.title"],
            Lead = w.Count("items.count", statuses.Sum(s => s.Items)),
            Bars = Bars(StandingGroup.Of(statuses, query.Clocks, w)),
            Foot = Foot(query, w),
        };
    }

    private async Task<PreviewCard?> ForumAsync(string slug, PageQuery query, Phrasebook w, CancellationToken ct)
    {
        if ((await directory.NamesAsync(ct)).Forums.GetValueOrDefault(slug) is not { } forum)
            return null;
        var summary = await summaries.ReadAsync(slug, query.Clocks, ct);
        return new PreviewCard
        {
            Words = w,
            Kicker = $"{w["forum.kicker"]} · {w.Date(forum.Date)}",
            Title = forum.Name.In(w.Language),
            Bars = Bars(StandingGroup.Of(summary.Statuses, query.Clocks, w)),
            Foot = Foot(query, w),
        };
    }

    private async Task<PreviewCard?> ItemAsync(string slug, PageQuery query, Phrasebook w, CancellationToken ct)
    {
        if ((await items.ReadAsync(slug, query.Clocks, ct)).Item is not { } item)
            return null;
        var forum = (await directory.NamesAsync(ct)).Forums.GetValueOrDefault(item.Forum);
        return new PreviewCard
        {
            Words = w,
            Kicker = w.Word("kind", item.Kind) + (forum is null ? "" : " · " + forum.Name.In(w.Language)),
            Title = item.Details.Title.In(w.Language),
            Status = new PreviewStatus(
                item.Status,
                w.Status(item.Status, item.Signals.Freshness),
                w.Say("status.since", w.Date(item.StatusSince))
            ),
            Lead = item.Details.NextActor is { } next
                ? w["item.next"] + w["sentence.gap"] + next.In(w.Language)
                : item.Details.Summary?.In(w.Language),
            Foot = Foot(query, w),
        };
    }

    private async Task<PreviewCard?> PartyAsync(string slug, PageQuery query, Phrasebook w, CancellationToken ct)
    {
        if ((await directory.NamesAsync(ct)).Parties.GetValueOrDefault(slug) is not { } party)
            return null;
        var figures = new PartyFigures(await counts.ByPartyAsync(new ItemFilter { Parties = [slug] }, query.Clocks, ct));
        return new PreviewCard
        {
            Words = w,
            Kicker = w.Word("party.type", party.Type),
            Title = party.Name.In(w.Language),
            Lead = figures.Items == 0 ? w.Say("party.empty", w.Date(query.Clocks.AsOf)) + w["sentence.stop"] : figures.Sentence(w),
            Bars = Bars(
                StandingGroup.Of(Statuses(figures.In(PartyRole.Any)), query.Clocks, w),
                g => w.Count($"party.named.{g.Id}", g.Counts.Values.Sum())
            ),
            Foot = Foot(query, w),
        };
    }

    private async Task<PreviewCard?> ThemeAsync(string slug, PageQuery query, Phrasebook w, CancellationToken ct)
    {
        if ((await directory.NamesAsync(ct)).Themes.GetValueOrDefault(slug) is not { } theme)
            return null;
        return new PreviewCard
        {
            Words = w,
            Kicker = w["filters.theme"],
            Title = theme.Name.In(w.Language),
            Bars = Bars(
                StandingGroup.Of(Statuses(await counts.ByThemeAsync(new ItemFilter { Themes = [slug] }, query.Clocks, ct)), query.Clocks, w)
            ),
            Foot = Foot(query, w),
        };
    }

    private async Task<PreviewCard?> ChangesAsync(PageQuery query, Phrasebook w, CancellationToken ct)
    {
        var names = await directory.NamesAsync(ct);
        var asked = new QueryValues(query);
        var filter = new ItemFilter
        {
            Kinds = asked.Words<ItemKind>("kind"),
            Themes = asked.Known("theme", names.Themes.ContainsKey),
            Parties = asked.Known("party", names.Parties.ContainsKey),
            Forums = asked.Known("forum", names.Forums.ContainsKey),
        };
        if (
            asked.Wrong.Count > 0
            || ComparedDates.Read(query.Raw("from"), query.Raw("to"), query.Clocks, new List<Refusal>()) is not { } dates
        )
            return null;
        var view = await between.ReadAsync(filter, dates, ct);
        return new PreviewCard
        {
            Words = w,
            Kicker = w["changes.kicker"],
            Title = w.Say("changes.heading", w.Date(dates.From), w.Date(dates.To)),
            Lead = view is null ? w.Say("changes.toomany", w.Number(ChangesBetween.MostItems)) : ChangeWords.Sentence(w, view),
            Changes =
            [
                .. (view?.Groups ?? [])
                    .SelectMany(g => g.Items)
                    .Take(4)
                    .Select(i => new PreviewChange(i.Before?.Status, i.After?.Status, i.Title.In(w.Language))),
            ],
            Foot = Foot(query, w),
        };
    }

    private static IReadOnlyList<PreviewBar> Bars(IEnumerable<StandingGroup> groups, Func<StandingGroup, string>? finding = null) =>
        [.. groups.Where(g => g.Counts.Count > 0).Select(g => new PreviewBar(finding?.Invoke(g) ?? g.Finding, g.Order, g.Counts))];

    private static IReadOnlyList<StatusCount> Statuses(IEnumerable<ItemCount> counts) =>
        [.. counts.GroupBy(c => (c.Kind, c.Status)).Select(g => new StatusCount(g.Key.Kind, g.Key.Status, g.Sum(c => c.Items)))];

    private static string Foot(PageQuery query, Phrasebook w) =>
        w.Say("foot.asof", w.Date(query.Clocks.AsOf))
        + w["sentence.gap"]
        + (query.Clocks.KnownAt is { } k ? w.Say("foot.knownat", w.Instant(k)) : w["foot.known.now"]);
}
