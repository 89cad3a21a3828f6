using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Items;

/// <summary>Recording, changing, retracting and merging items over the API.</summary>
[Collection(nameof(SharedDesk))]
public sealed class WriteItemTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_new_item_is_created_with_its_default_first_status()
    {
        var slug = Harbour.NewSlug();
        var answer = (await Tracker.Ann.PostAsync("items", Harbour.Item(slug))).Should(201);
        answer.Location.ShouldBe($"/api/v1/items/{slug}");
        answer.ETag.ShouldNotBeNull();
        var item = (await Tracker.Anyone.GetAsync(answer.Location!)).Should(200);
        item.ETag.ShouldBe(answer.ETag);
        item.Body.ShouldBe(answer.Body);
        ((string)item.Json["status"]!, (string)item.Json["statusSince"]!, (int)item.Json["version"]!).ShouldBe(
            ("announced", "2025-03-01", 2)
        );
        var update = item.Json["updates"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)update["note"]!["en"]!, (string)update["evidence"]![0]!["title"]!, (bool)update["confirmed"]!).ShouldBe(
            ($"Keep {slug}", "Harbour Forum", true)
        );
    }

    [Fact]
    public async Task An_instrument_starts_anywhere_and_its_first_status_never_waits()
    {
        var slug = await Tracker.Ann.RecordAsync("instrument", status: "in_force");
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json;
        ((string)item["status"]!, (int)item["awaitingConfirmation"]!).ShouldBe(("in_force", 0));
    }

    [Fact]
    public async Task The_shape_of_an_item_is_that_of_the_forum_folder_with_its_state()
    {
        var slug = Harbour.NewSlug();
        var body = Harbour.Item(slug);
        body["summary"] = new JsonObject { ["zh"] = "摘要" };
        body["due"] = new JsonObject
        {
            ["date"] = "2027-06",
            ["basis"] = Harbour.Text("Said so."),
            ["target"] = "underway",
        };
        body["strength"] = "firm";
        body["testability"] = "partly";
        body["citations"] = new JsonArray(
            new JsonObject
            {
                ["exact"] = "承诺🙂",
                ["prefix"] = "…",
                ["suffix"] = "。",
                ["start"] = 10,
                ["end"] = 13,
                ["line"] = 2,
                ["voice"] = "city",
            }
        );
        (await Tracker.Ann.PostAsync("items", body)).Should(201);
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json.AsObject();
        foreach (var (name, value) in body.Where(p => p.Value is not null))
            item[name]!.ToJsonString().ShouldBe(value!.ToJsonString(), name);
        foreach (var name in new[] { "status", "statusSince", "awaitingConfirmation", "version", "asOf", "updates", "flags" })
            item.ContainsKey(name).ShouldBeTrue(name);
        item["signals"]!.AsObject().Select(p => p.Key).ShouldBe(["time", "freshness", "confidence", "testability"]);
        item["updates"]![0]!
            .AsObject()
            .Select(p => p.Key)
            .ShouldBe(
                [
                    "id",
                    "type",
                    "status",
                    "order",
                    "occurredOn",
                    "recordedAt",
                    "note",
                    "actor",
                    "coActors",
                    "lane",
                    "evidence",
                    "confidence",
                    "confirmed",
                    "flags",
                    "disputes",
                    "role",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task Changing_the_title_of_an_item_with_links_keeps_the_links()
    {
        var other = await Tracker.Ann.RecordAsync();
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            b["related"] = new JsonArray(new JsonObject { ["slug"] = other, ["relation"] = "renews" })
        );
        (
            await Tracker.Bo.PatchAsync($"items/{slug}", new { title = Harbour.Text("Another title"), reason = Harbour.Text("A typo.") })
        ).Should(200);
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json;
        ((string)item["title"]!["en"]!, (string?)item["title"]!["zh"], (string)item["related"]![0]!["slug"]!).ShouldBe(
            ("Another title", null, other)
        );
    }

    [Fact]
    public async Task A_change_keeps_absent_fields_and_clears_those_set_to_null()
    {
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            (b["summary"], b["due"]) = (Harbour.Text("Sum."), new JsonObject { ["date"] = "2027" })
        );
        var answer = (await Tracker.Ann.PatchAsync($"items/{slug}", "{\"due\": null, \"reason\": {\"en\": \"There is none.\"}}")).Should(
            200
        );
        answer.ETag.ShouldNotBeNull();
        (answer.Json["due"], (string)answer.Json["summary"]!["en"]!, (string)answer.Json["signals"]!["time"]!).ShouldBe(
            (null, "Sum.", "no_deadline")
        );
    }

    [Fact]
    public async Task A_retracted_item_is_gone_now_and_still_there_at_the_instant_before()
    {
        var slug = await Tracker.Ann.RecordAsync();
        Tracker.Time.Advance(TimeSpan.FromMinutes(5));
        var before = Tracker.Time.GetUtcNow().AddSeconds(-1);
        var answer = (await Tracker.Ann.PostAsync($"items/{slug}/retraction", new { reason = Harbour.Text("A slip.") })).Should(201);
        answer.Location.ShouldBe($"/api/v1/items/{slug}/history");
        var gone = (await Tracker.Anyone.GetAsync($"items/{slug}")).ShouldRefuse(410, "item-retracted");
        gone.Body.ShouldContain("A slip.");
        (await Tracker.Anyone.GetAsync($"items/{slug}?{BothClocks.Query(new DateOnly(2026, 11, 1), before)}")).Should(200);
        (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Should(200).Json["events"]!.AsArray().Count.ShouldBe(3);
        (await Tracker.Anyone.EveryItemAsync("forum=" + Harbour.Slug)).ShouldNotContain(i => (string)i["slug"]! == slug);
    }

    [Fact]
    public async Task A_merged_item_redirects_with_the_question()
    {
        var (slug, into) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        (await Tracker.Ann.PostAsync($"items/{slug}/retraction", new { reason = Harbour.Text("The same."), mergedInto = into })).Should(
            201
        );
        (await Tracker.Anyone.GetAsync($"items/{slug}?asOf=2026-11-01&lang=zh"))
            .Should(307)
            .Location.ShouldBe($"/api/v1/items/{into}?asOf=2026-11-01&lang=zh");
    }

    [Fact]
    public async Task An_item_of_which_nothing_is_known_yet_says_so_and_why()
    {
        var slug = await Tracker.Ann.RecordAsync();
        (await Tracker.Anyone.GetAsync($"items/{slug}?knownAt=2026-01-01")).ShouldRefuse(404, "not-yet-recorded", "knownAt");
        (await Tracker.Anyone.GetAsync($"items/{slug}?asOf=2025-02-28"))
            .ShouldRefuse(404, "no-status-yet", "asOf")
            .Body.ShouldContain("2025-03-01");
    }

    [Fact]
    public async Task Script_in_every_text_is_stored_and_returned_as_text()
    {
        const string Script = "<script>alert('x')</script> & \"<b>\" 'ö' \u2028 🙂";
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            (b["title"], b["summary"], b["note"], b["nextActor"]) = (
                Harbour.Text(Script),
                Harbour.Text(Script),
                Harbour.Text(Script),
                Harbour.Text(Script)
            )
        );
        var body = Harbour.Update("progress", "2025-04-01", Script);
        body["evidence"]![0]!["title"] = Script;
        await Tracker.Ann.LogAsync(slug, body);
        var answer = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200);
        answer.MediaType.ShouldBe("application/json");
        var (item, update) = (answer.Json, answer.Json["updates"]![1]!);
        foreach (
            var text in new[]
            {
                item["title"]!["en"],
                item["summary"]!["en"],
                item["note"]!["en"],
                item["nextActor"]!["en"],
                update["note"]!["en"],
                update["evidence"]![0]!["title"],
            }
        )
            ((string)text!).ShouldBe(Script);
        var page = (await Tracker.Anyone.GetAsync($"/items/{slug}")).Should(200);
        page.Body.ShouldNotContain("<script>alert");
        page.Body.ShouldContain("&lt;script&gt;alert");
    }

    [Fact]
    public async Task A_summary_that_is_one_word_of_20_000_letters_is_kept_and_survives_a_rebuild()
    {
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            (b["summary"], b["title"]) = (
                Harbour.Text(string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + (i * 7 + i / 26) % 26)))),
                Harbour.Text("Longword")
            )
        );
        (await Tracker.Anyone.EveryItemAsync("q=longword")).Select(i => (string)i["slug"]!).ShouldBe([slug]);
        (await Tracker.Get<Rebuild>().RunAsync(new Progress<string>(), TestContext.Current.CancellationToken)).Items.ShouldBeGreaterThan(0);
        (await Tracker.Anyone.EveryItemAsync("q=longword")).Select(i => (string)i["slug"]!).ShouldBe([slug]);
    }

    [Theory]
    [InlineData("Tidal2025 gate", "tidal2025")]
    [InlineData("Exponent 1e5 reached", "1e5")]
    [InlineData("Version 2.10 of x86-64", "x86")]
    [InlineData("潮汐闸门", "汐闸")]
    [InlineData("Überseehafen", "übersee")]
    public async Task A_word_of_a_title_is_found(string title, string query)
    {
        var slug = await Tracker.Ann.RecordAsync(change: b => b["title"] = Harbour.Text(title));
        (await Tracker.Anyone.EveryItemAsync("q=" + Uri.EscapeDataString(query))).Select(i => (string)i["slug"]!).ShouldContain(slug);
    }
}
