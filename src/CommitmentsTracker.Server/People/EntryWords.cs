using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.People;

/// <summary>Says why somebody was not let in, without telling whether there is such an account.</summary>
internal static class EntryWords
{
    /// <summary>The sentence.</summary>
    public static string Say(Phrasebook words, EntryOutcome outcome, DateTimeOffset now) =>
        outcome switch
        {
            { Entry: Entry.Waits, Until: { } until } => words.Count(
                "signin.waits",
                Math.Max(1, (int)Math.Ceiling((until - now).TotalMinutes))
            ),
            { Entry: Entry.TooMany } => words["signin.toomany"],
            { Entry: Entry.Expired } => words["signin.step.refused"],
            _ => words["signin.wrong"],
        };
}
