using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>
/// WCAG 2.2 AA as far as a program can tell, on every kind of page, in both languages and both themes.
/// </summary>
public abstract class AccessibilityTests(Stage stage, string language, bool dark) : ReadingTests(stage)
{
    public static TheoryData<string> Pages =>
        [
            "/",
            "/?asOf=2025-03-01&knownAt=2025-06-01",
            "/items",
            "/items?group=party&view=cards&q=science",
            "/items?kind=nonsense",
            "/items/coe-framework-convention-on-ai?knownAt=2026-05-01",
            "/items/un-resolution-ai-capacity-building/history",
            "/items/no-such-item",
            "/changes?from=2024-07-10",
            "/corrections",
            "/parties",
            "/parties/tsinghua-i-aiig",
            "/themes/un-multilateral",
            "/forums",
            "/calendar",
            "/compare?party=unu&party=china",
            "/data",
            "/method",
            "/subscribe?theme=science-evidence",
            "/tip?item=eu-ai-act",
            "/tip",
            "/desk/sign-in",
            "/embed/forums/waic-2024-ai-governance-forum?block=over-time",
            "/embed/items/eu-ai-act",
        ];

    [Theory, MemberData(nameof(Pages))]
    public async Task Axe_finds_nothing(string path) =>
        await Axe.ShouldFindNothingAsync(
            await OpenAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}lang={language}", dark: dark)
        );
}

/// <summary>In English, in the light theme.</summary>
public sealed class EnglishAccessibilityTests(Stage stage) : AccessibilityTests(stage, "en", dark: false);

/// <summary>In Chinese, in the dark theme.</summary>
public sealed class ChineseAccessibilityTests(Stage stage) : AccessibilityTests(stage, "zh", dark: true);

/// <summary>In English, in the dark theme.</summary>
public sealed class EnglishDarkAccessibilityTests(Stage stage) : AccessibilityTests(stage, "en", dark: true);

/// <summary>In Chinese, in the light theme.</summary>
public sealed class ChineseLightAccessibilityTests(Stage stage) : AccessibilityTests(stage, "zh", dark: false);
