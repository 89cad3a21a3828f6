using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Server.Updates;
using CommitmentsTracker.Testing.Forums;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Wolverine;

namespace CommitmentsTracker.Record.Tests.Workers;

/// <summary>
/// What a reader asks: a row that cannot be read costs its own page a clear failure, and nobody else's list, count or start
/// anything.
/// </summary>
public sealed class PoisonReadTests : IAsyncLifetime
{
    private Tracker _tracker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync();
        await _tracker.ImportAsync(Harbour.Folder());
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    public static TheoryData<string, string> SpoiledItems =>
        new()
        {
            {
                "update item_spans set status = 'reopened' where item_id = $1",
                "update item_spans set status = 'announced' where item_id = $1"
            },
            {
                "update item_spans set confidence = 'sworn' where item_id = $1",
                "update item_spans set confidence = 'reported' where item_id = $1"
            },
            {
                "update item_details set testability = 'perhaps' where item_id = $1",
                "update item_details set testability = 'testable' where item_id = $1"
            },
            {
                "update item_details set details = jsonb_set(details, '{madeOn}', '\"never\"') where item_id = $1",
                "update item_details set details = jsonb_set(details, '{madeOn}', '\"2025-03-01\"') where item_id = $1"
            },
        };

    [Theory]
    [MemberData(nameof(SpoiledItems))]
    public async Task An_item_whose_rows_cannot_be_read_is_missing_from_lists_and_nothing_else_is(string spoil, string repair)
    {
        var (good, bad) = (await _tracker.Ann.RecordAsync(), await _tracker.Ann.RecordAsync());
        var id = await _tracker.AskAsync<Guid>($"select item_id from items where slug = '{bad}'");
        await RunAsync(spoil.Replace("$1", $"'{id}'", StringComparison.Ordinal));
        await RunAsync("update change_counter set rebuilds = rebuilds + 1");
        _tracker.Get<StoreVersions>().Written();
        await ListedAsync(good, bad, "items", $"{id}");
        await RunAsync(repair.Replace("$1", $"'{id}'", StringComparison.Ordinal));
        (await TryAgainAsync("items", $"{id}")).ShouldBeTrue();
        _tracker.Get<StoreVersions>().Written();
        (await SlugsAsync("items")).ShouldBe([good, bad], ignoreOrder: true);
        (await ReadyAsync()).ShouldBe("Healthy");
    }

    [Fact]
    public async Task A_program_starts_beside_an_item_that_it_cannot_read()
    {
        var (good, bad) = (await _tracker.Ann.RecordAsync(), await _tracker.Ann.RecordAsync());
        await RunAsync($"update item_spans set status = 'reopened' where item_id = (select item_id from items where slug = '{bad}')");
        await RunAsync("update item_details set kind = 'wish' where slug = 'nobody'");
        await using var again = await Tracker.StartAsync(schema: _tracker.Location.Schema, time: _tracker.Time);
        (await again.Anyone.GetAsync("items")).Should(200).Json["items"]!.AsArray().Select(i => (string)i!["slug"]!).ShouldBe([good]);
    }

    [Theory]
    [InlineData("type = 'item_reopened'")]
    [InlineData("""data = '{"shape": 2}'""")]
    public async Task An_event_that_cannot_be_read_costs_its_own_item_a_clear_failure(string spoiled)
    {
        var (good, bad) = (await _tracker.Ann.RecordAsync(), await _tracker.Ann.RecordAsync());
        var id = await _tracker.AskAsync<Guid>($"select item_id from items where slug = '{bad}'");
        var kept = (await _tracker.RowsAsync($"select type, data from mt_events where stream_id = '{id}' and version = 1")).Single();
        await RunAsync($"update mt_events set {spoiled} where stream_id = '{id}' and version = 1");
        foreach (var path in new[] { $"items/{bad}", $"items/{bad}/history", $"/items/{bad}", $"/items/{bad}/history" })
        {
            var failed = (await _tracker.Anyone.GetAsync(path)).Should(500);
            failed.Body.ShouldMatch("[0-9a-f]{32}|0H[A-Z0-9]+", path);
        }

        foreach (
            var path in new[] { "items", "summary", "/", "/items", "/forums", "/parties", "/calendar", $"items/{good}", $"/items/{good}" }
        )
            (await _tracker.Anyone.GetAsync(path)).Should(200);
        (await SlugsAsync("items")).ShouldBe([good, bad], ignoreOrder: true);
        var parts = kept.Split(" | ", 2);
        await RunAsync(
            $"update mt_events set type = '{parts[0]}', data = '{parts[1].Replace("'", "''", StringComparison.Ordinal)}' "
                + $"where stream_id = '{id}' and version = 1"
        );
        (await _tracker.Anyone.GetAsync($"items/{bad}")).Should(200);
    }

