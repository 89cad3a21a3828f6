using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>What the API answered.</summary>
public sealed record Answer(int Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    private JsonNode? _json;

    /// <summary>The body as JSON.</summary>
    public JsonNode Json => _json ??= JsonNode.Parse(Body)!;

    public string? ETag => Headers.ETag?.ToString();
    public string? Location => Headers.Location?.ToString();
    public string MediaType => ContentHeaders.ContentType?.MediaType ?? "";
    public bool IsImmutable => Headers.CacheControl?.Extensions.Any(e => e.Name == "immutable") ?? false;

    /// <summary>Name of the broken rule of a problem.</summary>
    public string Rule => (string)Json["rule"]!;

    /// <summary>The field that a problem names.</summary>
    public string Field => (string)Json["field"]!;

    /// <summary>Id of a created update, correction or dispute.</summary>
    public string Id => (string)Json["id"]!;

    /// <summary>Asserts the status, with the body in the message.</summary>
    public Answer Should(int status)
    {
        Status.ShouldBe(status, Body.Length > 2_000 ? Body[..2_000] : Body);
        return this;
    }

    /// <summary>Asserts a problem that names this rule and, if given, this field.</summary>
    public Answer ShouldRefuse(int status, string rule, string? field = null)
    {
        Should(status);
        MediaType.ShouldBe("application/problem+json", Body);
        Rule.ShouldBe(rule, Body);
        if (field is not null)
            Field.ShouldBe(field, Body);
        ((int)Json["status"]!).ShouldBe(status);
        return this;
    }
}

/// <summary>The API in the hands of one person.</summary>
public sealed class Caller(HttpClient client, string? token)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string? Token => token;

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Content(body), headers);

    public Task<Answer> PatchAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Patch, path, Content(body), headers);

    public Task<Answer> PostAsync(string path) => SendAsync(HttpMethod.Post, path, null);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, null);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri((path.StartsWith('/') ? "" : "/api/v1/") + path, UriKind.Relative))
        {
            Content = content,
        };
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers,
            response.Content.Headers
        );
    }

    /// <summary>A body: text goes out as it is, everything else as JSON.</summary>
    public static HttpContent Content(object body) =>
        new StringContent(body as string ?? JsonSerializer.Serialize(body, Json), Encoding.UTF8, "application/json");
}
