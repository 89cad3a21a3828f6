using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Reading.Tests.Citing;

/// <summary>The hash of a state: what it covers, and that it stays.</summary>
[Collection(nameof(SharedDesk))]
public sealed partial class StateHashTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task The_hash_that_is_told_is_that_of_the_bytes_that_are_offered()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var clocks = "asOf=2026-11-01&" + Settled();
        foreach (
            var (told, bytes) in new[]
            {
                ($"items/{slug}?{clocks}", $"items/{slug}/state?{clocks}"),
                ($"summary?forum={Harbour.Slug}&{clocks}", $"summary/state?forum={Harbour.Slug}&{clocks}"),
            }
        )
        {
            var state = (await Tracker.Anyone.GetAsync(bytes)).Should(200);
            Hash(await Tracker.Anyone.GetAsync(told))
                .ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Body))));
            Hash(state).ShouldBe(Hash(await Tracker.Anyone.GetAsync(told)));
            (state.IsImmutable, state.MediaType).ShouldBe((true, "application/json"));
            ((string)state.Json["format"]!, (string)state.Json["asOf"]!).ShouldBe(("commitments-tracker-state/1", "2026-11-01"));
            ((await Tracker.Anyone.GetAsync(bytes, ("If-None-Match", state.ETag!))).Status).ShouldBe(304);
        }
    }

    [Fact]
    public async Task A_later_correction_leaves_the_hash_of_then_and_changes_that_of_now()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-06-01"));
        var then = $"items/{slug}?asOf=2026-11-01&" + Settled();
        var before = (await Tracker.Anyone.GetAsync(then)).Should(200);
        (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2025-07-01" },
                    reason = Harbour.Text("A slip."),
                }
            )
        ).Should(201);
        var now = $"items/{slug}?asOf=2026-11-01&" + Settled();
        var after = (await Tracker.Anyone.GetAsync(then)).Should(200);
        (Hash(after), after.Body).ShouldBe((Hash(before), before.Body));
        Hash(await Tracker.Anyone.GetAsync(now)).ShouldNotBe(Hash(before));
        // Nor does a rebuild.
        await Tracker.Get<Rebuild>().RunAsync(new Progress<string>(), TestContext.Current.CancellationToken);
        Hash(await Tracker.Anyone.GetAsync(then)).ShouldBe(Hash(before));
    }

    [Fact]
    public async Task Names_of_parties_and_themes_are_not_in_it()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var state = (await Tracker.Anyone.GetAsync($"items/{slug}/state?asOf=2026-11-01&{Settled()}")).Should(200).Body;
        state.ShouldContain("\"port-authority\"");
        state.ShouldNotContain("Port Authority");
        state.ShouldNotContain("港务局");
    }

    [Theory]
    [InlineData("", "asOf")]
    [InlineData("?asOf=2026-11-01", "knownAt")]
    [InlineData("?knownAt=2026-11-01", "asOf")]
    public async Task What_is_not_fixed_has_none(string query, string missing)
    {
        var path = $"summary{query}{(query == "" ? "?" : "&")}forum={Harbour.Slug}";
        var answer = (await Tracker.Anyone.GetAsync(path)).Should(200);
        answer.Headers.Contains("State-Hash").ShouldBeFalse();
        (await Tracker.Anyone.GetAsync(path.Replace("summary", "summary/state", StringComparison.Ordinal))).ShouldRefuse(
            400,
            "not-fixed",
            missing
        );
    }

    [Fact]
    public async Task Nothing_of_the_last_minute_is_fixed()
    {
        var slug = await Tracker.Ann.RecordAsync();
        Tracker.Time.Advance(TimeSpan.FromSeconds(30));
        var known = $"asOf=2026-11-01&knownAt={Tracker.Time.GetUtcNow().AddSeconds(-1):yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}";
        (await Tracker.Anyone.GetAsync($"items/{slug}?{known}")).Should(200).Headers.Contains("State-Hash").ShouldBeFalse();
        Tracker.Time.Advance(TimeSpan.FromSeconds(61));
        (await Tracker.Anyone.GetAsync($"items/{slug}?{known}")).Should(200).Headers.Contains("State-Hash").ShouldBeTrue();
    }

    [Fact]
    public async Task A_state_of_several_forums_has_no_address() =>
        (await Tracker.Anyone.GetAsync("summary/state?asOf=2025-01-01&knownAt=2025-01-01")).ShouldRefuse(400, "required", "forum");

    [Fact]
    public async Task An_item_without_a_state_is_absent_there_too() =>
        (await Tracker.Anyone.GetAsync($"items/{await Tracker.Ann.RecordAsync()}/state?asOf=2025-01-01&knownAt=2025-01-01")).ShouldRefuse(
            404,
            "not-yet-recorded"
        );

    [Theory]
    [InlineData("/items/{0}")]
    [InlineData("/forums/" + Harbour.Slug)]
    public async Task A_page_at_now_offers_the_address_of_the_state_that_it_shows(string path)
    {
        var slug = await Tracker.Ann.RecordAsync();
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-06-01"));
        path = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, slug);
        (await Tracker.Anyone.GetAsync(path)).Should(200).Body.ShouldNotContain("&amp;hash=");
        Tracker.Time.Advance(TimeSpan.FromSeconds(61));
        var page = (await Tracker.Anyone.GetAsync(path + "?lang=en")).Should(200);
        var address = WebUtility.HtmlDecode(CiteAddress().Match(page.Body).Groups[1].Value);
        var query = new Uri(address).Query;
        var hash = query.Split("hash=")[1].Split('&')[0];
        // The API computes the hash from the spans at the instant, the page from what it showed at now.
        var api = path.StartsWith("/items", StringComparison.Ordinal) ? $"items/{slug}{query}" : $"summary{query}&forum={Harbour.Slug}";
        Hash(await Tracker.Anyone.GetAsync(Without(api, "hash", "lang"))).ShouldBe(hash);
        var cited = (await Tracker.Anyone.GetAsync(new Uri(address).PathAndQuery)).Should(200);
        cited.Body.ShouldContain("This is the state that was cited.");
        cited.Body.ShouldContain("Nothing was recorded about it since.");
        // And the page stays the same, byte for byte, until something is recorded.
        Tracker.Time.Advance(TimeSpan.FromMinutes(5));
        (await Tracker.Anyone.GetAsync(path + "?lang=en", ("If-None-Match", page.ETag!))).Status.ShouldBe(304);
    }

    [Fact]
    public async Task A_page_that_computes_another_hash_says_so()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var clocks = "asOf=2026-11-01&" + Settled();
        foreach (var path in new[] { $"/items/{slug}", $"/items/{slug}/history", $"/forums/{Harbour.Slug}" })
        {
            var page = (await Tracker.Anyone.GetAsync($"{path}?lang=en&{clocks}&hash={new string('0', 64)}")).Should(200).Body;
            page.ShouldContain("What you see is not what was cited.", Case.Sensitive, path);
            page.ShouldContain(new string('0', 64), Case.Sensitive, path);
            (await Tracker.Anyone.GetAsync($"{path}?lang=en&hash={new string('0', 64)}"))
                .Should(200)
                .Body.ShouldContain("does not fix both clocks", Case.Sensitive, path);
            (await Tracker.Anyone.GetAsync($"{path}?lang=en&{clocks}&hash=0")).Should(400);
        }
    }

    [Fact]
    public async Task A_forum_that_changed_since_leads_to_the_changes()
    {
        await Tracker.Ann.RecordAsync();
        var clocks = "asOf=2026-11-01&" + Settled();
        await Tracker.Ann.RecordAsync();
        var page = (await Tracker.Anyone.GetAsync($"/forums/{Harbour.Slug}?lang=en&{clocks}&hash={new string('0', 64)}")).Should(200).Body;
        page.ShouldContain("This has changed since.");
        page.ShouldContain($"/changes?from={Tracker.Time.GetUtcNow():yyyy-MM-dd}&amp;to={Tracker.Time.GetUtcNow():yyyy-MM-dd}");
    }

    [Fact]
    public async Task A_copy_of_a_forum_has_the_same_hashes()
    {
        using var scratch = new Scratch();
        await using var original = await Tracker.StartAsync();
        await original.ImportAsync(Harbour.Folder());
        var slug = await original.Ann.RecordAsync();
        var id = await original.Ann.LogAsync(slug, Harbour.Step("underway", "2025-06-01"));
        original.Time.Advance(TimeSpan.FromHours(1));
        (
            await original.Bo.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2025-07-01" },
                    reason = Harbour.Text("A slip."),
                }
            )
        ).Should(201);
        original.Time.Advance(TimeSpan.FromHours(1));
        var folder = await original.ExportAsync(Harbour.Slug, scratch.Path);
        await using var copy = await Tracker.StartAsync(time: original.Time);
        await copy.ImportAsync(folder);
        copy.Time.Advance(TimeSpan.FromHours(1));
        foreach (var known in new[] { "2026-11-24T09:30:00Z", "2026-11-24T10:30:00Z" })
        foreach (
            var path in new[]
            {
                $"items/{slug}?asOf=2026-11-01&knownAt={known}",
                $"summary?forum={Harbour.Slug}&asOf=2026-11-01&knownAt={known}",
            }
        )
            Hash(await copy.Anyone.GetAsync(path)).ShouldBe(Hash(await original.Anyone.GetAsync(path)), path);
    }

    /// <summary>An instant at which everything so far is known and which is fixed by now, as a parameter.</summary>
    private string Settled()
    {
        var known = $"knownAt={Tracker.Time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}";
        Tracker.Time.Advance(TimeSpan.FromSeconds(61));
        return known;
    }

    private static string Hash(Answer answer) => answer.Should(200).Headers.GetValues("State-Hash").Single();

    private static string Without(string address, params string[] names) =>
        names.Aggregate(address, (a, n) => Regex.Replace(a, $"(?<=[?&]){n}=[^&]*&?", "")).TrimEnd('&');

    [GeneratedRegex("id=\"cite-address\"[^>]* href=\"([^\"]+)\"")]
    private static partial Regex CiteAddress();
}
