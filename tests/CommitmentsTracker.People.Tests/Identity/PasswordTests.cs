using CommitmentsTracker.People.Identity;

namespace CommitmentsTracker.People.Tests.Identity;

/// <summary>Which passwords are taken, and codes by the clock.</summary>
public sealed class PasswordTests
{
    [Theory]
    [InlineData("seven slow herons", null)]
    [InlineData("七只慢慢走的鹭鸟在河边等", null)]
    [InlineData("🦉🦊🐢🐙🦔🐝🦋🐌🐞🐜🦗🕷", null)]
    [InlineData("xK4#pQ9vL2mZ", null)]
    [InlineData("elevenchars", "short")]
    [InlineData("🦉🦊🐢🐙🦔🐝🦋🐌🐞🐜🦗", "short")]
    [InlineData("aaaaaaaaaaaaaaaa", "common")]
    [InlineData("password12345", "common")]
    [InlineData("PASSWORDPASSWORD", "common")]
    [InlineData("1234567890987654321", "common")]
    [InlineData("abcdefghijklmnop", "common")]
    [InlineData("!!!!dragon2024!!!!", "common")]
    [InlineData("qwertyqwerty", "common")]
    [InlineData("annexample2026", "own")]
    [InlineData("commitmentstracker1", "own")]
    public void A_password_is_judged_by_length_and_by_how_soon_it_is_guessed(string password, string? problem) =>
        PasswordRules.Problem(password, "Ann Example", "ann@example.org").ShouldBe(problem);

    [Fact]
    public void A_password_of_the_greatest_length_is_taken_and_a_longer_one_is_not()
    {
        var text = string.Concat(Enumerable.Range(0, PasswordRules.Longest).Select(i => (char)('a' + i * 7 % 26)));
        PasswordRules.Problem(text, null, null).ShouldBeNull();
        PasswordRules.Problem(text + "x", null, null).ShouldBe("long");
    }

    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(20000000000, "353130")]
    public void Codes_are_those_of_the_standard(long second, string code) =>
        TimeCodes.Code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", DateTimeOffset.FromUnixTimeSeconds(second)).ShouldBe(code);
}
