using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.People;
using Npgsql;

namespace CommitmentsTracker.Pages.Tests;

// What people of the stories do.
public sealed partial class DeskStoriesTests
{
    private static ILocator Entry(IPage page, string section, string slug) => page.Locator($".queue > li[id^='{section}-{slug}']");

    private async Task<Editor> PersonAsync(string name, Role role, string? party = null)
    {
        var (person, token) = await Tracker
            .Get<Accounts>()
            .AddAsync(name, [new Grant(role, Forum, party)], null, null, TestContext.Current.CancellationToken);
        return new Editor(person.Id, name, token);
    }

    /// <summary>Lets the sessions of somebody be too old.</summary>
    private async Task LapseAsync(Editor editor)
    {
        await using var command = Tracker
            .Get<NpgsqlDataSource>()
            .CreateCommand("update sessions set seen_at = seen_at - interval '13 hours' where person = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = editor.Id });
        (await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);
    }

    private static async Task FillAsync(IPage page, string status, string date, string note, string source)
    {
        await page.Locator($"input[name='Form.Status'][value={status}]").CheckAsync();
        await page.Locator("#occurredOn").FillAsync(date);
        await page.Locator("#noteEn").FillAsync(note);
        await page.Locator("#e0-title").FillAsync(source);
    }

    /// <summary>Fills in the form and previews, by keyboard alone.</summary>
    private static async Task TypeAsync(IPage page, string status, string date, string language, string source)
    {
        await TabToAsync(page, "input[name='Form.Status']");
        for (var i = 0; i < 20 && !await page.EvaluateAsync<bool>("s => document.activeElement.value === s", status); i++)
            await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "#occurredOn");
        await page.Keyboard.TypeAsync(date);
        await TabToAsync(page, language == "zh" ? "#noteZh" : "#noteEn");
        await page.Keyboard.TypeAsync(language == "zh" ? "大会通过了决议。" : "The assembly adopted it.");
        await TabToAsync(page, "#e0-pasted");
        await page.Keyboard.TypeAsync(source);
        await TabToAsync(page, "#e0-title");
        await page.Keyboard.TypeAsync("The text");
        await Expect(page.Locator("#e0-url")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("^https://"));
        await TabToAsync(page, "#do-preview");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".preview")).ToBeVisibleAsync();
    }
}
