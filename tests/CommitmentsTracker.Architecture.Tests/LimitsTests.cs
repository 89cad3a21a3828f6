using Shouldly;
using Xunit;

namespace CommitmentsTracker.Architecture.Tests;

/// <summary>Each limit is held against a sample on it and one just over it: a rule that finds nothing would pass everything.</summary>
public class LimitsTests
{
    [Theory]
    [InlineData("a.cs")]
    [InlineData("a.razor")]
    [InlineData("a.sql")]
    [InlineData("a.css")]
    [InlineData("a.js")]
    [InlineData("a.sh")]
    public void A_line_of_141_characters_is_too_wide(string path)
    {
        var text = $"short\n{new string('x', 140)}\n{new string('界', 141)}\n";
        Limits.WideLines(new(path, text)).ShouldBe([new(path, 3, "characters", 141, 140)]);
    }

    [Fact]
    public void A_tabulator_is_four_wide() =>
        Limits.WideLines(new("a.sh", "\t" + new string('x', 137))).ShouldBe([new("a.sh", 1, "characters", 141, 140)]);

    [Fact]
    public void A_script_without_an_ending_is_judged_like_one_with_it()
    {
        new SourceFile("ops/run", "#!/usr/bin/env bash\n").Kind.ShouldBe(".sh");
        new SourceFile("ops/Dockerfile", "FROM scratch\n").Kind.ShouldBe("");
    }

    [Theory]
    [InlineData(400, 0)]
    [InlineData(401, 1)]
    public void A_file_of_401_lines_is_too_long(int lines, int found) =>
        Limits.LongFiles(new("a.css", string.Concat(Enumerable.Repeat("x\n", lines)))).Count().ShouldBe(found);

    [Theory]
    [InlineData(57, 0)]
    [InlineData(58, 1)]
    public void A_method_of_61_lines_is_too_long(int statements, int found) =>
        Limits.LongMethods(Method(string.Concat(Enumerable.Repeat("        Do();\n", statements)))).Count().ShouldBe(found);

    [Fact]
    public void A_method_may_have_a_limit_of_its_own()
    {
        Limits.LongerThan(Method(Lines(37)), "M", 40).ShouldBeEmpty();
        Limits.LongerThan(Method(Lines(38)), "M", 40).ShouldBe([new("a.cs", 3, "lines of A.M", 41, 40)]);
        Limits.LongerThan(Method(Lines(38)), "N", 40).ShouldBeEmpty();
    }

    [Fact]
    public void Docstrings_and_attributes_are_no_lines_of_a_method()
    {
        var over = $"class A\n{{\n    /// <summary>One.</summary>\n    [Fact]\n    [Other]\n    void M()\n    {{\n{Lines(58)}    }}\n}}\n";
        Limits.LongMethods(new("a.cs", over)).ShouldBe([new("a.cs", 6, "lines of A.M", 61, 60)]);
    }

    [Fact]
    public void A_local_function_and_an_accessor_are_judged_too()
    {
        var text = $"class A\n{{\n    int P\n    {{\n        get\n        {{\n{Lines(59)}        }}\n    }}\n}}\n";
        Limits.LongMethods(new("a.cs", text)).Single().What.ShouldBe("lines of A.P.get");
        Limits.LongMethods(Method($"        void Inner()\n        {{\n{Lines(59)}        }}\n")).Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("if (a) { }")]
    [InlineData("while (a) { }")]
    [InlineData("for (;;) { }")]
    [InlineData("foreach (var x in y) { }")]
    [InlineData("foreach (var (x, z) in y) { }")]
    [InlineData("do { } while (a);")]
    [InlineData("b = a ? c : d;")]
    [InlineData("b = a && c;")]
    [InlineData("b = a || c;")]
    [InlineData("b = a ?? c;")]
    [InlineData("b ??= c;")]
    [InlineData("a?.Do();")]
    [InlineData("switch (a) { case 1: break; }")]
    [InlineData("switch (a) { case > 1: break; }")]
    [InlineData("b = a switch { 1 => 2, 3 => 4, _ => 5 };")]
    [InlineData("try { } catch (Exception) { }")]
    [InlineData("Do(x => x?.Y);")]
    public void Sixteen_forks_are_too_many(string fork)
    {
        Limits.BranchedMethods(Method(string.Concat(Enumerable.Repeat(fork + "\n", 15)))).ShouldBeEmpty();
        Limits.BranchedMethods(Method(string.Concat(Enumerable.Repeat(fork + "\n", 16)))).Single().Figure.ShouldBe(16);
    }

    [Fact]
    public void The_forks_of_a_local_function_are_its_own()
    {
        var forks = string.Concat(Enumerable.Repeat("if (a) { }\n", 10));
        Limits.BranchedMethods(Method($"{forks}void Inner()\n{{\n{forks}}}\n")).ShouldBeEmpty();
    }

    [Fact]
    public void Seven_parameters_are_too_many()
    {
        const string seven = "(int a, int b, int c, int d, int e, int f, int g)";
        Limits
            .CrowdedMethods(new("a.cs", $"class A\n{{\n    void M{seven} {{ }}\n}}\n"))
            .ShouldBe([new("a.cs", 3, "parameters of A.M", 7, 6)]);
        Limits.CrowdedMethods(Method($"        void Inner{seven} {{ }}\n")).Count().ShouldBe(1);
        Limits.CrowdedMethods(new("a.cs", "class A { void M(int a, int b, int c, int d, int e, int f) { } }")).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_given_services_may_take_more()
    {
        const string seven = "(int a, int b, int c, int d, int e, int f, int g)";
        Limits.CrowdedMethods(new("a.cs", $"class A{seven} {{ }}")).ShouldBeEmpty();
        Limits.CrowdedMethods(new("a.cs", $"record A{seven};")).ShouldBeEmpty();
        Limits.CrowdedMethods(new("a.cs", $"class A {{ A{seven} {{ }} }}")).ShouldBeEmpty();
        Limits.CrowdedMethods(new("a.cs", $"class A {{ [WolverineGet(\"/\")] void Get{seven} {{ }} }}")).ShouldBeEmpty();
        Limits.CrowdedMethods(new("a.cs", $"class SweepHandler {{ void Handle{seven} {{ }} }}")).ShouldBeEmpty();
        Limits.CrowdedMethods(new("a.cs", $"class Sweep {{ void Handle{seven} {{ }} }}")).Count().ShouldBe(1);
    }

    [Fact]
    public void Code_of_a_page_is_judged_at_its_lines()
    {
        var page = $"<p>if (a) {{</p>\n@code {{\n    void M()\n    {{\n{Lines(58)}    }}\n}}\n<p>void N()</p>\n";
        Limits.LongMethods(new("a.razor", page)).ShouldBe([new("a.razor", 3, "lines of Code.M", 61, 60)]);
        Limits
            .LongMethods(new("a.razor", $"@code {{ int A; }}\n<p></p>\n@code {{\n    void M()\n    {{\n{Lines(58)}    }}\n}}\n"))
            .Count()
            .ShouldBe(1);
    }

    private static SourceFile Method(string body) => new("a.cs", $"class A\n{{\n    void M()\n    {{\n{body}    }}\n}}\n");

    private static string Lines(int count) => string.Concat(Enumerable.Repeat("        Do();\n", count));
}
