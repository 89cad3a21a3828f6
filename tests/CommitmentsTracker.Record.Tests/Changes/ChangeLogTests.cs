using CommitmentsTracker.Testing.Changes;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;
using Npgsql;

namespace CommitmentsTracker.Record.Tests.Changes;

/// <summary>The change log over the API.</summary>
[Collection(nameof(SharedDesk))]
public sealed class ChangeLogTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task Every_kind_of_write_has_its_row()
    {
        var start = await LastAsync();
        var slug = await Tracker.Ann.RecordAsync();
        var into = await Tracker.Ann.RecordAsync();
        var step = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-10-01"));
        await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-10-02"));
        await Tracker.Ann.LogAsync(slug, Harbour.Update("review", "2026-10-03"));
        var deadline = Harbour.Update("deadline", "2026-10-04");
        deadline["due"] = new JsonObject { ["date"] = "2027" };
        await Tracker.Ann.LogAsync(slug, deadline);
        var closing = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-10-05"));
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{closing}/confirmation", new { decision = "confirm" })).Should(201);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates/{step}/evidence", new { evidence = Harbour.Evidence() })).Should(201);
        var dispute = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{step}/disputes",
                new { reason = Harbour.Text("No."), evidence = Harbour.Evidence() }
            )
        )
            .Should(201)
            .Id;
        (await Tracker.Ann.PostAsync($"items/{slug}/disputes/{dispute}/settlement", new { outcome = "dismissed" })).Should(201);
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{step}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2026-09-01" },
                    reason = Harbour.Text("So."),
                }
            )
        ).Should(201);
        var waiting = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{closing}/corrections",
                new { kind = "retract", reason = Harbour.Text("So.") }
            )
        )
            .Should(201)
            .Id;
        (await Tracker.Bo.PostAsync($"items/{slug}/corrections/{waiting}/confirmation", new { decision = "reject" })).Should(201);
        var again = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{closing}/corrections",
                new { kind = "retract", reason = Harbour.Text("So.") }
            )
        )
            .Should(201)
            .Id;
        (await Tracker.Bo.PostAsync($"items/{slug}/corrections/{again}/confirmation", new { decision = "confirm" })).Should(201);
        var second = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-10-06"));
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{second}/confirmation", new { decision = "reject" })).Should(201);
        (await Tracker.Ann.PatchAsync($"items/{slug}", new { title = Harbour.Text("New"), reason = Harbour.Text("So.") })).Should(200);
        (await Tracker.Ann.PostAsync($"items/{slug}/retraction", new { mergedInto = into, reason = Harbour.Text("So.") })).Should(201);

        (await AfterAsync(start))
            .Where(c => (string)c["item"]! == slug)
            .Select(c => $"{c["cause"]} {c["type"]}")
            .ShouldBe([
                "item_recorded item.recorded",
                "update_logged item.status_changed",
                "update_logged update.logged",
                "update_logged review.made",
                "update_logged deadline.moved",
                "update_logged update.awaiting",
                "update_confirmed item.status_changed",
                "evidence_added update.logged",
                "dispute_opened dispute.opened",
                "dispute_settled dispute.settled",
                "correction_made correction.made",
                "correction_made update.awaiting",
                "correction_rejected update.awaiting",
                "correction_made update.awaiting",
                "correction_confirmed correction.made",
                "update_logged update.awaiting",
                "update_rejected update.awaiting",
                "details_changed item.details_changed",
                "item_retracted item.retracted",
            ]);
    }

    [Fact]
    public async Task A_row_says_what_changed_when_it_happened_and_when_we_learned_it()
    {
        var start = await LastAsync();
        var slug = await Tracker.Ann.RecordAsync();
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-10"));
        var rows = (await AfterAsync(start)).Where(c => (string)c["item"]! == slug).ToList();
        rows[0]["before"].ShouldBeNull();
        ((string)rows[0]["after"]!["status"]!).ShouldBe("announced");
        var step = rows[1];
        ((string)step["before"]!["status"]!, (string)step["after"]!["status"]!, (string)step["after"]!["statusSince"]!).ShouldBe(
            ("announced", "underway", "2026-10")
        );
        (
            (string)step["occurredOn"]!,
            DateTimeOffset.Parse((string)step["recordedAt"]!, System.Globalization.CultureInfo.InvariantCulture) - Tracker.Time.GetUtcNow()
                < TimeSpan.FromSeconds(1)
        ).ShouldBe(("2026-10", true));
        (step["themes"]!.ToJsonString(), step["parties"]!.ToJsonString(), (string)step["forum"]!, (string)step["kind"]!).ShouldBe(
            ("[\"water\"]", "[\"port-authority\",\"city\"]", Harbour.Slug, "commitment")
        );
        ((bool)step["late"]!, (bool)step["imported"]!, step["correction"]).ShouldBe((false, false, null));
    }

    [Fact]
    public async Task A_fact_told_over_60_days_later_is_late_but_not_what_was_known_from_the_start()
    {
        var start = await LastAsync();
        var slug = await Tracker.Ann.RecordAsync();
        var today = DateOnly.FromDateTime(Tracker.Time.GetUtcNow().UtcDateTime);
        Tracker.Time.Advance(TimeSpan.FromSeconds(1));
        await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", $"{today.AddDays(-60):yyyy-MM-dd}"));
        await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", $"{today.AddDays(-61):yyyy-MM-dd}"));
        (await AfterAsync(start)).Where(c => (string)c["item"]! == slug).Select(c => (bool)c["late"]!).ShouldBe([false, false, true]);
    }

    [Fact]
    public async Task A_correction_names_itself_and_an_editorial_one_says_so()
    {
        var start = await LastAsync();
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-10-01"));
        var redate = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2026-10-02" },
                    reason = Harbour.Text("So."),
                }
            )
        ).Should(201).Id;
        var wording = (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "replace",
                    newValues = new { note = Harbour.Text("Better.") },
                    reason = Harbour.Text("A comma."),
                    editorial = true,
                }
            )
        ).Should(201).Id;
        var rows = (await AfterAsync(start)).Where(c => (string)c["item"]! == slug).ToList();
        rows[2..]
            .Select(r => ((string)r["correction"]!, (string)r["update"]!, (bool)r["editorial"]!))
            .ShouldBe([(redate, id, false), (wording, id, true)]);
        ((string)rows[2]["before"]!["statusSince"]!, (string)rows[2]["after"]!["statusSince"]!).ShouldBe(("2026-10-01", "2026-10-02"));
    }

    [Fact]
    public async Task Names_of_people_stand_in_no_row()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var history = (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Should(200);
        history.Body.ShouldNotContain("\"Ann\"");
        (
            await Tracker.AskAsync<long>("select count(*) from mt_events where data::text like '%Ann%' or headers::text like '%Ann%'")
        ).ShouldBe(0);
        (await AfterAsync(0)).ShouldAllBe(c => !c.ToJsonString().Contains("\"Ann\""));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap()
    {
        for (var i = 0; i < 3; i++)
            await Tracker.Ann.RecordAsync();
        var (after, seen) = (0L, new List<long>());
        while (true)
        {
            var page = (await Tracker.Anyone.GetAsync($"changes?after={after}&limit=2")).Should(200).Json;
            seen.AddRange(page["changes"]!.AsArray().Select(c => (long)c!["changeNo"]!));
            if (page["nextAfter"] is not { } next)
                break;
            after = (long)next;
        }

        seen.ShouldBe(Enumerable.Range(1, seen.Count).Select(i => (long)i));
        seen.Count.ShouldBeGreaterThanOrEqualTo(3);
    }

    private async Task<long> LastAsync() => (long)(await Tracker.Anyone.GetAsync("changes?limit=1")).Should(200).Json["last"]!;

    private async Task<List<JsonNode>> AfterAsync(long after) =>
        [.. (await Tracker.Anyone.GetAsync($"changes?after={after}&limit=1000")).Should(200).Json["changes"]!.AsArray().Select(c => c!)];
}

