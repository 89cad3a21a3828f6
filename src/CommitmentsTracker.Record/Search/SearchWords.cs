using System.Globalization;
using System.Text;

namespace CommitmentsTracker.Record.Search;

/// <summary>
/// Cuts text into searchable words: lower-case words of letters and digits, and for Han characters every pair of
/// neighbours, because PostgreSQL's own parser keeps a Chinese sentence as one word. A word of letters and digits
/// (SB53) is also cut where they meet.
/// </summary>
public static class SearchWords
{
    /// <summary>Longer runs are cut: no index takes words without bounds, and nobody types more.</summary>
    private const int LongestWord = 100;

    /// <summary>What a word of each kind holds.</summary>
    public enum Script
    {
        /// <summary>Nothing to search for.</summary>
        None,
        Letters,
        Digits,
        Mixed,
        Han,
    }

    /// <summary>The distinct words of some texts, for the index.</summary>
    public static string[] Of(params IEnumerable<string?> texts) =>
        [.. WholeOf(texts).Concat(PartsOf(texts)).Distinct(StringComparer.Ordinal)];

    /// <summary>The same without the parts of words of letters and digits.</summary>
    public static IReadOnlySet<string> WholeOf(params IEnumerable<string?> texts)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var (run, script) in Runs(text))
            {
                if (script != Script.Han)
                {
                    words.Add(run);
                    continue;
                }

                for (var i = 0; i + 1 < run.Length; i++)
                    words.Add(run.Substring(i, 2));
                // Any other character is found as the beginning of a pair.
                words.Add(run[^1..]);
            }
        }

        return words;
    }

    /// <summary>The parts of the words of letters and digits of some texts.</summary>
    public static IEnumerable<string> PartsOf(params IEnumerable<string?> texts) =>
        texts.SelectMany(Runs).Where(r => r.Script == Script.Mixed).SelectMany(r => Parts(r.Run)).Distinct(StringComparer.Ordinal);

    /// <summary>The words of a text in order, each with its script.</summary>
    public static IEnumerable<(string Run, Script Script)> Runs(string? text)
    {
        if (text is null)
            yield break;
        var lower = text.Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture);
        var (start, script) = (0, Script.None);
        for (var i = 0; i < lower.Length; i++)
        {
            var of = ScriptOf(lower[i]);
            if (script != Script.None && (of == Script.None || (of == Script.Han) != (script == Script.Han) || i - start == LongestWord))
            {
                yield return (lower[start..i], script);
                script = Script.None;
            }

            if (of == Script.None)
                continue;
            if (script == Script.None)
                (start, script) = (i, of);
            else if (script != of)
                script = Script.Mixed;
        }

        if (script != Script.None)
            yield return (lower[start..], script);
    }

    /// <summary>The letters and the digits of a word that mixes them, in order.</summary>
    public static IEnumerable<string> Parts(string mixed)
    {
        var start = 0;
        for (var i = 1; i <= mixed.Length; i++)
        {
            if (i < mixed.Length && ScriptOf(mixed[i]) == ScriptOf(mixed[start]))
                continue;
            yield return mixed[start..i];
            start = i;
        }
    }

    public static Script ScriptOf(char c) =>
        c is >= '\u3400' and <= '\u9fff' or >= '\uf900' and <= '\ufaff' ? Script.Han
        : char.IsDigit(c) ? Script.Digits
        : char.IsLetter(c) ? Script.Letters
        : Script.None;
}
