using System.Net;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.EvidenceLinks;
using CommitmentsTracker.Testing.Forums;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.EvidenceLinks;

/// <summary>A web of two pages on this machine, one of which goes away.</summary>
public sealed class CheckEvidenceLinksTests : IAsyncLifetime
{
    private readonly Dictionary<string, int> _visits = [];
    private Tracker _tracker = null!;
    private WebApplication _web = null!;
    private bool _reportIsThere = true;

    private string Web => _web.Urls.First();

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync();
        await _tracker.ImportAsync(Harbour.Folder());
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.Map(
            "/{page}",
            (string page, HttpContext context) =>
            {
                lock (_visits)
                    _visits[page] = _visits.GetValueOrDefault(page) + 1;
                return page switch
                {
                    "forbidden" => Results.StatusCode(403),
                    "get-only" => HttpMethods.IsGet(context.Request.Method) ? Results.Text("here") : Results.StatusCode(405),
                    "moved" => Results.Redirect("/register"),
                    "report" when !_reportIsThere => Results.NotFound(),
                    _ => Results.Text("here"),
                };
            }
        );
        await _web.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        await _tracker.DisposeAsync();
    }

    [Fact]
    public async Task A_source_that_goes_away_is_said_to_be_dead_after_three_checks_and_alive_again_after_one()
    {
        var slug = await CitingAsync("register", "report");
        await CheckAsync();
        _reportIsThere = false;
        _tracker.Time.Advance(TimeSpan.FromDays(7));
        for (var day = 1; day <= 3; day++)
        {
            (await PageAsync(slug)).ShouldNotContain("does not answer");
            await CheckAsync();
            if (day < 3)
                _tracker.Time.Advance(TimeSpan.FromDays(1));
        }

        (await PageAsync(slug)).ShouldContain("does not answer since 1 Dec 2026; see the archived copy");
        _reportIsThere = true;
        _tracker.Time.Advance(TimeSpan.FromDays(1));
        await CheckAsync();
        (await PageAsync(slug)).ShouldNotContain("does not answer");
    }

    [Fact]
    public async Task Each_address_is_visited_once_a_week()
    {
        await CitingAsync("register", "report");
        await CheckAsync();
        await CheckAsync();
        _tracker.Time.Advance(TimeSpan.FromDays(6));
        await CheckAsync();
        _visits["register"].ShouldBe(1);
        _tracker.Time.Advance(TimeSpan.FromDays(1));
        await CheckAsync();
        _visits["register"].ShouldBe(2);
    }

    [Fact]
    public async Task A_refusal_a_redirect_and_a_server_that_knows_only_GET_are_answers()
    {
        await CitingAsync("forbidden", "moved", "get-only");
        await CheckAsync();
        _visits.Keys.ShouldBe(["forbidden", "moved", "register", "get-only"], ignoreOrder: true);
        (await FailuresAsync()).Where(f => f.Failures > 0 && f.Url.StartsWith(Web, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_network_nothing_is_noted()
    {
        await CitingAsync("register");
        await _web.StopAsync(TestContext.Current.CancellationToken);
        await CheckAsync();
        var failures = await FailuresAsync();
        failures.ShouldContain(f => f.Url == Web + "/register");
        failures.ShouldAllBe(f => f.Failures == 0);
    }

    [Fact]
    public async Task The_operators_own_network_is_never_visited()
    {
        await CitingAsync("register");
        using var visitor = new LinkVisitor(AddressGuard.PublicOnly);
        (await visitor.VisitAsync(new Uri(Web + "/register"), TestContext.Current.CancellationToken)).ShouldBe(Visit.Unreachable);
        _visits.ShouldBeEmpty();
    }

    /// <summary>Records an item whose evidence lies at pages of the little web; each has an archived copy.</summary>
    private async Task<string> CitingAsync(params string[] pages)
    {
        var slug = await _tracker.Ann.RecordAsync();
        var update = Harbour.Update("progress", "2025-04-01");
        update["evidence"] = new JsonArray([
            .. pages.Select(p => new JsonObject
            {
                ["title"] = "Page " + p,
                ["publisher"] = "The web",
                ["url"] = $"{Web}/{p}",
                ["archivedUrl"] = "https://archive.example.org/" + p,
                ["grade"] = "secondary",
            }),
        ]);
        await _tracker.Ann.LogAsync(slug, update);
        return slug;
    }

    private async Task CheckAsync()
    {
        using var visitor = new LinkVisitor(new AddressGuard([IPNetwork.Parse("127.0.0.1/32")]));
        await CheckEvidenceLinksHandler.Handle(
            new CheckEvidenceLinks(),
            _tracker.Get<NpgsqlDataSource>(),
            visitor,
            _tracker.Get<StoreVersions>(),
            _tracker.Time,
            NullLogger<CheckEvidenceLinks>.Instance,
            TestContext.Current.CancellationToken
        );
    }

    private async Task<string> PageAsync(string slug) => (await _tracker.Anyone.GetAsync($"/items/{slug}?lang=en")).Should(200).Body;

    private async Task<List<(string Url, int Failures)>> FailuresAsync() =>
        [
            .. (await _tracker.RowsAsync("select failures || ' ' || url from evidence_links")).Select(r =>
                (
                    r[(r.IndexOf(' ', StringComparison.Ordinal) + 1)..],
                    int.Parse(r.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)
                )
            ),
        ];
}
