using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Server.Layout;

/// <summary>Words that the desk itself puts into the record.</summary>
public static class DeskWords
{
    /// <summary>What a review without a note of its own says.</summary>
    public static Text NothingNew => new(Phrasebook.For("en")["review.note"], Phrasebook.For("zh")["review.note"]);
}
