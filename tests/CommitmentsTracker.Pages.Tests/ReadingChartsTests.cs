using System.Text.Json.Nodes;
using CommitmentsTracker.Pages.Tests.Hosting;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>A chart over time is read day by day, by pointer and by keyboard, and says what the API says.</summary>
public sealed class ReadingChartsTests(Stage stage) : ReadingTests(stage)
{
    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task The_arrow_keys_read_it_day_by_day(string language)
    {
        var page = await OpenAsync($"/?lang={language}");
        var chart = page.Locator("[data-read=time-proposals-points] [role=slider]");
        await chart.FocusAsync();
        var last = await chart.GetAttributeAsync("aria-valuetext");
        await page.Keyboard.PressAsync("ArrowLeft");
        await Expect(chart).Not.ToHaveAttributeAsync("aria-valuetext", last!);
        await page.Keyboard.PressAsync("Home");
        await Expect(chart).ToHaveAttributeAsync("aria-valuenow", "0");
        await Expect(chart.Locator(".reading")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(chart).ToHaveAttributeAsync("aria-valuetext", last!);
        await page.Keyboard.PressAsync("Escape");
        await Expect(chart.Locator(".reading")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task What_is_under_the_pointer_is_what_the_timeline_says()
    {
        var page = await OpenAsync("/?lang=en&asOf=2026-01-01&knownAt=2026-06-01");
        var chart = page.Locator("[data-read=time-commitments-points] [role=slider]");
        await chart.ScrollIntoViewIfNeededAsync();
        var box = (await chart.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width - 2, box.Y + (box.Height / 2));
        var read = (await chart.Locator(".reading").InnerTextAsync()).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        var answer = JsonNode.Parse(
            await (
                await page.Context.APIRequest.GetAsync(
                    "/api/v1/timeline?forum=waic-2024-ai-governance-forum&from=2025-12-01&to=2026-01-01&step=month&knownAt=2026-06-01"
                )
            ).TextAsync()
        )!;
        var counts = answer["points"]!.AsArray()[^1]!["statuses"]!
            .AsArray()
            .Where(s => (string)s!["kind"]! == "commitment")
            .Sum(s => (int)s!["items"]!);
        read[0].ShouldBe("1 Jan 2026");
        read[1..^1].Sum(r => Number(r)).ShouldBe(counts);
        Number(read[^1]).ShouldBe(counts, "the total");
    }
}
