using System.Text;
using System.Text.Json;
using CommitmentsTracker.Reading.Citing;
using CommitmentsTracker.Server.Citing;

namespace CommitmentsTracker.Reading.Tests.Citing;

/// <summary>The vectors of RFC 8785, and what it refuses.</summary>
public sealed class CanonicalJsonTests
{
    // Appendix B: the bits of a double and how it is written.
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555554, "333333333.33333325")]
    [InlineData(0x41b3de4355555555, "333333333.3333333")]
    [InlineData(0x41b3de4355555556, "333333333.3333334")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void A_number_is_written_as_ECMAScript_writes_it(ulong bits, string written) =>
        CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)).ShouldBe(written);

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-12.50", "-12.5")]
    [InlineData("100", "100")]
    [InlineData("1e2", "100")]
    [InlineData("0.001", "0.001")]
    [InlineData("1E-7", "1e-7")]
    [InlineData("123456789012345678901", "123456789012345680000")]
    public void A_number_of_a_text_too(string json, string written) => Canonical(json).ShouldBe(written);

    [Fact]
    public void The_example_of_section_3_2_2() =>
        Canonical(
                """
                {
                  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                  "literals": [null, true, false]
                }
                """
            )
            .ShouldBe(
                """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"""
            );

    [Fact]
    public void Members_are_sorted_by_their_code_units() =>
        JsonNode
            .Parse(
                Canonical(
                    """
                    {"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
                    "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}
                    """.Replace("\n", "", StringComparison.Ordinal)
                )
            )!
            .AsObject()
            .Select(m => (string)m.Value!)
            .ShouldBe([
                "Carriage Return",
                "One",
                "Control",
                "Latin Small Letter O With Diaeresis",
                "Euro Sign",
                "Emoji: Grinning Face",
                "Hebrew Letter Dalet With Dagesh",
            ]);

    [Fact]
    public void Nothing_but_what_must_be_is_escaped() =>
        Canonical("""["<>&'+\u2028\u007f\u00e9\u4e2d\ud83d\ude42\b\t\n\f\r\u0000\u001f"]""")
            .ShouldBe("[\"<>&'+\u2028\u007fé中🙂\\b\\t\\n\\f\\r\\u0000\\u001f\"]");

    [Fact]
    public void Blanks_and_the_order_of_members_make_no_difference() =>
        Canonical("""{ "b" : [ 1 , { "d" : { } , "c" : [ ] } ] , "a" : "" }""").ShouldBe("""{"a":"","b":[1,{"c":[],"d":{}}]}""");

    [Theory]
    [InlineData("""{"a":1,"b":2,"a":1}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("1e400")]
    public void What_has_no_canonical_form_is_refused(string json) => Should.Throw<JsonException>(() => Canonical(json));

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Encoding.UTF8.GetString(CanonicalJson.Write(document.RootElement));
    }
}
