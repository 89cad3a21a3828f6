using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Updates;

/// <summary>Logging, confirming, correcting and disputing over the API.</summary>
[Collection(nameof(SharedDesk))]
public sealed class WriteUpdateTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_logged_update_shows_at_once()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answer = (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-04"))).Should(201);
        answer.Location.ShouldBe($"/api/v1/items/{slug}");
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200);
        item.ETag.ShouldBe(answer.ETag);
        ((string)item.Json["status"]!, (string)item.Json["statusSince"]!, (int)item.Json["version"]!).ShouldBe(("underway", "2025-04", 3));
        item.Json["updates"]![1]!.ToJsonString().ShouldBe(answer.Json.ToJsonString());
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("underway");
    }

    [Fact]
    public async Task A_closing_step_counts_from_the_second_persons_word_on()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        var row = await RowAsync(slug);
        ((string)row["status"]!, (int)row["awaitingConfirmation"]!).ShouldBe(("announced", 1));
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var confirmedAt = Tracker.Time.GetUtcNow();
        (await Tracker.Ann.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).ShouldRefuse(
            403,
            "second-person",
            "decision"
        );
        (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/updates/{id}/confirmation",
                new { decision = "confirm", note = Harbour.Text("Seen.") }
            )
        ).Should(201);
        row = await RowAsync(slug);
        ((string)row["status"]!, (int)row["awaitingConfirmation"]!).ShouldBe(("delivered", 0));
        foreach (var (at, status) in new[] { (confirmedAt.AddMicroseconds(-1), "announced"), (confirmedAt, "delivered") })
            (
                (string)
                    (await Tracker.Anyone.GetAsync($"items/{slug}?{BothClocks.Query(new DateOnly(2025, 6, 1), at)}")).Should(200).Json[
                        "status"
                    ]!
            ).ShouldBe(status);
    }

    [Fact]
    public async Task The_person_counts_and_not_the_token()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        await using var insert = Tracker
            .Get<Npgsql.NpgsqlDataSource>()
            .CreateCommand(
                "insert into tokens (hash, person, created_at) select sha256(convert_to($1, 'UTF8')), person, now() from "
                    + "tokens where hash = sha256(convert_to($2, 'UTF8'))"
            );
        insert.Parameters.Add(new() { Value = "second-token-" + slug });
        insert.Parameters.Add(new() { Value = Tracker.Ann.Token! });
        (await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBe(1);
        var alsoAnn = new Caller(Tracker.Client, "second-token-" + slug);
        (await alsoAnn.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).ShouldRefuse(
            403,
            "second-person"
        );
    }

    [Fact]
    public async Task A_rejected_step_never_counts_and_makes_room_for_another()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Step("delivered", "2025-06-01"))).ShouldRefuse(409, "one-waiting");
        (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/updates/{id}/confirmation",
                new { decision = "reject", note = Harbour.Text("Not seen.") }
            )
        ).Should(201);
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("announced");
        await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-06-01"));
    }

    [Fact]
    public async Task A_redate_answers_as_if_logged_right_from_then_on_and_wrong_before()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var at = Tracker.Time.GetUtcNow();
        var correction = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2025-04-10" },
                    reason = Harbour.Text("The minutes say so."),
                    evidence = Harbour.Evidence(),
                }
            )
        ).Should(201);
        ((bool)correction.Json["confirmed"]!, (string)correction.Json["update"]!).ShouldBe((true, id));
        correction.Location.ShouldBe($"/api/v1/items/{slug}/history");
        async Task<string> StatusAsync(DateTimeOffset known) =>
            (string)
                (await Tracker.Anyone.GetAsync($"items/{slug}?{BothClocks.Query(new DateOnly(2025, 4, 15), known)}")).Should(200).Json[
                    "status"
                ]!;
        (await StatusAsync(at.AddMicroseconds(-1)), await StatusAsync(at)).ShouldBe(("announced", "underway"));
        var update = (await Tracker.Anyone.GetAsync($"items/{slug}")).Json["updates"]![1]!;
        ((string)update["occurredOn"]!, update["flags"]!.ToJsonString()).ShouldBe(("2025-04-10", "[\"late\",\"corrected\"]"));
    }

    [Fact]
    public async Task A_correction_of_a_confirmed_closing_waits_for_a_second_person_too()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).Should(201);
        var correction = (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new { kind = "retract", reason = Harbour.Text("Not yet.") }
            )
        ).Should(201);
        ((bool)correction.Json["confirmed"]!).ShouldBeFalse();
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("delivered");
        (await Tracker.Bo.PostAsync($"items/{slug}/corrections/{correction.Id}/confirmation", new { decision = "confirm" })).ShouldRefuse(
            403,
            "second-person"
        );
        (await Tracker.Ann.PostAsync($"items/{slug}/corrections/{correction.Id}/confirmation", new { decision = "confirm" })).Should(201);
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("announced");
    }

    [Fact]
    public async Task A_dispute_shows_until_it_is_settled()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        var dispute = (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/updates/{id}/disputes",
                new { reason = Harbour.Text("No."), evidence = Harbour.Evidence() }
            )
        ).Should(201);
        ((string)(await RowAsync(slug))["signals"]!["confidence"]!).ShouldBe("disputed");
        var settled = (await Tracker.Ann.PostAsync($"items/{slug}/disputes/{dispute.Id}/settlement", new { outcome = "dismissed" })).Should(
            201
        );
        ((string)settled.Json["outcome"]!).ShouldBe("dismissed");
        ((string)(await RowAsync(slug))["signals"]!["confidence"]!).ShouldBe("reported");
        (await Tracker.Ann.PostAsync($"items/{slug}/disputes/{dispute.Id}/settlement", new { outcome = "upheld" })).ShouldRefuse(
            409,
            "already-settled",
            "id"
        );
    }

    [Fact]
    public async Task A_primary_source_added_later_raises_the_confidence()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/evidence", new { evidence = Harbour.Evidence("The law", "primary") }))
            .Should(201)
            .Json["evidence"]!
            .AsArray()
            .Count.ShouldBe(2);
        ((string)(await RowAsync(slug))["signals"]!["confidence"]!).ShouldBe("confirmed");
    }

    [Fact]
    public async Task A_note_is_translated_once_found_in_both_languages_and_told_to_nobody()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        var body = new { note = new { zh = "挖泥船已开工。" } };
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/translation", body)).Should(201).Json["note"]!
            .AsObject()
            .Select(n => n.Key)
            .ShouldBe(["en", "zh"]);
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/translation", body)).ShouldRefuse(400, "already-there", "note.zh");
        (await Tracker.Anyone.GetAsync("items?q=" + Uri.EscapeDataString("挖泥船"))).Json["items"]!
            .AsArray()
            .Select(i => (string)i!["slug"]!)
            .ShouldBe([slug]);
        var change = (await Tracker.Anyone.GetAsync("changes?limit=1000")).Json["changes"]!.AsArray()[^1]!;
        ((string)change["type"]!, (string)change["cause"]!, (bool)change["editorial"]!, (string)change["update"]!).ShouldBe(
            ("update.logged", "translation_added", true, id)
        );
    }

    [Fact]
    public async Task A_stale_If_Match_is_told_what_changed()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var seen = (await Tracker.Anyone.GetAsync($"items/{slug}")).ETag!;
        await Tracker.Bo.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        var stale = (
            await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-06-01"), ("If-Match", seen))
        ).ShouldRefuse(412, "stale", "If-Match");
        ((string)stale.Json["current"]!["status"]!, (int)stale.Json["current"]!["version"]!).ShouldBe(("underway", 3));
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-06-01"), ("If-Match", stale.ETag!))).Should(
            201
        );
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-06-02"), ("If-Match", "*"))).Should(201);
    }

    [Fact]
    public async Task A_fact_of_the_day_that_has_begun_at_UTC_plus_14_is_taken_and_counts_tomorrow()
    {
        // 11:00 UTC: in Kiritimati it is tomorrow already.
        while (Tracker.Time.GetUtcNow().Hour != 11)
            Tracker.Time.Advance(TimeSpan.FromHours(1));
        var tomorrow = DateOnly.FromDateTime(Tracker.Time.GetUtcNow().UtcDateTime).AddDays(1);
        var slug = await Tracker.Ann.RecordAsync();
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", $"{tomorrow:yyyy-MM-dd}"));
        var fresh = await Tracker.Ann.RecordAsync(madeOn: $"{tomorrow:yyyy-MM-dd}");
        (await Tracker.Anyone.GetAsync($"items/{fresh}")).ShouldRefuse(404, "no-status-yet");
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("announced");
        await CountsAgreeAsync();
        Tracker.Time.Advance(TimeSpan.FromHours(13));
        ((string)(await RowAsync(slug))["status"]!).ShouldBe("underway");
        ((string)(await RowAsync(fresh))["status"]!).ShouldBe("announced");
        await CountsAgreeAsync();
    }

    private async Task CountsAgreeAsync()
    {
        var clocks = AskedClocks.OfNow(Tracker.Time.GetUtcNow());
        var counted = await Tracker
            .Get<Summaries>()
            .ReadAsync(Harbour.Slug, clocks with { KnownAt = clocks.Now.AddSeconds(1) }, TestContext.Current.CancellationToken) with
        {
            KnownAt = null,
        };
        var answer = (await Tracker.Anyone.GetAsync($"summary?forum={Harbour.Slug}")).Should(200);
        answer.Body.ShouldBe(System.Text.Json.JsonSerializer.Serialize(counted, TrackerJson.Strict));
        counted.Total.ShouldBe((await Tracker.Anyone.EveryItemAsync("forum=" + Harbour.Slug)).Count);
    }

    private async Task<JsonNode> RowAsync(string slug) =>
        (await Tracker.Anyone.EveryItemAsync($"forum={Harbour.Slug}")).Single(i => (string)i["slug"]! == slug);
}
