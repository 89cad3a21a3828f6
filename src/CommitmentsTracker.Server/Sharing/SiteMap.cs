using System.Globalization;
using System.Text;
using System.Xml;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Directories;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Sharing;

/// <summary>Tells search engines which pages there are, in which languages, and when each item changed last.</summary>
public static class SiteMap
{
    /// <summary>Most addresses of one file; the format's limit is 50,000.</summary>
    public const int MostAddresses = 40_000;

    private const string Namespace = "http://www.sitemaps.org/schemas/sitemap/0.9";
    private const string Links = "http://www.w3.org/1999/xhtml";

    private static readonly string[] Pages =
    [
        "/",
        "/items",
        "/changes",
        "/corrections",
        "/parties",
        "/calendar",
        "/forums",
        "/method",
        "/data",
        "/subscribe",
    ];

    /// <summary>
    /// Maps <c>/robots.txt</c> and <c>/sitemap.xml</c>, which becomes an index of its parts where one file does not hold all items.
    /// </summary>
    public static void MapSiteMap(this WebApplication app)
    {
        app.MapGet(
                "/robots.txt",
                (HttpContext http) =>
                    Results.Text(
                        $"User-agent: *\nDisallow: /desk/\nDisallow: /theme/\nDisallow: /embed/\n\nSitemap: {Origin(http)}/sitemap.xml\n",
                        "text/plain"
                    )
            )
            .ExcludeFromDescription();
        app.MapGet("/sitemap.xml", AnswerAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext http,
        NpgsqlDataSource source,
        ForumDirectory directory,
        int? part,
        CancellationToken ct
    )
    {
        var names = await directory.NamesAsync(ct);
        var parts = (await CountAsync(source, ct) + MostAddresses - 1) / MostAddresses;
        if (part is < 1 || part > parts)
            return Results.NotFound();
        http.Response.Headers.CacheControl = "public, max-age=3600";
        if (part is null && parts > 1)
            return Xml(w => Index(w, Origin(http), parts));
        List<(string Path, DateTimeOffset? ChangedAt)> places =
            part > 1
                ? []
                :
                [
                    .. Pages
                        .Concat(names.Forums.Keys.Select(f => "/forums/" + f))
                        .Concat(names.Themes.Keys.Select(t => "/themes/" + t))
                        .Concat(names.Parties.Keys.Select(p => "/parties/" + p))
                        .Select(p => (p, (DateTimeOffset?)null)),
                ];
        places.AddRange(await ItemsAsync(source, part ?? 1, ct));
        return Xml(w => Addresses(w, Origin(http), places));
    }

    private static string Origin(HttpContext http) => $"{http.Request.Scheme}://{http.Request.Host}";

    private static async Task<int> CountAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select count(*) from items where retracted_at is null");
        return (int)(long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<List<(string Path, DateTimeOffset? ChangedAt)>> ItemsAsync(
        NpgsqlDataSource source,
        int part,
        CancellationToken ct
    )
    {
        await using var command = source.CreateCommand(
            """
            select slug, (select recorded_at from changes c where c.item_id = i.item_id order by change_no desc limit 1)
            from items i where retracted_at is null order by slug offset $1 limit $2
            """
        );
        command.Parameters.Add(new NpgsqlParameter { Value = (part - 1) * MostAddresses, NpgsqlDbType = NpgsqlDbType.Integer });
        command.Parameters.Add(new NpgsqlParameter { Value = MostAddresses, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var items = new List<(string, DateTimeOffset?)>();
        while (await reader.ReadAsync(ct))
            items.Add(("/items/" + reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1)));
        return items;
    }

    private static void Index(XmlWriter to, string origin, int parts)
    {
        to.WriteStartElement("sitemapindex", Namespace);
        for (var part = 1; part <= parts; part++)
        {
            to.WriteStartElement("sitemap", Namespace);
            to.WriteElementString("loc", Namespace, $"{origin}/sitemap.xml?part={part}");
            to.WriteEndElement();
        }

        to.WriteEndElement();
    }

    private static void Addresses(XmlWriter to, string origin, List<(string Path, DateTimeOffset? ChangedAt)> places)
    {
        to.WriteStartElement("urlset", Namespace);
        to.WriteAttributeString("xmlns", "xhtml", null, Links);
        foreach (var (path, changedAt) in places)
        {
            to.WriteStartElement("url", Namespace);
            to.WriteElementString("loc", Namespace, origin + path);
            if (changedAt is { } at)
                to.WriteElementString(
                    "lastmod",
                    Namespace,
                    at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
                );
            foreach (var language in Phrasebook.Languages)
            {
                to.WriteStartElement("link", Links);
                to.WriteAttributeString("rel", "alternate");
                to.WriteAttributeString("hreflang", language == "zh" ? "zh-Hans" : language);
                to.WriteAttributeString("href", $"{origin}{path}?lang={language}");
                to.WriteEndElement();
            }

            to.WriteEndElement();
        }

        to.WriteEndElement();
    }

    private static IResult Xml(Action<XmlWriter> write)
    {
        using var file = new MemoryStream();
        using (var writer = XmlWriter.Create(file, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
            write(writer);
        return Results.Bytes(file.ToArray(), "application/xml");
    }
}
