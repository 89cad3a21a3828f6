using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Clocks;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;

namespace CommitmentsTracker.Reading.Tests.Counts;

/// <summary>What holds after any history of writes.</summary>
public sealed class BusyTrackerTests(BusyTracker busy) : IClassFixture<BusyTracker>
{
    private static readonly string[] ReadModels =
    [
        "select i::text from items i order by 1",
        "select d::text from item_details d order by 1",
        "select s::text from item_spans s order by 1",
        "select u::text from item_updates u order by 1",
        "select c::text from corrections c order by 1",
    ];

    private Tracker Tracker => busy.Tracker;

    [Fact]
    public async Task The_history_holds_every_kind_of_event() =>
        (await Tracker.RowsAsync("select distinct type from mt_events order by 1")).ShouldBe(
            EventNames.All.Values.Order(StringComparer.Ordinal)
        );

    [Fact]
    public async Task Stored_events_are_written_in_the_names_of_the_API_and_say_nothing_for_null()
    {
        var keys = await Tracker.RowsAsync("select distinct k from mt_events, jsonb_object_keys(data::jsonb) as k order by 1");
        keys.ShouldContain("recordedAt");
        keys.ShouldAllBe(k => char.IsLower(k[0]));
        (
            await Tracker.RowsAsync(
                "select data::text from mt_events, jsonb_each(data::jsonb) as f (name, value) where value = 'null' and type <> "
                    + "'correction_made' and type <> 'details_changed'"
            )
        ).ShouldBeEmpty();
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
        for (var i = 0; i < ReadModels.Length; i++)
            after[i].ShouldBe(before[i], ReadModels[i]);
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
            foreach (
                var path in new[] { $"items?{query}&limit=200&sort=slug", $"summary?{query}", $"timeline?{query}" }.Concat(
                    oracle.Items.Keys.Take(6).SelectMany(s => new[] { $"items/{s}?{query}", $"items/{s}/history?{query}" })
                )
            )
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
            if (random.Next(10) == 0)
                await Tracker.Anyone.TimelineShouldAgreeAsync(oracle, day.AddDays(-60), day, "week", known);
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
        await using (
            var empty = Tracker
                .Get<Npgsql.NpgsqlDataSource>()
                .CreateCommand("truncate item_updates; insert into rebuilds_due (reason) values ('updates')")
        )
            await empty.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await TrackerApp.PrepareAsync(Tracker.Services, TestContext.Current.CancellationToken);
        (await Tracker.RowsAsync(rows)).ShouldBe(before);
    }

    [Fact]
    public async Task What_is_known_now_comes_to_the_same_followed_write_by_write_and_read_anew()
    {
        var loaded = await new KnownNow(
            Tracker.Get<Npgsql.NpgsqlDataSource>(),
            Tracker.Get<StoreVersions>(),
            Tracker.Get<PutAside>()
        ).ReadAsync(TestContext.Current.CancellationToken);
        Told(busy.Followed).ShouldBe(Told(loaded));
        loaded.All.Count().ShouldBe((int)await Tracker.AskAsync<long>("select count(*) from items where retracted_at is null"));

        static IEnumerable<string> Told(KnownItems items) => items.All.OrderBy(i => i.Id).Select(i => JsonSerializer.Serialize(i));
    }

    [Fact]
    public async Task What_is_answered_from_memory_equals_what_the_database_answers_at_the_same_moment()
    {
        var random = Dice.New();
        var now = Tracker.Time.GetUtcNow();
        for (var n = 0; n < 150; n++)
        {
            var day = n % 5 == 0 ? now.DayOf() : now.DayOf().AddDays(-random.Next(900));
            var known = new AskedClocks(day, null, now, true);
            await AgreeAsync(
                RandomFilter(random),
                random.Next(2) == 0 ? null : Harbour.Slug,
                known,
                known with
                {
                    KnownAt = now,
                },
                random.Next(1, 30)
            );
        }
    }

    private static ItemFilter RandomFilter(Random random) =>
        new()
        {
            Kinds = Some(random, Enum.GetValues<ItemKind>()),
            Statuses = Some(random, Enum.GetValues<Status>(), 8),
            Themes = Some(random, ["noise", "water", "air"]),
            Parties = Some(random, ["city", "port-authority", "sailors"]),
            Forums = Some(random, [Harbour.Slug]),
            Signals = Some(
                random,
                [
                    .. Words.All<TimeSignal>(),
                    .. Words.All<Freshness>(),
                    .. Words.All<Confidence>(),
                    .. Words.All<Testability>(),
                    "awaiting",
                    "flagged",
                ],
                4
            ),
        };

    private static T[] Some<T>(Random random, T[] of, int most = 2) =>
        random.Next(4) == 0 ? random.GetItems(of, random.Next(1, most + 1)) : [];

