using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Layout;

/// <summary>Kept pages are never wrong: not after a write, not at midnight, not for another reader.</summary>
public sealed class PageCacheTests : IAsyncLifetime
{
    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync();
        await _tracker.ImportAsync(Harbour.Folder());
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task A_write_is_on_the_next_page_that_anybody_asks_for()
    {
        var slug = await _tracker.Ann.RecordAsync();
        for (var n = 1; n <= 5; n++)
        {
            (await PageAsync($"/items/{slug}")).Body.ShouldNotContain($"Note number {n}.");
            await _tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-04-01", $"Note number {n}."));
            (await PageAsync($"/items/{slug}")).Body.ShouldContain($"Note number {n}.");
        }
    }

    [Fact]
    public async Task A_write_on_another_node_is_on_the_page_within_a_second()
    {
        await using var other = await Tracker.StartAsync(schema: _tracker.Location.Schema);
        var slug = await _tracker.Ann.RecordAsync();
        (await other.Anyone.GetAsync($"/items/{slug}")).Should(200).Body.ShouldNotContain("Seen from afar.");
        await _tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-04-01", "Seen from afar."));
        await Wait.UntilAsync(
            async () => (await other.Anyone.GetAsync($"/items/{slug}")).Body.Contains("Seen from afar.", StringComparison.Ordinal),
            "the note on the other node"
        );
        StoreVersions.MayLag.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_name_changed_by_an_import_is_on_the_next_page()
    {
        (await PageAsync("/")).Body.ShouldContain("Harbour Forum");
        var folder = Harbour.Folder();
        await _tracker.ImportAsync(
            folder with
            {
                Forum = folder.Forum with { Name = new Domain.Writing.Text("Forum of the Harbour", "港口论坛") },
            }
        );
        (await PageAsync("/")).Body.ShouldContain("Forum of the Harbour");
    }

    [Fact]
    public async Task At_midnight_the_page_tells_the_new_day()
    {
        await _tracker.Ann.RecordAsync();
        (await PageAsync("/?lang=en")).Body.ShouldContain("24 November 2026");
        _tracker.Time.Advance(TimeSpan.FromHours(15));
        (await PageAsync("/?lang=en")).Body.ShouldContain("25 November 2026");
    }

    [Fact]
    public async Task An_unchanged_page_is_the_same_bytes_and_is_not_sent_again()
    {
        var first = await PageAsync("/items");
        var tag = first.Headers.ETag!.Tag;
        (await PageAsync("/items")).Headers.ETag!.Tag.ShouldBe(tag);
        var again = await PageAsync("/items", ("If-None-Match", tag));
        again.Status.ShouldBe(304);
        again.Body.ShouldBeEmpty();
        await _tracker.Ann.RecordAsync();
        (await PageAsync("/items", ("If-None-Match", tag))).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task A_compressed_page_is_the_page_under_a_tag_of_its_own(string encoding)
    {
        var plain = await PageAsync("/method?lang=zh");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/method?lang=zh");
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var answer = await _tracker.Client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentEncoding.ShouldBe([encoding]);
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await using Stream through =
            encoding == "br" ? new BrotliStream(body, CompressionMode.Decompress) : new GZipStream(body, CompressionMode.Decompress);
        using var reader = new StreamReader(through, Encoding.UTF8);
        (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe(plain.Body);
        answer.Headers.ETag!.Tag.ShouldNotBe(plain.Headers.ETag!.Tag);
        (await PageAsync("/method?lang=zh", ("If-None-Match", answer.Headers.ETag.Tag))).Status.ShouldBe(304);
    }

    [Fact]
    public async Task Languages_themes_and_hosts_have_pages_of_their_own()
    {
        var english = await PageAsync("/items", ("Accept-Language", "en"));
        var chinese = await PageAsync("/items", ("Accept-Language", "zh-CN"));
        chinese.Body.ShouldContain("lang=\"zh-Hans\"");
        english.Body.ShouldNotContain("<html lang=\"zh-Hans\"");
        (await PageAsync("/items", ("Cookie", "theme=dark"))).Body.ShouldContain("data-theme=\"dark\"");
        (await PageAsync("/items")).Body.ShouldNotContain("data-theme=\"dark\"");
        (await PageAsync("/items", ("Host", "elsewhere.example"))).Body.ShouldContain("http://elsewhere.example/items");
        (await PageAsync("/items")).Body.ShouldNotContain("elsewhere.example");
    }

    [Fact]
    public async Task Who_is_signed_in_has_a_page_of_their_own_that_nobody_else_gets()
    {
        var accounts = _tracker.Get<Accounts>();
        var (person, _) = await accounts.AddAsync("Carla Contributor", Roles.Editor, ct: TestContext.Current.CancellationToken);
        // Signed in on another node; the keys are in the database.
        await using var node = await Tracker.StartAsync(Running.OnPort, _tracker.Location.Schema);
        using var browser = await Browser.OfAsync(node, person.Id);
        var cookie = browser.Cookies.GetCookies(node.Address)[SignInCookie.Name]!.ToString();

        (await PageAsync("/items")).Body.ShouldNotContain("Carla Contributor");
        (await PageAsync("/items", ("Cookie", cookie))).Body.ShouldContain("Carla Contributor");
        (await PageAsync("/items")).Body.ShouldNotContain("Carla Contributor");
    }

    [Fact]
    public async Task A_page_for_many_at_once_is_rendered_once()
    {
        var slug = await _tracker.Ann.RecordAsync();
        var read = new ConcurrentQueue<string>();
        var ours = new Regex($"Search Path={_tracker.Location.Schema}(;|$)");
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (
                    a.GetTagItem("db.npgsql.data_source") is string source
                    && ours.IsMatch(source)
                    && a.GetTagItem("db.query.text") is string sql
                    && sql.Contains("from mt_events", StringComparison.Ordinal)
                )
                    read.Enqueue(sql);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => PageAsync($"/items/{slug}?lang=en")));
        read.Count.ShouldBe(1, "the item's stream is read by the one request that renders");
        answers.ShouldAllBe(a => a.Status == 200);
        answers.Select(a => a.Headers.ETag!.Tag).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_page_that_is_not_there_is_not_kept()
    {
        var slug = Harbour.NewSlug("later");
        (await PageAsync("/items/" + slug)).Status.ShouldBe(404);
        (await _tracker.Ann.PostAsync("items", Harbour.Item(slug))).Should(201);
        (await PageAsync("/items/" + slug)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_version_of_what_is_stored_rises_with_every_write()
    {
        var versions = _tracker.Get<StoreVersions>();
        var before = await versions.CurrentAsync(TestContext.Current.CancellationToken);
        await _tracker.Ann.RecordAsync();
        var after = await versions.CurrentAsync(TestContext.Current.CancellationToken);
        after.LastChange.ShouldBe(before.LastChange + 1);
        (await versions.CurrentAsync(TestContext.Current.CancellationToken)).ShouldBeSameAs(after, "asking again at once asks nobody");
    }

    [Fact]
    public async Task Asking_for_the_headers_alone_gets_those_of_the_answer()
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort);
        foreach (var path in new[] { "/", "/items?lang=zh", "/no-such-page", "/api/v1/items" })
        {
            using var full = await tracker.Client.GetAsync(path, TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Head, path);
            using var head = await tracker.Client.SendAsync(request, TestContext.Current.CancellationToken);
            head.StatusCode.ShouldBe(full.StatusCode, path);
            head.Headers.ETag.ShouldBe(full.Headers.ETag, path);
            (await head.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Pages_run_no_script_but_the_sites_own_and_stand_in_no_frame()
    {
        foreach (var path in new[] { "/", "/items", "/desk/sign-in", "/no-such-page" })
        {
            var policy = (await PageAsync(path)).Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("script-src 'self';");
            policy.ShouldContain("frame-ancestors 'none'");
        }
    }

    [Fact]
    public async Task Every_answer_forbids_guessing_and_tells_other_sites_no_paths_and_the_desk_is_kept_nowhere()
    {
        foreach (
            var path in new[]
            {
                "/",
                "/items",
                "/api/v1/items",
                "/feeds/changes.atom",
                "/no-such-page",
                "/openapi/v1.json",
                "/desk/sign-in",
            }
        )
        {
            var headers = (await PageAsync(path)).Headers;
            headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"], path);
            headers.GetValues("Referrer-Policy").ShouldBe(["strict-origin-when-cross-origin"], path);
            headers.Contains("Server").ShouldBeFalse(path);
        }

        var desk = _tracker
            .Get<Microsoft.AspNetCore.Routing.EndpointDataSource>()
            .Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(p => (p == "/desk" || p.StartsWith("/desk/", StringComparison.Ordinal)) && !p.Contains('{', StringComparison.Ordinal))
            .Distinct()
            .ToList();
        desk.Count.ShouldBeGreaterThan(20);
        foreach (var path in desk)
            (await PageAsync(path)).Headers.CacheControl!.NoStore.ShouldBeTrue(path);
    }

    private Task<Answer> PageAsync(string path, params (string Name, string Value)[] headers) =>
        _tracker.Anyone.SendAsync(HttpMethod.Get, path, null, headers);
}
