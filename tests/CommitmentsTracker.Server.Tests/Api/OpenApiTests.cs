using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CommitmentsTracker.Server.Tests.Api;

/// <summary>The OpenAPI document tells the whole API.</summary>
[Collection(nameof(SharedDesk))]
public sealed partial class OpenApiTests(SharedDesk desk)
{
    /// <summary>Writes that say all by their address.</summary>
    private static readonly string[] Bodiless =
    [
        "/api/v1/subscriptions/{id}/ping",
        "/api/v1/subscriptions/{id}/secret",
        "/api/v1/subscriptions/{id}/enable",
        "/api/v1/people/{id}/link",
    ];

    /// <summary>What takes a token also where it is only read.</summary>
    private static readonly string[] Private = ["subscriptions", "people", "invitations", "tokens", "suggestions"];

    /// <summary>Writes that anyone may make.</summary>
    private static readonly string[] Open = ["/api/v1/tips"];

    [Fact]
    public async Task Every_route_of_the_API_is_in_the_document_and_nothing_else()
    {
        var paths = (await DocumentAsync())["paths"]!.AsObject();
        var told = paths
            .SelectMany(p => p.Value!.AsObject().Select(o => $"{o.Key.ToUpperInvariant()} {p.Key}"))
            .Order(StringComparer.Ordinal);
        var mapped = desk
            .Tracker.Get<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e =>
                e.RoutePattern.RawText!.TrimStart('/') is var route
                && (
                    route.StartsWith("api/v1", StringComparison.Ordinal)
                    || route.StartsWith("feeds/", StringComparison.Ordinal)
                    || route == "calendar.ics"
                )
            )
            .SelectMany(e =>
                e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} /{e.RoutePattern.RawText!.TrimStart('/')}")
            )
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        mapped.Count.ShouldBeGreaterThanOrEqualTo(17);
        told.ShouldBe(mapped);
    }

    [Fact]
    public async Task Every_operation_has_a_summary_its_answer_its_problems_and_its_path_parameters()
    {
        var document = await DocumentAsync();
        ((string)document["openapi"]!).ShouldStartWith("3.");
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var at = $"{method} {path}";
                ((string?)operation!["summary"]).ShouldNotBeNullOrWhiteSpace(at);
                var responses = operation["responses"]!.AsObject();
                responses.ContainsKey("4XX").ShouldBeTrue(at);
                var success = responses.First(r => r.Key.StartsWith('2'));
                if (success.Key != "204")
                    success.Value!["content"]!.AsObject().First().Value!["schema"].ShouldNotBeNull(at);
                var parameters = operation["parameters"]?.AsArray() ?? [];
                parameters
                    .Where(p => (string)p!["in"]! == "path")
                    .Select(p => (string)p!["name"]!)
                    .ShouldBe(PathParameter().Matches(path).Select(m => m.Groups[1].Value), ignoreOrder: true, at);
                (operation["requestBody"] is not null).ShouldBe(method is "post" or "patch" && !Bodiless.Contains(path), at);
                (operation["security"] is not null).ShouldBe(
                    !Open.Contains(path)
                        && (method != "get" || Private.Any(p => path.StartsWith("/api/v1/" + p, StringComparison.Ordinal))),
                    at
                );
            }
        }
    }

    [Fact]
    public async Task The_document_is_valid()
    {
        var read = Microsoft.OpenApi.OpenApiDocument.Parse((await DocumentAsync()).ToJsonString(), "json");
        read.Diagnostic!.Errors.ShouldBeEmpty();
        read.Document!.Paths.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Statuses_are_told_as_their_words() =>
        (await DocumentAsync())["paths"]!["/api/v1/items/{slug}/updates"]!["post"]!["requestBody"]!["content"]!["application/json"]!
            .ToJsonString()
            .ShouldContain("\"in_force\"");

    [Fact]
    public async Task The_header_that_tells_the_hash_of_a_state_is_told()
    {
        foreach (var path in new[] { "/api/v1/items/{slug}", "/api/v1/summary", "/api/v1/items/{slug}/state", "/api/v1/summary/state" })
            (
                (string)(await DocumentAsync())["paths"]![path]!["get"]!["responses"]!["200"]!["headers"]!["State-Hash"]!["description"]!
            ).ShouldContain("SHA-256");
    }

    [Fact]
    public async Task The_page_about_the_API_is_there() => (await desk.Tracker.Anyone.GetAsync("/docs")).Status.ShouldBeOneOf(200, 302);

    private async Task<JsonNode> DocumentAsync() => (await desk.Tracker.Anyone.GetAsync("/openapi/v1.json")).Should(200).Json;

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex PathParameter();
}
