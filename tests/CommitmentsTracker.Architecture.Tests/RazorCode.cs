using Microsoft.CodeAnalysis.CSharp;

namespace CommitmentsTracker.Architecture.Tests;

/// <summary>The <c>@code</c> blocks of a Razor file as C# that can be parsed, each line where it stands in the file.</summary>
public static class RazorCode
{
    private const string Opening = "@code";

    /// <summary>
    /// A class around each block's members; everything else is blanked, so that line numbers stay. A template within a block
    /// (<c>@&lt;p&gt;…&lt;/p&gt;</c>) is no C#: what the parser makes of it counts as text of the method that it stands in.
    /// </summary>
    public static string Of(string razor)
    {
        var lines = razor.Split('\n');
        var kept = new string[lines.Length];
        Array.Fill(kept, "");
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Opening, StringComparison.Ordinal))
                continue;
            var start = i;
            var end = EndOf(lines, start);
            for (i = start; i <= end; i++)
                kept[i] = lines[i];
            i = end;
            kept[start] = "class Code " + lines[start][Opening.Length..];
        }

        return string.Join('\n', kept);
    }

    // The formatter's habit is the rule: a block of the file's first level ends with a brace in the first column.
    private static int EndOf(string[] lines, int start)
    {
        var one = lines[start].TrimEnd();
        if (one.EndsWith('}') && !SyntaxFactory.ParseCompilationUnit("class Code " + one[Opening.Length..]).ContainsDiagnostics)
            return start;
        var end = Array.FindIndex(lines, start + 1, l => l.StartsWith('}'));
        return end < 0 ? lines.Length - 1 : end;
    }
}
