using System.Text.RegularExpressions;
using CommitmentsTracker.Pages.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Blocks on somebody else's page.</summary>
public sealed partial class EmbedTests(Stage stage) : ReadingTests(stage)
{
    private WebApplication? _another;

    [Theory]
    [InlineData("/embed/forums/waic-2024-ai-governance-forum?block=over-time&lang=en")]
    [InlineData("/embed/items/eu-ai-act?lang=zh")]
    public async Task A_block_takes_the_height_that_it_needs(string block)
    {
        var page = await OnAnotherSiteAsync(
            $"""<iframe src="{Tracker.Address}{block}" width="100%" height="80"></iframe>"""
                + $"""<script src="{Tracker.Address}/embed.js"></script>"""
        );
        await page.WaitForFunctionAsync("() => document.querySelector('iframe').getBoundingClientRect().height > 150");
        var frame = page.Frames[1];
        (await frame.EvaluateAsync<bool>("() => document.documentElement.scrollHeight <= innerHeight + 1")).ShouldBeTrue(
            "nothing is cut off"
        );
    }

    [Fact]
    public async Task The_lines_offered_on_a_page_show_the_block_pinned_as_the_page_is()
    {
        var offering = await OpenAsync("/items/eu-ai-act?lang=en&asOf=2024-06-01&knownAt=2025-06-01");
        var code = await offering.Locator("#embed-code").InputValueAsync();
        var page = await OnAnotherSiteAsync(code);
        var block = page.FrameLocator("iframe");
        await Expect(block.Locator("h1")).ToHaveTextAsync(await offering.Locator("h1").InnerTextAsync());
        await Expect(block.Locator(".now .status")).ToHaveTextAsync(await offering.Locator(".standing .now .status").InnerTextAsync());
        await Expect(block.Locator(".embed-foot")).ToContainTextAsync("1 June 2024");
    }

    [Fact]
    public async Task The_dashboard_offers_each_of_its_blocks()
    {
        var offering = await OpenAsync("/?lang=en&asOf=2025-03-01&knownAt=2025-06-01", script: false);
        var lines = await offering.Locator(".embed-this textarea").EvaluateAllAsync<string[]>("all => all.map(t => t.value)");
        lines.Length.ShouldBe(4);
        string[] shown = [".bars figure", ".attention li", ".multiples figure", ".changes > li"];
        for (var i = 0; i < lines.Length; i++)
        {
            var address = Address().Match(lines[i]).Groups[1].Value.Replace("&#38;", "&", StringComparison.Ordinal);
            address.ShouldContain("asOf=2025-03-01&knownAt=2025-06-01");
            await offering.GotoAsync(address);
            await Expect(offering.Locator(shown[i]).First).ToBeVisibleAsync();
        }

        await offering.GotoAsync("/changes?forum=waic-2024-ai-governance-forum");
        (await offering.Locator(".embed-this textarea").InputValueAsync()).ShouldContain(
            "/embed/changes?forum=waic-2024-ai-governance-forum"
        );
    }

    [Fact]
    public async Task Nothing_but_blocks_stands_in_a_frame()
    {
        var page = await OnAnotherSiteAsync($"""<iframe src="{Tracker.Address}/items/eu-ai-act"></iframe>""");
        await page.WaitForFunctionAsync("() => document.querySelector('iframe').contentDocument === null");
        page.Frames.ShouldNotContain(f => f.Url.StartsWith(Tracker.Address, StringComparison.Ordinal));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_another is not null)
            await _another.DisposeAsync();
    }

    /// <summary>A page of another site that holds the lines.</summary>
    private async Task<IPage> OnAnotherSiteAsync(string lines)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _another = builder.Build();
        _another.MapGet(
            "/",
            () => Results.Text($"<!doctype html><title>Another</title><h1>Another site</h1>{lines}", "text/html; charset=utf-8")
        );
        await _another.StartAsync();
        var page = await (await BrowserAsync()).NewPageAsync();
        await page.GotoAsync(_another.Urls.First());
        return page;
    }

    [GeneratedRegex("src=\"([^\"]+)\"")]
    private static partial Regex Address();
}