/// <summary>The change log while many write at once, and on import.</summary>
public sealed class ChangeLogUnderLoadTests : IAsyncLifetime
{
    private readonly SharedDesk _desk = new();

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task Numbers_are_dense_and_in_the_order_of_the_commits_under_200_writes_at_once()
    {
        var tracker = _desk.Tracker;
        var slugs = new List<string>();
        for (var i = 0; i < 20; i++)
            slugs.Add(await tracker.Ann.RecordAsync());
        using var done = new CancellationTokenSource();
        // A reader who pages along must never see a number appear behind the place that it has reached.
        var reader = Task.Run(async () =>
        {
            var (after, seen) = (0L, new List<long>());
            while (true)
            {
                var last = done.IsCancellationRequested;
                var page = (await tracker.Anyone.GetAsync($"changes?after={after}&limit=7")).Should(200).Json;
                foreach (var change in page["changes"]!.AsArray())
                    seen.Add(after = (long)change!["changeNo"]!);
                if (last && page["nextAfter"] is null)
                    return seen;
            }
        });
        var writes = Enumerable
            .Range(0, 200)
            .Select(async i =>
            {
                var slug = i % 10 == 0 ? slugs[0] : slugs[i % 20];
                for (var tries = 0; ; tries++)
                {
                    // So many writers on one item: four tries may not do for all; they are told to come again.
                    var answer = await tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"));
                    if (answer.Status == 201)
                        return;
                    answer.ShouldRefuse(409, "busy");
                    tries.ShouldBeLessThan(50);
                }
            });
        await Task.WhenAll(writes);
        await done.CancelAsync();
        var numbers = await reader;
        numbers.ShouldBe(Enumerable.Range(1, 220).Select(i => (long)i));
        (await tracker.AskAsync<long>("select count(*) from mt_events")).ShouldBe(240);
        (
            await tracker.AskAsync<long>(
                $"select count(*) from mt_events e join items i on i.item_id = e.stream_id where i.slug = '{slugs[0]}'"
            )
        ).ShouldBe(22);
        await SpanChecks.NoOverlapAsync(tracker);
    }

