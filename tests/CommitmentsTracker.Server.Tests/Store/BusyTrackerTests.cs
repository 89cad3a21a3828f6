using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Summary;
using CommitmentsTracker.Server.Tests.Forums;
using CommitmentsTracker.Server.Tests.Parties;

namespace CommitmentsTracker.Server.Tests.Store;

/// <summary>What holds after any history of writes.</summary>
public sealed class BusyTrackerTests(BusyTracker busy) : IClassFixture<BusyTracker>
{
    private static readonly string[] ReadModels =
    [
        "select i::text from items i order by 1",
        "select d::text from item_details d order by 1",
        "select s::text from item_spans s order by 1",
        "select u::text from item_updates u order by 1",
        "select t::text from tallies t where items <> 0 order by 1",
        "select c::text from corrections c order by 1",
    ];

    private Tracker Tracker => busy.Tracker;

    [Fact]
    public async Task The_history_holds_every_kind_of_event() =>
        (await Tracker.RowsAsync("select distinct type from mt_events order by 1")).ShouldBe(EventNames.All.Values.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Stored_events_are_written_in_the_names_of_the_API_and_say_nothing_for_null()
    {
        var keys = await Tracker.RowsAsync("select distinct k from mt_events, jsonb_object_keys(data::jsonb) as k order by 1");
        keys.ShouldContain("recordedAt");
        keys.ShouldAllBe(k => char.IsLower(k[0]));
        (await Tracker.RowsAsync("select data::text from mt_events, jsonb_each(data::jsonb) as f (name, value) where value = 'null' and type <> 'correction_made' and type <> 'details_changed'")).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_item_has_two_rows_at_any_D_and_K() => await SpanChecks.NoOverlapAsync(Tracker);

    [Fact]
    public async Task A_rebuild_gives_the_same_read_models_and_leaves_the_change_log_alone()
    {
        var before = await DumpAsync();
        var log = await Tracker.RowsAsync("select c::text from changes c order by change_no");
        var report = await Tracker.Get<Rebuild>().RunAsync(new Progress<string>(), TestContext.Current.CancellationToken);
        report.Events.ShouldBe(await Tracker.AskAsync<long>("select count(*) from mt_events"));
        var after = await DumpAsync();
        for (var i = 0; i < ReadModels.Length; i++) after[i].ShouldBe(before[i], ReadModels[i]);
        (await Tracker.RowsAsync("select c::text from changes c order by change_no")).ShouldBe(log);
        log.Count.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Export_and_import_into_an_empty_tracker_give_the_same_files_and_the_same_answers()
    {
        using var scratch = new Scratch();
        var first = await Tracker.ExportAsync(Harbour.Slug, Path.Combine(scratch.Path, "first"));
        await using var copy = await Tracker.StartAsync(time: Tracker.Time);
        (await copy.ImportAsync(first)).IsCopy.ShouldBeTrue();
        var second = await copy.ExportAsync(Harbour.Slug, Path.Combine(scratch.Path, "second"));
        Folders.ShouldBeEqual(first, second);

        var oracle = OracleForum.Load(first);
        foreach (var (day, known) in BothClocks.Random(Dice.New(), oracle, 60, Tracker.Time.GetUtcNow()))
        {
            var query = BothClocks.Query(day, known);
            foreach (var path in new[] { $"items?{query}&limit=200&sort=slug", $"summary?{query}", $"timeline?{query}" }.Concat(oracle.Items.Keys.Take(6).SelectMany(s => new[] { $"items/{s}?{query}", $"items/{s}/history?{query}" })))
            {
                var (here, there) = (await Tracker.Anyone.GetAsync(path), await copy.Anyone.GetAsync(path));
                (there.Status, there.Body, there.ETag).ShouldBe((here.Status, here.Body, here.ETag), path);
            }
        }
    }

    [Fact]
    public async Task The_API_equals_the_oracle_of_the_exported_files_at_200_random_D_and_K()
    {
        using var scratch = new Scratch();
        var oracle = OracleForum.Load(await Tracker.ExportAsync(Harbour.Slug, scratch.Path));
        var random = Dice.New();
        foreach (var (day, known) in BothClocks.Random(random, oracle, 200, Tracker.Time.GetUtcNow()))
        {
            await Tracker.Anyone.ShouldAgreeAsync(oracle, day, known, random, random.Next(3, 30));
            if (random.Next(10) == 0) await Tracker.Anyone.TimelineShouldAgreeAsync(oracle, day.AddDays(-60), day, "week", known);
        }

        await Tracker.Anyone.ShouldAgreeAsync(oracle, Tracker.Time.GetUtcNow().DayOf(), null, random);
    }

    [Fact]
    public async Task Updates_by_party_and_deadlines_equal_the_oracle_of_the_exported_files()
    {
        using var scratch = new Scratch();
        var oracle = OracleForum.Load(await Tracker.ExportAsync(Harbour.Slug, scratch.Path));
        foreach (var (day, known) in BothClocks.Random(Dice.New(), oracle, 60, Tracker.Time.GetUtcNow()))
        {
            var clocks = new AskedClocks(day, known, Tracker.Time.GetUtcNow(), true);
            await Tracker.CountsShouldAgreeAsync(oracle, clocks);
            await Tracker.UpdatesShouldAgreeAsync(oracle, "port-authority", clocks);
            await Tracker.DeadlinesShouldAgreeAsync(oracle, clocks);
        }
    }

    [Fact]
    public async Task A_tracker_of_an_earlier_version_gets_the_rows_that_it_lacks_when_it_starts()
    {
        const string rows = "select u::text from item_updates u order by 1";
        var before = await Tracker.RowsAsync(rows);
        before.Count.ShouldBeGreaterThan(100);
        await using (var empty = Tracker.Get<Npgsql.NpgsqlDataSource>().CreateCommand("truncate item_updates; insert into rebuilds_due (reason) values ('updates')")) await empty.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await TrackerApp.PrepareAsync(Tracker.Services, TestContext.Current.CancellationToken);
        (await Tracker.RowsAsync(rows)).ShouldBe(before);
    }

    [Fact]
    public async Task Counts_at_now_from_the_tallies_equal_those_from_the_spans()
    {
        var clocks = AskedClocks.OfNow(Tracker.Time.GetUtcNow());
        foreach (var forum in new[] { null, Harbour.Slug })
        {
            var (kept, counted) = (await Tracker.Get<Summaries>().ReadAsync(forum, clocks, TestContext.Current.CancellationToken), await Tracker.Get<Summaries>().FromSpansAsync(forum, clocks, TestContext.Current.CancellationToken));
            System.Text.Json.JsonSerializer.Serialize(kept).ShouldBe(System.Text.Json.JsonSerializer.Serialize(counted));
            counted.Total.ShouldBeGreaterThan(10);
        }
    }

    [Fact]
    public async Task Change_numbers_are_dense_and_every_event_but_a_first_status_has_its_row()
    {
        var (rows, last, highest) = (await Tracker.AskAsync<long>("select count(*) from changes"), await Tracker.AskAsync<long>("select last_no from change_counter"), await Tracker.AskAsync<long>("select max(change_no) from changes"));
        (rows, highest).ShouldBe((last, last));
        var (events, items) = (await Tracker.AskAsync<long>("select count(*) from mt_events"), await Tracker.AskAsync<long>("select count(*) from items"));
        rows.ShouldBe(events - items);
    }

    [Fact]
    public async Task Recorded_times_rise_along_every_stream() =>
        (await Tracker.RowsAsync(
            """
            select a.stream_id from mt_events a join mt_events b on a.stream_id = b.stream_id and b.version = a.version + 1
            where (a.data ->> 'recordedAt')::timestamptz > (b.data ->> 'recordedAt')::timestamptz
               or ((a.data ->> 'recordedAt')::timestamptz = (b.data ->> 'recordedAt')::timestamptz and a.type <> 'item_recorded')
            """)).ShouldBeEmpty();

    private async Task<List<List<string>>> DumpAsync()
    {
        var all = new List<List<string>>();
        foreach (var sql in ReadModels) all.Add(await Tracker.RowsAsync(sql));
        return all;
    }
}

/// <summary>Compares folders.</summary>
public static class Folders
{
    public static void ShouldBeEqual(string first, string second)
    {
        static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Names(second).ShouldBe(Names(first));
        foreach (var name in Names(first))
        {
            var (a, b) = (File.ReadAllLines(Path.Combine(first, name)), File.ReadAllLines(Path.Combine(second, name)));
            for (var i = 0; i < Math.Min(a.Length, b.Length); i++) b[i].ShouldBe(a[i], $"{name}, line {i + 1}");
            File.ReadAllBytes(Path.Combine(second, name)).ShouldBe(File.ReadAllBytes(Path.Combine(first, name)), name);
        }
    }
}
