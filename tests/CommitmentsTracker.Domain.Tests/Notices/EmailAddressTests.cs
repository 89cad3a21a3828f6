using CommitmentsTracker.Domain.Notices;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Notices;

/// <summary>What an e-mail address looks like.</summary>
public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("a@b.c", "a@b.c")]
    [InlineData("  First.Last+news@EXAMPLE.Org ", "First.Last+news@example.org")]
    [InlineData("o'neill!#$%&*-/=?^_`{|}~@x.org", "o'neill!#$%&*-/=?^_`{|}~@x.org")]
    [InlineData("jürgen@bücher.example", "jürgen@bücher.example")]
    [InlineData("名字@例子.中国", "名字@例子.中国")]
    [InlineData("a@xn--abc.de", "a@xn--abc.de")]
    public void An_address_is_kept_with_its_host_in_lower_case(string typed, string kept) => EmailAddress.Read(typed).ShouldBe(kept);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("nobody")]
    [InlineData("@x.org")]
    [InlineData("a@")]
    [InlineData("a@host")]
    [InlineData("a..b@x.org")]
    [InlineData(".a@x.org")]
    [InlineData("a.@x.org")]
    [InlineData("a@b@x.org")]
    [InlineData("a@x..org")]
    [InlineData("a@.x.org")]
    [InlineData("a@x.org.")]
    [InlineData("a@-x.org")]
    [InlineData("a@192.0.2.1")]
    [InlineData("a@[192.0.2.1]")]
    [InlineData("\"a b\"@x.org")]
    [InlineData("a b@x.org")]
    [InlineData("A <a@x.org>")]
    [InlineData("a@x.org,b@x.org")]
    [InlineData("mailto:a@x.org")]
    [InlineData("a\\b@x.org")]
    [InlineData("a\u0007@x.org")]
    [InlineData("a\r\nBcc:b@x.org")]
    public void Anything_else_is_none(string? typed) => EmailAddress.Read(typed).ShouldBeNull();

    [Fact]
    public void Half_a_character_is_none() => EmailAddress.Read("a\ud83d@x.org").ShouldBeNull();

    [Fact]
    public void It_has_at_most_64_characters_before_the_sign_and_254_in_all()
    {
        var host = string.Join('.', Enumerable.Repeat(new string('h', 61), 4))[..189];
        EmailAddress.Read($"{new string('a', 64)}@{host}").ShouldNotBeNull().Length.ShouldBe(254);
        EmailAddress.Read($"{new string('a', 64)}@{host}h").ShouldBeNull();
        EmailAddress.Read($"{new string('a', 65)}@x.org").ShouldBeNull();
    }
}
