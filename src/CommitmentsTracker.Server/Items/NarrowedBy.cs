using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Server.Items;

/// <summary>What a list is narrowed to, in words.</summary>
public static class NarrowedBy
{
    /// <summary>A word for each value of the filter; what no longer exists is named by its slug.</summary>
    public static IEnumerable<string> Of(ItemFilter filter, DirectoryNames names, Phrasebook words) =>
        [
            .. filter.Forums.Select(f => names.Forums.TryGetValue(f, out var forum) ? forum.Name.In(words.Language) : f),
            .. filter.Parties.Select(p => names.PartyName(p, words.Language)),
            .. filter.Themes.Select(t => names.ThemeName(t, words.Language)),
            .. filter.Kinds.Select(k => words.Word("kind", k)),
            .. filter.Statuses.Select(words.Status),
            .. filter.Signals.Select(s => words[ItemQuery.GroupOf(s) is var group && group == s ? "signal." + s : $"{group}.{s}"]),
            .. filter.Query is { } q ? new[] { words.Say("items.narrowed.q", q) } : [],
        ];
}
