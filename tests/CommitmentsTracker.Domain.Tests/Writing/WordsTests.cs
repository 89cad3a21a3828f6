using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Writing;

/// <summary>The written words of the closed lists.</summary>
public sealed class WordsTests
{
    [Fact]
    public void A_word_is_read_as_it_was_written()
    {
        foreach (var status in Enum.GetValues<Status>())
            Words.Read<Status>(status.Word()).ShouldBe(status);
        Status.InNegotiation.Word().ShouldBe("in_negotiation");
    }

    [Fact]
    public void A_word_that_no_list_has_is_named() =>
        Should.Throw<InvalidOperationException>(() => Words.Read<Status>("finished")).Message.ShouldBe("'finished' is no word of Status.");
}
