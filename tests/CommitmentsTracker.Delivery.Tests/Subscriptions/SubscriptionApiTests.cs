using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;
using Npgsql;

namespace CommitmentsTracker.Delivery.Tests.Subscriptions;

/// <summary>Subscriptions by the API.</summary>
public sealed class SubscriptionApiTests : WebhookTests
{
    [Fact]
    public async Task A_webhook_is_pending_until_a_signed_ping_is_accepted()
    {
        Receiver.AnswersPings = 500;
        var made = (await Tracker.Ann.PostAsync("subscriptions", new { channel = "webhook", url = Receiver.Url })).Should(201);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        made.Location.ShouldBe($"/api/v1/subscriptions/{made.Id}");
        ((string)made.Json["state"]!, (int)made.Json["ping"]!["status"]!).ShouldBe(("pending", 500));
        var secret = (string)made.Json["secret"]!;
        await Tracker.Ann.RecordAsync();
        (await Tracker.Ann.PostAsync($"subscriptions/{made.Id}/enable")).ShouldRefuse(409, "not-verified");
        Receiver.AnswersPings = 204;
        var pinged = (await Tracker.Ann.PostAsync($"subscriptions/{made.Id}/ping")).Should(200);
        ((string)pinged.Json["state"]!, pinged.Json["secret"]).ShouldBe(("active", null));
        Receiver.Pings.Count.ShouldBe(2);
        Receiver.Pings.ShouldAllBe(p => p.IsSignedWith(secret) && p.Type == "ping");
        var slug = await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 1);
        // What changed before the ping is not told.
        ((string)Receiver.Notices.Single().Json["subject"]!).ShouldBe(slug);
    }

    [Fact]
    public async Task The_filter_decides_what_is_told()
    {
        await Desk.SubscribeAsync(Receiver.Url, new { theme = new[] { "noise" }, changes = new[] { "new" } });
        await Tracker.Ann.RecordAsync();
        var slug = await Tracker.Ann.RecordAsync(change: b => b["themes"] = new JsonArray("noise"));
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-04-01"));
        await Desk.SoonAsync("(select last_no from delivery_progress) = (select last_no from change_counter)", "told");
        await WebhookDesk.GotAsync(Receiver, 1);
        (await Tracker.RowsAsync("select c.change ->> 'item' from deliveries d join changes c using (change_no)")).ShouldBe([slug]);
    }

    [Fact]
    public async Task An_address_is_asked_to_confirm_and_nobody_learns_whether_it_was_known()
    {
        var body = new
        {
            channel = "email",
            email = "reader@example.org",
            frequency = "daily",
            lang = "zh",
            timeZone = "Asia/Shanghai",
            filter = new { forum = new[] { Harbour.Slug } },
        };
        var made = (await Tracker.Ann.PostAsync("subscriptions", body)).Should(201);
        ((string)made.Json["state"]!, (string)made.Json["frequency"]!, made.Json["secret"]).ShouldBe(("pending", "daily", null));
        (await Tracker.RowsAsync("select m.kind, s.address from mails m join subscribers s on s.id = m.subscriber")).ShouldBe([
            "confirmation | reader@example.org",
        ]);
        // Asked again within a quarter of an hour: the same answer, and no second mail.
        var again = (await Tracker.Ann.PostAsync("subscriptions", body)).Should(201);
        again.Json.AsObject().Select(p => p.Key).ShouldBe(made.Json.AsObject().Select(p => p.Key));
        (await Tracker.AskAsync<long>("select count(*) from mails")).ShouldBe(1);
        (await Tracker.Ann.GetAsync("subscriptions")).Should(200).Json["subscriptions"]!.AsArray().Count.ShouldBe(2);
        foreach (var path in new[] { "ping", "secret", "enable" })
            (await Tracker.Ann.PostAsync($"subscriptions/{made.Id}/{path}")).ShouldRefuse(409, "channel");
        (await Tracker.Ann.PostAsync($"subscriptions/{made.Id}/replay", new { failed = true })).ShouldRefuse(409, "channel");
        (await Tracker.Ann.PatchAsync($"subscriptions/{made.Id}", new { frequency = "weekly" })).Should(200).Json["frequency"]!
            .GetValue<string>()
            .ShouldBe("weekly");
        (await Tracker.Ann.DeleteAsync($"subscriptions/{made.Id}")).Should(204);
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(1);
        (await Tracker.Ann.DeleteAsync($"subscriptions/{again.Id}")).Should(204);
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(0);
    }

    [Fact]
    public async Task A_subscription_is_there_for_its_owner_and_administrators_only()
    {
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        (await Tracker.Anyone.GetAsync("subscriptions")).ShouldRefuse(401, "token");
        (await Tracker.Anyone.PostAsync("subscriptions", new { channel = "webhook", url = Receiver.Url })).ShouldRefuse(401, "token");
        foreach (var path in new[] { $"subscriptions/{id}", $"subscriptions/{id}/deliveries" })
        {
            (await Tracker.Bo.GetAsync(path)).ShouldRefuse(404, "unknown-subscription");
            (await Tracker.Ada.GetAsync(path)).Should(200);
            (await Tracker.Ann.GetAsync(path)).Should(200);
        }

        foreach (var path in new[] { "ping", "secret", "enable" })
            (await Tracker.Bo.PostAsync($"subscriptions/{id}/{path}")).ShouldRefuse(404, "unknown-subscription");
        (await Tracker.Bo.PatchAsync($"subscriptions/{id}", new { paused = true })).ShouldRefuse(404, "unknown-subscription");
        (await Tracker.Bo.DeleteAsync($"subscriptions/{id}")).ShouldRefuse(404, "unknown-subscription");
        (await Tracker.Bo.GetAsync("subscriptions")).Should(200).Json["subscriptions"]!.AsArray().ShouldBeEmpty();
        (await Tracker.Ann.GetAsync("subscriptions/nothing")).ShouldRefuse(404, "unknown-subscription");
        (await Tracker.Ada.DeleteAsync($"subscriptions/{id}")).Should(204);
        (await Tracker.Ann.GetAsync($"subscriptions/{id}")).ShouldRefuse(404, "unknown-subscription");
    }

    [Fact]
    public async Task The_21st_webhook_of_a_person_is_refused()
    {
        for (var n = 0; n < 20; n++)
            await Desk.SubscribeAsync(Receiver.Url);
        (await Tracker.Ann.PostAsync("subscriptions", new { channel = "webhook", url = Receiver.Url })).ShouldRefuse(
            409,
            "too-many",
            "url"
        );
        await Desk.SubscribeAsync(Receiver.Url, owner: Tracker.Bo);
    }

    private static readonly (string Body, string Rule, string Field)[] Wrong =
    [
        ("{}", "format", "channel"),
        ("{\"channel\": \"fax\"}", "format", "channel"),
        ("{\"channel\": \"webhook\"}", "required", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"\"}", "required", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"ftp://example.org\"}", "url", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://127.0.0.2/\"}", "blocked-address", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://10.0.0.1/\"}", "blocked-address", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://169.254.169.254/latest\"}", "blocked-address", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"http://8.8.8.8/\"}", "https", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://name:word@example.org/\"}", "user-info", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/#x\"}", "fragment", "url"),
        ("{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\\r\\nX-Injected: 1\"}", "url", "url"),
        (
            "{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\", \"contentType\": \"text/html\\r\\nX: 1\"}",
            "unknown-word",
            "contentType"
        ),
        ("{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\", \"contact\": \"nobody\"}", "email", "contact"),
        (
            "{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\", \"contact\": \"a@example.org\\r\\nBcc: b@example.org\"}",
            "email",
            "contact"
        ),
        ("{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\", \"frequency\": \"daily\"}", "channel", "frequency"),
        ("{\"channel\": \"webhook\", \"url\": \"https://8.8.8.8/\", \"secret\": \"mine\"}", "format", "secret"),
        ("{\"channel\": \"email\"}", "required", "email"),
        ("{\"channel\": \"email\", \"email\": \"nobody\"}", "email", "email"),
        ("{\"channel\": \"email\", \"email\": \"A <a@example.org>\"}", "email", "email"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"url\": \"https://example.org\"}", "channel", "url"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"lang\": \"fr\"}", "unknown-word", "lang"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"timeZone\": \"Mars/Olympus\"}", "time-zone", "timeZone"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"frequency\": \"hourly\"}", "format", "frequency"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"kind\": [\"rumour\"]}}", "format", "filter.kind[0]"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"kind\": null}}", "required", "filter.kind"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"theme\": [null]}}", "required", "filter.theme"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"theme\": [\"nothing\"]}}", "unknown-theme", "filter.theme"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"item\": [\"no-such\"]}}", "unknown-item", "filter.item"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"signal\": [\"loud\"]}}", "unknown-word", "filter.signal"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"changes\": [\"all\"]}}", "format", "filter.changes[0]"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"q\": \"a\\u0000b\"}}", "control-characters", "filter.q"),
        ("{\"channel\": \"email\", \"email\": \"a@example.org\", \"filter\": {\"colour\": [\"blue\"]}}", "format", "filter.colour"),
    ];

    [Fact]
    public async Task What_is_wrong_is_refused_by_field_and_rule()
    {
        foreach (var (body, rule, field) in Wrong)
            (await Tracker.Ann.PostAsync("subscriptions", body)).ShouldRefuse(400, rule, field);
        (
            await Tracker.AskAsync<long>(
                "select (select count(*) from subscriptions) + (select count(*) from mails) + (select count(*) from subscribers)"
            )
        ).ShouldBe(0);
        (
            await Tracker.Ann.PostAsync("subscriptions", new { channel = "webhook", url = Receiver.Url }, ("Idempotency-Key", "k"))
        ).ShouldRefuse(400, "idempotency-key");
    }

    [Fact]
    public async Task A_pause_keeps_what_changes_and_a_new_filter_counts_from_the_next_change_on()
    {
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        ((string)(await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { paused = true })).Should(200).Json["state"]!).ShouldBe(
            "paused"
        );
        await Tracker.Ann.RecordAsync();
        await Desk.SoonAsync("(select count(*) = 1 from deliveries where state = 'waiting')", "kept");
        Desk.Advance(TimeSpan.FromHours(1));
        Receiver.Notices.ShouldBeEmpty();
        (await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { paused = false })).Should(200);
        await Desk.SoonAsync("bool_and(state = 'delivered') from deliveries", "sent");
        (await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { filter = new { theme = new[] { "noise" } } })).Should(200);
        await Tracker.Ann.RecordAsync();
        (await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { filter = new { } })).Should(200);
        (
            await Tracker.Get<TellChanges>().RepairAsync(Tracker.Time.GetUtcNow().AddHours(-24), TestContext.Current.CancellationToken)
        ).ShouldBe(0);
        var slug = await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(Receiver, 2);
        ((string)Receiver.Notices[1].Json["subject"]!).ShouldBe(slug);
    }

    [Fact]
    public async Task A_new_address_has_to_accept_a_ping_first()
    {
        var (id, secret) = await Desk.SubscribeAsync(Receiver.Url, contact: "ops@example.org");
        var other = await Desk.ReceiverAsync();
        other.AnswersPings = 500;
        (await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { url = other.Url })).ShouldRefuse(422, "ping", "url");
        ((string)(await Tracker.Ann.GetAsync($"subscriptions/{id}")).Json["url"]!).ShouldBe(Receiver.Url);
        (await Tracker.Ann.PatchAsync($"subscriptions/{id}", new { url = "https://10.0.0.1/" })).ShouldRefuse(
            400,
            "blocked-address",
            "url"
        );
        other.AnswersPings = 200;
        var moved = (await Tracker.Ann.PatchAsync($"subscriptions/{id}", "{\"url\": \"" + other.Url + "\", \"contact\": null}")).Should(
            200
        );
        ((string)moved.Json["url"]!, moved.Json["contact"]).ShouldBe((other.Url, null));
        await Tracker.Ann.RecordAsync();
        await WebhookDesk.GotAsync(other, 1);
        (other.Notices[0].IsSignedWith(secret), Receiver.Notices.Count).ShouldBe((true, 0));
    }

    [Fact]
    public async Task One_call_answers_whether_somebody_heard_of_a_change_when_and_what_they_said_for_thirty_days()
    {
        Receiver.Answers = async (context, _) =>
        {
            context.Response.StatusCode = 500;
            await context.Response.Body.WriteAsync("the queue is full"u8.ToArray());
        };
        var (id, _) = await Desk.SubscribeAsync(Receiver.Url);
        await Tracker.Ann.RecordAsync();
        await Desk.AttemptedAsync(1);
        Receiver.AnswersWith(202);
        Desk.Advance(TimeSpan.FromSeconds(7));
        await Desk.AttemptedAsync(2);
        await Tracker.Ann.RecordAsync();
        await Desk.AttemptedAsync(3);
        var told = (await Desk.LogAsync(id, "?change=1")).Single()!;
        ((string)told["state"]!, (long)told["changeNo"]!).ShouldBe(("delivered", 1));
        told["attempts"]!
            .AsArray()
            .Select(a => $"{a!["status"]} {a["outcome"]} {a["answer"]}".Trim())
            .ShouldBe(["500 refused the queue is full", "202 delivered"]);
        (await Desk.LogAsync(id, "?state=waiting,exhausted")).ShouldBeEmpty();
        var page = (await Tracker.Ann.GetAsync($"subscriptions/{id}/deliveries?limit=1")).Json;
        ((long)page["nextAfter"]!, (long)(await Desk.LogAsync(id, "?after=1")).Single()!["changeNo"]!).ShouldBe((1, 2));
        (await Tracker.Ann.GetAsync($"subscriptions/{id}/deliveries?state=lost")).ShouldRefuse(400, "unknown-word", "state");
        (await Tracker.Ann.GetAsync($"subscriptions/{id}/deliveries?limit=201")).ShouldRefuse(400, "range", "limit");

        Tracker.Time.Advance(TimeSpan.FromDays(29));
        await ForgetAsync();
        (await Desk.LogAsync(id)).Count.ShouldBe(2);
        Tracker.Time.Advance(TimeSpan.FromDays(1.1));
        await ForgetAsync();
        (await Desk.LogAsync(id)).ShouldBeEmpty();
        (await Tracker.AskAsync<long>("select (select count(*) from delivery_attempts) + (select count(*) from notices)")).ShouldBe(0);
        (await Tracker.AskAsync<long>("select count(*) from changes")).ShouldBe(2);
    }

    private Task ForgetAsync() =>
        ForgetDeliveriesHandler.Handle(
            new ForgetDeliveries(),
            Tracker.Get<NpgsqlDataSource>(),
            Tracker.Time,
            TestContext.Current.CancellationToken
        );
}