    [Fact]
    public async Task A_deadline_that_cannot_be_swept_keeps_no_other_from_being_told()
    {
        var slugs = new[] { await DueAsync(), await DueAsync(), await DueAsync() };
        var id = await _tracker.AskAsync<Guid>($"select item_id from items where slug = '{slugs[1]}'");
        var data = await _tracker.AskAsync<string>($"select data::text from mt_events where stream_id = '{id}' and version = 1");
        await RunAsync($$"""update mt_events set data = '{"shape": 2}' where stream_id = '{{id}}' and version = 1""");
        _tracker.Time.Advance(TimeSpan.FromDays(10));
        await SweepAsync();
        (await PassedAsync()).ShouldBe([slugs[0], slugs[2]], ignoreOrder: true);
        await CountedAsync("mt_streams", $"{id}");
        await RunAsync(
            $"update mt_events set data = '{data.Replace("'", "''", StringComparison.Ordinal)}' where stream_id = '{id}' and version = 1"
        );
        (await TryAgainAsync("mt_streams", $"{id}")).ShouldBeTrue();
        await SweepAsync();
        await SweepAsync();
        (await PassedAsync()).ShouldBe(slugs, ignoreOrder: true);

        async Task<string> DueAsync() =>
            await _tracker.Ann.RecordAsync(change: body => body["due"] = new JsonObject { ["date"] = "2026-11-30" });
        Task<List<string>> PassedAsync() => _tracker.RowsAsync("select change ->> 'item' from changes where type = 'deadline.passed'");
        async Task SweepAsync()
        {
            await using var scope = _tracker.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(new SweepDeadlines(), Ct);
        }
    }