    [Fact]
    public async Task Of_20_000_changes_by_8_writers_none_is_missed_or_seen_twice_while_one_append_is_held_open()
    {
        var tracker = _desk.Tracker;
        await using var held = await tracker.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var open = await held.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await BareChanges.AppendAsync(held, tracker.Time.GetUtcNow(), 1, "Held.");
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            var (after, seen) = (0L, new List<long>());
            while (true)
            {
                var last = done.IsCancellationRequested;
                var page = (await tracker.Anyone.GetAsync($"changes?after={after}&limit=1000")).Should(200).Json;
                foreach (var change in page["changes"]!.AsArray())
                    seen.Add(after = (long)change!["changeNo"]!);
                if (last && page["nextAfter"] is null)
                    return seen;
            }
        });
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    for (var i = 0; i < 250; i++)
                        await tracker.AppendAsync(10);
                })
        );
        (await tracker.AskAsync<long>("select count(*) from changes")).ShouldBe(20_000, "an open append holds up nobody");
        await open.CommitAsync(TestContext.Current.CancellationToken);
        await done.CancelAsync();
        (await reader).ShouldBe(Enumerable.Range(1, 20_001).Select(i => (long)i));
        (await tracker.AskAsync<string>("select change -> 'note' ->> 'en' from changes order by change_no desc limit 1")).ShouldBe("Held.");
    }

    [Fact]
    public async Task An_import_is_marked_and_its_rows_follow_the_recorded_times()
    {
        var tracker = _desk.Tracker;
        await tracker.ImportAsync(TheForum.Folder);
        var changes = (await tracker.Anyone.GetAsync("changes?limit=1000")).Should(200).Json["changes"]!.AsArray();
        changes.Count.ShouldBeGreaterThan(330);
        changes.ShouldAllBe(c => (bool)c!["imported"]!);
        var times = changes
            .Select(c => DateTimeOffset.Parse((string)c!["recordedAt"]!, System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        times.ShouldBe(times.Order());
        changes.Count(c => (string?)c!["correction"] is not null).ShouldBeGreaterThan(0);
        changes.Count(c => (bool)c!["late"]!).ShouldBeGreaterThan(0);
    }
}
