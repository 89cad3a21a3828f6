using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>The parts of an item's page and of its record.</summary>
public sealed class ItemPageTests(Stage stage) : WritingTests(stage)
{
    private const string Item = "item-page-answered";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if ((await Tracker.TryGetAsync("items/" + Item)).Status == 200)
            return;
        await Tracker.RecordAsync("item-page-old");
        await Tracker.PostAsync(
            "items",
            new
            {
                slug = Item,
                kind = "proposal",
                forum = "waic-2024-ai-governance-forum",
                title = new { en = "Open the \u202Eledger", zh = "公开\u202E账本" },
                proposer = "china",
                addressees = new[] { "openai" },
                madeOn = "2024-07-04",
                related = new[] { new { slug = "item-page-old", relation = "revives" } },
                citations = new[] { new { exact = "open the ledger" } },
            },
            Tracker.Ann
        );
        await Tracker.PostAsync(
            "items",
            new
            {
                slug = "item-page-heir",
                kind = "commitment",
                forum = "waic-2024-ai-governance-forum",
                title = new { en = "The heir", zh = "后继事项" },
                proposer = "china",
                madeOn = "2025-07-04",
                related = new[] { new { slug = Item, relation = "renews" } },
            },
            Tracker.Ann
        );
        foreach (
            var (type, status, on) in new[]
            {
                ("response", null, "2025-01-10"),
                ("milestone", null, "2025-02-01"),
                ("status", "endorsed", "2025-03-01"),
                ("milestone", null, "2026-02-01"),
            }
        )
            await LogAsync(type, status, on);
    }

    private Task LogAsync(string type, string? status, string on) =>
        Tracker.PostAsync(
            $"items/{Item}/updates",
            new
            {
                type,
                status,
                occurredOn = on,
                note = new { en = $"It happened on {on}.", zh = $"发生于{on}。" },
                actor = type == "response" ? "openai" : null,
                evidence = new[]
                {
                    new
                    {
                        title = "A paper",
                        publisher = "A publisher",
                        url = "https://example.org/paper",
                        archivedUrl = "https://archive.example/paper",
                        grade = "primary",
                    },
                },
            },
            Tracker.Ann
        );

    [Theory]
    [InlineData("en", 1440)]
    [InlineData("zh", 360)]
    public async Task It_shows_responses_milestones_proof_and_lineage(string language, int width)
    {
        var words = Phrasebook.For(language);
        var page = await OpenAsync($"/items/{Item}?lang={language}", width, script: false);
        await ShouldFitAsync(page);
        await Expect(page.Locator(".responses .update")).ToHaveCountAsync(1);
        await Expect(page.Locator(".responses .update")).ToContainTextAsync("OpenAI");
        await Expect(page.Locator(".lanes .update")).ToHaveCountAsync(4);
        await Expect(page.Locator(".milestones li")).ToHaveCountAsync(2);
        await Expect(page.Locator("section:has(#milestones)"))
            .ToContainTextAsync(words.Say("milestones.met", "2", "2", words.Date(new DateOnly(2026, 11, 24))));
        await Expect(page.Locator(".proofs > li")).ToHaveCountAsync(3);
        await Expect(page.Locator(".proofs .evidence a[href='https://archive.example/paper']")).ToHaveCountAsync(3);

        var sides = page.Locator(".lineage-side");
        await Expect(sides.Nth(0)).ToContainTextAsync(words["relation.revives"]);
        await Expect(sides.Nth(0).Locator("a"))
            .ToHaveAttributeAsync("href", new System.Text.RegularExpressions.Regex("^/items/item-page-old"));
        await Expect(sides.Nth(1)).ToContainTextAsync(words["relation.back.renews"]);
        await sides.Nth(1).Locator("a").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(language == "zh" ? "后继事项" : "The heir");
        await Expect(page.Locator(".lineage-side")).ToContainTextAsync(words["relation.renews"]);
    }

    [Fact]
    public async Task An_item_with_a_place_in_the_story_is_not_named_again_as_related()
    {
        var page = await OpenAsync("/items/global-digital-compact", script: false);
        var placed = await page.Locator(".lineage-side a").EvaluateAllAsync<string[]>("all => all.map(a => a.pathname)");
        var related = await page.Locator(".related a").EvaluateAllAsync<string[]>("all => all.map(a => a.pathname)");
        (placed.Length, related.Length).ShouldBe((4, 1));
        placed.Intersect(related).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_past_day_counts_the_milestones_met_by_then()
    {
        var page = await OpenAsync($"/items/{Item}?asOf=2025-06-30", script: false);
        await Expect(page.Locator("section:has(#milestones)")).ToContainTextAsync("1 of 2 known milestones met by 30 June 2025");
        (await page.Locator("section:has(#milestones)").TextContentAsync())!.ShouldNotContain("%");
    }

    [Fact]
    public async Task A_title_that_turns_the_direction_does_not_turn_what_follows_it()
    {
        foreach (var path in new[] { $"/items/{Item}", $"/items/{Item}/history", "/items?q=ledger", "/items/item-page-old", "/" })
        {
            var page = await OpenAsync(path);
            var loose = await page.EvaluateAsync<string[]>(
                """
                () => {
                  const loose = [];
                  for (const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT); walker.nextNode();)
                    if (walker.currentNode.data.includes("\u202e") && !walker.currentNode.parentElement.closest("bdi, pre"))
                      loose.push(walker.currentNode.parentElement.outerHTML.slice(0, 80));
                  return loose;
                }
                """
            );
            loose.ShouldBeEmpty(path);
        }

        // In one line: the title and the status behind it stand in the order in which they are written.
        var item = await OpenAsync("/items/item-page-old");
        var link = (await item.Locator(".lineage-side li a").BoundingBoxAsync())!;
        var chip = (await item.Locator(".lineage-side li .status").BoundingBoxAsync())!;
        chip.X.ShouldBeGreaterThan(link.X);
    }

    [Fact]
    public async Task Whoever_finds_a_mistake_knows_whom_to_tell()
    {
        var page = await OpenAsync($"/items/{Item}", script: false);
        await page.Locator(".quick").GetByRole(AriaRole.Link, new() { Name = "Is this wrong?" }).ClickAsync();
        var wrong = page.Locator("section:has(#wrong)");
        await Expect(wrong).ToContainTextAsync("POST /api/v1/tips");
        var letter = (await wrong.Locator("a[href^='mailto:']").GetAttributeAsync("href"))!;
        letter.ShouldStartWith("mailto:records@example.org?subject=Correction%3A%20Open");
        Uri.UnescapeDataString(letter).ShouldContain($"/items/{Item}?asOf=2026-11-24&knownAt=");
        // Without a contact there is no link that leads nowhere.
        var other = await (await Stage.Browser).NewPageAsync();
        await other.GotoAsync((await Stage.Reading).Address + "/items/eu-ai-act?lang=en");
        await Expect(other.Locator("section:has(#wrong)")).ToContainTextAsync("have named no address");
        (await other.Locator("a[href^='mailto:']").CountAsync()).ShouldBe(0);
        await other.CloseAsync();
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_record_of_the_past_says_what_is_said_otherwise_now(string language)
    {
        var words = Phrasebook.For(language);
        var page = await OpenAsync($"/items/coe-framework-convention-on-ai/history?knownAt=2026-05-01&lang={language}", 360, script: false);
        await ShouldFitAsync(page);
        var status = page.Locator(".then-now tbody tr").Nth(0).Locator("td");
        await Expect(status.Nth(0)).ToContainTextAsync(words["status.in_force"]);
        await Expect(status.Nth(1)).ToContainTextAsync(words["status.signed"]);
        // Others may correct the item meanwhile.
        (await page.Locator(".later li").CountAsync()).ShouldBeInRange(5, 6);
        await page.Locator(".later a").Nth(1).ClickAsync();
        await Expect(page.Locator(".event:target")).ToContainTextAsync(words["event.correction_made"]);
        await Expect(page.Locator(".since-then")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("commitments", 4, 6)]
    [InlineData("proposals", 8, 6)]
    public async Task The_method_draws_each_lifecycle_as_its_table_says(string id, int stages, int others)
    {
        var page = await OpenAsync("/method", script: false);
        var figure = page.Locator($"section:has(> #{id}) .lifecycle");
        await Expect(figure.Locator("rect.stage")).ToHaveCountAsync(stages + others);
        await Expect(page.Locator($"section:has(> #{id}) tbody tr")).ToHaveCountAsync(stages + others);
        var rows = await page.Locator($"section:has(> #{id}) tbody tr")
            .EvaluateAllAsync<string[][]>(
                "all => all.map(r => [r.cells[0].querySelector('.status').textContent.trim(), r.cells[2].textContent])"
            );
        var names = rows.Select(r => r[0]).ToList();
        // Each ring and each full mark is a step of the table; stalled leads on to the stage at which it stalled, whichever that was.
        var drawn = await figure.Locator("circle > title").AllTextContentsAsync();
        drawn.Count.ShouldBeGreaterThan(10);
        foreach (var (from, to) in drawn.Select(d => d.Split(" → ")).Select(p => (p[0], p[1])))
            if (from != "Stalled")
                rows.Single(r => r[0] == from)[1].ToUpperInvariant().ShouldContain(to.ToUpperInvariant());
        foreach (var row in rows.Take(stages))
        foreach (var other in names.Skip(stages))
            drawn
                .Contains($"{row[0]} → {other}")
                .ShouldBe(
                    row[1]
                        .Replace("Partly delivered", "Partly", StringComparison.Ordinal)
                        .Contains(other == "Partly delivered" ? "Partly" : other, StringComparison.OrdinalIgnoreCase),
                    $"{row[0]} → {other}"
                );
        await Expect(page.Locator("section:has(#versions)")).ToContainTextAsync("commitments-tracker-state/1");
    }
}
