using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>What changed between two dates, and what was corrected.</summary>
public sealed partial class ChangesPageTests(Stage stage) : ReadingTests(stage)
{
    private const string Convention = "coe-framework-convention-on-ai";

    [Theory]
    [InlineData("en", "from=2024-07-10&to=2026-11-24")]
    [InlineData("zh", "from=2024-07-10&to=2026-11-24")]
    [InlineData("en", "from=2026-10-25&to=2026-11-24")]
    [InlineData("zh", "from=2025-12-15&to=2026-01-14&kind=commitment")]
    public async Task The_page_tells_what_the_API_tells(string language, string query)
    {
        var words = Phrasebook.For(language);
        var view = await Tracker.GetAsync("changes/between?" + query);
        var page = await OpenAsync($"/changes?{query}&lang={language}", script: false);
        var groups = view["groups"]!.AsArray();
        (await page.Locator(".changed > section > h2").AllTextContentsAsync()).ShouldBe(
            groups.Select(g => $"{words["changes.group." + (string)g!["group"]!]} {g["items"]!.AsArray().Count}")
        );
        (
            await page.Locator(".changed .what > a").EvaluateAllAsync<string[]>("all => all.map(a => new URL(a.href).pathname.slice(7))")
        ).ShouldBe(groups.SelectMany(g => g!["items"]!.AsArray()).Select(i => (string)i!["slug"]!));
        (await page.Locator(".changed .stamps > .tag").AllTextContentsAsync()).ShouldBe(
            groups.SelectMany(g => g!["items"]!.AsArray()).Select(i => words["cause." + (string)i!["cause"]!["kind"]!])
        );
        var lead = (await page.Locator(".lead").TextContentAsync())!;
        foreach (var group in groups)
            lead.ShouldContain(Told(words, group!));
    }

    [Fact]
    public async Task A_change_leads_to_the_item_and_to_its_entry_in_the_record()
    {
        var page = await OpenAsync("/changes?from=2026-05-01&to=2026-05-31", script: false);
        var change = page.Locator($".changes > li:has(a[href*='{Convention}'])");
        await Expect(change.Locator(".what")).ToContainTextAsync("In force");
        await Expect(change.Locator(".what")).ToContainTextAsync("Signed");
        await Expect(change.Locator(".tag")).ToHaveTextAsync("Correction");
        await Expect(change.Locator(".note")).ToContainTextAsync("cannot have been in force in 2025");
        await Expect(change.Locator(".stamps")).ToContainTextAsync("recorded 20 May 2026");
        await change.GetByRole(AriaRole.Link, new() { Name = "Entry in the record" }).ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync("Correction confirmed");
        await Expect(page.Locator(".then")).ToContainTextAsync("31 May 2026");
        await page.GoBackAsync();
        await change.Locator(".what > a").ClickAsync();
        await Expect(page.Locator(".then")).ToContainTextAsync("You are looking at 31 May 2026 as known on 31 May 2026");
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Signed");
    }

    [Fact]
    public async Task A_passed_deadline_says_that_nothing_had_to_be_recorded()
    {
        var page = await OpenAsync("/changes?from=2025-12-15&to=2026-01-14", script: false);
        var overdue = page.Locator("section[aria-labelledby=became_overdue]");
        await Expect(overdue.Locator(".changes > li")).ToHaveCountAsync(1);
        await Expect(overdue).ToContainTextAsync("overdue since 1 Jan 2026");
        await Expect(overdue).ToContainTextAsync("follows from the date alone");
        await Expect(overdue.Locator(".signal")).ToHaveTextAsync("Overdue");
    }

