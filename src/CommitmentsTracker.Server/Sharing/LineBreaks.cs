namespace CommitmentsTracker.Server.Sharing;

/// <summary>
/// Breaks a text into lines: Latin between words, Chinese between characters, but no line begins with what closes or ends with what opens.
/// </summary>
public static class LineBreaks
{
    private const string Closing = "，。、；：？！）》」』】”’…—·%";
    private const string Opening = "（《「『【“‘";

    /// <summary>The lines, each as long as it fits. A word that does not fit alone is broken.</summary>
    public static IReadOnlyList<string> Of(string text, Func<string, bool> fits)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var part in Parts(text))
        {
            if (line.Length == 0 || fits((line + part).TrimEnd()))
            {
                line += part;
            }
            else
            {
                lines.Add(line.TrimEnd());
                line = part.TrimStart();
            }

            while (!fits(line.TrimEnd()) && line.Length > 1)
            {
                var most = line.Length - 1;
                while (most > 1 && !fits(line[..most]))
                    most--;
                if (char.IsHighSurrogate(line[most - 1]))
                    most = Math.Max(1, most - 1);
                lines.Add(line[..most]);
                line = line[most..];
            }
        }

        if (line.Trim().Length > 0)
            lines.Add(line.TrimEnd());
        return lines;
    }

    /// <summary>The smallest parts that stay together, each with the space behind it.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        var from = 0;
        for (var i = 1; i < text.Length; i++)
        {
            var (before, next) = (text[i - 1], text[i]);
            var mayBreak =
                before == ' ' && next != ' '
                || (IsWide(before) || IsWide(next))
                    && !Closing.Contains(next)
                    && !Opening.Contains(before)
                    && next != ' '
                    && !char.IsLowSurrogate(next);
            if (!mayBreak)
                continue;
            yield return text[from..i];
            from = i;
        }

        if (from < text.Length)
            yield return text[from..];
    }

    private static bool IsWide(char c) =>
        c is >= '\u2e80' and <= '\u9fff' or >= '\uf900' and <= '\ufaff' or >= '\uff00' and <= '\uff60' || char.IsSurrogate(c);
}
