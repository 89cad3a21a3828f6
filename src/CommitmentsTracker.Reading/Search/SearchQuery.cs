using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Search;
using Script = CommitmentsTracker.Record.Search.SearchWords.Script;

namespace CommitmentsTracker.Reading.Search;

/// <summary>One thing that a reader looks for.</summary>
/// <param name="Words">The words of the question that it stands for, lower-case: one Latin word, or a pair of Han characters.</param>
/// <param name="TsQuery">What the index is asked, in PostgreSQL's notation for <c>tsquery</c>; letters, digits and its own signs
/// only.</param>
/// <param name="Parties">Parties one of whose names has the word; true: the question names the party in full.</param>
/// <param name="Themes">Themes likewise.</param>
public sealed record SearchTerm(
    string Words,
    string TsQuery,
    IReadOnlyDictionary<string, bool> Parties,
    IReadOnlyDictionary<string, bool> Themes
);

/// <summary>
/// What a reader typed, as terms. An English word stands for its family (regulate, regulation) and for what it begins;
/// words of one or two letters and numbers stand for themselves. Whoever is named by an alias is also looked for under
/// its other names.
/// </summary>
public sealed class SearchQuery
{
    /// <summary>Endings of a family of English words, longest first, with the fewest letters that must stay.</summary>
    private static readonly (string Ending, int Stay)[] Endings =
    [
        ("isations", 5),
        ("izations", 5),
        ("isation", 5),
        ("ization", 5),
        ("ations", 5),
        ("ation", 5),
        ("ating", 5),
        ("ances", 5),
        ("ments", 5),
        ("ising", 5),
        ("izing", 5),
        ("ised", 5),
        ("ized", 5),
        ("ance", 5),
        ("ment", 5),
        ("ated", 5),
        ("ates", 5),
        ("ise", 5),
        ("ize", 5),
        ("ate", 5),
        ("ies", 5),
        ("ing", 3),
        ("ed", 4),
        ("es", 4),
        ("s", 3),
        ("y", 5),
        ("e", 5),
    ];

    private SearchQuery(IReadOnlyList<SearchTerm> terms) => Terms = terms;

    /// <summary>The terms; none: the text holds nothing to search for.</summary>
    public IReadOnlyList<SearchTerm> Terms { get; }

    /// <summary>Reads a question; without names it knows no party and no theme.</summary>
    public static SearchQuery Of(string text, DirectoryNames? names = null)
    {
        var asked = PlainWords.Of(text).Distinct().ToList();
        if (asked.Exists(a => !PlainWords.SayNothing(a.Word)))
            asked.RemoveAll(a => PlainWords.SayNothing(a.Word));
        var all = asked.Select(a => a.Word).ToHashSet(StringComparer.Ordinal);
        var queries = asked.ToDictionary(a => a.Word, a => new List<string> { Asked(a.Word, a.Script) }, StringComparer.Ordinal);
        var parties = asked.ToDictionary(a => a.Word, _ => new Dictionary<string, bool>(StringComparer.Ordinal), StringComparer.Ordinal);
        var themes = asked.ToDictionary(a => a.Word, _ => new Dictionary<string, bool>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var party in names?.PartyNames ?? [])
            Name(party, parties);
        foreach (var theme in names?.ThemeNames ?? [])
            Name(theme, themes);
        return new SearchQuery([
            .. asked.Select(a => new SearchTerm(a.Word, string.Join(" | ", queries[a.Word]), parties[a.Word], themes[a.Word])),
        ]);

        void Name(SearchName name, Dictionary<string, Dictionary<string, bool>> found)
        {
            foreach (var (word, script) in asked)
                if (name.Forms.Any(f => f.Any(w => Begins(w.Word, word, script))))
                    found[word].TryAdd(name.Slug, false);
            foreach (var form in name.Forms.Where(f => f.All(w => all.Contains(w.Word))))
            {
                foreach (var (word, _) in form)
                {
                    found[word][name.Slug] = true;
                    queries[word]
                        .AddRange(
                            name.Forms.Where(f => f != form)
                                .Select(f => $"({string.Join(" & ", f.Select(o => $"'{o.Word}'"))})")
                                .Except(queries[word])
                        );
                }
            }
        }
    }

    /// <summary>True if the text holds one of the words.</summary>
    public bool Hits(string text) => Marked(text).Any(piece => piece.Hit);

    /// <summary>True if each of the terms is in one of the texts.</summary>
    public bool IsAnsweredBy(params IEnumerable<string?> texts)
    {
        var given = texts.OfType<string>().ToList();
        return Terms.Count > 0 && Terms.All(term => new SearchQuery([term]) is var one && given.Exists(one.Hits));
    }

