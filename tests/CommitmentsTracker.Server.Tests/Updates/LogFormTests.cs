using CommitmentsTracker.Server.Updates;

namespace CommitmentsTracker.Server.Tests.Updates;

/// <summary>What was typed on a page is what is recorded.</summary>
public sealed class LogFormTests
{
    [Fact]
    public void Line_breaks_of_a_page_are_those_of_every_other_text()
    {
        var logged = new LogForm
        {
            Id = "a",
            Type = "progress",
            OccurredOn = "2025-05-01",
            NoteEn = " One.\r\nTwo. ",
            NoteZh = "一。\r\n二。",
        }
            .Read()
            .Command!;
        (logged.Fields.Note.En, logged.Fields.Note.Zh).ShouldBe(("One.\nTwo.", "一。\n二。"));
        new LogForm { NoteEn = " \r\n " }.Note.ShouldBeNull();
    }
}
