using System.Globalization;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Reading.Citing;

/// <summary>A state in the forms in which people cite.</summary>
/// <param name="Site">Who publishes it.</param>
/// <param name="Title">What is cited.</param>
/// <param name="Statement">What it says, one sentence.</param>
/// <param name="AsOf">The day.</param>
/// <param name="KnownAt">The instant.</param>
/// <param name="Address">The permanent address.</param>
/// <param name="Hash">Hash of the state; null if it has none yet.</param>
/// <param name="Language"><c>en</c> or <c>zh</c>.</param>
/// <param name="Read">The day on which it was read.</param>
public sealed record CitationText(
    string Site,
    string Title,
    string Statement,
    DateOnly AsOf,
    DateTimeOffset KnownAt,
    string Address,
    string? Hash,
    string Language,
    DateOnly Read
)
{
    /// <summary>An entry for BibTeX.</summary>
    public string BibTeX()
    {
        var entry = new StringBuilder();
        entry.Append(CultureInfo.InvariantCulture, $"@misc{{{Key},\n");
        Field("author", "{" + Escaped(Site) + "}");
        Field("title", "{" + Escaped(Title) + "}");
        Field("year", KnownAt.Year.ToString(CultureInfo.InvariantCulture));
        Field("note", Escaped(Statement) + (Hash is null ? "" : $" SHA-256: {Hash}"));
        Field("url", Address);
        Field("urldate", Iso(Read));
        Field("langid", Language == "zh" ? "chinese" : "english");
        return entry.Append('}').ToString();

        void Field(string name, string value) => entry.Append(CultureInfo.InvariantCulture, $"  {name} = {{{value}}},\n");
    }

    /// <summary>An entry for programs that read CSL-JSON.</summary>
    public string CslJson() =>
        JsonSerializer.Serialize(
            new[]
            {
                new Dictionary<string, object>
                {
                    ["id"] = Key,
                    ["type"] = "webpage",
                    ["title"] = Title,
                    ["author"] = new[] { new Dictionary<string, string> { ["literal"] = Site } },
                    ["container-title"] = Site,
                    ["issued"] = Parts(KnownAt.DayOf()),
                    ["accessed"] = Parts(Read),
                    ["URL"] = Address,
                    ["language"] = Language == "zh" ? "zh-Hans" : "en",
                    ["note"] = Statement + (Hash is null ? "" : $" SHA-256: {Hash}"),
                },
            },
            TrackerJson.Stored
        );

    private string Key =>
        $"commitments-tracker-{new Uri(Address).Segments[^1].Trim('/')}-"
        + KnownAt.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static Dictionary<string, int[][]> Parts(DateOnly day) =>
        new()
        {
            ["date-parts"] =
            [
                [day.Year, day.Month, day.Day],
            ],
        };

    private static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Without what TeX would take for its own.</summary>
    private static string Escaped(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            _ = c switch
            {
                '\\' => escaped.Append(@"\textbackslash{}"),
                '~' => escaped.Append(@"\textasciitilde{}"),
                '^' => escaped.Append(@"\textasciicircum{}"),
                '{' or '}' or '#' or '$' or '%' or '&' or '_' => escaped.Append('\\').Append(c),
                _ when char.IsControl(c) => escaped.Append(' '),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
