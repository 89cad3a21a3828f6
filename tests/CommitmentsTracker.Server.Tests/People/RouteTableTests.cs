using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Testing.Forums;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;

namespace CommitmentsTracker.Server.Tests.People;

/// <summary>
/// Every endpoint and page times every role: the table below names each real route and what it takes, and the answers of
/// the running program are compared with it. A route that the table does not name fails.
/// </summary>
public sealed partial class RouteTableTests : IAsyncLifetime
{
    /// <summary>
    /// Open to everybody; <c>secret</c>: to whoever has the secret in the address; else the act that a role has to allow.
    /// </summary>
    private const string Table = """
        GET    /                                                    public
        GET    /api/v1/changes                                      public
        GET    /api/v1/changes/between                              public
        GET    /api/v1/changes/stream                               public
        GET    /api/v1/items                                        public
        GET    /api/v1/items.csv                                    public
        GET    /api/v1/items/{slug}                                 public
        GET    /api/v1/items/{slug}/history                         public
        GET    /api/v1/items/{slug}/state                           public
        GET    /api/v1/summary                                      public
        GET    /api/v1/summary/state                                public
        GET    /api/v1/timeline                                     public
        GET    /api/v1/updates/example.csv                          public
        POST   /api/v1/updates.csv                                  log
        POST   /api/v1/items                                        edit
        PATCH  /api/v1/items/{slug}                                 edit
        POST   /api/v1/items/{slug}/retraction                      edit
        POST   /api/v1/items/{slug}/updates                         suggest
        POST   /api/v1/items/{slug}/updates/{id}/corrections        log
        POST   /api/v1/items/{slug}/updates/{id}/evidence           log
        POST   /api/v1/items/{slug}/updates/{id}/translation        log
        POST   /api/v1/items/{slug}/updates/{id}/disputes           suggest
        POST   /api/v1/tips                                         public
        GET    /api/v1/suggestions/{id}                             suggest
        POST   /api/v1/items/{slug}/updates/{id}/confirmation       confirm
        POST   /api/v1/items/{slug}/corrections/{id}/confirmation   confirm
        POST   /api/v1/items/{slug}/disputes/{id}/settlement        confirm
        GET    /api/v1/subscriptions                                subscribe
        POST   /api/v1/subscriptions                                subscribe
        GET    /api/v1/subscriptions/{id}                           subscribe
        PATCH  /api/v1/subscriptions/{id}                           subscribe
        DELETE /api/v1/subscriptions/{id}                           subscribe
        GET    /api/v1/subscriptions/{id}/deliveries                subscribe
        POST   /api/v1/subscriptions/{id}/ping                      subscribe
        POST   /api/v1/subscriptions/{id}/secret                    subscribe
        POST   /api/v1/subscriptions/{id}/enable                    subscribe
        POST   /api/v1/subscriptions/{id}/replay                    subscribe
        DELETE /api/v1/subscriptions/{id}/replay                    subscribe
        GET    /api/v1/tokens                                       own
        POST   /api/v1/tokens                                       own
        DELETE /api/v1/tokens/{id}                                  own
        GET    /api/v1/people                                       administer
        POST   /api/v1/people                                       operate
        DELETE /api/v1/people/{id}                                  operate
        POST   /api/v1/people/{id}/link                             operate
        POST   /api/v1/people/{id}/roles                            administer
        DELETE /api/v1/people/{id}/roles/{role}                     administer
        GET    /api/v1/invitations                                  administer
        POST   /api/v1/invitations                                  administer
        DELETE /api/v1/invitations/{id}                             administer
        GET    /metrics                                             operate
        GET    /desk/sign-in                                        public
        POST   /desk/sign-in                                        public
        GET    /desk/sign-in/second-step                            public
        POST   /desk/sign-in/second-step                            public
        GET    /desk/sign-in/{Secret}                               secret
        POST   /desk/sign-in/{Secret}                               secret
        POST   /desk/sign-in/token                                  public
        POST   /desk/sign-in/passkey/options                        public
        POST   /desk/sign-in/passkey                                public
        POST   /desk/sign-out                                       public
        GET    /desk/invitation/{Secret}                            secret
        POST   /desk/invitation/{Secret}                            secret
        GET    /desk/account                                        own
        POST   /desk/account                                        own
        GET    /desk/account/second-step                            own
        POST   /desk/account/second-step                            own
        POST   /desk/account/passkeys/options                       own
        POST   /desk/account/passkeys                               own
        GET    /desk/account/tokens                                 own
        POST   /desk/account/tokens                                 own
        GET    /desk/log                                            log
        POST   /desk/log                                            log
        GET    /desk                                                own
        POST   /desk                                                own
        GET    /desk/items                                          log
        GET    /desk/source                                         log
        GET    /desk/review                                         log
        POST   /desk/review                                         log
        GET    /desk/csv                                            log
        POST   /desk/csv                                            log
        GET    /desk/queue                                          work
        POST   /desk/queue                                          work
        GET    /desk/inbox                                          moderate
        POST   /desk/inbox                                          moderate
        POST   /desk/inbox/take                                     log
        GET    /desk/suggest                                        suggest
        POST   /desk/suggest                                        suggest
        GET    /desk/reply                                          log
        POST   /desk/reply                                          log
        GET    /desk/add/{Slug}/{UpdateId}                          log
        POST   /desk/add/{Slug}/{UpdateId}                          log
        GET    /desk/correct/{Slug}/{UpdateId}                      log
        POST   /desk/correct/{Slug}/{UpdateId}                      log
        GET    /desk/forums                                         administer
        POST   /desk/forums                                         administer
        GET    /desk/forums/{Slug}                                  administer
        POST   /desk/forums/{Slug}                                  administer
        GET    /desk/forums/{slug}/export.zip                       administer
        GET    /desk/audit                                          administer
        POST   /desk/audit                                          administer
        GET    /desk/audit.csv                                      administer
        GET    /desk/people                                         administer
        POST   /desk/people                                         administer
        GET    /desk/deliveries                                     operate
        POST   /desk/deliveries                                     operate
        """;

