using System.Globalization;
using System.Text.RegularExpressions;

namespace CommitmentsTracker.Domain.Evidence;

/// <summary>
/// What a pasted text says of a source. Known are symbols of the United Nations, CELEX and Official Journal numbers of the
/// European Union and the short names of its acts, DOIs, ISO and IEC standards, addresses, and addresses of archived copies.
/// </summary>
/// <param name="Identifier">The document's own number, in its usual spelling.</param>
/// <param name="Url">Where it is found.</param>
/// <param name="ArchivedUrl">Where a copy is kept, if that is what was pasted.</param>
public sealed partial record RecognisedSource(string? Identifier, string? Url = null, string? ArchivedUrl = null)
{
    /// <summary>Reads a pasted text; what follows no known rule is taken for an identifier as it stands. Null: it is blank.</summary>
    public static RecognisedSource? Of(string? pasted)
    {
        var text = Blanks().Replace(pasted ?? "", " ").Trim();
        if (text.Length == 0)
            return null;
        if (Archived().Match(text) is { Success: true } archived)
            return Of(archived.Groups["of"].Value)! with { ArchivedUrl = text };
        if (Doi().Match(text) is { Success: true } doi)
        {
            var name = doi.Groups["doi"].Value.TrimEnd('.', ',', ';', ')');
            return new RecognisedSource("doi:" + name, "https://doi.org/" + name);
        }

        if (IsAddress(text))
            return OfAddress(text);
        return UnitedNations(text) ?? EuropeanUnion(text) ?? Standard(text) ?? new RecognisedSource(text);
    }

    private static RecognisedSource OfAddress(string url)
    {
        if (
            UnAddress().Match(url) is { Success: true } un
            && UnitedNations(Uri.UnescapeDataString(un.Groups["symbol"].Value)) is { } symbol
        )
            return symbol with { Url = url };
        return CelexAddress().Match(url) is { Success: true } celex
            ? new RecognisedSource(celex.Groups["celex"].Value.ToUpperInvariant(), url)
            : new RecognisedSource(null, url);
    }

    private static RecognisedSource? UnitedNations(string text)
    {
        if (!UnSymbol().IsMatch(text))
            return null;
        var symbol = text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        return new RecognisedSource(symbol, "https://docs.un.org/en/" + symbol);
    }

    private static RecognisedSource? EuropeanUnion(string text)
    {
        if (Celex().Match(text) is { Success: true } celex)
            return OfCelex(celex.Groups["celex"].Value.ToUpperInvariant());
        if (Act().Match(text) is { Success: true } act)
        {
            var letter = char.ToUpperInvariant(act.Groups["kind"].Value[0]) switch
            {
                'R' => 'R',
                'D' when act.Groups["kind"].Value.StartsWith("dir", StringComparison.OrdinalIgnoreCase) => 'L',
                _ => 'D',
            };
            return OfCelex($"3{act.Groups["year"].Value}{letter}{act.Groups["no"].Value.PadLeft(4, '0')}") with { Identifier = text };
        }

        if (Journal().Match(text) is { Success: true } journal)
        {
            var (series, year, no) = (
                journal.Groups["series"].Value.ToUpperInvariant(),
                journal.Groups["year"].Value,
                journal.Groups["no"].Value
            );
            return new RecognisedSource(
                text,
                $"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=OJ:{series}_{year}{no.PadLeft(5, '0')}"
            );
        }

        if (OldJournal().Match(text) is { Success: true } old)
            return new RecognisedSource(
                text,
                "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=OJ:"
                    + $"{old.Groups["series"].Value.ToUpperInvariant()}:{old.Groups["year"].Value}:"
                    + $"{int.Parse(old.Groups["no"].Value, CultureInfo.InvariantCulture):000}:TOC"
            );
        return null;
    }

    private static RecognisedSource OfCelex(string celex) =>
        new(celex, "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:" + celex);

    private static RecognisedSource? Standard(string text)
    {
        if (Iso().Match(text) is not { Success: true } iso)
            return null;
        var (body, no) = (iso.Groups["body"].Value.ToUpperInvariant().Replace(" ", "/", StringComparison.Ordinal), iso.Groups["no"].Value);
        var year = iso.Groups["year"].Value;
        // The catalogue finds a standard by its number; an address with an edition would have to be looked up.
        return new RecognisedSource(
            $"{body} {no}{(year.Length > 0 ? ":" + year : "")}",
            $"https://www.iso.org/obp/ui/#iso:std:{body.ToLowerInvariant().Replace('/', '-')}:{no.ToLowerInvariant()}:en"
        );
    }

    private static bool IsAddress(string text) =>
        text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
        && !text.Contains(' ', StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && uri.Host.Length > 0;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(
        @"^https?://(?:web\.archive\.org/web/[0-9a-z_]+|archive\.(?:is|ph|today|org)/[0-9]{8,14})/(?<of>https?://\S+)\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Archived();

    [GeneratedRegex(@"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(?<doi>10\.[0-9]{4,9}/[^\s]+)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Doi();

    // The first part names the body whose document it is.
    [GeneratedRegex(
        @"^(?:A|S|E|T|ST|CAT|CBD|CCPR|CCW|CD|CEDAW|CERD|CRC|CRPD|DP|FCCC|HRI|ID|IDB|TD|UNCTAD|UNEP|UNW)"
            + @"(?:/[A-Z0-9][A-Z0-9.\-]*(?: ?\([0-9IVX]{1,6}(?:-[0-9IVX]+)?\))?)+\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex UnSymbol();

    [GeneratedRegex(@"^https?://(?:www\.)?(?:undocs\.org|docs\.un\.org)/(?:[a-z]{2}/)?(?<symbol>[^?#]+?)/?\z", RegexOptions.IgnoreCase)]
    private static partial Regex UnAddress();

    [GeneratedRegex(@"^(?:CELEX[: ]\s*)?(?<celex>[0-9CE][0-9]{4}[A-Z]{1,2}[0-9]{4}(?:\([0-9]{2}\))?)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Celex();

    [GeneratedRegex(@"^https?://eur-lex\.europa\.eu/\S*CELEX(?::|%3A)(?<celex>[0-9CE][0-9]{4}[A-Z]{1,2}[0-9]{4})", RegexOptions.IgnoreCase)]
    private static partial Regex CelexAddress();

    [GeneratedRegex(
        @"^(?<kind>Regulation|Directive|Decision) \((?:EU|EC)\) (?<year>20[0-9]{2})/(?<no>[0-9]{1,4})\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Act();

    [GeneratedRegex(@"^OJ (?<series>[LC]),? ?(?<year>20[0-9]{2})/(?<no>[0-9]{1,5})(?:,.*)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Journal();

    [GeneratedRegex(
        @"^OJ (?<series>[LC]) (?<no>[0-9]{1,3}), ?[0-9]{1,2}\.[0-9]{1,2}\.(?<year>(?:19|20)[0-9]{2})(?:,.*)?\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex OldJournal();

    [GeneratedRegex(
        @"^(?<body>(?:ISO|IEC)(?:[/ ](?:IEC|IEEE|TS|TR|PAS|CIE|SAE))*) (?<no>[0-9]{1,6}(?:-[0-9]{1,3})?)"
            + @"(?:[:‐-](?<year>(?:19|20)[0-9]{2}))?\z",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Iso();
}
