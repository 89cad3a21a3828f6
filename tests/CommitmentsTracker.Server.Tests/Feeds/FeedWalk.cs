using System.Globalization;
using System.ServiceModel.Syndication;
using System.Xml;

namespace CommitmentsTracker.Server.Tests.Feeds;

/// <summary>Reads feeds as a reader does, by a library that did not write them.</summary>
public static class FeedWalk
{
    /// <summary>One Atom document.</summary>
    public static async Task<SyndicationFeed> AtomAsync(this Caller api, string address)
    {
        var answer = (await api.GetAsync(Local(address))).Should(200);
        answer.MediaType.ShouldBe("application/atom+xml");
        using var reader = XmlReader.Create(new StringReader(answer.Body));
        return SyndicationFeed.Load(reader);
    }

    /// <summary>The address of a link.</summary>
    public static string? Link(this SyndicationFeed feed, string rel) =>
        feed.Links.SingleOrDefault(l => l.RelationshipType == rel)?.Uri.OriginalString;

    /// <summary>The number of the change that an entry tells.</summary>
    public static long ChangeNo(this SyndicationItem entry) =>
        long.Parse(
            entry.ElementExtensions.ReadElementExtensions<string>("changeNo", "urn:commitments-tracker:changes").Single(),
            CultureInfo.InvariantCulture
        );

    /// <summary>What an entry says, as HTML.</summary>
    public static string Html(this SyndicationItem entry) => ((TextSyndicationContent)entry.Content).Text;

    /// <summary>All entries, from the newest document by its previous ones.</summary>
    public static async Task<List<SyndicationItem>> WalkAsync(this Caller api, string query)
    {
        var (entries, address) = (new List<SyndicationItem>(), $"/feeds/changes.atom?{query}");
        for (var document = 0; address is not null; document++)
        {
            var feed = await api.AtomAsync(address);
            Local(feed.Link("self")!).Split('?')[0].ShouldBe("/feeds/changes.atom");
            if (document > 0)
                feed.Items.ShouldNotBeEmpty("a walk visits no empty archive");
            entries.AddRange(feed.Items);
            address = feed.Link("prev-archive");
        }

        return entries;
    }

    /// <summary>Path and query of an address.</summary>
    public static string Local(string address) => address.StartsWith('/') ? address : new Uri(address).PathAndQuery;
}