    /// <summary>What each role may, over all acts.</summary>
    private static readonly Dictionary<string, string> Allowed = new(StringComparer.Ordinal)
    {
        ["own"] = "none contributor representative editor reviewer administrator everywhere",
        ["work"] = "representative editor reviewer administrator everywhere",
        ["suggest"] = "contributor representative editor reviewer administrator everywhere",
        ["log"] = "representative editor administrator everywhere",
        ["edit"] = "editor administrator everywhere",
        ["dispute"] = "editor reviewer administrator everywhere",
        ["moderate"] = "editor reviewer administrator everywhere",
        ["confirm"] = "reviewer administrator everywhere",
        ["subscribe"] = "editor reviewer administrator everywhere",
        ["administer"] = "administrator everywhere",
        ["operate"] = "everywhere",
    };

    /// <summary>The scope that a token needs for each act.</summary>
    private static readonly Dictionary<string, Scope> Scopes = new(StringComparer.Ordinal)
    {
        ["own"] = Scope.Read,
        ["work"] = Scope.Read,
        ["suggest"] = Scope.Suggest,
        ["log"] = Scope.Log,
        ["edit"] = Scope.Log,
        ["dispute"] = Scope.Log,
        ["moderate"] = Scope.Log,
        ["confirm"] = Scope.Confirm,
        ["subscribe"] = Scope.Log,
        ["administer"] = Scope.Administer,
        ["operate"] = Scope.Administer,
    };

    private static readonly IReadOnlyList<(string Method, string Route, string Rule)> Rules =
    [
        .. Table.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(p => (p[0], p[1], p[2])),
    ];

    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync(Running.OnPort);
        await _tracker.ImportAsync(Harbour.Folder());
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public void Every_route_has_a_rule_and_every_rule_a_route()
    {
        var real = Routes().Select(r => $"{r.Method} {r.Route}").Order(StringComparer.Ordinal).ToList();
        var ruled = Rules.Select(r => $"{r.Method} {r.Route}").Order(StringComparer.Ordinal).ToList();
        real.Except(ruled).Where(r => !IsPublicPage(r)).ShouldBeEmpty("routes without a rule");
        ruled.Except(real).ShouldBeEmpty("rules without a route");
    }

