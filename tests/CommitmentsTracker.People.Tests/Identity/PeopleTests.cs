using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.People.Tests.Identity;

/// <summary>Accounts, tokens and one-time links.</summary>
[Collection(nameof(SharedDesk))]
public sealed class PeopleTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task An_administrator_makes_an_editor_whose_token_works()
    {
        var made = (await Tracker.Ada.PostAsync("people", new { name = "Eve" })).Should(201);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var eve = new Caller(Tracker.Client, (string)made.Json["token"]!);
        await eve.RecordAsync();
        (await eve.PostAsync("people", new { name = "Mallory" })).ShouldRefuse(403, "role");
        (
            await Tracker.RowsAsync(
                $"select name, role, forum from people p join grants g on g.person = p.id where p.id = '{made.Json["id"]}' order by role"
            )
        ).ShouldBe(["Eve | editor | ", "Eve | reviewer | "]);
    }

    [Fact]
    public async Task Tokens_are_kept_as_hashes_only()
    {
        var token = (string)
            (await Tracker.Ada.PostAsync("people", new { name = "Eve", role = "administrator" })).Should(201).Json["token"]!;
        (await Tracker.RowsAsync("select t::text from tokens t union all select k::text from idempotency_keys k")).ShouldNotContain(r =>
            r.Contains(token)
        );
    }

    [Fact]
    public async Task A_one_time_link_works_once_and_for_a_day()
    {
        var accounts = Tracker.Get<Accounts>();
        var person = (await accounts.AllAsync(TestContext.Current.CancellationToken)).First(p => p.Name == "Ann");
        var secret = await accounts.NewLinkAsync(person.Id, TestContext.Current.CancellationToken);
        await using var node = await Tracker.StartAsync(Running.OnPort, Tracker.Location.Schema, Tracker.Time);
        using var browser = new Browser(node);
        Browser.To(await browser.EnterAsync(secret)).ShouldBe("/desk?lang=en");
        using var second = new Browser(node);
        Browser.To(await second.GetAsync($"/desk/sign-in/{secret}")).ShouldBe("/desk/sign-in?failed=link&lang=en");
        second.Cookies.GetCookies(node.Address)["tracker"].ShouldBeNull();
        var old = await accounts.NewLinkAsync(person.Id, TestContext.Current.CancellationToken);
        Tracker.Time.Advance(Accounts.LinkLasts + TimeSpan.FromSeconds(1));
        Browser.To(await second.GetAsync($"/desk/sign-in/{old}")).ShouldBe("/desk/sign-in?failed=link&lang=en");
    }

    [Fact]
    public async Task A_program_that_looks_at_links_in_messages_does_not_use_one_up()
    {
        var accounts = Tracker.Get<Accounts>();
        var person = (await accounts.AllAsync(TestContext.Current.CancellationToken)).First(p => p.Name == "Ann");
        var secret = await accounts.NewLinkAsync(person.Id, TestContext.Current.CancellationToken);
        await using var node = await Tracker.StartAsync(Running.OnPort, Tracker.Location.Schema, Tracker.Time);
        using var program = new Browser(node);
        var looked = (await program.GetAsync($"/desk/sign-in/{secret}")).Should(200);
        looked.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await program.PostAsync($"/desk/sign-in/{secret}", ("_handler", "enter"))).Should(400);
        program.Cookies.GetCookies(node.Address)["tracker"].ShouldBeNull();
        using var browser = new Browser(node);
        (await browser.EnterAsync(secret)).Should(302);
        (await browser.GetAsync("/desk/log")).Should(200);
    }

    [Fact]
    public async Task Reads_need_no_token_and_mind_no_wrong_one()
    {
        (await Tracker.Anyone.GetAsync("items")).Should(200);
        (await new Caller(Tracker.Client, "wrong").GetAsync("items")).Should(200);
    }
}
