using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Testing.Forums;
using Microsoft.AspNetCore.DataProtection;

namespace CommitmentsTracker.People.Tests.Identity;

/// <summary>Signing in on the pages, sessions, and what makes guessing slow.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private const string Password = "seven slow herons 7";
    private static int _count;

    private Tracker _tracker = null!;

    private Accounts Accounts => _tracker.Get<Accounts>();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync(Running.OnPort);
        await _tracker.ImportAsync(Harbour.Folder());
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task A_password_is_set_by_link_and_signs_in_afterwards()
    {
        var (person, email) = await WithPasswordAsync();
        using var browser = new Browser(_tracker);
        var answer = await SignInAsync(browser, email, Password);
        Browser.To(answer).ShouldBe("/desk?lang=en");
        (await browser.GetAsync("/desk/account")).Should(200).Body.ShouldContain(email);
        (
            await _tracker.RowsAsync($"select what || ' ' || coalesce(way, '') from sign_ins where person = '{person}' order by id")
        ).ShouldBe(["in link", "password ", "in password"]);
        var kept = (await _tracker.RowsAsync($"select password_hash from people where id = '{person}'"))[0];
        kept.ShouldStartWith("AQAAAA", customMessage: "Identity's third format");
        BitConverter.ToInt32([.. Convert.FromBase64String(kept)[5..9].Reverse()]).ShouldBe(210_000, "iterations");
    }

    [Fact]
    public async Task The_cookie_is_for_this_site_alone_and_no_script_reads_it()
    {
        var (person, _) = await WithPasswordAsync();
        using var browser = new Browser(_tracker);
        var answer = (await browser.EnterAsync(await Accounts.NewLinkAsync(person, Ct))).Should(302);
        var cookie = answer
            .Headers.GetValues("Set-Cookie")
            .First(c => c.StartsWith("tracker=", StringComparison.Ordinal))
            .ToLowerInvariant();
        foreach (var part in new[] { "httponly", "samesite=lax", "path=/" })
            cookie.ShouldContain(part);
    }

    [Fact]
    public async Task Behind_https_cookies_are_secure_and_bound_to_the_host()
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort, settings: ("TRACKER_URL", "https://tracker.example.org"));
        using var browser = new Browser(tracker);
        var page = (await browser.GetAsync("/desk/sign-in")).Should(200);
        page.Headers.GetValues("Set-Cookie")
            .ShouldAllBe(c =>
                c.StartsWith("__Host-", StringComparison.Ordinal) && c.Contains("secure", StringComparison.OrdinalIgnoreCase)
            );
        page.Headers.GetValues("Strict-Transport-Security").ShouldBe(["max-age=31536000"]);
        // A browser sends such cookies by https only, so what signing in sets is read from the options.
        var cookie = tracker
            .Get<Microsoft.Extensions.Options.IOptionsMonitor<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>>()
            .Get(Microsoft.AspNetCore.Identity.IdentityConstants.ApplicationScheme)
            .Cookie;
        (cookie.Name, cookie.SecurePolicy, cookie.Domain, cookie.Path).ShouldBe(
            ("__Host-tracker", Microsoft.AspNetCore.Http.CookieSecurePolicy.Always, null, "/")
        );
    }

    [Fact]
    public async Task Wrong_tries_have_to_wait_longer_and_longer_whether_or_not_there_is_an_account()
    {
        var (_, known) = await WithPasswordAsync();
        foreach (var email in new[] { known, "nobody@example.org" })
        {
            using var browser = new Browser(_tracker);
            for (var n = 1; n < Lockouts.Free; n++)
                (await SignInAsync(browser, email, "wrong wrong wrong"))
                    .Should(400)
                    .Body.ShouldContain("E-mail address or password is not right.");
            (await SignInAsync(browser, email, "wrong wrong wrong")).Should(429).Body.ShouldContain("Try again in a minute.");
            (await SignInAsync(browser, email, Password)).Should(429).Body.ShouldContain("Try again in a minute.");
            _tracker.Time.Advance(Lockouts.First + TimeSpan.FromSeconds(1));
            (await SignInAsync(browser, email, "wrong wrong wrong")).Should(429).Body.ShouldContain("Try again in 2 minutes.");
            _tracker.Time.Advance(2 * Lockouts.First + TimeSpan.FromSeconds(1));
        }

        using var right = new Browser(_tracker);
        (await SignInAsync(right, known, Password)).Should(302);
        (await _tracker.RowsAsync($"select what from sign_ins where person is null and way = 'password'")).ShouldContain("locked");
    }

    [Fact]
    public async Task One_network_address_has_so_many_wrong_tries_over_all_accounts()
    {
        using var browser = new Browser(_tracker);
        for (var n = 0; n < Lockouts.OfAddress; n++)
            (await SignInAsync(browser, $"guess{n}@example.org", "wrong wrong wrong")).Should(400);
        (await SignInAsync(browser, "one-more@example.org", "wrong wrong wrong")).Should(429).Body.ShouldContain("from your network");
    }

    [Fact]
    public async Task A_second_step_is_asked_for_and_a_code_works_once()
    {
        var (person, email) = await WithPasswordAsync();
        var (key, codes) = await WithSecondStepAsync(person);
        using var browser = new Browser(_tracker);
        Browser.To(await SignInAsync(browser, email, Password)).ShouldStartWith("/desk/sign-in/second-step");
        (await browser.GetAsync("/desk/account")).Should(302).Location!.ShouldContain("/desk/sign-in");
        (await browser.SubmitAsync("/desk/sign-in/second-step", "code", ("Form.Code", "000000"))).Should(400);
        _tracker.Time.Advance(TimeSpan.FromSeconds(60));
        var code = TimeCodes.Code(key, _tracker.Time.GetUtcNow());
        (await browser.SubmitAsync("/desk/sign-in/second-step", "code", ("Form.Code", code))).Should(302);
        (await browser.GetAsync("/desk/account")).Should(200);

        using var thief = new Browser(_tracker);
        (await SignInAsync(thief, email, Password)).Should(302);
        (await thief.SubmitAsync("/desk/sign-in/second-step", "code", ("Form.Code", code))).Should(400);
        (await thief.SubmitAsync("/desk/sign-in/second-step", "recovery", ("Recovery.Code", codes[0]))).Should(302);
        using var again = new Browser(_tracker);
        (await SignInAsync(again, email, Password)).Should(302);
        (await again.SubmitAsync("/desk/sign-in/second-step", "recovery", ("Recovery.Code", codes[0]))).Should(400);
        var row = (await _tracker.RowsAsync($"select totp_key || ' ' || array_to_string(recovery, ' ') from people where id = '{person}'"))[
            0
        ];
        foreach (var secret in codes.Append(key))
            row.ShouldNotContain(secret);
    }

    [Fact]
    public async Task A_one_time_link_does_not_go_round_the_second_step()
    {
        var (person, _) = await WithPasswordAsync();
        await WithSecondStepAsync(person);
        using var browser = new Browser(_tracker);
        Browser.To(await browser.EnterAsync(await Accounts.NewLinkAsync(person, Ct))).ShouldStartWith("/desk/sign-in/second-step");
        (await browser.GetAsync("/desk/account")).Should(302);
    }

    [Fact]
    public async Task A_token_signs_in_only_whoever_has_no_other_way_and_never_one_with_bounds()
    {
        var (person, token) = await Accounts.AddAsync("Tia", Roles.Editor, ct: Ct);
        using var browser = new Browser(_tracker);
        (await TokenAsync(browser, token)).Should(302).Location.ShouldBe("/desk/log");
        var (_, bounded) = await Accounts.NewTokenAsync(person.Id, "Read", [Scope.Read], null, _tracker.Time.GetUtcNow().AddDays(1), Ct);
        (await TokenAsync(new Browser(_tracker), bounded)).Should(302).Location!.ShouldContain("failed=own");
        (
            await browser.SubmitAsync(
                "/desk/account",
                "new-password",
                ("NewPassword.Email", "tia@example.org"),
                ("NewPassword.Password", Password)
            )
        ).Should(302);
        (await TokenAsync(new Browser(_tracker), token)).Should(302).Location!.ShouldContain("failed=own");

        static async Task<Answer> TokenAsync(Browser browser, string token)
        {
            var page = (await browser.GetAsync("/desk/sign-in")).Should(200);
            var form = System
                .Text.RegularExpressions.Regex.Match(page.Body, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")
                .Groups[1]
                .Value;
            return await browser.PostAsync(
                "/desk/sign-in/token",
                ("__RequestVerificationToken", form),
                ("token", token),
                ("return", "/desk/log")
            );
        }
    }

    [Fact]
    public async Task A_changed_password_ends_every_session_and_takes_the_present_one()
    {
        var (_, email) = await WithPasswordAsync();
        using var here = new Browser(_tracker);
        using var there = new Browser(_tracker);
        await SignInAsync(here, email, Password);
        await SignInAsync(there, email, Password);
        (
            await here.SubmitAsync(
                "/desk/account",
                "new-password",
                ("NewPassword.Present", "not it at all"),
                ("NewPassword.Password", "another quiet otter")
            )
        )
            .Should(400)
            .Body.ShouldContain("This is not your present password.");
        (await there.GetAsync("/desk/account")).Should(200);
        var before = here.Cookies.GetCookies(_tracker.Address)["tracker"]!.Value;
        (
            await here.SubmitAsync(
                "/desk/account",
                "new-password",
                ("NewPassword.Present", Password),
                ("NewPassword.Password", "another quiet otter")
            )
        ).Should(302);
        here.Cookies.GetCookies(_tracker.Address)["tracker"]!.Value.ShouldNotBe(before, "a new session");
        (await here.GetAsync("/desk/account")).Should(200);
        (await there.GetAsync("/desk/account")).Should(302);
    }

    [Fact]
    public async Task A_session_is_listed_with_its_device_and_address_and_ends_when_it_is_ended_elsewhere()
    {
        var (person, email) = await WithPasswordAsync();
        using var here = new Browser(_tracker);
        using var there = new Browser(_tracker);
        await SignInAsync(here, email, Password);
        await SignInAsync(there, email, Password);
        var ended = (await _tracker.Get<Sessions>().OfAsync(person, Ct)).Where(s => s.Way == "password").ToList();
        ended.ShouldAllBe(s => s.Address == "127.0.0.1");
        (await here.SubmitAsync("/desk/account", "end", ("End.Session", "others"))).Should(302);
        (await there.GetAsync("/desk/account")).Should(302).Location!.ShouldContain("/desk/sign-in");
        (await here.GetAsync("/desk/account")).Should(200);
        (await _tracker.Get<Sessions>().OfAsync(person, Ct)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_session_ends_when_it_lies_idle_and_after_a_week_in_any_case()
    {
        var (_, email) = await WithPasswordAsync();
        using var idle = new Browser(_tracker);
        await SignInAsync(idle, email, Password);
        _tracker.Time.Advance(Sessions.Idle - TimeSpan.FromMinutes(1));
        (await idle.GetAsync("/desk/account")).Should(200);
        _tracker.Time.Advance(Sessions.Idle - TimeSpan.FromMinutes(1));
        (await idle.GetAsync("/desk/account")).Should(200);
        _tracker.Time.Advance(Sessions.Idle + TimeSpan.FromSeconds(1));
        (await idle.GetAsync("/desk/account")).Should(302);

        using var busy = new Browser(_tracker);
        await SignInAsync(busy, email, Password);
        for (var spent = TimeSpan.Zero; spent + Sessions.Idle / 2 < Sessions.Longest; spent += Sessions.Idle / 2)
        {
            (await busy.GetAsync("/desk/account")).Should(200);
            _tracker.Time.Advance(Sessions.Idle / 2);
        }

        _tracker.Time.Advance(Sessions.Idle / 2 + TimeSpan.FromSeconds(1));
        (await busy.GetAsync("/desk/account")).Should(302);
    }

    [Fact]
    public async Task A_role_that_is_taken_away_shuts_the_page_at_the_next_request()
    {
        var (person, _) = await Accounts.AddAsync("Rosa", [new Grant(Role.Editor, Harbour.Slug)], null, null, Ct);
        using var browser = await Browser.OfAsync(_tracker, person.Id);
        (await browser.GetAsync("/desk/log")).Should(200);
        await Accounts.TakeAsync((await Accounts.GrantsAsync(person.Id, Ct))[0].Id, Ct);
        (await browser.GetAsync("/desk/log")).Should(403).Body.ShouldContain("Editor");
    }

    [Fact]
    public async Task Signing_in_anew_leaves_the_session_of_before_behind()
    {
        var (first, second) = (
            (await Accounts.AddAsync("One", Roles.Editor, ct: Ct)).Person,
            (await Accounts.AddAsync("Two", Roles.Editor, ct: Ct)).Person
        );
        using var browser = await Browser.OfAsync(_tracker, first.Id);
        var before = browser.Cookies.GetCookies(_tracker.Address)["tracker"]!.Value;
        (await browser.EnterAsync(await Accounts.NewLinkAsync(second.Id, Ct))).Should(302);
        browser.Cookies.GetCookies(_tracker.Address)["tracker"]!.Value.ShouldNotBe(before);
        (await _tracker.Get<Sessions>().OfAsync(first.Id, Ct)).ShouldBeEmpty();
        (await _tracker.Get<Sessions>().OfAsync(second.Id, Ct)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Forms_without_their_token_and_ways_back_to_other_sites_are_refused()
    {
        var (_, email) = await WithPasswordAsync();
        using var browser = new Browser(_tracker);
        (await browser.PostAsync("/desk/sign-in", ("_handler", "password"), ("Form.Email", email), ("Form.Password", Password))).Should(
            400
        );
        foreach (var elsewhere in new[] { "https://example.org/", "//example.org/", "/\\example.org" })
        {
            var answer = await browser.SubmitAsync(
                $"/desk/sign-in?ReturnUrl={Uri.EscapeDataString(elsewhere)}",
                "password",
                ("Form.Email", email),
                ("Form.Password", Password)
            );
            Browser.To(answer).ShouldBe("/");
        }
    }

    [Fact]
    public async Task Erasing_an_account_leaves_the_opaque_id_and_nothing_else()
    {
        var (person, token) = await Accounts.AddAsync("Zed Zebra", Roles.Editor, ct: Ct);
        var slug = await new Caller(_tracker.Client, token).RecordAsync();
        using var browser = await Browser.OfAsync(_tracker, person.Id);
        (await browser.SubmitAsync("/desk/account", "erase", ("Erase.Word", "no"))).Should(400);
        (await browser.SubmitAsync("/desk/account", "erase", ("Erase.Word", "erase"))).Should(302);
        (await browser.GetAsync("/desk/account")).Should(302);
        (await _tracker.Anyone.GetAsync($"items/{slug}")).Should(200);
        (
            await _tracker.RowsAsync(
                "select p::text from people p union all select s::text from sign_ins s union all select g::text from grants g"
            )
        ).ShouldNotContain(r => r.Contains("Zebra") || r.Contains(person.Id));
        (await _tracker.RowsAsync("select data::text from mt_events")).ShouldContain(r => r.Contains(person.Id));
    }

    [Fact]
    public async Task Network_addresses_are_forgotten_after_ninety_days()
    {
        await WithPasswordAsync();
        (await _tracker.AskAsync<long>("select count(*) from sign_ins where address is not null")).ShouldBeGreaterThan(0);
        _tracker.Time.Advance(Visitor.AddressesKept + TimeSpan.FromSeconds(1));
        await ForgetSignInsHandler.Handle(new ForgetSignIns(), _tracker.Get<Npgsql.NpgsqlDataSource>(), _tracker.Time, Ct);
        (await _tracker.AskAsync<long>("select count(*) from sign_ins where address is not null or device is not null")).ShouldBe(0);
        (await _tracker.AskAsync<long>("select count(*) from sign_ins")).ShouldBeGreaterThan(0);
        (await _tracker.AskAsync<long>("select count(*) from sessions")).ShouldBe(0);
    }

    [Fact]
    public async Task Keys_of_data_protection_are_encrypted_and_older_ones_become_so()
    {
        await WithPasswordAsync();
        (await _tracker.RowsAsync("select xml from protection_keys")).ShouldAllBe(x => x.StartsWith("v1:") && !x.Contains("masterKey"));

        // A tracker with another key says so and does not go on with keys of its own.
        var folder = Directory.CreateTempSubdirectory("ct-keys-").FullName;
        await using var other = await Tracker.StartAsync(
            Running.Services,
            _tracker.Location.Schema,
            _tracker.Time,
            settings: [("TRACKER_DATA", folder)]
        );
        var protector = other.Get<IDataProtectionProvider>().CreateProtector("test");
        Should.Throw<Exception>(() => protector.Protect("x")).ToString().ShouldContain("protection-key");
    }

    private async Task<(string Person, string Email)> WithPasswordAsync()
    {
        var email = $"ann{Interlocked.Increment(ref _count)}@example.org";
        var (person, _) = await Accounts.AddAsync("Ann Example", Roles.Editor, ct: Ct);
        using var browser = await Browser.OfAsync(_tracker, person.Id);
        (
            await browser.SubmitAsync("/desk/account", "new-password", ("NewPassword.Email", email), ("NewPassword.Password", Password))
        ).Should(302);
        return (person.Id, email);
    }

    private async Task<(string Key, IReadOnlyList<string> Codes)> WithSecondStepAsync(string person)
    {
        using var browser = await Browser.OfAsync(_tracker, person);
        (await browser.SubmitAsync("/desk/account/second-step", "start")).Should(302);
        var page = (await browser.GetAsync("/desk/account/second-step")).Should(200).Body;
        var key = System.Text.RegularExpressions.Regex.Match(page, "secret=([A-Z2-7]{32})").Groups[1].Value;
        var on = await browser.SubmitAsync(
            "/desk/account/second-step",
            "turn-on",
            ("On.Code", TimeCodes.Code(key, _tracker.Time.GetUtcNow()))
        );
        var codes = System
            .Text.RegularExpressions.Regex.Matches(on.Should(200).Body, "<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>")
            .Select(m => m.Groups[1].Value)
            .ToList();
        codes.Count.ShouldBe(10);
        return (key, codes);
    }

    private static Task<Answer> SignInAsync(Browser browser, string email, string password) =>
        browser.SubmitAsync("/desk/sign-in?lang=en", "password", ("Form.Email", email), ("Form.Password", password));
}
