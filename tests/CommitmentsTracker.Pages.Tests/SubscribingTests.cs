using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Subscribing and ending it, from the page of an item over the mailbox to the erased address.</summary>
public sealed class SubscribingTests(Stage stage) : WritingTests(stage)
{
    [Theory]
    [InlineData("en", 1440, true)]
    [InlineData("zh", 1440, true)]
    [InlineData("en", 360, false)]
    [InlineData("zh", 360, true)]
    [InlineData("zh", 360, false)]
    public async Task One_subscribes_to_an_item_confirms_changes_and_ends_it(string language, int width, bool script)
    {
        var w = Phrasebook.For(language);
        var (slug, email) = ($"told-{language}-{width}-{(script ? "script" : "plain")}", $"{language}.{width}.{script}@example.org");
        await Tracker.RecordAsync(slug);
        await Tracker.ProgressAsync(slug, "A first result was shown.");
        var title = language == "zh" ? $"事项 {slug}" : $"The item {slug}";

        var page = await OpenAsync($"/items/{slug}?lang={language}", width, script);
        await page.GetByRole(AriaRole.Link, new() { Name = w["subscribe.this"], Exact = true }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["subscribe.title"]);
        await Expect(page.Locator("section[aria-labelledby=watch]")).ToContainTextAsync(title);
        await Expect(page.Locator("section[aria-labelledby=watch]")).ToContainTextAsync(w["subscribe.estimate.rare"]);
        await Expect(page.Locator(".mail")).ToContainTextAsync(w.Say("mail.item.subject", title));
        await Expect(page.Locator(".mail")).ToContainTextAsync("A first result was shown.");
        await Expect(page.Locator("#in")).ToHaveValueAsync(language);
        await ShouldFitAsync(page);

        await page.Locator("#email").FillAsync(email);
        await page.GetByLabel(w.Word("news", Domain.Changes.NewsKind.Review), new() { Exact = true }).UncheckAsync();
        await page.GetByLabel(w.Word("frequency", Frequency.Daily), new() { Exact = true }).CheckAsync();
        await page.Locator("#zone").SelectOptionAsync("Asia/Shanghai");
        await page.GetByRole(AriaRole.Button, new() { Name = w["subscribe.do"] }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = w["subscribe.sent"] }))
            .ToContainTextAsync(w["subscribe.sent.text"]);
        await ShouldFitAsync(page);

        var mail = (await Stage.Mails.ForAsync(email)).ShouldHaveSingleItem();
        mail.Message.Subject.ShouldBe(w["mail.confirm.subject"]);
        mail.Text.ShouldContain(w["mail.confirm.otherwise"]);
        for (var look = 0; look < 2; look++)
        {
            await page.GotoAsync(ConfirmationIn(mail));
            await Expect(page.Locator("h1")).ToHaveTextAsync(w["confirm.title"]);
            await Expect(page.Locator("main")).ToContainTextAsync(w.Say("confirm.text", email));
            await Expect(page.Locator("main")).ToContainTextAsync(title);
            (await StateAsync(email)).ShouldBe("pending", "looking at the link changes nothing");
        }

        await ShouldFitAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = w["confirm.do"] }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["manage.title"]);
        await Expect(page.Locator(".notice.good")).ToHaveTextAsync(w["manage.done.confirmed"]);
        await Expect(page.Locator(".asked > li")).ToHaveCountAsync(1);
        foreach (
            var said in new[]
            {
                title,
                w.Word("frequency", Frequency.Daily),
                w["subscription.active"],
                w.Word("news", Domain.Changes.NewsKind.Status),
            }
        )
            await Expect(page.Locator(".asked > li")).ToContainTextAsync(said);
        await Expect(page.Locator(".asked > li")).Not.ToContainTextAsync(w.Word("news", Domain.Changes.NewsKind.Review));
        (await StateAsync(email)).ShouldBe("active");
        await ShouldFitAsync(page);
        var manage = new Uri(page.Url).AbsolutePath;

        await page.GetByRole(AriaRole.Button, new() { Name = w["manage.frequency.weekly"] }).ClickAsync();
        await Expect(page.Locator(".notice.good")).ToHaveTextAsync(w["manage.done.frequency"]);
        await Expect(page.Locator(".asked > li")).ToContainTextAsync(w.Word("frequency", Frequency.Weekly));
        await page.GetByRole(AriaRole.Button, new() { Name = w["manage.pause"] }).ClickAsync();
        await Expect(page.Locator(".asked > li")).ToContainTextAsync(w["subscription.paused"]);
        await page.GetByRole(AriaRole.Button, new() { Name = w["manage.resume"] }).ClickAsync();
        await Expect(page.Locator(".asked > li")).ToContainTextAsync(w["subscription.active"]);

        await page.GetByRole(AriaRole.Button, new() { Name = w["manage.endall.do"] }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["ended.title"]);
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = w["ended.text"] })).ToBeVisibleAsync();
        await ShouldFitAsync(page);
        (
            await Tracker.AskAsync<long>(
                "select (select count(*) from subscribers where address = $1) + (select count(*) from mails where address = $1)",
                email
            )
        ).ShouldBe(0, "the address is erased");

        foreach (var gone in new[] { manage, ConfirmationIn(mail) })
        {
            (await page.GotoAsync($"{gone.Split('?')[0]}?lang={language}"))!.Status.ShouldBe(404);
            await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = w[gone == manage ? "manage.gone" : "confirm.gone"] }))
                .ToBeVisibleAsync();
        }
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task The_keyboard_alone_is_enough(string language)
    {
        var w = Phrasebook.For(language);
        var (slug, email) = ($"told-by-keys-{language}", $"keys.{language}@example.org");
        await Tracker.RecordAsync(slug);
        var page = await OpenAsync($"/items/{slug}?lang={language}");
        await TabToAsync(page, $"a[href*='/subscribe?item={slug}']");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["subscribe.title"]);

        await TabToAsync(page, "#email");
        await page.Keyboard.TypeAsync(email);
        await TabToAsync(page, "input[name=changes][value=review]");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "input[name=frequency]");
        await page.Keyboard.PressAsync("ArrowDown");
        await TabToAsync(page, "form.ask button");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["subscribe.sent"]);

        await page.GotoAsync(ConfirmationIn((await Stage.Mails.ForAsync(email))[0]));
        await TabToAsync(page, "form.ask button");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".asked > li")).ToContainTextAsync(w.Word("frequency", Frequency.Daily));
        await Expect(page.Locator(".asked > li")).Not.ToContainTextAsync(w.Word("news", Domain.Changes.NewsKind.Review));

        await TabToAsync(page, "form:has(input[value=weekly]) button");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".asked > li")).ToContainTextAsync(w.Word("frequency", Frequency.Weekly));
        await TabToAsync(page, "section[aria-labelledby=end] button");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["ended.title"]);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task What_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(string language, bool script)
    {
        var w = Phrasebook.For(language);
        var page = await OpenAsync($"/subscribe?theme=science-evidence&lang={language}", 360, script);
        await page.Locator("#email").FillAsync("reader@localhost");
        foreach (var kind in await page.Locator("input[name=changes]").AllAsync())
            await kind.UncheckAsync();
        await page.Locator("input[name=frequency][value=weekly]").CheckAsync();
        await page.Locator("#zone").SelectOptionAsync("Europe/Berlin");
        await page.GetByRole(AriaRole.Button, new() { Name = w["subscribe.do"] }).ClickAsync();
        await Expect(page.Locator("#email-hint")).ToHaveTextAsync(w["subscribe.wrong.email"]);
        await Expect(page.Locator("#email")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Locator("#email")).ToHaveValueAsync("reader@localhost");
        await Expect(page.Locator("#changes-wrong")).ToHaveTextAsync(w["subscribe.wrong.changes"]);
        await Expect(page.Locator("input[name=frequency][value=weekly]")).ToBeCheckedAsync();
        await Expect(page.Locator("#zone")).ToHaveValueAsync("Europe/Berlin");
        await ShouldFitAsync(page);

        await page.Locator("#email").FillAsync($"mended.{language}@example.org");
        await page.Locator("input[name=changes][value=status]").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = w["subscribe.do"] }).ClickAsync();
        await Expect(page.Locator(".notice.good")).ToContainTextAsync(w["subscribe.sent"]);
        await Expect(page.Locator("section[aria-labelledby=watch] .chip")).ToHaveCountAsync(1);
        await Stage.Mails.ForAsync($"mended.{language}@example.org");
    }

    [Theory]
    [InlineData("en", false)]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    [InlineData("zh", true)]
    public async Task Axe_finds_nothing_at_any_step(string language, bool dark)
    {
        var (slug, email) = ($"told-axe-{language}-{(dark ? "dark" : "light")}", $"axe.{language}.{dark}@example.org");
        await Tracker.RecordAsync(slug);
        await Tracker.ProgressAsync(slug, "A first result was shown.");
        var page = await OpenAsync($"/subscribe?item={slug}&lang={language}", dark: dark);
        await LookAsync("asked");
        await page.Locator("#email").FillAsync("reader@localhost");
        foreach (var kind in await page.Locator("input[name=changes]").AllAsync())
            await kind.UncheckAsync();
        await page.Locator("form.ask button").ClickAsync();
        await Expect(page.Locator("#changes-wrong")).ToBeVisibleAsync();
        await LookAsync("wrong");
        await page.Locator("#email").FillAsync(email);
        await page.Locator("input[name=changes][value=deadline]").CheckAsync();
        await page.Locator("form.ask button").ClickAsync();
        await Expect(page.Locator(".notice.good")).ToBeVisibleAsync();
        await LookAsync("sent");
        await page.GotoAsync("/subscribe?status=hoped&lang=" + language);
        await LookAsync("wrong-filter");
        await page.GotoAsync("/subscribe?lang=" + language);
        await LookAsync("everything");

        var confirm = ConfirmationIn((await Stage.Mails.ForAsync(email))[0]);
        await page.GotoAsync(confirm);
        await LookAsync("confirm");
        await page.Locator("form.ask button").ClickAsync();
        await Expect(page.Locator(".asked > li")).ToBeVisibleAsync();
        await LookAsync("confirmed");
        var manage = new Uri(page.Url).AbsolutePath;
        await page.GotoAsync($"{manage}?lang={language}&item={slug}");
        await LookAsync("from-a-notice");
        await page.Locator("section[aria-labelledby=this] button").ClickAsync();
        await Expect(page.Locator("#muted")).ToBeVisibleAsync();
        await Tracker.AskAsync<string>("update subscribers set suspended_at = created_at where address = $1 returning address", email);
        await page.ReloadAsync();
        await Expect(page.Locator(".notice.edge")).ToBeVisibleAsync();
        await LookAsync("muted-and-suspended");

        var desk = await SignedInAsync(Tracker.Ada, dark: dark);
        await WebhooksAsync(slug);
        await desk.GotoAsync("/desk/deliveries?done=refused&lang=" + language);
        await Expect(desk.Locator("section[aria-labelledby=endpoints] tbody tr").First).ToBeVisibleAsync();
        await Expect(desk.Locator("section[aria-labelledby=suspended] li").First).ToBeVisibleAsync();
        await LookAsync("desk", desk);
        await desk.Locator("#change").FillAsync("the last");
        await desk.Locator("section[aria-labelledby=heard] button").ClickAsync();
        await Expect(desk.Locator("#change")).ToHaveAttributeAsync("aria-invalid", "true");
        await LookAsync("desk-wrong", desk);

        await page.Locator("section[aria-labelledby=end] button").ClickAsync();
        await Expect(page.Locator("section")).ToHaveCountAsync(0);
        await LookAsync("ended");
        await page.GotoAsync($"{manage}?lang={language}");
        await LookAsync("gone");
        await page.GotoAsync(confirm);
        await LookAsync("used");

        async Task LookAsync(string what, IPage? other = null)
        {
            var seen = other ?? page;
            foreach (var width in new[] { 1440, 768, 360 })
            {
                await seen.SetViewportSizeAsync(width, 900);
                await ShouldFitAsync(seen);
            }

            (await seen.EvaluateAsync<string[]>(LookTests.FaintTexts)).ShouldBeEmpty(what);
            await Axe.ShouldFindNothingAsync(seen);
        }
    }

    /// <summary>Endpoints that wait for their first ping, fail, and were given up.</summary>
    private async Task WebhooksAsync(string slug)
    {
        var ids = new List<string>();
        foreach (var name in new[] { "waits", "fails", "given-up" })
            ids.Add(
                (string)
                    (
                        await Tracker.PostAsync(
                            "subscriptions",
                            new
                            {
                                channel = "webhook",
                                url = $"http://127.0.0.1:9/{name}/{slug}/and-a-long-path-that-somebody-chose",
                                filter = new { item = new[] { slug } },
                            },
                            Tracker.Ann
                        )
                    )["id"]!
            );
        await Tracker.AskAsync<Guid>(
            "update endpoints set failing_since = now(), failures_in_row = 7 where subscription = $1::uuid returning subscription",
            ids[1]
        );
        await Tracker.AskAsync<Guid>(
            "update endpoints set disabled_at = now(), disabled_why = 'failing' where subscription = $1::uuid returning subscription",
            ids[2]
        );
    }

    private static string ConfirmationIn(Arrived mail) =>
        mail.Links.Single(l => l.AbsolutePath.StartsWith("/subscribe/confirm/", StringComparison.Ordinal)).PathAndQuery;

    private Task<string> StateAsync(string address) =>
        Tracker.AskAsync<string>(
            "select s.state from subscriptions s join subscribers x on x.id = s.subscriber where x.address = $1",
            address
        );
}
