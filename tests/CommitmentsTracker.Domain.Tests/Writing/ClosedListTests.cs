using System.Text.Json;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Writing;

/// <summary>
/// The words of the closed lists that events and changes carry: what was written stays readable, what no list has is named.
/// </summary>
public sealed class ClosedListTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Fact]
    public void Their_words_are_those_that_were_always_written()
    {
        Words.All<Strength>().ShouldBe(["firm", "soft", "suggestive"]);
        Words.All<Tier>().ShouldBe(["core", "extended", "followup"]);
        Words.All<CitationRole>().ShouldBe(["primary", "supporting"]);
        Words.All<UrlBasis>().ShouldBe(["read", "named", "none"]);
        Words
            .All<ChangeType>()
            .ShouldBe([
                "item.recorded",
                "item.status_changed",
                "item.details_changed",
                "item.retracted",
                "update.logged",
                "update.awaiting",
                "deadline.moved",
                "deadline.passed",
                "correction.made",
                "dispute.opened",
                "dispute.settled",
                "review.made",
                "unreadable",
            ]);
    }

    [Theory]
    [InlineData("strength", "iron", "firm, soft, suggestive")]
    [InlineData("tier", "shell", "core, extended, followup")]
    public void An_unknown_word_in_stored_details_names_the_list(string field, string word, string list)
    {
        var json = $$"""{"title":{"en":"A"},"proposer":"party-a","madeOn":"2024","{{field}}":"{{word}}"}""";
        var wrong = Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Details>(json, Web));
        wrong.Message.ShouldContain($"One of these is expected: {list}.");
        wrong.Path.ShouldBe("$." + field);
    }

    [Fact]
    public void An_unknown_basis_of_a_stored_address_names_the_list() =>
        Should
            .Throw<JsonException>(() => JsonSerializer.Deserialize<EvidenceSource>("""{"title":"a","urlBasis":"guessed"}""", Web))
            .Message.ShouldContain("One of these is expected: read, named, none.");

    [Fact]
    public void A_word_with_a_dot_is_written_and_read_as_any_other()
    {
        JsonSerializer.Serialize(ChangeType.DeadlinePassed, Web).ShouldBe("\"deadline.passed\"");
        JsonSerializer.Deserialize<ChangeType>("\"deadline.passed\"", Web).ShouldBe(ChangeType.DeadlinePassed);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ChangeType>("\"deadline_passed\"", Web));
    }

    [Fact]
    public void Every_type_of_change_is_of_a_kind_that_a_subscriber_may_choose() =>
        Enum.GetValues<ChangeType>()
            .Where(NewsKinds.Knows)
            .Select(NewsKinds.Of)
            .Distinct()
            .ShouldBe(Enum.GetValues<NewsKind>(), ignoreOrder: true);

    [Fact]
    public void An_unknown_role_of_a_stored_citation_names_the_list() =>
        Should
            .Throw<JsonException>(() => JsonSerializer.Deserialize<Citation>("""{"exact":"a","role":"third"}""", Web))
            .Message.ShouldContain("One of these is expected: primary, supporting.");
}