    [Theory]
    [InlineData("forums", "forum", """{"slug": "harbour-2025"}""")]
    [InlineData("parties", "party", """{"slug": "city", "type": "wizard", "name": {"en": "City"}}""")]
    [InlineData("themes", "theme", """{"slug": "water", "name": null}""")]
    public async Task A_name_that_cannot_be_read_shows_by_its_slug_and_stops_no_start(string table, string column, string spoiled)
    {
        var slug = await _tracker.Ann.RecordAsync();
        var key = (string)JsonNode.Parse(spoiled)!["slug"]!;
        var kept = await _tracker.AskAsync<string>($"select {column}::text from {table} where slug = '{key}'");
        await RunAsync(
            $"update {table} set {column} = '{spoiled}' where slug = '{key}'; update directory_version set version = version + 1"
        );
        await using var again = await Tracker.StartAsync(schema: _tracker.Location.Schema, time: _tracker.Time);
        foreach (var path in new[] { "items", $"items/{slug}", "/items", $"/items/{slug}", "/forums", "/parties", "/feeds/changes.atom" })
            (await again.Anyone.GetAsync(path)).Should(200);
        await CountedAsync(table, key);
        await RunAsync($"update {table} set {column} = '{kept.Replace("'", "''", StringComparison.Ordinal)}' where slug = '{key}'");
        (await again.Get<TryAgain>().TryAsync(table, key, Ct)).ShouldBeTrue();
        again.Get<StoreVersions>().Written();
        var names = await again.Get<ForumDirectory>().NamesAsync(Ct);
        (names.Forums.Count, names.Parties.ContainsKey("city"), names.Themes.ContainsKey("water")).ShouldBe((1, true, true));
    }

    [Fact]
    public async Task A_draft_that_cannot_be_read_is_missing_from_the_list_alone()
    {
        var drafts = _tracker.Get<DraftStore>();
        var ann = await _tracker.AskAsync<string>("select id from people where name = 'Ann'");
        await drafts.SaveAsync(ann, "one", new LogForm { NoteEn = "First" }, Ct);
        await drafts.SaveAsync(ann, "two", new LogForm { NoteEn = "Second" }, Ct);
        await RunAsync("""update drafts set form = '{"version": "three"}' where item = 'one'""");
        (await drafts.AllAsync(ann, Ct)).Select(d => d.Item).ShouldBe(["two"]);
        await CountedAsync("drafts", $"{ann} one");
        await RunAsync("""update drafts set form = '{"noteEn": "First"}' where item = 'one'""");
        (await TryAgainAsync("drafts", $"{ann} one")).ShouldBeTrue();
        (await drafts.AllAsync(ann, Ct)).Select(d => d.Item).ShouldBe(["one", "two"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_token_with_an_unknown_bound_allows_less_and_its_list_goes_on()
    {
        var made = (await _tracker.Ann.PostAsync("tokens", new { name = "newer", scopes = new[] { "read", "log" } })).Should(201);
        var other = (await _tracker.Ann.PostAsync("tokens", new { name = "older", scopes = new[] { "read" } })).Should(201);
        await RunAsync($"update tokens set scopes = array['read', 'miracles'] where id = '{made.Id}'");
        // What a node knows of a token it trusts for a moment.
        _tracker.Time.Advance(Accounts.TokenTrusted * 2);
        var token = new Caller(_tracker.Client, (string)made.Json["token"]!);
        (await token.GetAsync("items")).Should(200);
        (await token.PostAsync("items", Harbour.Item("by-token"))).Should(403);
        var listed = (await _tracker.Ann.GetAsync("tokens")).Should(200).Json["tokens"]!.AsArray().Select(t => (string)t!["id"]!).ToList();
        listed.ShouldContain(other.Id);
        listed.ShouldNotContain(made.Id);
        await CountedAsync("tokens", made.Id);
        await RunAsync($"update tokens set scopes = array['read', 'log'] where id = '{made.Id}'");
        (await TryAgainAsync("tokens", made.Id)).ShouldBeTrue();
        (await _tracker.Ann.GetAsync("tokens")).Should(200).Body.ShouldContain(made.Id);
    }

    [Fact]
    public async Task A_role_that_is_unknown_gives_no_right_and_stops_neither_its_person_nor_the_start()
    {
        var bo = await _tracker.AskAsync<string>("select id from people where name = 'Bo'");
        await RunAsync($"update grants set role = 'wizard' where person = '{bo}' and role = 'editor'");
        await using var again = await Tracker.StartAsync(schema: _tracker.Location.Schema, time: _tracker.Time);
        var caller = new Caller(again.Client, _tracker.Bo.Token);
        (await caller.GetAsync("items")).Should(200);
        (await caller.PostAsync("items", Harbour.Item("by-wizard"))).Should(403);
        var people = await again.Get<Accounts>().AllAsync(Ct);
        people.ShouldContain(p => p.Id == bo);
        var grant = await _tracker.AskAsync<Guid>("select id from grants where role = 'wizard'");
        await CountedAsync("grants", $"{grant}");
        await RunAsync($"update grants set role = 'editor' where id = '{grant}'");
        (await again.Get<TryAgain>().TryAsync("grants", $"{grant}", Ct)).ShouldBeTrue();
        (await caller.PostAsync("items", Harbour.Item("by-editor"))).Should(201);
    }

    [Theory]
    [InlineData("no element")]
    [InlineData("v1:bm90IGVuY3J5cHRlZCB3aXRoIHRoZSBrZXkgb2YgdGhpcyB0cmFja2Vy")]
    public async Task A_damaged_protection_key_leaves_the_others_in_use(string damaged)
    {
        var before = _tracker.Get<IDataProtectionProvider>().CreateProtector("test").Protect("kept");
        await RunAsync($"insert into protection_keys (name, xml) values ('damaged', '{damaged}')");
        await using var again = await Tracker.StartAsync(schema: _tracker.Location.Schema, time: _tracker.Time);
        again.Get<IDataProtectionProvider>().CreateProtector("test").Unprotect(before).ShouldBe("kept");
        await CountedAsync("protection_keys", "damaged");
        (await again.Get<TryAgain>().TryAsync("protection_keys", "damaged", Ct)).ShouldBeFalse();
        await RunAsync("delete from protection_keys where name = 'damaged'");
        (await again.Get<TryAgain>().TryAsync("protection_keys", "damaged", Ct)).ShouldBeTrue();
    }

    private async Task ListedAsync(string good, string bad, string table, string key)
    {
        (await SlugsAsync("items")).ShouldBe([good]);
        var day = $"{_tracker.Time.GetUtcNow():yyyy-MM-dd}";
        foreach (
            var path in new[]
            {
                "items?sort=slug",
                $"items?knownAt={day}",
                "summary",
                "timeline?from=2025-01-01&to=2025-06-01&step=month",
                "/",
                "/items",
                $"/items?asOf={day}&knownAt={day}",
                $"/forums/{Harbour.Slug}",
                "/forums",
                "/parties",
                "/parties/port-authority",
                "/themes/water",
                "/calendar",
                "/calendar.ics",
                "/compare?party=port-authority&party=city",
                "/changes?from=2025-01-01&to=2026-11-24",
                "/items?q=keep",
                "/feeds/changes.atom",
                $"/items/{good}",
            }
        )
            (await _tracker.Anyone.GetAsync(path)).Should(200);
        await CountedAsync(table, key);
    }

    private async Task CountedAsync(string table, string key)
    {
        (await _tracker.RowsAsync($"select key from put_aside where table_name = '{table}'")).ShouldContain(key);
        (await ReadyAsync()).ShouldStartWith("Degraded: ");
        (await ReadyAsync()).ShouldContain($"{table} ");
        (await _tracker.Get<PutAside>().ListAsync(Ct)).ShouldContain(r => r.Table == table && r.Key == key && r.Why != "");
    }

    private async Task<string> ReadyAsync() => (await _tracker.Anyone.GetAsync("/health/ready")).Should(200).Body;

    private Task<bool> TryAgainAsync(string table, string key) => _tracker.Get<TryAgain>().TryAsync(table, key, Ct);

    private async Task<List<string>> SlugsAsync(string path) =>
        [.. (await _tracker.Anyone.GetAsync(path)).Should(200).Json["items"]!.AsArray().Select(i => (string)i!["slug"]!)];

    private async Task RunAsync(string sql)
    {
        await using var command = _tracker.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
