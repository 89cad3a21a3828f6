using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Pages.Tests.Hosting;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Reading.Languages;
using Deque.AxeCore.Commons;

namespace CommitmentsTracker.Pages.Tests;

/// <summary>Stories of accounts, as people live them.</summary>
public sealed class AccountTests(Stage stage) : WritingTests(stage)
{
    private const string Forum = "waic-2024-ai-governance-forum";
    private const string Password = "seven slow herons 7";
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    private static int _count;
    private bool _script = true;

    private Accounts Accounts => Tracker.Get<Accounts>();

    [Theory]
    [InlineData("en", 1440, true)]
    [InlineData("zh", 360, true)]
    [InlineData("en", 360, false)]
    public async Task An_administrator_comes_by_the_link_sets_a_password_and_a_second_step_and_signs_in_with_both(
        string language,
        int width,
        bool script
    )
    {
        _script = script;
        var w = Phrasebook.For(language);
        var email = NewEmail();
        var (person, token) = await Accounts.AddAsync("Administrator", Roles.Administrator, ct: TestContext.Current.CancellationToken);
        var given = (await Accounts.TokensAsync(person.Id, TestContext.Current.CancellationToken))[0];
        await Accounts.RevokeTokenAsync(person.Id, given.Id, TestContext.Current.CancellationToken);
        token.ShouldNotBeEmpty();
        var page = await (await BrowserAsync(width, script)).NewPageAsync();
        await page.GotoAsync($"/desk/sign-in/{await Accounts.NewLinkAsync(person.Id, TestContext.Current.CancellationToken)}");
        await page.Locator("main button").ClickAsync();
        await page.GotoAsync($"/desk/account?welcome=yes&lang={language}");
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["account.welcome"]);
        await ShouldBeAccessibleAsync(page);

