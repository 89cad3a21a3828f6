using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Updates;
using Xunit;

namespace CommitmentsTracker.Domain.Tests;

/// <summary>Problems that were found and must not come back, each named.</summary>
public class ProblemTests
{
    [Fact]
    public void A_slug_that_ends_with_a_line_break_was_accepted() =>
        new Story().When(Do.RecordItem(Do.NewItem() with { Slug = "the-item\n" })).ThenRefused("slug", field: "slug");
}
