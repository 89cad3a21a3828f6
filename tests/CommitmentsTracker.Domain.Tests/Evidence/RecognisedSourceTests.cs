using CommitmentsTracker.Domain.Evidence;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Evidence;

/// <summary>What a pasted text says of a source.</summary>
public sealed class RecognisedSourceTests
{
    [Theory]
    [InlineData("A/RES/79/325", "A/RES/79/325", "https://docs.un.org/en/A/RES/79/325")]
    [InlineData("  a/res/79/325 ", "A/RES/79/325", "https://docs.un.org/en/A/RES/79/325")]
    [InlineData("S/RES/2686 (2023)", "S/RES/2686(2023)", "https://docs.un.org/en/S/RES/2686(2023)")]
    [InlineData("A/79/L.118", "A/79/L.118", "https://docs.un.org/en/A/79/L.118")]
    [InlineData("https://undocs.org/en/A/RES/79/325", "A/RES/79/325", "https://undocs.org/en/A/RES/79/325")]
    [InlineData("https://docs.un.org/A/RES/78/265", "A/RES/78/265", "https://docs.un.org/A/RES/78/265")]
    [InlineData("32024R1689", "32024R1689", "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32024R1689")]
    [InlineData("CELEX: 32019L0790", "32019L0790", "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32019L0790")]
    [InlineData(
        "Regulation (EU) 2024/1689",
        "Regulation (EU) 2024/1689",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32024R1689"
    )]
    [InlineData(
        "Directive (EU) 2019/790",
        "Directive (EU) 2019/790",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32019L0790"
    )]
    [InlineData(
        "Decision (EU) 2024/2218",
        "Decision (EU) 2024/2218",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32024D2218"
    )]
    [InlineData(
        "https://eur-lex.europa.eu/legal-content/DE/TXT/?uri=CELEX%3A32024R1689",
        "32024R1689",
        "https://eur-lex.europa.eu/legal-content/DE/TXT/?uri=CELEX%3A32024R1689"
    )]
    [InlineData(
        "OJ L, 2024/1689, 12.7.2024",
        "OJ L, 2024/1689, 12.7.2024",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=OJ:L_202401689"
    )]
    [InlineData(
        "OJ L 119, 4.5.2016, p. 1",
        "OJ L 119, 4.5.2016, p. 1",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=OJ:L:2016:119:TOC"
    )]
    [InlineData("10.1126/science.adn0117", "doi:10.1126/science.adn0117", "https://doi.org/10.1126/science.adn0117")]
    [InlineData("doi: 10.1126/science.adn0117.", "doi:10.1126/science.adn0117", "https://doi.org/10.1126/science.adn0117")]
    [InlineData("https://dx.doi.org/10.1126/science.adn0117", "doi:10.1126/science.adn0117", "https://doi.org/10.1126/science.adn0117")]
    [InlineData("iso/iec 42001:2023", "ISO/IEC 42001:2023", "https://www.iso.org/obp/ui/#iso:std:iso-iec:42001:en")]
    [InlineData("ISO 9001", "ISO 9001", "https://www.iso.org/obp/ui/#iso:std:iso:9001:en")]
    [InlineData("https://example.org/a?b=c#d", null, "https://example.org/a?b=c#d")]
    [InlineData("第56号公报", "第56号公报", null)]
    [InlineData("A report of 2024", "A report of 2024", null)]
    [InlineData("A/ look at this", "A/ look at this", null)]
    public void A_pasted_text_tells_identifier_and_address(string pasted, string? identifier, string? url)
    {
        var source = RecognisedSource.Of(pasted).ShouldNotBeNull();
        (source.Identifier, source.Url, source.ArchivedUrl).ShouldBe((identifier, url, null));
    }

    [Fact]
    public void An_archived_copy_tells_what_it_is_a_copy_of()
    {
        const string copy = "https://web.archive.org/web/20250901120000/https://docs.un.org/en/A/RES/79/325";
        RecognisedSource.Of(copy).ShouldBe(new RecognisedSource("A/RES/79/325", "https://docs.un.org/en/A/RES/79/325", copy));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\n")]
    public void Nothing_pasted_tells_nothing(string? pasted) => RecognisedSource.Of(pasted).ShouldBeNull();
}