        await page.Locator("#p-email").FillAsync(email);
        await page.Locator("#p-new").FillAsync("password12345");
        await page.GetByRole(AriaRole.Button, new() { Name = w["account.password.set"] }).ClickAsync();
        await Expect(page.Locator("#p-note-password")).ToHaveTextAsync(w["account.wrong.password.common"]);
        await page.Locator("#p-new").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = w["account.password.set"] }).ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["account.done.password"]);
        await ShouldFitAsync(page);

        await page.GotoAsync("/desk/account/second-step?lang=" + language);
        await page.GetByRole(AriaRole.Button, new() { Name = w["second.start"] }).ClickAsync();
        var key = (await page.Locator("code.secret").InnerTextAsync()).Replace(" ", "", StringComparison.Ordinal);
        await Expect(page.Locator("svg.qr path")).ToHaveCountAsync(1);
        await ShouldBeAccessibleAsync(page);
        await ShouldFitAsync(page);
        await page.Locator("#code").FillAsync(Code(key));
        await page.GetByRole(AriaRole.Button, new() { Name = w["second.turnon"] }).ClickAsync();
        await Expect(page.Locator(".codes li")).ToHaveCountAsync(10);
        var recovery = await page.Locator(".codes li").First.InnerTextAsync();
        await ShouldBeAccessibleAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = w["nav.out"] }).ClickAsync();
        await page.GotoAsync("/desk/people?lang=" + language);
        await FillInAsync(page, email, Password);
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["step.title"]);
        await ShouldBeAccessibleAsync(page);
        await page.Locator("#code").FillAsync("000000");
        await page.Locator("main button").First.ClickAsync();
        await Expect(page.Locator("#code-wrong")).ToHaveTextAsync(w["step.wrong"]);
        await page.Locator("#recovery").FillAsync(recovery.ToLowerInvariant());
        await page.GetByRole(AriaRole.Button, new() { Name = w["step.recovery.do"] }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["people.title"]);
        await ShouldBeAccessibleAsync(page);
        await ShouldFitAsync(page);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task An_administrator_invites_and_the_link_makes_a_reviewer_once(string language, bool script)
    {
        _script = script;
        var w = Phrasebook.For(language);
        var (person, _) = await Accounts.AddAsync("Ada", Roles.Administrator, ct: TestContext.Current.CancellationToken);
        var page = await SignedInAsync(new Editor(person.Id, "Ada", ""), script: script);
        await page.GotoAsync("/desk/people?lang=" + language);
        await page.Locator("#invite-role").SelectOptionAsync("reviewer");
        await page.Locator("#invite-forum").SelectOptionAsync(Forum);
        await page.Locator("#invite-note").FillAsync($"Ren, {language}");
        await page.GetByRole(AriaRole.Button, new() { Name = w["people.invite.do"] }).ClickAsync();
        var path = new Uri(await page.Locator("#link").InnerTextAsync()).AbsolutePath;
        await ShouldBeAccessibleAsync(page);

        var guest = await (await BrowserAsync(360, script)).NewPageAsync();
        await guest.GotoAsync($"{path}?lang={language}");
        await Expect(guest.Locator(".notice")).ToContainTextAsync(w["role.reviewer"]);
        await ShouldBeAccessibleAsync(guest);
        await ShouldFitAsync(guest);
        await guest.Locator("#name").FillAsync("Ren");
        await guest.Locator("#email").FillAsync(NewEmail());
        await guest.Locator("#password").FillAsync("too short");
        await guest.GetByRole(AriaRole.Button, new() { Name = w["invitation.join"] }).ClickAsync();
        await Expect(guest.Locator("#note-password")).ToHaveTextAsync(w["account.wrong.password.short"]);
        await Expect(guest.Locator("#name")).ToHaveValueAsync("Ren");
        await guest.Locator("#password").FillAsync(Password);
        await guest.GetByRole(AriaRole.Button, new() { Name = w["invitation.join"] }).ClickAsync();
        await Expect(guest.Locator("[role=status]")).ToHaveTextAsync(w["account.done.invitation"]);
        await guest.GotoAsync("/desk/queue?lang=" + language);
        await Expect(guest.Locator("h1")).ToHaveTextAsync(w["queue.title"]);
        await guest.GotoAsync("/desk/log?lang=" + language);
        await Expect(guest.Locator("h1")).ToHaveTextAsync(w["forbidden.title"]);
        await ShouldBeAccessibleAsync(guest);

        var late = await OpenAsync($"{path}?lang={language}");
        await Expect(late.Locator("[role=alert]")).ToHaveTextAsync(w["invitation.over"]);

        // And one that is revoked before anybody takes it.
        await page.GotoAsync("/desk/people?lang=" + language);
        await Expect(page.Locator(".asked li").Filter(new() { HasText = $"Ren, {language}" }))
            .ToContainTextAsync(w["people.invitation.used"].Split('{')[0]);
        await page.GetByRole(AriaRole.Button, new() { Name = w["people.invite.do"] }).ClickAsync();
        path = new Uri(await page.Locator("#link").InnerTextAsync()).AbsolutePath;
        await page.GetByRole(AriaRole.Button, new() { Name = w["people.revoke"], Exact = true }).First.ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["people.done.revoke"]);
        await late.GotoAsync($"{path}?lang={language}");
        await Expect(late.Locator("[role=alert]")).ToHaveTextAsync(w["invitation.over"]);
    }

    [Fact]
    public async Task A_wrong_password_and_a_lockout_tell_nobody_whether_there_is_an_account()
    {
        var w = Phrasebook.For("en");
        var email = await WithPasswordAsync();
        List<List<string>> said = [];
        foreach (var address in new[] { email, NewEmail() })
        {
            List<string> answers = [];
            var page = await OpenAsync("/desk/sign-in?lang=en", script: false);
            for (var n = 0; n <= Lockouts.Free; n++)
            {
                await FillInAsync(page, address, "not the password");
                answers.Add(await page.Locator("#password-wrong").InnerTextAsync());
            }

            said.Add(answers);
        }

        said[0].ShouldBe(said[1]);
        said[0][0].ShouldBe(w["signin.wrong"]);
        said[0][^1].ShouldBe(w["signin.waits.one"]);
    }

    [Fact]
    public async Task A_session_that_is_ended_elsewhere_asks_to_sign_in_and_comes_back()
    {
        var w = Phrasebook.For("en");
        var email = await WithPasswordAsync();
        var (here, there) = (await OpenAsync("/desk/account?lang=en"), await OpenAsync("/desk/account?lang=en", script: false));
        await FillInAsync(here, email, Password);
        await FillInAsync(there, email, Password);
        await Expect(there.Locator("h1")).ToHaveTextAsync(w["account.title"]);
        await here.ReloadAsync();
        await here.GetByRole(AriaRole.Button, new() { Name = w["account.sessions.end"] }).ClickAsync();
        await Expect(here.Locator("[role=status]")).ToHaveTextAsync(w["account.done.session"]);
        await ShouldBeAccessibleAsync(here);

        await there.GotoAsync("/desk/account/tokens?lang=en");
        await Expect(there.Locator("h1")).ToHaveTextAsync(w["signin.title"]);
        await FillInAsync(there, email, Password);
        await Expect(there.Locator("h1")).ToHaveTextAsync(w["tokens.title"]);
    }

    [Theory]
    [InlineData("en", true)]
    [InlineData("zh", false)]
    public async Task A_token_is_made_shown_once_and_revoked(string language, bool script)
    {
        _script = script;
        var w = Phrasebook.For(language);
        var page = await SignedInAsync(await Tracker.PersonAsync("Tom"), 360, script);
        await page.GotoAsync("/desk/account/tokens?lang=" + language);
        await page.Locator("#name").FillAsync("Import");
        await page.Locator("#days").FillAsync("400");
        await page.Locator("input[value=log]").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = w["tokens.make"] }).ClickAsync();
        await Expect(page.Locator("#wrong-days")).ToHaveTextAsync(w["rule.range.days"]);
        await page.Locator("#days").FillAsync("30");
        await page.GetByRole(AriaRole.Button, new() { Name = w["tokens.make"] }).ClickAsync();
        var secret = await page.Locator("#made").InnerTextAsync();
        await ShouldBeAccessibleAsync(page);
        await ShouldFitAsync(page);
        (await Accounts.OfTokenAsync(secret, TestContext.Current.CancellationToken))
            .ShouldNotBeNull()
            .Rights.Scopes.ShouldBe([Scope.Read, Scope.Log]);
        await page.GotoAsync("/desk/account/tokens?lang=" + language);
        await Expect(page.Locator("#made")).ToHaveCountAsync(0);
        await page.Locator(".asked li").Filter(new() { HasText = "Import" }).GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["tokens.done"]);
        (await Accounts.OfTokenAsync(secret, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task A_passkey_is_made_and_signs_in_without_a_password()
    {
        var w = Phrasebook.For("en");
        var browser = await BrowserAsync();
        var page = await browser.NewPageAsync();
        var devtools = await browser.NewCDPSessionAsync(page);
        await devtools.SendAsync("WebAuthn.enable");
        await devtools.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new Dictionary<string, object>
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            }
        );

        // A passkey belongs to a name, not to a number.
        var site = Tracker.Address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
        var pat = await Tracker.PersonAsync("Pat");
        await page.GotoAsync(site + await Tracker.LinkAsync(pat));
        await page.Locator("main button").ClickAsync();
        await Expect(page.Locator(".desk-bar")).ToBeVisibleAsync();
        await page.GotoAsync(site + "/desk/account/second-step?lang=en");
        await page.Locator("#passkey-name").FillAsync("My phone");
        await page.GetByRole(AriaRole.Button, new() { Name = w["passkey.add"] }).ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["second.done.passkey"]);
        await Expect(page.Locator(".asked li")).ToContainTextAsync("My phone");

        await page.GetByRole(AriaRole.Button, new() { Name = w["nav.out"] }).ClickAsync();
        await page.GotoAsync(site + "/desk/account?lang=en");
        await page.GetByRole(AriaRole.Button, new() { Name = w["signin.passkey.do"] }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(w["account.title"]);
        await Expect(page.Locator(".sessions")).ToContainTextAsync(w["way.passkey"]);

        await page.GotoAsync(site + "/desk/account/second-step?lang=en");
        await page.Locator(".asked").GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["second.done.passkey-gone"]);
        await page.GetByRole(AriaRole.Button, new() { Name = w["nav.out"] }).ClickAsync();
        await page.GotoAsync(site + "/desk/account?lang=en");
        await page.GetByRole(AriaRole.Button, new() { Name = w["signin.passkey.do"] }).ClickAsync();
        await Expect(page.Locator("main [role=alert]").First).ToHaveTextAsync(w["signin.passkey.refused"]);
    }

    private static string NewEmail() => $"person{Interlocked.Increment(ref _count)}@example.org";

    private string Code(string key) => TimeCodes.Code(key, Tracker.Get<TimeProvider>().GetUtcNow());

    private static async Task FillInAsync(IPage page, string email, string password)
    {
        await page.Locator("#email").FillAsync(email);
        await page.Locator("#password").FillAsync(password);
        await page.Locator("form.log").First.Locator("button").ClickAsync();
    }

    /// <summary>Somebody who has set a password; their address.</summary>
    private async Task<string> WithPasswordAsync()
    {
        var (w, email) = (Phrasebook.For("en"), NewEmail());
        var page = await SignedInAsync(await Tracker.PersonAsync("Quinn"), script: false);
        await page.GotoAsync("/desk/account?lang=en");
        await page.Locator("#p-email").FillAsync(email);
        await page.Locator("#p-new").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = w["account.password.set"] }).ClickAsync();
        await Expect(page.Locator("[role=status]")).ToHaveTextAsync(w["account.done.password"]);
        await page.GetByRole(AriaRole.Button, new() { Name = w["nav.out"] }).ClickAsync();
        return email;
    }

    /// <summary>Asserts that axe finds nothing; it takes a browser that runs scripts.</summary>
    private async Task ShouldBeAccessibleAsync(IPage page)
    {
        if (!_script)
            return;
        await page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => { d.open = true; })");
        await page.EvaluateAsync(Axe);
        var violations = await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, {
                runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
                resultTypes: ["violations"],
              }))
              .violations.flatMap((v) => v.nodes.slice(0, 3).map((n) => `${v.id}: ${v.help}: ${n.html}`))
            """
        );
        violations.ShouldBeEmpty(page.Url);
    }
}
