using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.People.Tests.Access;

/// <summary>What somebody may do in one forum and not in another, over the API.</summary>
[Collection(nameof(SharedDesk))]
public sealed class ForumRolesTests(SharedDesk desk)
{
    private const string Elsewhere = "pier-2026";

    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task An_editor_of_one_forum_writes_there_and_is_told_which_role_another_would_take()
    {
        var (here, there) = (await OfAsync(Role.Editor, Harbour.Slug), await OfAsync(Role.Editor, Elsewhere));
        var slug = await here.RecordAsync();
        (await there.PostAsync("items", Harbour.Item(Harbour.NewSlug()))).ShouldRefuse(403, "role");
        var refused = (await there.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-04-01"))).ShouldRefuse(
            403,
            "role",
            "Authorization"
        );
        ((string)refused.Json["title"]!).ShouldContain(Harbour.Slug);
        refused.Json["needed"]!.AsArray().Select(n => (string)n!).ShouldBe(["editor", "administrator"]);
        (await there.PatchAsync($"items/{slug}", new { title = new { en = "Taken over" }, reason = new { en = "Mine." } })).ShouldRefuse(
            403,
            "role"
        );
        (await there.PostAsync($"items/{slug}/retraction", new { reason = new { en = "Mine." } })).ShouldRefuse(403, "role");
        (await here.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-04-01"))).Should(201);
        var update = (await Tracker.Anyone.GetAsync($"items/{slug}")).Json["updates"]!.AsArray()[^1]!["id"];
        foreach (
            var (path, body) in new (string, object)[]
            {
                (
                    $"updates/{update}/corrections",
                    new
                    {
                        kind = "redate",
                        newValues = new { occurredOn = "2025-04-02" },
                        reason = new { en = "So." },
                    }
                ),
                ($"updates/{update}/evidence", new { evidence = Harbour.Evidence() }),
                ($"updates/{update}/translation", new { note = new { zh = "已开始。" } }),
                ($"updates/{update}/disputes", new { reason = new { en = "No." }, evidence = Harbour.Evidence() }),
            }
        )
            (await there.PostAsync($"items/{slug}/{path}", body)).ShouldRefuse(403, "role");
        (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Json["events"]!
            .AsArray()
            .Count.ShouldBe(3, "nothing but what the editor of the forum wrote");
    }

    [Fact]
    public async Task An_editor_logs_and_only_a_reviewer_of_the_forum_confirms()
    {
        var (editor, other) = (await OfAsync(Role.Editor, Harbour.Slug), await OfAsync(Role.Editor, Harbour.Slug));
        var slug = await editor.RecordAsync();
        var id = await editor.LogAsync(slug, Harbour.Step("delivered", "2025-04-01"));
        var decision = new { decision = "confirm" };
        (await other.PostAsync($"items/{slug}/updates/{id}/confirmation", decision)).ShouldRefuse(403, "role");
        (await (await OfAsync(Role.Reviewer, Elsewhere)).PostAsync($"items/{slug}/updates/{id}/confirmation", decision)).ShouldRefuse(
            403,
            "role"
        );
        (await (await OfAsync(Role.Reviewer, Harbour.Slug)).PostAsync($"items/{slug}/updates/{id}/confirmation", decision)).Should(201);
        (
            await (await OfAsync(Role.Reviewer, Harbour.Slug)).PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-03"))
        ).ShouldRefuse(403, "role");
    }

    [Fact]
    public async Task An_administrator_still_needs_a_second_person_for_what_they_logged_themselves()
    {
        var administrator = await OfAsync(Role.Administrator, Harbour.Slug);
        var slug = await administrator.RecordAsync();
        var id = await administrator.LogAsync(slug, Harbour.Step("delivered", "2025-04-01"));
        (await administrator.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).ShouldRefuse(
            403,
            "second-person"
        );
    }

    [Fact]
    public async Task A_contributor_publishes_nothing_and_what_they_send_is_kept_as_a_suggestion()
    {
        var contributor = await OfAsync(Role.Contributor, Harbour.Slug);
        var slug = await Tracker.Ann.RecordAsync();
        (await contributor.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"))).Should(202);
        (await Tracker.Anyone.GetAsync($"items/{slug}")).Json["updates"]!.AsArray().Count.ShouldBe(1);
        (await contributor.PatchAsync($"items/{slug}", new { reason = Harbour.Text("So."), title = Harbour.Text("Mine") })).ShouldRefuse(
            403,
            "role"
        );
    }

    [Fact]
    public async Task A_representative_writes_in_the_own_lane_of_the_own_party_on_items_that_name_it()
    {
        var city = await OfAsync(Role.Representative, Harbour.Slug, "city");
        var slug = await Tracker.Ann.RecordAsync();
        (await city.PostAsync($"items/{slug}/updates", Said("self_reported", "city"))).Should(201);
        (await city.PostAsync($"items/{slug}/updates", Said("independent", "city"))).ShouldRefuse(403, "own-lane", "lane");
        (await city.PostAsync($"items/{slug}/updates", Said("self_reported", "port-authority"))).ShouldRefuse(403, "own-lane", "actor");
        (await city.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"))).ShouldRefuse(403, "own-lane", "lane");
        var foreign = await Tracker.Ann.RecordAsync(change: b => b["addressees"] = new JsonArray("sailors"));
        (await city.PostAsync($"items/{foreign}/updates", Said("self_reported", "city"))).ShouldRefuse(403, "own-lane");

        var own = await city.LogAsync(slug, Said("self_reported", "city"));
        var independent = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-04-02"));
        (await city.PostAsync($"items/{slug}/updates/{own}/corrections", Correction(new { note = new { en = "Better said." } }))).Should(
            201
        );
        (await city.PostAsync($"items/{slug}/updates/{own}/corrections", Correction(new { lane = "independent" }))).ShouldRefuse(
            403,
            "own-lane",
            "lane"
        );
        (
            await city.PostAsync($"items/{slug}/updates/{independent}/corrections", Correction(new { note = new { en = "Not so." } }))
        ).ShouldRefuse(403, "own-lane");
        (await city.PostAsync($"items/{slug}/updates/{independent}/evidence", new { evidence = Harbour.Evidence() })).ShouldRefuse(
            403,
            "own-lane"
        );
        (await city.PostAsync("items", Harbour.Item(Harbour.NewSlug()))).ShouldRefuse(403, "role");

        static object Correction(object values) =>
            new
            {
                kind = "replace",
                newValues = values,
                reason = new { en = "Because." },
            };

        static JsonObject Said(string lane, string actor)
        {
            var body = Harbour.Update("response", "2025-04-01");
            (body["lane"], body["actor"]) = (lane, actor);
            return body;
        }
    }

    [Fact]
    public async Task A_role_that_ends_and_a_token_that_is_revoked_work_no_more_at_once()
    {
        var (person, token) = await Tracker
            .Get<Accounts>()
            .AddAsync("Short", [new Grant(Role.Editor, Harbour.Slug)], null, null, TestContext.Current.CancellationToken);
        var caller = new Caller(Tracker.Client, token);
        var slug = await caller.RecordAsync();
        var grant = (await Tracker.Ada.GetAsync("people")).Json["people"]!.AsArray().First(p => (string)p!["id"]! == person.Id)!["roles"]![
            0
        ]!["id"];
        (await Tracker.Ada.DeleteAsync($"people/{person.Id}/roles/{grant}")).Should(204);
        (await caller.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"))).ShouldRefuse(403, "role");

        (await Tracker.Ada.PostAsync($"people/{person.Id}/roles", new { role = "editor", forum = Harbour.Slug })).Should(201);
        (await caller.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"))).Should(201);
        var own = (string)(await caller.GetAsync("tokens")).Should(200).Json["tokens"]![0]!["id"]!;
        (await caller.DeleteAsync($"tokens/{own}")).Should(204);
        (await caller.GetAsync("tokens")).ShouldRefuse(401, "token");
    }

    [Fact]
    public async Task A_person_is_made_with_a_role_of_one_forum_and_bad_ones_are_refused_by_field()
    {
        var made = (
            await Tracker.Ada.PostAsync(
                "people",
                new
                {
                    name = "Rae",
                    role = "representative",
                    forum = Harbour.Slug,
                    party = "city",
                }
            )
        ).Should(201);
        var rae = new Caller(Tracker.Client, (string)made.Json["token"]!);
        (await rae.PostAsync("items", Harbour.Item(Harbour.NewSlug()))).ShouldRefuse(403, "role");
        (
            await Tracker.Ada.PostAsync(
                "people",
                new
                {
                    name = "Rae",
                    role = "representative",
                    forum = Harbour.Slug,
                }
            )
        ).ShouldRefuse(400, "unknown-party", "party");
        (
            await Tracker.Ada.PostAsync(
                "people",
                new
                {
                    name = "Rae",
                    role = "editor",
                    forum = "nowhere",
                }
            )
        ).ShouldRefuse(400, "unknown-forum", "forum");
        (
            await Tracker.Ada.PostAsync(
                "people",
                new
                {
                    name = "Rae",
                    role = "editor",
                    party = "city",
                }
            )
        ).ShouldRefuse(400, "party-of-representative", "party");
        (await Tracker.Ada.PostAsync("people", new { name = "Rae", grants = new[] { "administrator" } })).ShouldRefuse(
            400,
            "format",
            "grants"
        );
    }

    [Fact]
    public async Task The_last_administrator_of_all_forums_stays()
    {
        await using var tracker = await Tracker.StartAsync();
        var me = (await tracker.Ada.GetAsync("people")).Json["people"]!.AsArray().First(p => (string)p!["name"]! == "Ada")!;
        (await tracker.Ada.DeleteAsync($"people/{me["id"]}/roles/{me["roles"]![0]!["id"]}")).ShouldRefuse(409, "last-administrator");
        (await tracker.Ada.DeleteAsync($"people/{me["id"]}")).ShouldRefuse(409, "last-administrator");
    }

    [Fact]
    public async Task An_administrator_of_a_forum_gives_roles_of_that_forum_only()
    {
        var administrator = await OfAsync(Role.Administrator, Harbour.Slug);
        var (person, _) = await Tracker.Get<Accounts>().AddAsync("Somebody", [], null, null, TestContext.Current.CancellationToken);
        (await administrator.PostAsync($"people/{person.Id}/roles", new { role = "editor", forum = Harbour.Slug })).Should(201);
        (await administrator.PostAsync($"people/{person.Id}/roles", new { role = "administrator" })).ShouldRefuse(403, "role");
        (await administrator.PostAsync("invitations", new { role = "administrator" })).ShouldRefuse(403, "role");
        (await administrator.PostAsync("people", new { name = "Mallory" })).ShouldRefuse(403, "role");
        (await administrator.PostAsync($"people/{person.Id}/link")).ShouldRefuse(403, "role");
        var seen = (await administrator.GetAsync("people")).Should(200).Json["people"]!.AsArray();
        seen.ShouldContain(p => (string)p!["id"]! == person.Id);
        seen.ShouldNotContain(p => (string)p!["name"]! == "Ada", "whoever has no role in the forum is not shown");
    }

    private async Task<Caller> OfAsync(Role role, string forum, string? party = null) =>
        new(
            Tracker.Client,
            (
                await Tracker
                    .Get<Accounts>()
                    .AddAsync($"{role} of {forum}", [new Grant(role, forum, party)], null, null, TestContext.Current.CancellationToken)
            ).Token
        );
}
