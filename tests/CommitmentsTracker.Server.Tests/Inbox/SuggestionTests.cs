using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Inbox;

/// <summary>A contributor suggests; nothing of it is published before an editor takes it over.</summary>
[Collection(nameof(SharedDesk))]
public sealed class SuggestionTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_contributors_update_is_kept_and_changes_nothing()
    {
        var (cy, slug) = (await CallerAsync(new Grant(Role.Contributor, Harbour.Slug)), await Tracker.Ann.RecordAsync());
        var before = (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Body;
        var kept = (await cy.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-05-01"))).Should(202);
        kept.Location.ShouldBe($"/api/v1/suggestions/{kept.Id}");
        ((string)kept.Json["state"]!, (string)kept.Json["update"]!["status"]!).ShouldBe(("open", "underway"));
        (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Body.ShouldBe(before);
        (await cy.GetAsync($"suggestions/{kept.Id}")).Should(200);
        (await Tracker.Bo.GetAsync($"suggestions/{kept.Id}")).Should(200);
        (await (await CallerAsync(new Grant(Role.Contributor, Harbour.Slug))).GetAsync($"suggestions/{kept.Id}")).ShouldRefuse(
            404,
            "unknown-entry"
        );

        var update = Harbour.Step("underway", "2025-05-01");
        update["id"] = kept.Id.Replace("-", "", StringComparison.Ordinal);
        var id = Guid.Parse(kept.Id);
        (await Tracker.Get<InboxStore>().TakeAsync(id, "ann", Ct)).ShouldBeTrue();
        await Tracker.Ann.LogAsync(slug, update);
        await Tracker.Get<InboxDesk>().FinishTakenAsync(Ct);
        var told = (await cy.GetAsync($"suggestions/{kept.Id}")).Should(200).Json;
        ((string)told["state"]!, (string)told["record"]!).ShouldBe(("accepted", (string)update["id"]!));
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_kept_once()
    {
        var (cy, slug) = (await CallerAsync(new Grant(Role.Contributor)), await Tracker.Ann.RecordAsync());
        var first = (
            await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-01"), ("Idempotency-Key", "k1"))
        ).Should(202);
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-01"), ("Idempotency-Key", "k1")))
            .Should(202)
            .Id.ShouldBe(first.Id);
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-02"), ("Idempotency-Key", "k1"))).ShouldRefuse(
            422,
            "idempotency-key-reused"
        );
    }

    [Fact]
    public async Task What_could_not_be_logged_is_refused_as_it_would_be_there()
    {
        var (cy, slug) = (await CallerAsync(new Grant(Role.Contributor, Harbour.Slug)), await Tracker.Ann.RecordAsync());
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Step("reversed", "2025-05-01"))).ShouldRefuse(422, "lifecycle", "status");
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2035-05-01"))).ShouldRefuse(400, "future", "occurredOn");
        (await cy.PostAsync("items/nowhere/updates", Harbour.Update("progress", "2025-05-01"))).ShouldRefuse(404, "unknown-item");
        (
            await (await CallerAsync(new Grant(Role.Contributor, "elsewhere"))).PostAsync(
                $"items/{slug}/updates",
                Harbour.Update("progress", "2025-05-01")
            )
        ).ShouldRefuse(403, "role");
        (await Tracker.Anyone.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-01"))).ShouldRefuse(401, "token");
        (
            await (await CallerAsync(new Grant(Role.Representative, Harbour.Slug, "city"))).PostAsync(
                $"items/{slug}/updates",
                Harbour.Update("progress", "2025-05-01")
            )
        ).ShouldRefuse(403, "own-lane");
    }

    [Fact]
    public async Task As_many_as_may_wait_wait_whatever_was_decided_since()
    {
        var (person, token) = await Tracker.Get<Accounts>().AddAsync("Cy", [new Grant(Role.Contributor, Harbour.Slug)], null, null, Ct);
        var (cy, slug) = (new Caller(Tracker.Client, token), await Tracker.Ann.RecordAsync());
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-01"))).Should(202);
        await Tracker.AskAsync<long>(
            $"""
            with added as (
                insert into inbox (id, kind, item, forum, sent, lang, person, sent_at, state)
                select gen_random_uuid(), kind, item, forum, sent, lang, person, sent_at + n * interval '1 second', case
                    when n < {Suggestions.MostWaiting} then 'open' else 'refused' end
                from inbox, generate_series(1, {Suggestions.MostWaiting} + 50) n where person = '{person.Id}' returning 1)
            select count(*) from added
            """
        );
        (await cy.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-05-02"))).ShouldRefuse(409, "too-many");
    }

    [Fact]
    public async Task A_contributors_dispute_waits_too()
    {
        var (cy, slug) = (await CallerAsync(new Grant(Role.Contributor, Harbour.Slug)), await Tracker.Ann.RecordAsync());
        var update = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        var body = new { reason = Harbour.Text("It was in June."), evidence = Harbour.Evidence() };
        ((string)(await cy.PostAsync($"items/{slug}/updates/{update}/disputes", body)).Should(202).Json["disputes"]!).ShouldBe(update);
        ((string)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["signals"]!["confidence"]!).ShouldBe("reported");
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{update}/disputes", body)).Should(201);
    }

    [Fact]
    public async Task A_partys_reply_stands_beside_what_it_answers_and_names_its_role()
    {
        var (rep, slug) = (await CallerAsync(new Grant(Role.Representative, Harbour.Slug, "city")), await Tracker.Ann.RecordAsync());
        var update = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        var reply = Harbour.Update("response", "2025-05-03", "We began in April.");
        (reply["lane"], reply["actor"], reply["replyTo"]) = ("self_reported", "city", update);
        (await rep.PostAsync($"items/{slug}/updates", reply)).Should(201);
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json;
        ((string)item["status"]!).ShouldBe("underway");
        var said = item["updates"]!.AsArray().Single(u => (string)u!["type"]! == "response")!;
        ((string)said["replyTo"]!, (string)said["role"]!, (string)said["lane"]!).ShouldBe((update, "representative", "self_reported"));
        reply["replyTo"] = "no-such-update";
        (await rep.PostAsync($"items/{slug}/updates", reply)).ShouldRefuse(400, "unknown-update", "replyTo");
        (reply["replyTo"], reply["type"]) = (update, "progress");
        (await rep.PostAsync($"items/{slug}/updates", reply)).ShouldRefuse(400, "reply-is-response", "replyTo");
    }

    private async Task<Caller> CallerAsync(params Grant[] grants) =>
        new(Tracker.Client, (await Tracker.Get<Accounts>().AddAsync("Cy", grants, null, null, Ct)).Token);
}
