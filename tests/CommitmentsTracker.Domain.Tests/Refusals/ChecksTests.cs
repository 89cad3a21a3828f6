using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Refusals;

/// <summary>What names, slugs, ids, texts and lists may hold.</summary>
public sealed class ChecksTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("global-digital-compact-2024", true)]
    [InlineData("a--b", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("A", false)]
    [InlineData("a_b", false)]
    [InlineData("ä", false)]
    [InlineData("a\n", false)]
    [InlineData(null, false)]
    public void A_slug_is_lower_case_kebab(string? slug, bool passes) =>
        Wrong(c => c.Slug("slug", slug)).ShouldBe(passes ? [] : ["slug slug"]);

    [Fact]
    public void A_slug_has_at_most_120_characters()
    {
        Wrong(c => c.Slug("slug", new string('a', 120))).ShouldBeEmpty();
        Wrong(c => c.Slug("slug", new string('a', 121))).ShouldBe(["slug slug"]);
    }

    [Theory]
    [InlineData("u1", true)]
    [InlineData("A.b_c-1", true)]
    [InlineData(".a", false)]
    [InlineData("a b", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_id_starts_with_a_letter_or_digit(string? id, bool passes) =>
        Wrong(c => c.Id("id", id)).ShouldBe(passes ? [] : ["id id"]);

    [Fact]
    public void An_id_has_at_most_200_characters()
    {
        Wrong(c => c.Id("id", new string('a', 200))).ShouldBeEmpty();
        Wrong(c => c.Id("id", new string('a', 201))).ShouldBe(["id id"]);
    }

    [Fact]
    public void A_name_is_there_in_one_language_at_least_on_one_line_and_not_too_long()
    {
        Wrong(c => c.Required("name", new Text("A", null), Checks.ShortText)).ShouldBeEmpty();
        Wrong(c => c.Required("name", new Text(), Checks.ShortText)).ShouldBe(["required name"]);
        Wrong(c => c.Required("name", new Text(" ", ""), Checks.ShortText)).ShouldBe(["required name"]);
        Wrong(c => c.Required("name", new Text("A", "一\n二"), Checks.ShortText)).ShouldBe(["one-line name.zh"]);
        Wrong(c => c.Required("name", new Text(new string('a', 501)), Checks.ShortText)).ShouldBe(["too-long name.en"]);
        Wrong(c => c.Required("name", new Text("a\u0007"), Checks.ShortText)).ShouldBe(["control-characters name.en"]);
        Wrong(c => c.Required("note", new Text("a\n\tb"), Checks.LongText)).ShouldBeEmpty();
    }

    [Fact]
    public void The_name_of_a_person_is_one_line_of_visible_text()
    {
        Checks.PersonNameProblem("Ann Editor").ShouldBeNull();
        Checks.PersonNameProblem("🙂").ShouldBeNull();
        Checks.PersonNameProblem(new string('a', 200)).ShouldBeNull();
        foreach (var wrong in new[] { null, "", "  ", new string('a', 201), "a\nb", "a\tb", "a\u0000" })
            Checks.PersonNameProblem(wrong).ShouldNotBeNull();
        Checks.PersonNameProblem("\ud83d").ShouldNotBeNull("half of a character cannot be stored");
    }

    [Theory]
    [InlineData("https://example.org/a?b=1", true)]
    [InlineData("http://example.org", true)]
    [InlineData(null, true)]
    [InlineData("ftp://example.org", false)]
    [InlineData("https://ann@example.org", false)]
    [InlineData("https://exa mple.org", false)]
    [InlineData("/a", false)]
    public void An_address_is_of_the_web_and_names_no_user(string? url, bool passes) =>
        Wrong(c => c.Url("url", url)).ShouldBe(passes ? [] : ["url url"]);

    [Fact]
    public void A_list_may_be_short_but_holds_something_at_each_place()
    {
        Wrong(c => c.Full<string>("themes", [])).ShouldBeEmpty();
        Wrong(c => c.Full<string>("themes", null)).ShouldBe(["required themes"]);
        Wrong(c => c.Full<string>("themes", ["a", null!])).ShouldBe(["required themes[1]"]);
        Wrong(c => c.Count<int>("themes", [1, 2], 1)).ShouldBe(["too-many themes"]);
        Wrong(c => c.Count<int>("themes", null, 1)).ShouldBeEmpty();
        Wrong(c => c.Known("theme", "a", new HashSet<string> { "b" }, "theme")).ShouldBe(["unknown-theme theme"]);
        Wrong(c => c.Known("theme", null, new HashSet<string>(), "theme")).ShouldBeEmpty();
    }

    private static List<string> Wrong(Action<Checks> check)
    {
        var checks = new Checks();
        check(checks);
        checks.Passed.ShouldBe(checks.Refusals.Count == 0);
        checks.Refusals.ShouldAllBe(r => r.Kind == RefusalKind.Invalid);
        return [.. checks.Refusals.Select(r => $"{r.Rule} {r.Field}")];
    }
}
