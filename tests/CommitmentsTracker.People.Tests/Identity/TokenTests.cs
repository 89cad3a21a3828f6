using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.People.Tests.Identity;

/// <summary>Tokens with bounds, over the API.</summary>
[Collection(nameof(SharedDesk))]
public sealed class TokenTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_token_is_named_bounded_shown_once_and_kept_as_a_hash()
    {
        var made = (
            await Tracker.Ann.PostAsync(
                "tokens",
                new
                {
                    name = "Nightly export",
                    scopes = new[] { "log" },
                    forum = Harbour.Slug,
                }
            )
        ).Should(201);
        var secret = (string)made.Json["token"]!;
        secret.ShouldStartWith("ct_");
        made.Json["scopes"]!.AsArray().Select(s => (string)s!).ShouldBe(["read", "log"]);
        made.Json["expiresAt"]!.GetValue<DateTimeOffset>().ShouldBe(Tracker.Time.GetUtcNow().AddDays(90), TimeSpan.FromMinutes(1));
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var listed = (await Tracker.Ann.GetAsync("tokens")).Json["tokens"]!.AsArray().First(t => (string)t!["id"]! == made.Id)!;
        (listed["token"], (string)listed["prefix"]!, (string)listed["name"]!).ShouldBe((null, secret[..8], "Nightly export"));
        var hidden = secret[8..];
        (await Tracker.RowsAsync("select t::text from tokens t union all select s::text from sign_ins s")).ShouldNotContain(r =>
            r.Contains(hidden)
        );

        var caller = new Caller(Tracker.Client, secret);
        var slug = await caller.RecordAsync();
        (await Tracker.Ann.GetAsync("tokens")).Json["tokens"]!
            .AsArray()
            .First(t => (string)t!["id"]! == made.Id)!["lastUsedAt"]
            .ShouldNotBeNull();
        var waiting = await Tracker.Bo.LogAsync(slug, Harbour.Step("delivered", "2025-04-01"));
        (await caller.PostAsync($"items/{slug}/updates/{waiting}/confirmation", new { decision = "confirm" })).ShouldRefuse(403, "scope");
        (await caller.PostAsync("tokens", new { name = "Child", scopes = new[] { "log" } })).ShouldRefuse(403, "scope", "Authorization");
    }

    [Fact]
    public async Task A_token_reaches_no_further_than_its_person()
    {
        (await Tracker.Ann.PostAsync("tokens", new { name = "More", scopes = new[] { "administer" } })).ShouldRefuse(
            403,
            "scope",
            "scopes"
        );
        var (person, token) = await Tracker
            .Get<Accounts>()
            .AddAsync("Local", [new Grant(Role.Editor, Harbour.Slug)], null, null, TestContext.Current.CancellationToken);
        var local = new Caller(Tracker.Client, token);
        var bound = new Caller(
            Tracker.Client,
            (string)(await local.PostAsync("tokens", new { name = "Log", scopes = new[] { "log" } })).Should(201).Json["token"]!
        );
        await bound.RecordAsync();
        var grant = (await Tracker.Get<Accounts>().GrantsAsync(person.Id, TestContext.Current.CancellationToken))[0];
        await Tracker.Get<Accounts>().TakeAsync(grant.Id, TestContext.Current.CancellationToken);
        (await bound.PostAsync("items", Harbour.Item(Harbour.NewSlug()))).ShouldRefuse(403, "role");
    }

    [Fact]
    public async Task A_token_expires_on_its_day_also_while_it_is_in_use()
    {
        var secret = (string)(
                await Tracker.Ann.PostAsync(
                    "tokens",
                    new
                    {
                        name = "One day",
                        scopes = new[] { "read" },
                        days = 1,
                    }
                )
            ).Should(201).Json["token"]!;
        var caller = new Caller(Tracker.Client, secret);
        (await caller.GetAsync("tokens")).Should(200);
        Tracker.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(300));
        (await caller.GetAsync("tokens")).Should(200);
        Tracker.Time.Advance(TimeSpan.FromMilliseconds(400));
        (await caller.GetAsync("tokens")).ShouldRefuse(401, "token");
    }

    [Theory]
    [InlineData("""{"name":" ","scopes":["read"]}""", "name", "name")]
    [InlineData("""{"name":"x","scopes":[]}""", "required", "scopes")]
    [InlineData("""{"name":"x","scopes":["everything"]}""", "format", "scopes[0]")]
    [InlineData("""{"name":"x","scopes":["read"],"days":366}""", "range", "days")]
    [InlineData("""{"name":"x","scopes":["read"],"forum":"nowhere"}""", "unknown-forum", "forum")]
    [InlineData("""{"name":"x","scopes":["read"],"person":"018f"}""", "format", "person")]
    public async Task A_token_that_cannot_be_is_refused_by_field(string body, string rule, string field) =>
        (await Tracker.Ann.PostAsync("tokens", body)).ShouldRefuse(400, rule, field);

    [Fact]
    public async Task Nobody_revokes_the_token_of_another()
    {
        var id = (await Tracker.Ann.PostAsync("tokens", new { name = "Mine", scopes = new[] { "read" } })).Should(201).Id;
        (await Tracker.Bo.DeleteAsync($"tokens/{id}")).ShouldRefuse(404, "unknown-token");
        (await Tracker.Ann.DeleteAsync($"tokens/{id}")).Should(204);
    }

    [Fact]
    public async Task A_token_of_another_node_that_was_revoked_there_works_for_a_second_at_most()
    {
        var made = (await Tracker.Ann.PostAsync("tokens", new { name = "Elsewhere", scopes = new[] { "read" } })).Should(201);
        var caller = new Caller(Tracker.Client, (string)made.Json["token"]!);
        (await caller.GetAsync("tokens")).Should(200);
        await Tracker.RowsAsync($"delete from tokens where id = '{made.Id}'");
        Tracker.Time.Advance(Accounts.TokenTrusted + TimeSpan.FromMilliseconds(1));
        (await caller.GetAsync("tokens")).ShouldRefuse(401, "token");
    }
}
