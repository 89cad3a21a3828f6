using System.Xml.Linq;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Sharing;

/// <summary>What search engines are told.</summary>
[Collection(nameof(SharedDesk))]
public sealed class SiteMapTests(SharedDesk desk)
{
    private static readonly XNamespace Sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";

    [Fact]
    public async Task Every_address_of_the_map_is_a_page_and_items_say_when_they_changed()
    {
        var slug = await desk.Tracker.Ann.RecordAsync();
        var now = desk
            .Tracker.Time.GetUtcNow()
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var map = XDocument.Parse((await desk.Tracker.Anyone.GetAsync("/sitemap.xml")).Should(200).Body);
        var places = map.Root!.Elements(Sitemap + "url")
            .ToDictionary(u => new Uri(u.Element(Sitemap + "loc")!.Value).AbsolutePath, u => u.Element(Sitemap + "lastmod")?.Value);
        places["/items/" + slug].ShouldBe(now);
        foreach (var place in places.Keys.Where(p => !p.StartsWith("/items/", StringComparison.Ordinal)))
            (await desk.Tracker.Anyone.GetAsync(place)).Should(200);
    }

    [Fact]
    public async Task A_retracted_item_is_not_in_the_map()
    {
        var slug = await desk.Tracker.Ann.RecordAsync();
        (
            await desk.Tracker.Ann.PostAsync(
                $"items/{slug}/retraction",
                new JsonObject { ["reason"] = Harbour.Text("Recorded by mistake.") }
            )
        ).Should(201);
        (await desk.Tracker.Anyone.GetAsync("/sitemap.xml")).Body.ShouldNotContain($"/items/{slug}<");
    }

    [Fact]
    public async Task Robots_are_kept_from_the_desk_and_told_of_the_map()
    {
        var robots = (await desk.Tracker.Anyone.GetAsync("/robots.txt")).Should(200).Body;
        robots.ShouldContain("Disallow: /desk/");
        robots.ShouldContain("Sitemap: http://localhost/sitemap.xml");
    }
}
