using System.Globalization;
using System.Text;
using System.Xml;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>Writes a feed as Atom (RFC 4287), its archives after RFC 5005. The bytes follow from the data alone.</summary>
public static class AtomFeed
{
    /// <summary>The media type.</summary>
    public const string MediaType = "application/atom+xml; charset=utf-8";

    /// <summary>Namespace of the number of a change.</summary>
    public const string Changes = "urn:commitments-tracker:changes";

    private const string Atom = "http://www.w3.org/2005/Atom";
    private const string History = "http://purl.org/syndication/history/1.0";

    /// <summary>The document.</summary>
    public static byte[] Write(FeedPage page)
    {
        using var file = new MemoryStream();
        using (
            var to = XmlWriter.Create(
                file,
                new XmlWriterSettings
                {
                    Encoding = new UTF8Encoding(false),
                    Indent = true,
                    NewLineChars = "\n",
                }
            )
        )
            Write(to, page);
        return file.ToArray();
    }

    private static void Write(XmlWriter to, FeedPage page)
    {
        to.WriteStartElement("feed", Atom);
        to.WriteAttributeString("xmlns", "fh", null, History);
        to.WriteAttributeString("xmlns", "ct", null, Changes);
        to.WriteAttributeString("xml", "lang", null, page.Words.Language == "zh" ? "zh-Hans" : page.Words.Language);
        to.WriteElementString("id", Atom, Urn(page.Address.IdIn(page.FeedId)));
        to.WriteElementString("title", Atom, FeedWords.Clean(page.Title));
        to.WriteElementString("subtitle", Atom, page.Words["feeds.subtitle"]);
        to.WriteElementString("updated", Atom, Instant(page.Updated));
        to.WriteStartElement("author", Atom);
        to.WriteElementString("name", Atom, page.Words["site.name"]);
        to.WriteEndElement();
        Link(to, "self", page.Self("atom"), "application/atom+xml");
        Link(to, "alternate", page.Address.Page, "text/html");
        if (page.Part is not null)
        {
            to.WriteElementString("archive", History, "");
            Link(to, "current", page.Address.Current("atom"), "application/atom+xml");
            if (page.Next is { } next)
                Link(to, "next-archive", page.Address.Of(next, "atom"), "application/atom+xml");
        }
        else
        {
            Link(to, "current", page.Address.Current("atom"), "application/atom+xml");
        }

        if (page.Previous is { } previous)
            Link(to, "prev-archive", page.Address.Of(previous, "atom"), "application/atom+xml");
        var words = new FeedWords(page.Words, page.Address.Origin);
        foreach (var told in page.Entries)
            Entry(to, told, words);
        to.WriteEndElement();
    }

    private static void Entry(XmlWriter to, ToldChange told, FeedWords words)
    {
        var change = told.Change;
        to.WriteStartElement("entry", Atom);
        to.WriteElementString("id", Atom, Urn(change.Id));
        to.WriteElementString("title", Atom, words.TitleOf(told));
        to.WriteElementString("published", Atom, Instant(change.RecordedAt));
        to.WriteElementString("updated", Atom, Instant(change.RecordedAt));
        Link(to, "alternate", words.LinkOf(change), "text/html");
        foreach (var term in Terms(change))
        {
            to.WriteStartElement("category", Atom);
            to.WriteAttributeString("term", term);
            to.WriteEndElement();
        }

        to.WriteElementString("changeNo", Changes, change.ChangeNo.ToString(CultureInfo.InvariantCulture));
        to.WriteStartElement("content", Atom);
        to.WriteAttributeString("type", "html");
        to.WriteString(words.HtmlOf(told));
        to.WriteEndElement();
        to.WriteEndElement();
    }

    /// <summary>What kind of change it is, and of what.</summary>
    internal static IEnumerable<string> Terms(ChangeView change) =>
        change.Themes.Prepend(change.Forum).Prepend(change.Type.Word()).Distinct(StringComparer.Ordinal);

    internal static string Urn(Guid id) => $"urn:uuid:{id:d}";

    internal static string Instant(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    private static void Link(XmlWriter to, string rel, string href, string type)
    {
        to.WriteStartElement("link", Atom);
        to.WriteAttributeString("rel", rel);
        to.WriteAttributeString("type", type);
        to.WriteAttributeString("href", href);
        to.WriteEndElement();
    }
}