    private async Task AgreeAsync(ItemFilter filter, string? forum, AskedClocks known, AskedClocks then, int limit)
    {
        var ct = TestContext.Current.CancellationToken;
        var (lists, counts, summaries, between, happened) = (
            Tracker.Get<ItemLists>(),
            Tracker.Get<ItemCounts>(),
            Tracker.Get<Summaries>(),
            Tracker.Get<ChangesBetween>(),
            Tracker.Get<HappenedDays>()
        );
        foreach (var sort in Enum.GetValues<ItemSort>())
        {
            var (here, there) = (
                await lists.PageAsync(filter, sort, limit, null, known, ct),
                await lists.PageAsync(filter, sort, limit, null, then, ct)
            );
            Json(here with { NextCursor = null, KnownAt = null }).ShouldBe(Json(there with { NextCursor = null, KnownAt = null }));
            (here.NextCursor is null).ShouldBe(there.NextCursor is null);
            if (here.NextCursor is not null)
                Json((await lists.PageAsync(filter, sort, limit, here.NextCursor, known, ct)).Items)
                    .ShouldBe(Json((await lists.PageAsync(filter, sort, limit, there.NextCursor, then, ct)).Items));
        }

        foreach (var by in Enum.GetValues<ItemGrouping>())
            (await lists.GroupsAsync(filter, by, known, ct))
                .Select(g => $"{g.Name} {g.Items} {Text(g.Statuses)}")
                .ShouldBe((await lists.GroupsAsync(filter, by, then, ct)).Select(g => $"{g.Name} {g.Items} {Text(g.Statuses)}"));
        Facets(await lists.FacetsAsync(filter, known, ct)).ShouldBe(Facets(await lists.FacetsAsync(filter, then, ct)));
        foreach (
            var count in new Func<ItemFilter, AskedClocks, CancellationToken, Task<IReadOnlyList<ItemCount>>>[]
            {
                counts.ByPartyAsync,
                counts.ByThemeAsync,
                counts.ByForumAsync,
            }
        )
            (await count(filter, known, ct))
                .Select(c => c.ToString())
                .ShouldBe((await count(filter, then, ct)).Select(c => c.ToString()), ignoreOrder: true);
        Json(await summaries.ReadAsync(forum, known, ct))
            .ShouldBe(Json((await summaries.ReadAsync(forum, then, ct)) with { KnownAt = null }));
        foreach (var step in new[] { "day", "month" })
            Json(await summaries.TimelineAsync(forum, known.AsOf.AddDays(-90), known.AsOf, step, null, ct))
                .ShouldBe(
                    Json(
                        await summaries.TimelineAsync(forum, known.AsOf.AddDays(-90), known.AsOf, step, then.KnownAt, ct) with
                        {
                            KnownAt = null,
                        }
                    )
                );
        var dates = ComparedDates.Until(known) with { KnownTo = null };
        Json(await between.ReadAsync(filter, dates, ct))
            .ShouldBe(
                Json(
                    await between.ReadAsync(filter, dates with { KnownTo = then.KnownAt }, ct) is { } view
                        ? view with
                        {
                            KnownTo = null,
                        }
                        : null
                )
            );
        (await happened.OfForumAsync(forum, known, ct)).ShouldBe(await happened.OfForumAsync(forum, then, ct));

        static string Json<T>(T value) => JsonSerializer.Serialize(value, TrackerJson.Stored);
        static string Text<T>(IReadOnlyDictionary<T, int> counts) =>
            string.Join(" ", counts.Select(c => $"{c.Key}={c.Value}").Order(StringComparer.Ordinal));
        static string Facets(ItemFacets f) => string.Join(" | ", Text(f.Kinds), Text(f.Statuses), Text(f.Themes), Text(f.Signals));
    }

    [Fact]
    public async Task Change_numbers_are_dense_and_every_event_but_a_first_status_has_its_row()
    {
        var (rows, last, highest) = (
            await Tracker.AskAsync<long>("select count(*) from changes"),
            await Tracker.AskAsync<long>("select last_no from change_counter"),
            await Tracker.AskAsync<long>("select max(change_no) from changes")
        );
        (rows, highest).ShouldBe((last, last));
        var (events, items) = (
            await Tracker.AskAsync<long>("select count(*) from mt_events"),
            await Tracker.AskAsync<long>("select count(*) from items")
        );
        rows.ShouldBe(events - items);
    }

    [Fact]
    public async Task Recorded_times_rise_along_every_stream() =>
        (
            await Tracker.RowsAsync(
                """
                select a.stream_id from mt_events a join mt_events b on a.stream_id = b.stream_id and b.version = a.version + 1
                where (a.data ->> 'recordedAt')::timestamptz > (b.data ->> 'recordedAt')::timestamptz
                   or ((a.data ->> 'recordedAt')::timestamptz = (b.data ->> 'recordedAt')::timestamptz and a.type <> 'item_recorded')
                """
            )
        ).ShouldBeEmpty();

    private async Task<List<List<string>>> DumpAsync()
    {
        var all = new List<List<string>>();
        foreach (var sql in ReadModels)
            all.Add(await Tracker.RowsAsync(sql));
        return all;
    }
}
