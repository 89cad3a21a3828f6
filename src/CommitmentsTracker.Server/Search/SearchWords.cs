using System.Globalization;
using System.Text;

namespace CommitmentsTracker.Server.Search;

/// <summary>
/// Cuts text into searchable words: lower-case words of letters and digits, and for Han characters every single one
/// and every pair of neighbours, because PostgreSQL's own parser keeps a Chinese sentence as one word.
/// </summary>
public static class SearchWords
{
    /// <summary>The distinct words of some texts, for the index.</summary>
    public static string[] Of(params IEnumerable<string?> texts)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var (run, han) in Runs(text))
            {
                if (!han)
                {
                    words.Add(run);
                    continue;
                }

                for (var i = 0; i < run.Length; i++)
                {
                    words.Add(run.Substring(i, 1));
                    if (i + 1 < run.Length) words.Add(run.Substring(i, 2));
                }
            }
        }

        return [.. words];
    }

    /// <summary>
    /// A query for <c>to_tsquery('simple', …)</c>: every word must occur, Latin words as beginnings. Null: the text
    /// holds nothing to search for. Holds letters, digits and its own operators only.
    /// </summary>
    public static string? Query(string text)
    {
        var terms = new List<string>();
        foreach (var (run, han) in Runs(text))
        {
            if (!han) terms.Add($"{run}:*");
            else if (run.Length == 1) terms.Add(run);
            else for (var i = 0; i + 1 < run.Length; i++) terms.Add(run.Substring(i, 2));
        }

        return terms.Count == 0 ? null : string.Join(" & ", terms.Distinct(StringComparer.Ordinal));
    }

    /// <summary>Longer runs are cut: no index takes words without bounds, and nobody types more.</summary>
    private const int LongestWord = 100;

    private static IEnumerable<(string Run, bool Han)> Runs(string? text)
    {
        if (text is null) yield break;
        var run = new StringBuilder();
        var inHan = false;
        foreach (var c in text.Normalize(NormalizationForm.FormKC).ToLower(CultureInfo.InvariantCulture))
        {
            var han = IsHan(c);
            var word = han || char.IsLetterOrDigit(c);
            if (run.Length > 0 && (!word || han != inHan || run.Length == LongestWord))
            {
                yield return (run.ToString(), inHan);
                run.Clear();
            }

            if (!word) continue;
            inHan = han;
            run.Append(c);
        }

        if (run.Length > 0) yield return (run.ToString(), inHan);
    }

    private static bool IsHan(char c) => c is >= '\u3400' and <= '\u9fff' or >= '\uf900' and <= '\ufaff';
}
