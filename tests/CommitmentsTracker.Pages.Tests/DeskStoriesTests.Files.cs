using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;
using Npgsql;

namespace CommitmentsTracker.Pages.Tests;

// Files of updates.
public sealed partial class DeskStoriesTests
{
    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task A_file_is_checked_row_by_row_and_then_recorded(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-csv-{language}";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(Tracker.Ann, 360, script);
        await page.GotoAsync($"/desk/csv?lang={language}");
        const string head = "item,type,status,occurred_on,note_en,evidence_title\n";
        await page.Locator("#text")
            .FillAsync($"{head}{slug},status,underway,2026-10-01,It began.,Paper\n{slug},status,announced,2026-10-02,No.,Paper");
        await page.Locator("button[value=check]").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(w.Count("csv.refused", 1, "2"));
        await Expect(page.Locator("tr.refused")).ToContainTextAsync(w["rule.lifecycle"]);
        await Expect(page.Locator("button[value=record]")).ToHaveCountAsync(0);
        await ShouldFitAsync(page);

        await page.Locator("#text").FillAsync("");
        await page.Locator("#file")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "updates.csv",
                    MimeType = "text/csv",
                    Buffer = System.Text.Encoding.UTF8.GetBytes(
                        $"\uFEFF{head}{slug},status,underway,2026-10-01,开始了。,Paper\n{slug},progress,,2026-10-02,More.,Paper"
                    ),
                }
            );
        await page.Locator("button[value=check]").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToHaveTextAsync(w.Count("csv.clean", 2));
        ((int)(await Tracker.GetAsync($"items/{slug}"))["version"]!).ShouldBe(2, "a check records nothing");
        await page.Locator("button[value=record]").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToHaveTextAsync(w.Count("csv.recorded", 2));
        ((int)(await Tracker.GetAsync($"items/{slug}"))["version"]!).ShouldBe(4);
    }
}
