using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.People;
using Npgsql;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>The stories of the desk: logging at speed, nothing lost, a second person, the queue.</summary>
public sealed partial class DeskStoriesTests(Stage stage) : WritingTests(stage)
{
    private const string Forum = "waic-2024-ai-governance-forum";

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task The_adoption_of_a_resolution_is_logged_by_keyboard_and_what_follows_is_confirmed_by_a_reviewer(string language)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-resolution-{language}";
        await Tracker.RecordAsync(slug, "proposal", $"A resolution of story {language}");
        var page = await SignedInAsync(await PersonAsync("Edda", Role.Editor));
        await page.GotoAsync($"/desk?lang={language}");
        await TabToAsync(page, "main #q");
        await page.Keyboard.TypeAsync(slug);
        await Expect(page.Locator("#found [role=option]").First)
            .ToContainTextAsync(language == "zh" ? $"事项 {slug}" : $"A resolution of story {language}");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator("#q")).ToHaveAttributeAsync("aria-activedescendant", "found-0");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".about h2")).ToContainTextAsync(language);

        await TypeAsync(page, "adopted", "2026-11-20", language, "A/RES/79/325");
        await Expect(page.Locator(".preview .reach")).ToHaveTextAsync(w["log.reach.none"]);
        await Expect(page.Locator(".preview .standing .status").First).ToHaveTextAsync(w.Status(Status.Adopted));
        await Expect(page.Locator(".preview")).ToContainTextAsync(w[language == "zh" ? "log.preview.noen" : "log.preview.nozh"]);
        await Expect(page.Locator("#do-log")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["log.done"]);
        var update = (await Tracker.GetAsync($"items/{slug}"))["updates"]!.AsArray()[^1]!;
        ((string)update["status"]!, (string)update["evidence"]![0]!["identifier"]!, (string)update["evidence"]![0]!["url"]!).ShouldBe(
            ("adopted", "A/RES/79/325", "https://docs.un.org/en/A/RES/79/325")
        );

        await TypeAsync(page, "in_force", "2026-11-22", language, "https://example.org/entry-into-force");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["log.done.waits"]);

        var reader = await OpenAsync($"/items/{slug}?lang={language}");
        await Expect(reader.Locator(".update.waiting")).ToContainTextAsync(w["tag.waiting"]);
        await Expect(reader.Locator(".update.waiting")).ToContainTextAsync(w.Say("waiting.why", w.Status(Status.InForce)));

        var reviewer = await SignedInAsync(await PersonAsync("Rita", Role.Reviewer));
        await reviewer.GotoAsync($"/desk/queue?lang={language}");
        var entry = Entry(reviewer, "awaiting", slug);
        await TabToAsync(reviewer, $"[id^='awaiting-{slug}'] input[name='Form.Note']");
        await reviewer.Keyboard.TypeAsync("Seen.");
        await TabToAsync(reviewer, "button[value=confirm]");
        await reviewer.Keyboard.PressAsync("Enter");
        await Expect(reviewer.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.confirm"]);
        await Expect(entry).ToHaveCountAsync(0);
        await reader.ReloadAsync();
        await Expect(reader.Locator(".standing .status")).ToHaveTextAsync(w.Status(Status.InForce));
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task An_unlawful_jump_is_refused_with_the_lawful_ways(string language)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-unlawful-{language}";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(Tracker.Ann);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await page.EvaluateAsync(
            "() => { const other = document.querySelector(\"input[name='Form.Status']\"); const added = other.cloneNode(); "
                + "added.value = 'reversed'; other.before(added); }"
        );
        await FillAsync(page, "reversed", "2026-11-20", "Undone.", "A paper");
        await page.Locator("#do-preview").ClickAsync();
        await Expect(page.Locator("#wrong-status")).ToContainTextAsync(w["rule.lifecycle"]);
        await Expect(page.Locator("#wrong-status")).ToContainTextAsync(w.Status(Status.Formalised));
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("Undone.");
        ((int)(await Tracker.GetAsync($"items/{slug}"))["version"]!).ShouldBe(2);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task Of_two_editors_the_second_is_told_what_changed(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-two-{language}";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(Tracker.Ann, script: script);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await FillAsync(page, "underway", "2026-10", "What Ann saw.", "Ann's paper");
        await page.Locator("#do-preview").ClickAsync();
        await Tracker.ProgressAsync(slug, "What Bo saw.", Tracker.Bo);
        var answer = await page.RunAndWaitForResponseAsync(() => page.Locator("#do-log").ClickAsync(), r => r.Request.Method == "POST");
        answer.Status.ShouldBe(412);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync(w["log.meanwhile"]);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("What Bo saw.");
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("What Ann saw.");
        await page.Locator("#do-log").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        (await Tracker.GetAsync($"items/{slug}"))["updates"]!.AsArray().Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", true)]
    [InlineData("en", false)]
    [InlineData("zh", false)]
    public async Task Whose_session_lapses_in_the_middle_of_typing_signs_in_and_finds_everything(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-lapsed-{language}-{(script ? "script" : "plain")}";
        await Tracker.RecordAsync(slug);
        var editor = await PersonAsync("Lia", Role.Editor);
        var page = await SignedInAsync(editor, script: script);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await FillAsync(page, "underway", "2026-10", "The first half", "A paper");
        if (script)
            await Expect(page.Locator(".draft-state")).ToHaveTextAsync(w["draft.kept"]);
        await LapseAsync(editor);
        await page.Locator("#noteEn").FillAsync("The first half and the second.");
        if (script)
            await Expect(page.Locator(".draft-state")).ToHaveTextAsync(w["draft.out"]);
        await page.Locator("#do-preview").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["signin.title"]);
        await page.Locator("#token").FillAsync(editor.Token);
        await page.Locator("form:has(#token) button").ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync(w["log.title"]);
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("The first half and the second.");
        await Expect(page.Locator("#occurredOn")).ToHaveValueAsync("2026-10");
        await Expect(page.Locator("#e0-title")).ToHaveValueAsync("A paper");
        await Expect(page.Locator("input[name='Form.Status'][value=underway]")).ToBeCheckedAsync();
        await page.Locator("#do-preview").ClickAsync();
        await page.Locator("#do-log").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["log.done"]);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task A_draft_survives_a_lost_connection_and_shows_in_another_browser_until_it_is_thrown_away()
    {
        await Tracker.RecordAsync("story-offline");
        var editor = await PersonAsync("Olga", Role.Editor);
        var page = await SignedInAsync(editor);
        await page.GotoAsync("/desk/log?item=story-offline");
        await page.Context.SetOfflineAsync(true);
        await page.Locator("#noteEn").FillAsync("Typed in a tunnel.");
        await Expect(page.Locator(".draft-state")).ToHaveTextAsync("No connection: kept in this browser, and sent when it is back.");
        await page.Context.SetOfflineAsync(false);
        await Expect(page.Locator(".draft-state")).ToHaveTextAsync("Draft kept.");
        (await page.EvaluateAsync<int>("() => Object.keys(localStorage).filter(k => k.startsWith('draft:')).length")).ShouldBe(0);

        var other = await SignedInAsync(editor, 360, script: false);
        await other.GotoAsync("/desk");
        await other.Locator(".draft a").First.ClickAsync();
        await Expect(other.Locator("#noteEn")).ToHaveValueAsync("Typed in a tunnel.");
        await Expect(other.Locator(".notice")).ToContainTextAsync("This is your draft");
        await other.GetByRole(AriaRole.Button, new() { Name = "Throw the draft away" }).ClickAsync();
        await Expect(other.Locator("#noteEn")).ToHaveValueAsync("");
        await other.GotoAsync("/desk");
        await Expect(other.Locator("main")).ToContainTextAsync("Nothing is half written.");
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_representative_writes_in_their_own_lane_and_nowhere_else(string language)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-party-{language}";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(await PersonAsync("Rep", Role.Representative, "china"));
        await page.GotoAsync($"/desk/log?item=eu-ai-act&lang={language}");
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync(w["rule.own-lane"]);
        await Expect(page.Locator("form.log")).ToHaveCountAsync(0);

        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        (await page.Locator("input[name='Form.Lane']").EvaluateAllAsync<string[]>("all => all.map(i => i.value)")).ShouldBe([
            "self_reported",
        ]);
        await FillAsync(page, "underway", "2026-10", "We began.", "Our paper");
        await page.Locator("input[name='Form.Lane']").EvaluateAsync("i => i.value = 'independent'");
        var answer = await page.RunAndWaitForResponseAsync(() => page.Locator("#do-preview").ClickAsync(), r => r.Request.Method == "POST");
        answer.Status.ShouldBe(403);
        await Expect(page.Locator("#wrong-lane")).ToHaveTextAsync(w["rule.own-lane"]);
        await page.Locator("input[name='Form.Lane'][value=self_reported]").CheckAsync();
        await page.Locator("#do-preview").ClickAsync();
        await page.Locator("#do-log").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        ((string)(await Tracker.GetAsync($"items/{slug}"))["updates"]!.AsArray()[^1]!["lane"]!).ShouldBe("self_reported");
        (await page.GotoAsync("/desk/queue"))!.Status.ShouldBe(200);
        await Expect(page.Locator(".queue-section")).ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task A_reviewer_sends_back_with_a_question_and_the_author_mends_and_only_one_reviewer_decides(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-question-{language}";
        await Tracker.RecordAsync(slug);
        await Tracker.PostAsync(
            $"items/{slug}/updates",
            new
            {
                type = "status",
                status = "delivered",
                occurredOn = "2026-11-01",
                note = new { en = "Handed over." },
                evidence = new[] { new { title = "A record" } },
            },
            Tracker.Ann
        );
        var bo = await SignedInAsync(Tracker.Bo, script: script);
        await bo.GotoAsync($"/desk/queue?lang={language}");
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["queue.ask"] }).ClickAsync();
        await Expect(Entry(bo, "awaiting", slug).Locator(".wrong")).ToHaveTextAsync(w["rule.required.question"]);
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Textbox).FillAsync("On which day?");
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["queue.ask"] }).ClickAsync();
        await Expect(bo.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.ask"]);

        var ann = await SignedInAsync(Tracker.Ann, script: script);
        await ann.GotoAsync($"/desk/queue?lang={language}");
        var back = Entry(ann, "sent-back", slug);
        await Expect(back).ToContainTextAsync("On which day?");
        await back.GetByRole(AriaRole.Link, new() { Name = w["queue.mend"] }).ClickAsync();
        await Expect(ann.Locator("#noteEn")).ToHaveValueAsync("Handed over.");
        await ann.Locator("#occurredOn").FillAsync("2026-11-03");
        await ann.Locator("#do-preview").ClickAsync();
        await Expect(ann.Locator("#wrong-reason")).ToHaveTextAsync(w["rule.required.reason"]);
        await ann.Locator("#reason").FillAsync("The record says the 3rd.");
        await ann.Locator("#do-preview").ClickAsync();
        await ann.Locator("#do-log").ClickAsync();
        await Expect(ann.Locator(".notice.good")).ToContainTextAsync(w["log.done.mended"]);
        await ann.GotoAsync($"/desk/queue?lang={language}");
        await Expect(Entry(ann, "sent-back", slug)).ToHaveCountAsync(0);

        await bo.GotoAsync($"/desk/queue?lang={language}");
        await Expect(Entry(bo, "awaiting", slug)).ToContainTextAsync("The record says the 3rd.");
        var cy = await SignedInAsync(await PersonAsync("Cy", Role.Reviewer), script: script);
        await cy.GotoAsync($"/desk/queue?lang={language}");
        await Entry(cy, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["queue.confirm"], Exact = true }).ClickAsync();
        await Expect(cy.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.confirm"]);
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["queue.confirm"], Exact = true }).ClickAsync();
        await Expect(bo.GetByRole(AriaRole.Alert)).ToContainTextAsync("Cy");
        await Expect(bo.GetByRole(AriaRole.Alert)).ToContainTextAsync(w["queue.decided.nothing"]);
        var item = await Tracker.GetAsync($"items/{slug}");
        ((string)item["status"]!, (string)item["statusSince"]!).ShouldBe(("delivered", "2026-11-03"));
        (await Tracker.GetAsync($"items/{slug}/history"))["events"]!
            .AsArray()
            .Count(e => (string)e!["type"]! == "update_confirmed")
            .ShouldBe(1);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task Something_is_taken_shown_to_others_and_given_back(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"story-claim-{language}";
        await Tracker.RecordAsync(slug);
        await Tracker.PostAsync(
            $"items/{slug}/updates",
            new
            {
                type = "status",
                status = "delivered",
                occurredOn = "2026-11-01",
                note = new { en = "Done." },
                evidence = new[] { new { title = "A record" } },
            },
            Tracker.Ann
        );
        var (bo, cy) = (
            await SignedInAsync(Tracker.Bo, script: script),
            await SignedInAsync(await PersonAsync("Cleo", Role.Reviewer), script: script)
        );
        await bo.GotoAsync($"/desk/queue?lang={language}");
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["claim.take"] }).ClickAsync();
        await Expect(bo.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.take"]);
        await cy.GotoAsync($"/desk/queue?lang={language}");
        await Expect(Entry(cy, "awaiting", slug).Locator(".claim")).ToContainTextAsync("Bo");
        await cy.GotoAsync($"/desk/queue?lang={language}&mine=yes");
        await Expect(Entry(cy, "awaiting", slug)).ToHaveCountAsync(0);
        await bo.GotoAsync($"/desk/queue?lang={language}&mine=yes");
        await Entry(bo, "awaiting", slug).GetByRole(AriaRole.Button, new() { Name = w["claim.back"] }).ClickAsync();
        await Expect(bo.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.back"]);
        await Expect(Entry(bo, "awaiting", slug)).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task Nothing_new_is_noted_in_one_click_and_for_several_items_at_once(string language)
    {
        var w = Phrasebook.For(language);
        var (one, two, closed) = ($"story-review-{language}-1", $"story-review-{language}-2", $"story-review-{language}-3");
        // The queue shows those first that wait the longest.
        foreach (var slug in new[] { one, two, closed })
            await Tracker.RecordAsync(slug, madeOn: "2023-02-01");
        var page = await SignedInAsync(Tracker.Ann, script: false);
        await page.GotoAsync($"/items/{one}?lang={language}");
        await page.GetByRole(AriaRole.Button, new() { Name = w["review.do"], Exact = true }).ClickAsync();
        await Expect(page.Locator(".notice.good").First).ToHaveTextAsync(w["review.done"]);
        var review = (await Tracker.GetAsync($"items/{one}"))["updates"]!.AsArray()[^1]!;
        ((string)review["type"]!, (string)review["occurredOn"]!, (string)review["note"]!["zh"]!).ShouldBe(
            ("review", "2026-11-24", Phrasebook.For("zh")["review.note"])
        );

        await page.GotoAsync($"/desk/queue?lang={language}");
        await Entry(page, "review", two).GetByRole(AriaRole.Checkbox).CheckAsync();
        await Entry(page, "review", closed).GetByRole(AriaRole.Checkbox).CheckAsync();
        // Meanwhile somebody takes one of them out.
        await Tracker.PostAsync($"items/{closed}/retraction", new { reason = new { en = "Twice." } }, Tracker.Bo);
        await page.Locator("#bulk-note").FillAsync("Looked at all of them.");
        await page.Locator("#bulk-on").FillAsync("2026-11-20");
        await page.Locator("#bulk button").ClickAsync();
        var report = page.Locator("[role=status] li");
        await Expect(report.Filter(new() { HasText = two })).ToContainTextAsync(w["queue.report.done"]);
        await Expect(report.Filter(new() { HasText = closed })).ToContainTextAsync(w["rule.item-retracted"]);
        ((string)(await Tracker.GetAsync($"items/{two}"))["updates"]!.AsArray()[^1]!["occurredOn"]!).ShouldBe("2026-11-20");
    }

    [Theory]
    [InlineData("en", 1440)]
    [InlineData("zh", 360)]
    public async Task The_pages_of_the_desk_are_accessible_and_fit(string language, int width)
    {
        var slug = $"story-axe-{language}";
        await Tracker.RecordAsync(slug);
        await Tracker.PostAsync(
            $"items/{slug}/updates",
            new
            {
                type = "status",
                status = "delivered",
                occurredOn = "2026-11-01",
                note = new { en = "Done." },
                evidence = new[] { new { title = "A record" } },
            },
            Tracker.Ann
        );
        var page = await SignedInAsync(Tracker.Bo, width);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await page.Locator("input[name='Form.Type'][value=progress]").CheckAsync();
        await page.Locator("#occurredOn").FillAsync("2026-11-20");
        await page.Locator("#noteEn").FillAsync("A word.");
        await page.Locator("#e0-title").FillAsync("A paper");
        await page.Locator("#do-preview").ClickAsync();
        await Expect(page.Locator(".preview")).ToBeVisibleAsync();
        await Axe.ShouldFindNothingAsync(page);
        await ShouldFitAsync(page);
        foreach (var path in new[] { "/desk", "/desk/log", "/desk/queue", "/desk/csv", "/desk/review", $"/items/{slug}" })
        {
            await page.GotoAsync($"{path}?lang={language}");
            await Axe.ShouldFindNothingAsync(page);
            await ShouldFitAsync(page);
        }
    }
}