    [Fact]
    public void A_route_asks_for_the_act_of_its_rule()
    {
        var wrong = new List<string>();
        foreach (var (method, route, endpoint) in Routes())
        {
            var act = endpoint.Metadata.GetMetadata<MayAttribute>()?.Act.Word();
            var rule = Rules.FirstOrDefault(r => r.Method == method && r.Route == route).Rule;
            var expected = rule is null or "public" or "secret" ? null : rule;
            if (act != expected)
                wrong.Add($"{method} {route}: {act ?? "open"} instead of {expected ?? "open"}");
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_role_gets_the_answer_that_the_table_promises()
    {
        var slug = await _tracker.Ann.RecordAsync();
        var wrong = new List<string>();
        foreach (
            var role in new[] { "anonymous", "none", "contributor", "representative", "editor", "reviewer", "administrator", "everywhere" }
        )
        {
            var (token, browser) = await PersonAsync(role);
            using (browser)
            {
                foreach (var (method, route, rule) in Rules.Where(r => r.Route != "/desk/sign-out"))
                {
                    var answer = await AskAsync(browser, method, route, slug, token);
                    var got = Judge(answer);
                    var expected =
                        rule is "public" or "secret" || (role != "anonymous" && Allowed[rule].Split(' ').Contains(role)) ? "allowed"
                        : role != "anonymous" ? "forbidden"
                        : route.StartsWith("/desk", StringComparison.Ordinal) ? "sent to sign in"
                        : "unauthenticated";
                    if (got != expected)
                        wrong.Add($"{role} {method} {route}: {got} ({answer.Status}) instead of {expected}");
                }
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_does_what_its_scope_says_and_no_more_however_high_its_person_stands()
    {
        var slug = await _tracker.Ann.RecordAsync();
        var (person, _) = await _tracker.Get<Accounts>().AddAsync("Scoped", Roles.Administrator, ct: TestContext.Current.CancellationToken);
        var wrong = new List<string>();
        using var browser = new Browser(_tracker);
        foreach (var scope in Enum.GetValues<Scope>())
        {
            var (_, token) = await _tracker
                .Get<Accounts>()
                .NewTokenAsync(
                    person.Id,
                    scope.Word(),
                    [scope],
                    null,
                    _tracker.Time.GetUtcNow().AddDays(1),
                    TestContext.Current.CancellationToken
                );
            foreach (
                var (method, route, rule) in Rules.Where(r =>
                    r.Rule is not ("public" or "secret") && !r.Route.StartsWith("/desk", StringComparison.Ordinal)
                )
            )
            {
                var got = Judge(await AskAsync(browser, method, route, slug, token));
                // Which token it makes is bounded as well.
                // Whoever may log may suggest as well.
                var expected =
                    (Scopes[rule] == scope || (rule == "suggest" && scope == Scope.Log)) && (method, route) != ("POST", "/api/v1/tokens")
                        ? "allowed"
                    : got == "allowed" && route == "/api/v1/tokens" ? "allowed"
                    : "forbidden";
                if (got != expected)
                    wrong.Add($"{scope} {method} {route}: {got} instead of {expected}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    /// <summary>Pages that everybody reads need no line of their own; what lies under the desk or takes a write does.</summary>
    private static bool IsPublicPage(string route) =>
        route.StartsWith("GET /", StringComparison.Ordinal)
            && !route.StartsWith("GET /api", StringComparison.Ordinal)
            && !route.StartsWith("GET /desk", StringComparison.Ordinal)
            && !route.StartsWith("GET /metrics", StringComparison.Ordinal)
        || PublicWrites().IsMatch(route);

    private static string Judge(Answer answer) =>
        answer.Status switch
        {
            401 => "unauthenticated",
            403 => "forbidden",
            302 when answer.Location?.Contains("/desk/sign-in?ReturnUrl", StringComparison.Ordinal) == true => "sent to sign in",
            >= 500 => "broken",
            _ => "allowed",
        };

    private static Task<Answer> AskAsync(Browser browser, string method, string route, string slug, string? token)
    {
        var path = Parameter().Replace(route.Replace("{slug}", slug, StringComparison.Ordinal), "018f0000-0000-7000-8000-000000000000");
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        if (token is not null && !route.StartsWith("/desk", StringComparison.Ordinal))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method is "POST" or "PATCH" or "PUT")
            request.Content = route.StartsWith("/api", StringComparison.Ordinal) ? Caller.Content("{}") : new FormUrlEncodedContent([]);
        return browser.SendAsync(request, headOnly: true);
    }

    private async Task<(string? Token, Browser Browser)> PersonAsync(string role)
    {
        if (role == "anonymous")
            return (null, new Browser(_tracker));
        IReadOnlyList<Grant> grants = role switch
        {
            "none" => [],
            "everywhere" => [new Grant(Role.Administrator)],
            "representative" => [new Grant(Role.Representative, Harbour.Slug, "city")],
            _ => [new Grant(Words.Read<Role>(role), Harbour.Slug)],
        };
        var (person, token) = await _tracker.Get<Accounts>().AddAsync(role, grants, null, null, TestContext.Current.CancellationToken);
        return (token, await Browser.OfAsync(_tracker, person.Id));
    }

    private IEnumerable<(string Method, string Route, RouteEndpoint Endpoint)> Routes()
    {
        foreach (var endpoint in _tracker.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
                continue;
            var route = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!.TrimStart('/'), "{$1}");
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];
            foreach (var method in methods.Where(m => m is not ("HEAD" or "OPTIONS")))
                yield return (method, route, endpoint);
        }
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\{(\w+)[^}]*\}")]
    private static partial Regex Constraint();

    /// <summary>Writes that take no account: subscribing by mail, and whatever posts to a public page only to be refused.</summary>
    [GeneratedRegex(@"^POST /(?!api|desk|metrics)")]
    private static partial Regex PublicWrites();
}