    [Fact]
    public async Task Dates_are_chosen_by_the_form_and_by_the_ready_periods()
    {
        var page = await OpenAsync("/changes", script: false);
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 25 October 2026 to 24 November 2026");
        await page.GetByLabel("From", new() { Exact = true }).FillAsync("2025-11-01");
        await page.GetByLabel("To", new() { Exact = true }).FillAsync("2025-11-30");
        await page.GetByLabel("Kind").SelectOptionAsync("instrument");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 1 November 2025 to 30 November 2025");
        await Expect(page.Locator("#kind")).ToHaveValueAsync("instrument");
        (await page.Locator(".changes > li").CountAsync()).ShouldBe(
            (int)(await Tracker.GetAsync("changes/between?from=2025-11-01&to=2025-11-30&kind=instrument"))["total"]!
        );
        await page.GetByRole(AriaRole.Link, new() { Name = "Last 90 days" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 26 August 2026 to 24 November 2026");
        await Expect(page.Locator(".ranges [aria-current]")).ToHaveTextAsync("Last 90 days");
        page.Url.ShouldContain("kind=instrument");
    }

    [Fact]
    public async Task Where_nothing_changed_the_page_says_so_and_offers_a_longer_period()
    {
        var page = await OpenAsync("/changes?from=2026-11-24&to=2026-11-24", script: false);
        await Expect(page.Locator(".empty")).ToContainTextAsync("nothing was recorded in between");
        await page.Locator(".empty").GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Locator(".changes > li").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Wrong_dates_are_named()
    {
        var page = await OpenAsync("/changes?from=2026-06-02&to=2026-06-01", script: false);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("from=2026-06-02: The first date lies behind the last one");
        await page.GotoAsync("/changes?from=2026-02-30");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Write a day that exists");
        await page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 25 October 2026 to 24 November 2026");
    }

    [Fact]
    public async Task A_page_of_the_past_leads_to_what_changed_since()
    {
        var page = await OpenAsync($"/items/{Convention}?knownAt=2026-05-01", script: false);
        await page.Locator(".then").GetByRole(AriaRole.Link, new() { Name = "What changed since" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("What changed from 1 May 2026 to 24 November 2026");
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);
        await page.GotoAsync("/");
        await Expect(page.Locator(".then")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task The_dashboard_says_what_changed_in_30_days_and_leads_there(string language)
    {
        var words = Phrasebook.For(language);
        var view = await Tracker.GetAsync("changes/between?forum=waic-2024-ai-governance-forum");
        var page = await OpenAsync("/?lang=" + language, script: false);
        var groups = view["groups"]!.AsArray();
        groups.Count.ShouldBeGreaterThan(0);
        foreach (var group in groups)
            (await page.Locator(".changed-lately").TextContentAsync())!.ShouldContain(Told(words, group!));
        (await page.Locator(".lead").TextContentAsync())!.ShouldContain(
            words.Count("forum.recent", groups.Where(g => (string)g!["group"]! != "reviewed").Sum(g => g!["items"]!.AsArray().Count))
        );
        await page.GetByRole(AriaRole.Link, new() { Name = words["changes.lately.all"] }).ClickAsync();
        (await page.Locator(".changes > li").CountAsync()).ShouldBe((int)view["total"]!);
    }

    [Theory]
    [InlineData("en", "")]
    [InlineData("zh", "")]
    [InlineData("en", "?from=2026-07-01&to=2026-07-31")]
    public async Task Thirty_days_print_as_a_briefing_of_one_or_two_pages(string language, string query)
    {
        var page = await OpenAsync($"/changes{query}{(query == "" ? '?' : '&')}lang={language}");
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        foreach (var gone in new[] { ".bar", ".find", ".ranges" })
            await Expect(page.Locator(gone).First).ToBeHiddenAsync();
        foreach (var there in new[] { "h1", ".lead", ".title .muted", ".changed h2 >> nth=0" })
            await Expect(page.Locator(there)).ToBeVisibleAsync();
        var pdf = System.Text.Encoding.Latin1.GetString(
            await page.PdfAsync(
                new()
                {
                    Format = "A4",
                    PreferCSSPageSize = true,
                    Margin = new()
                    {
                        Top = "15mm",
                        Bottom = "15mm",
                        Left = "15mm",
                        Right = "15mm",
                    },
                }
            )
        );
        PdfPage().Count(pdf).ShouldBeInRange(1, 2);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task Corrections_say_what_was_said_what_is_said_and_why(string language)
    {
        var words = Phrasebook.For(language);
        var page = await OpenAsync("/corrections?lang=" + language, 360, script: false);
        var entries = page.Locator(".corrections > li");
        await Expect(entries).ToHaveCountAsync(2);
        await Expect(entries.Nth(0).Locator(".head")).ToContainTextAsync(words["correction.retract"]);
        await Expect(entries.Nth(0).Locator("del").First).ToContainTextAsync(words["status.in_force"]);
        await Expect(entries.Nth(1).Locator(".values"))
            .ToContainTextAsync(language == "en" ? "Date 25 June 2024 1 July 2024" : "日期 2024年6月25日 2024年7月1日");
        foreach (var entry in await entries.AllAsync())
            await Expect(entry.Locator(".reason")).ToContainTextAsync(words["history.reason"]);
        await ShouldFitAsync(page);
    }

    [Fact]
    public async Task A_correction_leads_to_what_was_wrongly_shown_and_to_its_entry()
    {
        var page = await OpenAsync("/corrections", script: false);
        await page.Locator(".corrections > li").Nth(0).GetByRole(AriaRole.Link, new() { Name = "As it was wrongly shown" }).ClickAsync();
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("In force");
        await Expect(page.Locator(".then")).ToContainTextAsync("You are looking at 19 May 2026 as known on 19 May 2026");
        await page.GoBackAsync();
        await page.Locator(".corrections > li").Nth(1).GetByRole(AriaRole.Link, new() { Name = "As it was wrongly shown" }).ClickAsync();
        await Expect(page.Locator(".standing .now")).ToContainTextAsync("since 25 June 2024");
        await page.GoBackAsync();
        await page.Locator(".corrections > li").Nth(1).GetByRole(AriaRole.Link, new() { Name = "Entry in the record" }).ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync("Date corrected");
    }

    [Fact]
    public async Task Corrections_are_those_known_then()
    {
        var page = await OpenAsync("/corrections?knownAt=2026-05-19", script: false);
        await Expect(page.Locator(".corrections > li")).ToHaveCountAsync(1);
        await page.GotoAsync("/corrections?knownAt=2024-09-19");
        await Expect(page.Locator(".empty")).ToHaveTextAsync("Nothing had been corrected by then.");
    }

    private static string Told(Phrasebook words, JsonNode group)
    {
        var (word, items) = ((string)group["group"]!, group["items"]!.AsArray().Count);
        return words.Count(word == "reviewed" ? "changes.reviewed" : "changes.count." + word, items);
    }

    [GeneratedRegex(@"/Type\s*/Page\b(?!s)")]
    private static partial Regex PdfPage();
}

/// <summary>Corrections of every sort on the page.</summary>
public sealed class CorrectionsPageTests(Stage stage) : WritingTests(stage)
{
    [Fact]
    public async Task Waiting_confirmed_rejected_and_editorial_ones_say_so_and_a_retracted_item_gives_its_reason()
    {
        var (slug, gone) = ("corrected-often", "listed-twice");
        foreach (var item in new[] { slug, gone })
            await Tracker.RecordAsync(item);
        var progress = (string)(await Tracker.ProgressAsync(slug, "Half done."))["id"]!;
        await CorrectAsync(
            progress,
            new
            {
                kind = "replace",
                newValues = new { note = new { en = "A third done." } },
                reason = new { en = "A slip." },
                editorial = true,
            }
        );
        var step = (string)
            (
                await Tracker.PostAsync(
                    $"items/{slug}/updates",
                    new
                    {
                        type = "status",
                        status = "delivered",
                        occurredOn = "2026-11-01",
                        note = new { en = "Done." },
                        evidence = new[] { new { title = "A paper" } },
                    },
                    Tracker.Ann
                )
            )["id"]!;
        await Tracker.PostAsync($"items/{slug}/updates/{step}/confirmation", new { decision = "confirm" }, Tracker.Bo);
        var confirmed = await CorrectAsync(
            step,
            new
            {
                kind = "redate",
                newValues = new { occurredOn = "2026-11-02" },
                reason = new { en = "A day later." },
            }
        );
        await Tracker.PostAsync($"items/{slug}/corrections/{confirmed}/confirmation", new { decision = "confirm" }, Tracker.Bo);
        var rejected = await CorrectAsync(step, new { kind = "retract", reason = new { en = "It was not." } });
        await Tracker.PostAsync($"items/{slug}/corrections/{rejected}/confirmation", new { decision = "reject" }, Tracker.Bo);
        await CorrectAsync(step, new { kind = "retract", reason = new { en = "It was not, really." } });
        await Tracker.PostAsync($"items/{gone}/retraction", new { mergedInto = slug, reason = new { en = "Listed twice." } }, Tracker.Ann);

        var page = await OpenAsync("/corrections");
        var entries = (await page.Locator(".corrections > li").AllTextContentsAsync())
            .Select(e => string.Join(' ', e.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
            .ToList();
        string Entry(string reason) => entries.Single(e => e.Contains(reason, StringComparison.Ordinal));
        Entry("A slip.").ShouldContain("wording only");
        Entry("A slip.").ShouldContain("Half done. A third done.");
        Entry("A day later.").ShouldContain("Confirmed by a second person");
        Entry("A day later.").ShouldContain("Date 1 November 2026 2 November 2026");
        Entry("It was not. ").ShouldContain("rejected by a second person");
        Entry("It was not. ").ShouldNotContain("As it was wrongly shown");
        Entry("It was not, really.").ShouldContain("awaits a second person");
        Entry("Listed twice.").ShouldContain("Taken out");
        await ShouldFitAsync(page);

        Task<string> CorrectAsync(string update, object body) => PostAsync($"items/{slug}/updates/{update}/corrections", body);
    }

    private async Task<string> PostAsync(string path, object body) =>
        (string)((JsonObject)await Tracker.PostAsync(path, body, Tracker.Ann))["id"]!;
}
