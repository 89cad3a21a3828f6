using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Stepping through the days on which something happened.</summary>
public sealed class DaySliderTests(Stage stage) : ReadingTests(stage)
{
    [Theory]
    [InlineData("en", 1440)]
    [InlineData("zh", 360)]
    public async Task The_slider_goes_from_event_to_event_by_keyboard(string language, int width)
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai?lang=" + language, width);
        await page.Locator(".clocks > summary").PressAsync("Enter");
        var slider = page.GetByRole(AriaRole.Slider, new() { Name = Phrasebook.For(language)["days.label"] });
        await slider.FocusAsync();
        await ShouldFitAsync(page);
        // From today back over the review of 21 September 2026, twice.
        foreach (
            var (day, said) in new[]
            {
                ("2026-09-21", language == "zh" ? "2026年9月21日" : "21 September 2026"),
                ("2026-05-15", language == "zh" ? "2026年5月15日" : "15 May 2026"),
            }
        )
        {
            await page.Keyboard.PressAsync("ArrowLeft");
            await Expect(slider).ToHaveAttributeAsync("aria-valuetext", said);
            await Expect(page.Locator("#day-said")).ToHaveTextAsync(said);
            await Expect(page.Locator("#asOf")).ToHaveValueAsync(day);
        }

        page.Url.ShouldNotContain("asOf", Case.Sensitive, "choosing alone shows nothing");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**asOf=2026-05-15**");
        await Expect(page.Locator(".then")).ToBeVisibleAsync();

        // One goes on where one was.
        await Expect(slider).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Home");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**asOf=2024-05-17**");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync(Phrasebook.For(language)["status.adopted"]);
        await Expect(slider).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**asOf=2026-11-24**");
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Dragged_it_shows_the_day_on_release_and_keeps_the_other_clock()
    {
        var page = await OpenAsync("/?knownAt=2025-12-31");
        await page.Locator(".clocks > summary").ClickAsync();
        var box = (await page.Locator("#day-slider").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width - 8, box.Y + (box.Height / 2));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.7f), box.Y + (box.Height / 2), new() { Steps = 4 });
        var day = await page.Locator("#asOf").InputValueAsync();
        page.Url.ShouldNotContain("asOf");
        await page.Mouse.UpAsync();
        await page.WaitForURLAsync($"**asOf={day}**");
        page.Url.ShouldContain("knownAt=2025-12-31");
        await Expect(page.Locator("#asOf")).ToHaveValueAsync(day);
    }

    [Theory]
    [InlineData("en", 1440)]
    [InlineData("zh", 360)]
    public async Task Without_script_links_lead_to_the_days_before_and_after(string language, int width)
    {
        var page = await OpenAsync("/items/coe-framework-convention-on-ai?lang=" + language, width, script: false);
        await page.Locator(".clocks > summary").ClickAsync();
        await Expect(page.Locator(".day-slider")).ToBeHiddenAsync();
        await Expect(page.Locator(".clocks .steps [rel=next]")).ToHaveCountAsync(0);
        await page.Locator(".clocks .steps [rel=prev]").ClickAsync();
        foreach (var day in new[] { "2026-09-21", "2026-05-15", "2026-04-21" })
        {
            page.Url.ShouldContain("asOf=" + day);
            await page.Locator(".then .steps [rel=prev]").ClickAsync();
        }

        await page.Locator(".then .steps [rel=next]").ClickAsync();
        page.Url.ShouldContain("asOf=2026-04-21");
        await page.GotoAsync($"/items/coe-framework-convention-on-ai?asOf=2024-05-17&lang={language}");
        await Expect(page.Locator(".then .steps [rel=prev]")).ToHaveCountAsync(0);
        await ShouldFitAsync(page);
    }

    [Fact]
    public async Task A_hash_does_not_stay_when_a_clock_moves()
    {
        var page = await OpenAsync(
            $"/items/coe-framework-convention-on-ai?asOf=2026-05-01&knownAt=2026-05-01&hash={new string('0', 64)}",
            script: false
        );
        await page.Locator(".tools").GetByRole(AriaRole.Link, new() { Name = "中文" }).ClickAsync();
        page.Url.ShouldContain("hash=");
        await page.Locator(".then .steps [rel=prev]").ClickAsync();
        page.Url.ShouldNotContain("hash");
        await page.GotoAsync($"/items/coe-framework-convention-on-ai?asOf=2026-05-01&knownAt=2026-05-01&hash={new string('0', 64)}");
        await page.Locator(".clocks > summary").ClickAsync();
        await page.Locator(".clocks .button").ClickAsync();
        page.Url.ShouldNotContain("hash");
    }
}
