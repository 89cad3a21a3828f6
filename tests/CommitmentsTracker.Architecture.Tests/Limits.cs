using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CommitmentsTracker.Architecture.Tests;

/// <summary>What a reader can hold in view: the limits, and how each is measured.</summary>
public static class Limits
{
    /// <summary>Characters of a line.</summary>
    public const int Width = 140;

    /// <summary>Lines of a file.</summary>
    public const int FileLines = 400;

    /// <summary>
    /// Lines of a method, from its first modifier to its closing brace: neither docstring nor attributes, but functions within it.
    /// </summary>
    public const int MethodLines = 60;

    /// <summary>Ways that a method forks into.</summary>
    public const int Branches = 15;

    /// <summary>Parameters of a method.</summary>
    public const int Parameters = 6;

    /// <summary>Lines that are too wide.</summary>
    public static IEnumerable<Finding> WideLines(SourceFile file) =>
        file.Lines.Select((l, i) => new Finding(file.Path, i + 1, "characters", WidthOf(l), Width)).Where(f => f.Figure > Width);

    /// <summary>The file, if it is too long.</summary>
    public static IEnumerable<Finding> LongFiles(SourceFile file) =>
        file.Lines.Length > FileLines ? [new Finding(file.Path, 1, "lines", file.Lines.Length, FileLines)] : [];

    /// <summary>Methods and local functions that are too long.</summary>
    public static IEnumerable<Finding> LongMethods(SourceFile file) =>
        Functions(file).Select(f => Of(file, f, "lines", LinesOf(f), MethodLines)).Where(f => f.Figure > MethodLines);

    /// <summary>The methods of a name, if they are longer than a limit of their own.</summary>
    public static IEnumerable<Finding> LongerThan(SourceFile file, string name, int limit) =>
        Functions(file)
            .Where(f => f is MethodDeclarationSyntax method && method.Identifier.Text == name)
            .Select(f => Of(file, f, "lines", LinesOf(f), limit))
            .Where(f => f.Figure > limit);

    /// <summary>
    /// Methods and local functions that fork too often. Counted: <c>if</c>, loops, <c>case</c>, <c>catch</c>, <c>?:</c>, <c>&amp;&amp;</c>,
    /// <c>||</c>, <c>??</c>, <c>?.</c> and what a <c>when</c> adds. The arms of a switch expression are a table and count once together.
    /// A local function counts for itself and not for the one around it; a lambda counts for the one that it stands in.
    /// </summary>
    public static IEnumerable<Finding> BranchedMethods(SourceFile file) =>
        Functions(file).Select(f => Of(file, f, "branches", BranchesOf(f), Branches)).Where(f => f.Figure > Branches);

    /// <summary>
    /// Methods and local functions that take too much. Constructors and records are apart (they are given services, or are data), and so is
    /// what the framework calls and gives services beside what was asked: a method with an attribute <c>[Wolverine…]</c> (an endpoint), and
    /// <c>Handle</c> of a class whose name ends with <c>Handler</c> (of messages).
    /// </summary>
    public static IEnumerable<Finding> CrowdedMethods(SourceFile file) =>
        Functions(file)
            .Where(f => !IsGivenServices(f))
            .Select(f => Of(file, f, "parameters", ParametersOf(f)?.Parameters.Count ?? 0, Parameters))
            .Where(f => f.Figure > Parameters);

    // A tabulator would be as wide as each editor likes: it counts as the four spaces that it stands for.
    private static int WidthOf(string line) => line.TrimEnd('\r').Length + 3 * line.Count(c => c == '\t');

    private static IEnumerable<SyntaxNode> Functions(SourceFile file) =>
        CodeOf(file) is { } code
            ? CSharpSyntaxTree
                .ParseText(code)
                .GetRoot()
                .DescendantNodes()
                .Where(n =>
                    n
                        is BaseMethodDeclarationSyntax
                            or LocalFunctionStatementSyntax
                            or AccessorDeclarationSyntax
                            or PropertyDeclarationSyntax { ExpressionBody: not null }
                )
            : [];

    private static string? CodeOf(SourceFile file) =>
        file.Kind switch
        {
            ".cs" => file.Text,
            ".razor" => RazorCode.Of(file.Text),
            _ => null,
        };

    private static Finding Of(SourceFile file, SyntaxNode function, string what, int figure, int limit) =>
        new(file.Path, LineOf(function, FirstTokenOf(function).SpanStart) + 1, $"{what} of {NameOf(function)}", figure, limit);

    private static int LinesOf(SyntaxNode function) =>
        LineOf(function, function.Span.End) - LineOf(function, FirstTokenOf(function).SpanStart) + 1;

    private static int LineOf(SyntaxNode node, int position) => node.SyntaxTree.GetText().Lines.GetLineFromPosition(position).LineNumber;

    private static SyntaxToken FirstTokenOf(SyntaxNode function)
    {
        var attributes = function.ChildNodes().OfType<AttributeListSyntax>().LastOrDefault();
        return attributes is null ? function.GetFirstToken() : attributes.GetLastToken().GetNextToken();
    }

    private static int BranchesOf(SyntaxNode function) =>
        function.DescendantNodes(n => n == function || n is not (LocalFunctionStatementSyntax or AccessorDeclarationSyntax)).Count(IsFork);

    private static bool IsFork(SyntaxNode node) =>
        node.Kind()
            is SyntaxKind.IfStatement
                or SyntaxKind.WhileStatement
                or SyntaxKind.DoStatement
                or SyntaxKind.ForStatement
                or SyntaxKind.ForEachStatement
                or SyntaxKind.ForEachVariableStatement
                or SyntaxKind.CaseSwitchLabel
                or SyntaxKind.CasePatternSwitchLabel
                or SyntaxKind.CatchClause
                or SyntaxKind.ConditionalExpression
                or SyntaxKind.LogicalAndExpression
                or SyntaxKind.LogicalOrExpression
                or SyntaxKind.CoalesceExpression
                or SyntaxKind.CoalesceAssignmentExpression
                or SyntaxKind.ConditionalAccessExpression
                or SyntaxKind.WhenClause
                or SyntaxKind.SwitchExpression;

    private static bool IsGivenServices(SyntaxNode function) =>
        function is MethodDeclarationSyntax method
        && (
            method
                .AttributeLists.SelectMany(l => l.Attributes)
                .Any(a => a.Name.ToString().StartsWith("Wolverine", StringComparison.Ordinal))
            || method is { Identifier.Text: "Handle" or "HandleAsync", Parent: ClassDeclarationSyntax owner }
                && owner.Identifier.Text.EndsWith("Handler", StringComparison.Ordinal)
        );

    private static ParameterListSyntax? ParametersOf(SyntaxNode function) =>
        function switch
        {
            ConstructorDeclarationSyntax => null,
            BaseMethodDeclarationSyntax method => method.ParameterList,
            LocalFunctionStatementSyntax local => local.ParameterList,
            _ => null,
        };

    private static string NameOf(SyntaxNode function) =>
        string.Join('.', function.AncestorsAndSelf().Reverse().Select(PartOf).Where(p => p is not null));

    private static string? PartOf(SyntaxNode node) =>
        node switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.Text,
            MethodDeclarationSyntax method => method.Identifier.Text,
            ConstructorDeclarationSyntax => "new",
            PropertyDeclarationSyntax property => property.Identifier.Text,
            AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
            LocalFunctionStatementSyntax local => local.Identifier.Text,
            _ => null,
        };
}
