using CommitmentsTracker.Reading.Search;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;
using Npgsql;

namespace CommitmentsTracker.Reading.Tests.Search;

/// <summary>What a search finds, in which order, and on which clocks.</summary>
[Collection(nameof(SharedDesk))]
public sealed class SearchTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_title_comes_before_a_summary_and_a_summary_before_a_note()
    {
        var note = await RecordAsync("A plan", "一项计划");
        await Tracker.Ann.LogAsync(note, Harbour.Update("progress", "2025-05-01", "The lighthouse was painted."));
        var summary = await RecordAsync("Another plan", "另一项计划", "About the lighthouse.");
        var title = await RecordAsync("Repair the lighthouse", "修缮灯塔");
        (await FoundAsync("lighthouses")).ShouldBe([title, summary, note]);
        (await FoundAsync("灯塔")).ShouldBe([title]);
        (await FoundAsync("lighth")).ShouldBe([title, summary, note]);
    }

    [Theory]
    [InlineData("dredging")]
    [InlineData("dredge")]
    [InlineData("Dredged")]
    [InlineData("DREDG")]
    [InlineData("疏浚")]
    [InlineData("疏")]
    [InlineData("浚")]
    [InlineData("DR-17/4")]
    [InlineData("DR17")]
    [InlineData("dredging 疏浚")]
    public async Task Words_are_found_by_family_beginning_number_and_character(string q)
    {
        var slug = await RecordAsync("Dredging of the fairway, order DR 17/4", "航道疏浚");
        (await FoundAsync(q)).ShouldContain(slug);
    }

    [Fact]
    public async Task A_party_is_found_by_every_name_it_has()
    {
        var slug = await RecordAsync("Count the gulls", "清点海鸥");
        foreach (var q in new[] { "Port Authority gulls", "PA gulls", "港务局 gulls", "PA 海鸥" })
            (await FoundAsync(q)).ShouldBe([slug], q);
        (await FoundAsync("PA")).ShouldContain(slug);
    }

    [Fact]
    public async Task Sources_quotations_and_questions_are_found()
    {
        var slug = await RecordAsync(
            "Something dull",
            "平淡",
            change: body =>
            {
                body["citations"] = new JsonArray(new JsonObject { ["exact"] = "we shall heave the capstan" });
                body["followUpQuestion"] = new JsonObject { ["en"] = "Was the bollard moved?" };
            }
        );
        var update = Harbour.Update("progress", "2025-05-02");
        update["evidence"]![0]!["identifier"] = "HB/RES/78/311";
        update["evidence"]![0]!["title"] = "Gazetteer of anchorages";
        await Tracker.Ann.LogAsync(slug, update);
        foreach (var q in new[] { "capstan", "bollards", "HB/RES/78/311", "78/311", "anchorage" })
            (await FoundAsync(q)).ShouldBe([slug], q);
    }

    [Fact]
    public async Task If_nothing_holds_all_the_words_what_holds_most_of_them_is_found()
    {
        var near = await RecordAsync("Sextants for the training ship", "训练船的六分仪");
        var nearly = await RecordAsync("Ropes for the training ship", "训练船的缆绳");
        await RecordAsync("Ropes for the ferry", "渡船的缆绳");
        (await FoundAsync("sextant training ship xyzzy")).ShouldBe([near, nearly]);
        (await FoundAsync("sextant training ship")).ShouldBe([near]);
        (await FoundAsync("xyzzy")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_record_is_searched_on_both_clocks()
    {
        var slug = await RecordAsync("Keep the log", "保存日志");
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var before = Tracker.Time.GetUtcNow();
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var update = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-06-10", "A kraken was seen."));
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var between = Tracker.Time.GetUtcNow();
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{update}/corrections",
                new
                {
                    kind = "replace",
                    newValues = new { note = new { en = "A walrus was seen." } },
                    reason = Harbour.Text("It was none."),
                    evidence = Harbour.Evidence(),
                }
            )
        ).Should(201);

        (await FoundAsync("kraken")).ShouldBeEmpty();
        (await FoundAsync("walrus")).ShouldBe([slug]);
        (await FoundAsync("kraken", $"knownAt={between:yyyy-MM-dd'T'HH:mm:ss'Z'}")).ShouldBe([slug]);
        (await FoundAsync("walrus", $"knownAt={between:yyyy-MM-dd'T'HH:mm:ss'Z'}")).ShouldBeEmpty();
        (await FoundAsync("kraken", $"knownAt={before:yyyy-MM-dd'T'HH:mm:ss'Z'}")).ShouldBeEmpty();
        // On a day before it happened it is not there, as on the item's page.
        (await FoundAsync("walrus", "asOf=2025-06-09")).ShouldBeEmpty();
        (await FoundAsync("walrus", "asOf=2025-06-10")).ShouldBe([slug]);
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{update}/corrections",
                new
                {
                    kind = "retract",
                    reason = Harbour.Text("Nobody was there."),
                    evidence = Harbour.Evidence(),
                }
            )
        ).Should(201);
        (await FoundAsync("walrus")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Best_match_pages_through_everything_once_and_stands_where_nothing_else_is_asked()
    {
        for (var i = 0; i < 7; i++)
            await RecordAsync($"Buoy {(i % 2 == 0 ? "buoy repair" : "paint")} {i}", "浮标", i % 3 == 0 ? "A buoy again." : null);
        var whole = await FoundAsync("buoy");
        whole.Count.ShouldBe(7);
        (await Tracker.Anyone.EveryItemAsync("q=buoy", 2)).Select(i => (string)i["slug"]!).ShouldBe(whole);
        (await Tracker.Anyone.EveryItemAsync("q=buoy&sort=relevance", 3)).Select(i => (string)i["slug"]!).ShouldBe(whole);
        // Without a question nothing is more relevant than anything else.
        (await Tracker.Anyone.EveryItemAsync("sort=relevance", 50))
            .Select(i => (string)i["slug"]!)
            .ShouldBe((await Tracker.Anyone.EveryItemAsync("sort=latest")).Select(i => (string)i["slug"]!));
        (await Tracker.Anyone.EveryItemAsync("q=%21%21&sort=relevance")).ShouldBeEmpty();
    }

    [Fact]
    public void Hits_are_marked_in_the_text()
    {
        Shown("regulating model", "Regulation of models, and modelling").ShouldBe("[Regulation] of [models], and [modelling]");
        Shown("联合国", "在联合国框架内").ShouldBe("在[联合国]框架内");
        Shown("SB53", "California SB 53 and SB53").ShouldBe("California [SB] [53] and [SB53]");
        Shown("ai", "AI aids said AI").ShouldBe("[AI] aids said [AI]");
        Shown("nothing", "<b>&</b>").ShouldBe("<b>&</b>");
        Shown("!!", "plain").ShouldBe("plain");
        SearchQuery.Of("needle").Excerpt($"{new string('x', 400)} a needle {new string('y', 400)}").ShouldContain("needle");

        static string Shown(string q, string text) =>
            string.Concat(SearchQuery.Of(q).Marked(text).Select(p => p.Hit ? $"[{p.Text}]" : p.Text));
    }

    private Task<string> RecordAsync(string title, string chinese, string? summary = null, Action<JsonObject>? change = null) =>
        Tracker.Ann.RecordAsync(change: body =>
        {
            body["title"] = new JsonObject { ["en"] = title, ["zh"] = chinese };
            if (summary is not null)
                body["summary"] = Harbour.Text(summary);
            change?.Invoke(body);
        });

    private async Task<List<string>> FoundAsync(string q, string more = "limit=50") =>
        [
            .. (await Tracker.Anyone.GetAsync($"items?q={Uri.EscapeDataString(q)}&{more}")).Should(200).Json["items"]!
                .AsArray()
                .Select(i => (string)i!["slug"]!),
        ];
}

/// <summary>A tracker from before its notes were searched.</summary>
public sealed class OlderTrackerTests
{
    [Fact]
    public async Task Its_next_start_fills_what_is_searched()
    {
        await using var tracker = await Tracker.StartAsync();
        await tracker.ImportAsync(Harbour.Folder());
        var slug = await tracker.Ann.RecordAsync();
        await tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-05-01", "The foghorn was tried."));
        // As the version before left it.
        await using (
            var command = tracker
                .Get<NpgsqlDataSource>()
                .CreateCommand(
                    """
                    truncate item_updates;
                    alter table item_details drop column title_words, drop column more_words;
                    delete from schema_versions where name like '0004-%'
                    """
                )
        )
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await using var later = await Tracker.StartAsync(schema: tracker.Location.Schema, time: tracker.Time);

        (await later.Anyone.EveryItemAsync("q=foghorn")).Select(i => (string)i["slug"]!).ShouldBe([slug]);
        (await later.RowsAsync("select reason from rebuilds_due")).ShouldBeEmpty();
        (await later.Get<Rebuild>().RunIfDueAsync(new Progress<string>(), TestContext.Current.CancellationToken)).ShouldBeNull();
    }
}
