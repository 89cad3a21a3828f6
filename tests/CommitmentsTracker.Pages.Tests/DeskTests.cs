using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Editors sign in, log what happened and decide on what others logged.</summary>
public sealed class DeskTests(Stage stage) : WritingTests(stage)
{
    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_one_time_link_signs_in_by_a_button_without_script(string language)
    {
        var w = Phrasebook.For(language);
        var page = await OpenAsync(await Tracker.LinkAsync(Tracker.Ann) + "?lang=" + language, 360, script: false);
        await Expect(page.Locator("main")).ToContainTextAsync(w["signin.link.text"]);
        await ShouldFitAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = w.Say("signin.link.do", "Ann") }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["desk.title"]);
    }

    [Fact]
    public async Task A_one_time_link_signs_in_once()
    {
        var link = await Tracker.LinkAsync(Tracker.Ann);
        var page = await OpenAsync(link);
        await page.Locator("main button").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("The desk");

        var other = await OpenAsync(link);
        await Expect(other.Locator("h1")).ToHaveTextAsync("Sign in");
        await Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("This link was used before or has expired");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GotoAsync("/desk/log");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Sign in");
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task A_visitor_is_asked_to_sign_in_and_comes_back_to_what_he_wanted(string language)
    {
        var w = Phrasebook.For(language);
        var page = await OpenAsync($"/desk/log?item=coe-framework-convention-on-ai&lang={language}", script: false);
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["signin.title"]);

        await page.Locator("#token").FillAsync("not-a-token");
        await page.Locator("form[action='/desk/sign-in/token'] button").ClickAsync();
        await Expect(page.Locator("#token")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#token-hint")).ToHaveTextAsync(w["signin.failed"]);

        await page.Locator("#token").FillAsync(Tracker.Ann.Token);
        await page.Locator("form[action='/desk/sign-in/token'] button").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["log.title"]);
        await Expect(page.Locator(".about h2")).ToContainTextAsync(language == "zh" ? "公约" : "Framework Convention");
    }

    [Theory]
    [InlineData("en", 1440, true)]
    [InlineData("zh", 1440, true)]
    [InlineData("en", 360, false)]
    [InlineData("zh", 360, true)]
    public async Task An_update_is_logged_and_shows_at_once(string language, int width, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"desk-{language}-{width}-item";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(Tracker.Ann, width, script);
        await page.GotoAsync("/desk/log?lang=" + language);
        await page.Locator("#q").FillAsync(slug);
        await page.Locator("#q").PressAsync("Enter");
        await ShouldFitAsync(page);
        await page.Locator(".pick a").ClickAsync();
        await ShouldFitAsync(page);

        var offered = await page.Locator("input[name='Form.Status']").EvaluateAllAsync<string[]>("all => all.map(o => o.value)");
        offered.Order().ShouldBe(Lifecycle.OfCommitments.After(Status.Announced, null, null).Select(s => s.Word()).Order());

        await FillAsync(page, "underway", "2025-09", "The party showed a first result.", "A report");
        await page.Locator("#noteZh").FillAsync("该方展示了首个成果。");
        await PreviewAsync(page);
        await Expect(page.Locator(".preview")).ToContainTextAsync(w.Status(Status.Underway));
        await Expect(page.Locator(".preview")).ToContainTextAsync(language == "zh" ? "2025年9月" : "September 2025");
        await Expect(page.Locator(".preview")).ToContainTextAsync(w.Say("log.preview.late", LateFact.Days));
        await ShouldFitAsync(page);
        await LogAsync(page);
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["log.done"]);
        await ShouldFitAsync(page);

        await page.Locator(".notice.good a").ClickAsync();
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync(w.Status(Status.Underway));
        await Expect(page.Locator(".standing .now")).ToContainTextAsync(language == "zh" ? "2025年9月" : "since September 2025");
        await Expect(page.Locator(".lanes"))
            .ToContainTextAsync(language == "zh" ? "该方展示了首个成果。" : "The party showed a first result.");
        await Expect(page.Locator(".lanes")).ToContainTextAsync(w["flag.late"]);
        await page.GotoAsync($"/items/{slug}/history?lang={language}");
        var last = page.Locator(".event").Last;
        await Expect(last).ToContainTextAsync(w["event.update_logged"]);
        await Expect(last).ToContainTextAsync(w["by.editor"]);
        await Expect(last.Locator(".effect")).ToContainTextAsync(w.Status(Status.Underway));
        (await page.ContentAsync()).ShouldNotContain(Tracker.Ann.Name + "<");
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task What_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var slug = $"desk-wrong-{language}";
        await Tracker.RecordAsync(slug);
        var page = await SignedInAsync(Tracker.Ann, script: script);
        await page.GotoAsync($"/desk/log?item={slug}&lang={language}");

        // Nothing but a date that does not exist and half a source.
        await page.Locator("#occurredOn").FillAsync("2025-02-31");
        await page.Locator("#e0-publisher").FillAsync("A publisher \"of\" <things>");
        await PreviewAsync(page);
        await Expect(page.Locator("#wrong-occurredOn")).ToHaveTextAsync(w["rule.date"]);
        await Expect(page.Locator("#wrong-note")).ToHaveTextAsync(w["rule.required.note"]);
        await Expect(page.Locator("#wrong-status")).ToHaveTextAsync(w["rule.required.status"]);
        await Expect(page.Locator("#wrong-evidence-0-title")).ToHaveTextAsync(w["rule.required.evidence"]);
        await Expect(page.Locator("#occurredOn")).ToHaveValueAsync("2025-02-31");
        await Expect(page.Locator("#occurredOn")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#e0-publisher")).ToHaveValueAsync("A publisher \"of\" <things>");

        // Readable, but in the future and without a source.
        await FillAsync(page, "stalled", "2027-01-01", "First line\nsecond line & <b>more</b>", "");
        await page.Locator("#e0-publisher").FillAsync("");
        await page.Locator("#actor").SelectOptionAsync("china");
        await page.Locator("input[name='Form.Lane'][value=self_reported]").CheckAsync();
        await page.Locator("#confidence").SelectOptionAsync("claimed");
        await PreviewAsync(page);
        await Expect(page.Locator("#wrong-occurredOn")).ToHaveTextAsync(w["rule.future"]);
        await Expect(page.Locator("#wrong-evidence")).ToHaveTextAsync(w["rule.evidence"]);
        await Expect(page.Locator("#occurredOn")).ToHaveValueAsync("2027-01-01");
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("First line\nsecond line & <b>more</b>");
        await Expect(page.Locator("input[name='Form.Status'][value=stalled]")).ToBeCheckedAsync();
        await Expect(page.Locator("#actor")).ToHaveValueAsync("china");
        await Expect(page.Locator("input[name='Form.Lane'][value=self_reported]")).ToBeCheckedAsync();
        await Expect(page.Locator("#confidence")).ToHaveValueAsync("claimed");

        await page.Locator("#occurredOn").FillAsync("2026-11-20");
        await page.Locator("#e0-title").FillAsync("A source");
        await PreviewAsync(page);
        await LogAsync(page);
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["log.done"]);
    }

    [Fact]
    public async Task One_more_source_keeps_what_was_typed_and_is_logged()
    {
        await Tracker.RecordAsync("desk-sources");
        var page = await SignedInAsync(Tracker.Ann);
        await page.GotoAsync("/desk/log?item=desk-sources");
        await page.Locator("input[name='Form.Type'][value=progress]").CheckAsync();
        await Expect(page.Locator("#status")).ToBeHiddenAsync();
        await page.Locator("#occurredOn").FillAsync("2026-11-20");
        await page.Locator("#noteEn").FillAsync("Two papers say so.");
        await page.Locator("#e0-title").FillAsync("The first paper");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a source" }).ClickAsync();
        await Expect(page.Locator("#e0-title")).ToHaveValueAsync("The first paper");
        await page.Locator("#e1-title").FillAsync("The second paper");
        await page.Locator("#e1-url").FillAsync("https://example.org/second");
        await PreviewAsync(page);
        await LogAsync(page);
        await page.Locator(".notice.good a").ClickAsync();
        await Expect(page.Locator(".lanes").GetByRole(AriaRole.Link, new() { Name = "The second paper" }))
            .ToHaveAttributeAsync("href", "https://example.org/second");
        await Expect(page.Locator(".lanes .update").First).ToContainTextAsync("The first paper");
    }

    [Fact]
    public async Task A_change_in_between_is_shown_and_nothing_typed_is_lost()
    {
        await Tracker.RecordAsync("desk-meanwhile");
        var page = await SignedInAsync(Tracker.Ann);
        await page.GotoAsync("/desk/log?item=desk-meanwhile");
        await FillAsync(page, "underway", "2026-10", "What Ann saw.", "Ann's paper");
        await PreviewAsync(page);
        await Tracker.ProgressAsync("desk-meanwhile", "What Bo saw.", Tracker.Bo);
        await LogAsync(page);

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else recorded something on this item");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("What Bo saw.");
        await Expect(page.Locator("#occurredOn")).ToHaveValueAsync("2026-10");
        await Expect(page.Locator("#noteEn")).ToHaveValueAsync("What Ann saw.");
        await Expect(page.Locator("#e0-title")).ToHaveValueAsync("Ann's paper");
        (await Tracker.GetAsync("items/desk-meanwhile"))["updates"]!.AsArray().Count.ShouldBe(2, "nothing was logged yet");

        await LogAsync(page);
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        await page.Locator(".notice.good a").ClickAsync();
        await Expect(page.Locator(".lanes .update")).ToHaveCountAsync(3);
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Under way");
    }

    [Fact]
    public async Task Sent_twice_an_update_is_logged_once()
    {
        await Tracker.RecordAsync("desk-twice");
        var page = await SignedInAsync(Tracker.Ann);
        await page.GotoAsync("/desk/log?item=desk-twice");
        await FillAsync(page, "underway", "2026-10", "Once.", "A paper");
        await PreviewAsync(page);
        await Expect(page.Locator("#do-log")).ToBeVisibleAsync();
        // An impatient click sends the form once before the one whose answer is seen.
        await page.EvaluateAsync(
            """
            async () => {
              const button = document.querySelector("#do-log");
              const answer = await fetch(location.href, { method: "POST", body: new URLSearchParams(new FormData(button.form, button)) });
              if (!answer.ok) throw new Error(answer.status);
            }
            """
        );
        await LogAsync(page);
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        (await Tracker.GetAsync("items/desk-twice"))["updates"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_unlawful_step_names_what_is_lawful()
    {
        await Tracker.RecordAsync("desk-unlawful");
        var page = await SignedInAsync(Tracker.Ann);
        await page.GotoAsync("/desk/log?item=desk-unlawful");
        await FillAsync(page, "underway", "2026-10-10", "It began.", "A paper");
        await PreviewAsync(page);
        await LogAsync(page);
        await page.GotoAsync("/desk/log?item=desk-unlawful");
        (await page.Locator("input[name='Form.Status']").EvaluateAllAsync<string[]>("all => all.map(o => o.value)")).ShouldNotContain(
            "formalised"
        );

        // Formalised could have come before: the page cannot know the day until it is typed.
        await page.EvaluateAsync(
            "() => { const other = document.querySelector(\"input[name='Form.Status']\"); const added = other.cloneNode(); "
                + "added.value = 'formalised'; other.before(added); }"
        );
        await FillAsync(page, "formalised", "2026-10-12", "It was written down.", "A paper");
        await PreviewAsync(page);
        await Expect(page.Locator("#wrong-status")).ToContainTextAsync("This status cannot follow the one before it. Possible: Stalled");
        await Expect(page.Locator("input[name='Form.Status'][value=formalised]")).ToBeCheckedAsync();
        await page.Locator("#occurredOn").FillAsync("2026-09");
        await PreviewAsync(page);
        await LogAsync(page);
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        await page.Locator(".notice.good a").ClickAsync();
        await Expect(page.Locator(".standing .status")).ToHaveTextAsync("Under way");
    }

    [Theory]
    [InlineData("en", 1440)]
    [InlineData("zh", 360)]
    public async Task A_closing_step_waits_for_a_second_person(string language, int width)
    {
        var w = Phrasebook.For(language);
        var slug = $"desk-closing-{language}";
        await Tracker.RecordAsync(slug);
        var ann = await SignedInAsync(Tracker.Ann, width);
        await ann.GotoAsync($"/desk/log?item={slug}&lang={language}");
        await FillAsync(ann, "delivered", "2026-11-01", "All of it was handed over.", "A record");
        await PreviewAsync(ann);
        await Expect(ann.Locator(".preview")).ToContainTextAsync(w["log.preview.waits"]);
        await LogAsync(ann);
        await Expect(ann.Locator(".notice.good")).ToContainTextAsync(w["log.done.waits"]);

        var reader = await OpenAsync($"/items/{slug}?lang={language}", width);
        await Expect(reader.Locator(".standing .status")).ToContainTextAsync(w.Status(Status.Announced));
        await Expect(reader.Locator(".standing .notice")).ToHaveTextAsync(w.Count("item.awaiting", 1));
        await Expect(reader.Locator(".update.waiting")).ToContainTextAsync(w["tag.waiting"]);

        await ann.GotoAsync("/desk/queue?lang=" + language);
        var mine = ann.Locator($".queue > li[id^='awaiting-{slug}']");
        await Expect(mine).ToContainTextAsync(w["queue.mine"]);
        await Expect(mine.Locator("form.decide")).ToHaveCountAsync(0);
        await ShouldFitAsync(ann);

        var bo = await SignedInAsync(Tracker.Bo, width);
        await bo.GotoAsync("/desk/queue?lang=" + language);
        var waiting = bo.Locator($".queue > li[id^='awaiting-{slug}']");
        await Expect(waiting).ToContainTextAsync("Ann");
        await waiting.GetByRole(AriaRole.Textbox).FillAsync("I saw the record.");
        await ShouldFitAsync(bo);
        await waiting.GetByRole(AriaRole.Button, new() { Name = w["queue.confirm"], Exact = true }).ClickAsync();
        await Expect(bo.Locator(".notice.good")).ToHaveTextAsync(w["queue.done.confirm"]);

        await reader.ReloadAsync();
        await Expect(reader.Locator(".standing .status")).ToHaveTextAsync(w.Status(Status.Delivered));
        await Expect(reader.Locator(".update.waiting")).ToHaveCountAsync(0);
        await reader.GotoAsync($"/items/{slug}/history?lang={language}");
        await Expect(reader.Locator(".event").Last).ToContainTextAsync(w["event.update_confirmed"]);
        await Expect(reader.Locator(".event").Last).ToContainTextAsync("I saw the record.");
        await ShouldFitAsync(reader);
    }

    [Fact]
    public async Task Ones_own_step_is_refused_readably_even_if_asked_for()
    {
        await DeliveredAsync("desk-own");
        var bo = await SignedInAsync(Tracker.Bo);
        await bo.GotoAsync("/desk/queue");
        // Bo's form in Ann's hands: the page of somebody who signed in as another person meanwhile.
        var row = bo.Locator(".queue > li[id^='awaiting-desk-own']");
        await bo.Context.ClearCookiesAsync(new() { Name = "tracker" });
        var other = await bo.Context.NewPageAsync();
        await other.GotoAsync(await Tracker.LinkAsync(Tracker.Ann));
        await other.Locator("main button").ClickAsync();
        await other.GotoAsync("/desk/queue");
        var token = await other.Locator("input[name=__RequestVerificationToken]").First.InputValueAsync();
        await row.Locator("form.decide input[name=__RequestVerificationToken]")
            .EvaluateAsync("(field, token) => field.value = token", token);
        await row.GetByRole(AriaRole.Button, new() { Name = "Confirm", Exact = true }).ClickAsync();
        await Expect(bo.GetByRole(AriaRole.Alert)).ToContainTextAsync("You logged this yourself; somebody else has to decide.");
    }

    [Fact]
    public async Task A_rejected_step_never_counts_and_stays_in_the_record()
    {
        await DeliveredAsync("desk-rejected");
        var bo = await SignedInAsync(Tracker.Bo, script: false);
        await bo.GotoAsync("/desk/queue");
        var row = bo.Locator(".queue > li[id^='awaiting-desk-rejected']");
        await row.GetByRole(AriaRole.Textbox).FillAsync("The record says otherwise.");
        await row.GetByRole(AriaRole.Button, new() { Name = "Reject" }).ClickAsync();
        await Expect(bo.Locator(".notice.good")).ToHaveTextAsync("Rejected; it will never count.");

        await bo.GotoAsync("/items/desk-rejected");
        await Expect(bo.Locator(".standing .status")).ToContainTextAsync("Announced");
        await Expect(bo.Locator(".lanes .update")).ToHaveCountAsync(1);
        await bo.GotoAsync("/items/desk-rejected/history");
        await Expect(bo.Locator(".event.struck")).ToHaveCountAsync(1);
        await Expect(bo.Locator(".event").Last).ToContainTextAsync("The record says otherwise.");
    }

    [Fact]
    public async Task What_was_decided_meanwhile_says_so()
    {
        await DeliveredAsync("desk-decided");
        var bo = await SignedInAsync(Tracker.Bo);
        await bo.GotoAsync("/desk/queue");
        var id = (string)(await Tracker.GetAsync("items/desk-decided"))["updates"]!.AsArray().Last()!["id"]!;
        await Tracker.PostAsync(
            $"items/desk-decided/updates/{id}/confirmation",
            new { decision = "confirm" },
            await Tracker.PersonAsync("Cy")
        );
        await bo.Locator(".queue > li[id^='awaiting-desk-decided']")
            .GetByRole(AriaRole.Button, new() { Name = "Confirm", Exact = true })
            .ClickAsync();
        await Expect(bo.GetByRole(AriaRole.Alert)).ToContainTextAsync("Cy confirmed this on 24 Nov 2026");
        await Expect(bo.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was recorded twice.");
    }

    [Fact]
    public async Task The_desk_is_kept_by_no_cache()
    {
        var page = await SignedInAsync(Tracker.Ann);
        foreach (var path in new[] { "/desk/log", "/desk/queue", "/desk/sign-in" })
        {
            var answer = await page.GotoAsync(path);
            (await answer!.HeaderValueAsync("cache-control"))!.ShouldContain("no-store");
        }
    }

    private async Task DeliveredAsync(string slug)
    {
        await Tracker.RecordAsync(slug);
        await Tracker.PostAsync(
            $"items/{slug}/updates",
            new
            {
                type = "status",
                status = "delivered",
                occurredOn = "2026-11-01",
                note = new { en = "All of it was handed over." },
                evidence = new[] { new { title = "A record" } },
            },
            Tracker.Ann
        );
    }

    private static async Task FillAsync(IPage page, string status, string date, string note, string source)
    {
        await page.Locator($"input[name='Form.Status'][value={status}]").CheckAsync();
        await page.Locator("#occurredOn").FillAsync(date);
        await page.Locator("#noteEn").FillAsync(note);
        await page.Locator("#e0-title").FillAsync(source);
    }

    private static Task PreviewAsync(IPage page) => page.Locator("#do-preview").ClickAsync();

    private static Task LogAsync(IPage page) => page.Locator("#do-log").ClickAsync();
}
