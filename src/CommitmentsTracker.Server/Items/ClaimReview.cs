using System.Text.Json;
using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Layout;
using Microsoft.AspNetCore.Components;

namespace CommitmentsTracker.Server.Items;

/// <summary>What was said, by whom and when, for machines that collect claims (schema.org <c>Claim</c>).</summary>
public static class ClaimReview
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The element for the page's head. The serializer escapes what could end it.</summary>
    public static MarkupString Of(ItemView item, DirectoryNames names, PageQuery query)
    {
        var details = item.Details;
        var claim = new Dictionary<string, object?>
        {
            ["@context"] = "https://schema.org",
            ["@type"] = "Claim",
            ["name"] = details.Title.In(query.Language),
            ["text"] = details.Citations.FirstOrDefault()?.Exact ?? details.Summary?.In(query.Language),
            ["url"] = $"{query.Origin}/items/{item.Slug}",
            ["datePublished"] = details.MadeOn.ToString(),
            ["author"] = Author(
                names.Parties.GetValueOrDefault(details.Speaker ?? details.Proposer) ?? names.Parties.GetValueOrDefault(details.Proposer),
                details.Proposer,
                query.Language
            ),
            ["about"] = details.Themes.Select(t => names.ThemeName(t, query.Language)),
        };
        return new MarkupString($"<script type=\"application/ld+json\">{JsonSerializer.Serialize(claim, Json)}</script>");
    }

    private static Dictionary<string, string> Author(Party? party, string slug, string language) =>
        new(StringComparer.Ordinal)
        {
            ["@type"] = party?.Type == PartyType.Person ? "Person" : "Organization",
            ["name"] = party?.Name.In(language) ?? slug,
        };
}
