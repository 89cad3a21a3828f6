using System.Text.Json;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;

namespace CommitmentsTracker.Record.Tests.Exchange;

/// <summary>Importing a forum: whole or not at all, and again without harm.</summary>
public sealed partial class ForumImportTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync() => _tracker = await Tracker.StartAsync(Running.Services);

    public async ValueTask DisposeAsync()
    {
        await _tracker.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task The_real_forum_comes_out_as_it_went_in_and_goes_in_again_the_same()
    {
        await _tracker.ImportAsync(TheForum.Folder);
        var first = await _tracker.ExportAsync("waic-2024-ai-governance-forum", Path.Combine(_scratch.Path, "first"));
        await using var copy = await Tracker.StartAsync(Running.Services);
        await copy.ImportAsync(first);
        Folders.ShouldBeEqual(first, await copy.ExportAsync("waic-2024-ai-governance-forum", Path.Combine(_scratch.Path, "second")));
        foreach (var table in new[] { "item_spans", "item_details" })
        {
            // Ids of streams are made anew; everything else is the same.
            const string ItemOf = "(select slug from items i where i.item_id = t.item_id)";
            var sql = $"select {ItemOf}, (to_jsonb(t) - 'item_id')::text from {table} t order by 1, 2";
            (await copy.RowsAsync(sql)).ShouldBe(await _tracker.RowsAsync(sql));
        }

        // Row for row what the seeds say: nothing is lost, and nothing is added but the orders that were left open.
        foreach (
            var file in new[]
            {
                "items.json",
                "updates.json",
                "parties.json",
                "themes.json",
                "disputes.json",
                "corrections.json",
                "forum.json",
            }
        )
            Rows(Path.Combine(first, file)).ShouldBe(Rows(Path.Combine(TheForum.Folder, file)), file);
    }

    [Fact]
    public async Task A_second_import_passes_over_everything()
    {
        var folder = Grown(Write(Small()), _ => { });
        await _tracker.ImportAsync(folder);
        var before = await CountsAsync();
        _tracker.Time.Advance(TimeSpan.FromDays(3));
        var report = await _tracker.ImportAsync(folder);
        report.IsCopy.ShouldBeFalse();
        (report.Events, report.Items).ShouldBe((0, 0));
        report.Skipped.ShouldBe(3);
        (await CountsAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task New_rows_of_a_forum_that_is_here_are_recorded_now_and_keep_the_archives_time()
    {
        var folder = Write(Small());
        await _tracker.ImportAsync(folder);
        _tracker.Time.Advance(TimeSpan.FromDays(3));
        var grown = Grown(folder, rows => rows.Add(Update("u9", "jetty", "progress", "2025-05-01", "2025-05-02T10:00:00Z")));
        var report = await _tracker.ImportAsync(grown);
        (report.IsCopy, report.Events, report.Skipped).ShouldBe((false, 1, 3));
        var at = _tracker
            .Time.GetUtcNow()
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        (
            await _tracker.RowsAsync(
                "select data ->> 'recordedAt', data ->> 'archiveRecordedAt' from mt_events order by seq_id desc limit 1"
            )
        ).ShouldBe([$"{at} | 2025-05-02T10:00:00Z"]);
        // And its own export says both times too.
        var exported = await _tracker.ExportAsync("small-2025", Path.Combine(_scratch.Path, "out"));
        Rows(Path.Combine(exported, "updates.json")).ShouldContain(r => r.Contains("2025-05-02T10:00:00Z") && r.Contains(at));
        (await _tracker.ImportAsync(grown)).Events.ShouldBe(0);
    }

    [Fact]
    public async Task Old_recorded_times_are_not_taken_over_into_a_forum_that_is_here_by_way_of_another()
    {
        await _tracker.ImportAsync(Write(Small()));
        var other = Write(Small("other-2025", "quay"));
        Edit(other, "items.json", rows => rows[0]!["forum"] = "small-2025");
        var refused = await Should.ThrowAsync<ForumFolderException>(() => _tracker.ImportAsync(other));
        refused.Problems.ShouldContain(p => p.Where.StartsWith("items.json[0] quay") && p.Rule == "other-forum");
        (await _tracker.AskAsync<long>("select count(*) from items")).ShouldBe(1);
    }

    [Fact]
    public async Task An_items_slug_that_another_forum_has_is_named()
    {
        await _tracker.ImportAsync(Write(Small()));
        var other = Write(Small("other-2025"));
        var refused = await Should.ThrowAsync<ForumFolderException>(() => _tracker.ImportAsync(other));
        refused.Problems.ShouldContain(p => p.Rule == "duplicate-slug" && p.Where.Contains("jetty"));
        (await _tracker.AskAsync<long>("select count(*) from forums")).ShouldBe(1);
    }

    [Fact]
    public async Task Two_imports_of_one_forum_at_once_store_it_once()
    {
        var folder = ForumFolder.Read(Write(Small()));
        var both = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                {
                    try
                    {
                        await _tracker.ImportAsync(folder);
                        return "stored";
                    }
                    catch (ForumFolderException e)
                    {
                        return e.Problems[0].Rule;
                    }
                })
        );
        both.ShouldContain("stored");
        both.ShouldAllBe(r => r == "stored" || r == "busy" || r == "duplicate-slug");
        (await CountsAsync()).ShouldBe("1 3 3");
    }

    public static TheoryData<string, string, string, string> Broken =>
        new()
        {
            { "updates.json", "an unknown status", "updates.json[1] u2", "format" },
            { "updates.json", "the other lifecycle", "updates.json[1] u2 status", "lifecycle" },
            { "updates.json", "an unlawful step", "updates.json[2] u3 status", "lifecycle" },
            { "updates.json", "in the future of its recording", "updates.json[1] u2 occurredOn", "future" },
            { "updates.json", "31 February", "updates.json[1] u2", "format" },
            { "updates.json", "no evidence", "updates.json[1] u2 evidence", "evidence" },
            { "updates.json", "an empty note", "updates.json[1] u2 note", "required" },
            { "updates.json", "an unknown actor", "updates.json[1] u2 actor", "unknown-party" },
            { "updates.json", "an unknown item", "updates.json[1] u2", "unknown-item" },
            { "updates.json", "before the first status", "updates.json[1] u2 occurredOn", "before-first-status" },
            { "updates.json", "no recorded time", "updates.json[1] u2", "format" },
            { "updates.json", "an unknown field", "updates.json[1] u2", "format" },
            { "updates.json", "a row that is no object", "updates.json[1]", "format" },
            { "items.json", "an unknown theme", "items.json jetty themes[0]", "unknown-theme" },
            { "items.json", "an unknown link", "items.json jetty related[0].slug", "unknown-item" },
            { "items.json", "an item twice", "items.json", "duplicate-slug" },
            { "items.json", "an item without updates", "items.json[1] idle", "first-status" },
            { "items.json", "an empty slug", "updates.json[3] u0 or items.json UPPER slug", "slug" },
            { "disputes.json", "a dispute of nothing", "disputes.json[0] d1", "unknown-update" },
            { "disputes.json", "a settlement that is no object", "disputes.json[0] d1", "format" },
            { "corrections.json", "a correction into the future", "corrections.json[0] c1 newValues.occurredOn", "future" },
            { "confirmations.json", "a confirmation of what does not wait", "confirmations.json[0] u2", "not-waiting" },
            { "retractions.json", "a merge into nothing", "retractions.json[0] jetty mergedInto", "unknown-item" },
            { "forum.json", "an unknown organiser", "forum.json organisers[0]", "unknown-party" },
            { "forum.json", "another format", "forum.json", "format" },
            { "themes.json", "broken JSON", "themes.json", "format" },
            { "parties.json", "a missing file", "parties.json", "missing" },
        };

    [Theory, MemberData(nameof(Broken))]
    public async Task A_broken_row_is_named_by_file_row_field_and_rule_and_nothing_is_stored(
        string file,
        string what,
        string where,
        string rule
    )
    {
        var folder = Write(Small());
        Spoilers[what](folder, file);
        var before = await _tracker.FingerprintAsync();
        var refused = await Should.ThrowAsync<ForumFolderException>(() => _tracker.ImportAsync(folder));
        refused.Problems.ShouldContain(
            p => p.Rule == rule && p.Where.Contains(where, StringComparison.Ordinal),
            string.Join("\n", refused.Problems)
        );
        (await _tracker.FingerprintAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task All_broken_rows_are_named_at_once()
    {
        var folder = Write(Small());
        Edit(
            folder,
            "updates.json",
            r =>
            {
                r[1]!["actor"] = "nobody";
                r[2]!["evidence"] = new JsonArray();
            }
        );
        var refused = await Should.ThrowAsync<ForumFolderException>(() => _tracker.ImportAsync(folder));
        refused.Problems.Select(p => p.Rule).ShouldBe(["unknown-party", "evidence"], ignoreOrder: true);
    }
}

internal static class DetailsReading
{
    /// <summary>The details in the body that records an item.</summary>
    public static Domain.Items.Details DeserializeDetails(this JsonObject body)
    {
        foreach (var name in new[] { "slug", "kind", "forum", "status" })
            body.Remove(name);
        return body.Deserialize<Domain.Items.Details>(new JsonSerializerOptions(JsonSerializerDefaults.Web))!;
    }
}