    /// <summary>The part of a text around the first of the words; its beginning if it holds none.</summary>
    public string Excerpt(string text)
    {
        var length = text.Count(c => SearchWords.ScriptOf(c) == Script.Han) > text.Length / 3 ? 70 : 180;
        if (text.Length <= length)
            return text;
        var hit = Marked(text).TakeWhile(piece => !piece.Hit).Sum(piece => piece.Text.Length);
        var start = hit >= text.Length || hit < length / 2 ? 0 : Math.Min(hit - (length / 3), text.Length - length);
        while (start > 0 && start < hit && char.IsLetter(text[start - 1]) && char.IsAsciiLetter(text[start]))
            start++;
        var end = Math.Min(text.Length, start + length);
        while (end < text.Length && end > hit + 1 && char.IsAsciiLetter(text[end]) && char.IsAsciiLetter(text[end - 1]))
            end--;
        return (start > 0 ? "… " : "") + text[start..end].Trim() + (end < text.Length ? " …" : "");
    }

    /// <summary>The text in pieces: what the question's words hit, and what stands between.</summary>
    public IEnumerable<(string Text, bool Hit)> Marked(string text)
    {
        var hit = new bool[text.Length];
        foreach (var term in Terms)
        {
            if (SearchWords.ScriptOf(term.Words[0]) == Script.Han)
            {
                for (
                    var at = text.IndexOf(term.Words, StringComparison.Ordinal);
                    at >= 0;
                    at = text.IndexOf(term.Words, at + 1, StringComparison.Ordinal)
                )
                    Array.Fill(hit, true, at, term.Words.Length);
                continue;
            }

            for (var start = 0; start < text.Length; start++)
            {
                if (!IsLatin(text[start]))
                    continue;
                var end = start + 1;
                while (end < text.Length && IsLatin(text[end]))
                    end++;
                if (Means(term.Words, text[start..end].ToLowerInvariant()))
                    Array.Fill(hit, true, start, end - start);
                start = end;
            }
        }

        for (var start = 0; start < text.Length; )
        {
            var end = start + 1;
            while (end < text.Length && hit[end] == hit[start])
                end++;
            yield return (text[start..end], hit[start]);
            start = end;
        }

        static bool IsLatin(char c) => SearchWords.ScriptOf(c) is Script.Letters or Script.Digits;

        static bool Means(string asked, string word)
        {
            var script = SearchWords.Runs(asked).First().Script;
            return Begins(word, asked, script)
                || (script == Script.Mixed && SearchWords.Parts(asked).Contains(word))
                || (SearchWords.Runs(word).First().Script == Script.Mixed && SearchWords.Parts(word).Contains(asked));
        }
    }

    /// <summary>
    /// What an index of words is asked for all texts that one term hits, in PostgreSQL's notation for <c>tsquery</c>. In
    /// the index stands <c>w:</c> before whole words and <c>m:</c> before the parts of words of letters and digits.
    /// </summary>
    public static string AnyHitOf(SearchTerm term)
    {
        var (word, script) = SearchWords.Runs(term.Words).First();
        return script switch
        {
            Script.Mixed => string.Join(" | ", SearchWords.Parts(word).Select(p => $"'w:{p}'").Prepend($"'w:{word}':*")),
            Script.Letters when word.Length > 2 => $"'w:{Family(word)}':* | 'm:{word}'",
            Script.Letters or Script.Digits => $"'w:{word}' | 'm:{word}'",
            _ => word.Length == 1 ? $"'w:{word}':*" : $"'w:{word}'",
        };
    }

    /// <summary>What the index is asked for a word.</summary>
    private static string Asked(string word, Script script) =>
        script switch
        {
            Script.Digits => $"'{word}'",
            Script.Mixed => $"('{word}':* | ({string.Join(" & ", SearchWords.Parts(word).Select(p => $"'{p}'"))}))",
            Script.Letters when word.Length <= 2 => $"'{word}'",
            Script.Letters => $"'{Family(word)}':*",
            _ => word.Length == 1 ? $"'{word}':*" : $"'{word}'",
        };

    private static bool Begins(string word, string asked, Script script) =>
        script switch
        {
            Script.Letters when asked.Length > 2 => word.StartsWith(Family(asked), StringComparison.Ordinal),
            Script.Mixed => word.StartsWith(asked, StringComparison.Ordinal),
            Script.Han when asked.Length == 1 => word.Contains(asked, StringComparison.Ordinal),
            _ => word == asked,
        };

    /// <summary>The beginning that the words of a family share; the word itself if it has no known ending.</summary>
    private static string Family(string word)
    {
        if (!word.All(char.IsAsciiLetterLower))
            return word;
        foreach (var (ending, stay) in Endings)
        {
            if (
                !word.EndsWith(ending, StringComparison.Ordinal)
                || word.Length - ending.Length < stay
                || (ending == "s" && word.EndsWith("ss", StringComparison.Ordinal))
            )
                continue;
            var stem = word[..^ending.Length];
            // labelling, label
            return ending is "ing" or "ed" && stem.Length > 4 && stem[^1] == stem[^2] && stem[^1] is not ('s' or 'z') ? stem[..^1] : stem;
        }

        return word;
    }
}
