using CommitmentsTracker.Domain.Writing;
using Script = CommitmentsTracker.Record.Search.SearchWords.Script;

namespace CommitmentsTracker.Record.Search;

/// <summary>The words of texts and names as a reader types them.</summary>
public static class PlainWords
{
    /// <summary>Words that say nothing; left out unless there are no others.</summary>
    private static readonly HashSet<string> Empty = new(
        [
            "a",
            "an",
            "and",
            "are",
            "as",
            "at",
            "be",
            "been",
            "by",
            "for",
            "from",
            "has",
            "have",
            "in",
            "into",
            "is",
            "it",
            "its",
            "not",
            "of",
            "on",
            "or",
            "should",
            "than",
            "that",
            "the",
            "their",
            "this",
            "to",
            "very",
            "was",
            "were",
            "what",
            "which",
            "who",
            "will",
            "with",
        ],
        StringComparer.Ordinal
    );

    /// <summary>True for the small words of English that every text has.</summary>
    public static bool SayNothing(string word) => Empty.Contains(word);

    /// <summary>The words of a name that say something.</summary>
    public static IReadOnlyList<(string Word, Script Script)> OfName(string name) =>
        [.. Of(name).Where(w => !Empty.Contains(w.Word)).Distinct()];

    /// <summary>The words of a text; Han characters in pairs of neighbours.</summary>
    public static IEnumerable<(string Word, Script Script)> Of(string text)
    {
        foreach (var (run, script) in SearchWords.Runs(text))
        {
            if (script != Script.Han || run.Length == 1)
                yield return (run, script);
            else
                for (var i = 0; i + 1 < run.Length; i++)
                    yield return (run.Substring(i, 2), script);
        }
    }
}

/// <summary>What a party or theme is called: its name in both languages and its aliases, each as words.</summary>
public sealed record SearchName(string Slug, IReadOnlyList<IReadOnlyList<(string Word, Script Script)>> Forms)
{
    public static SearchName Of(string slug, Text name, IReadOnlyList<string>? aliases) =>
        new(
            slug,
            [.. new[] { name.En, name.Zh }.Concat(aliases ?? []).OfType<string>().Select(PlainWords.OfName).Where(words => words.Count > 0)]
        );
}
