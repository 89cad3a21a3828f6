using Deque.AxeCore.Commons;

namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>Looks at a page by the rules of WCAG 2.2 AA that a program can check.</summary>
public static class Axe
{
    // The package's own way to run it opens a second page each time.
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <summary>Asserts that nothing is wrong with a page as it stands.</summary>
    public static async Task ShouldFindNothingAsync(IPage page)
    {
        // What is folded away is part of the page too.
        await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await page.EvaluateAsync(Script);
        var violations = await page.EvaluateAsync<string[]>(
            """
            async () => {
              const found = await axe.run(document, {
                runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
                resultTypes: ["violations"],
              });
              if (found.passes.length === 0) throw new Error("No rule was looked at.");
              return found.violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${v.help}: ${n.html}`));
            }
            """
        );
        violations.ShouldBeEmpty(page.Url);
    }
}
