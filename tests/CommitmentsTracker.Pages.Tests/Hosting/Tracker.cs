using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Deadlines;
using CommitmentsTracker.Server.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Wolverine;

namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>Somebody who may write: a person with the API token.</summary>
public sealed record Editor(string Id, string Name, string Token);

/// <summary>The program on a port of its own, with the real forum in a schema of its own.</summary>
public sealed class Tracker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;
    private int _openStreams;

    private Tracker(WebApplication app)
    {
        _app = app;
        Address = app.Urls.First().TrimEnd('/');
        _client = new HttpClient { BaseAddress = new Uri(Address), Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>Scheme, host and port.</summary>
    public string Address { get; }

    /// <summary>Requests to the live stream that are being answered.</summary>
    public int OpenStreams => Volatile.Read(ref _openStreams);

    public Editor Ann { get; private set; } = null!;
    public Editor Bo { get; private set; } = null!;

    /// <summary>An administrator.</summary>
    public Editor Ada { get; private set; } = null!;

    /// <summary>Starts a tracker with the forum in it, and with settings as on a command line.</summary>
    public static async Task<Tracker> StartAsync(string connectionString, string schema, params string[] settings)
    {
        var builder = TrackerApp.Builder(
            ["--urls", "http://127.0.0.1:0", .. settings],
            new StoreLocation(connectionString, schema),
            new RunningClock()
        );
        // A browser judges by its own clock whether a cookie has expired.
        builder.Services.Configure<CookieAuthenticationOptions>(
            IdentityConstants.ApplicationScheme,
            o => o.TimeProvider = TimeProvider.System
        );
        var app = builder.Build();
        Tracker? tracker = null;
        app.Use(
            async (context, next) =>
            {
                if (context.Request.Path != "/api/v1/changes/stream")
                {
                    await next(context);
                    return;
                }

                Interlocked.Increment(ref tracker!._openStreams);
                try
                {
                    await next(context);
                }
                finally
                {
                    Interlocked.Decrement(ref tracker._openStreams);
                }
            }
        );
        TrackerApp.Map(app);
        await TrackerApp.PrepareAsync(app.Services, CancellationToken.None);
        await app.StartAsync();
        tracker = new Tracker(app);
        await app
            .Services.GetRequiredService<ForumImport>()
            .RunAsync(ForumFolder.Read(Path.Combine(AppContext.BaseDirectory, "seeds", "waic-2024")), null, CancellationToken.None);
        // What the hourly sweep would say is said before the first test, not in the middle of one.
        await using (var scope = app.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(new SweepDeadlines());
        tracker.Ann = await tracker.PersonAsync("Ann");
        tracker.Bo = await tracker.PersonAsync("Bo");
        tracker.Ada = await tracker.PersonAsync("Ada", Roles.Administrator);
        return tracker;
    }

    /// <summary>Makes an editor, or somebody of another role.</summary>
    public async Task<Editor> PersonAsync(string name, string role = Roles.Editor)
    {
        var (person, token) = await _app.Services.GetRequiredService<Accounts>().AddAsync(name, role);
        return new Editor(person.Id, person.Name, token);
    }

    /// <summary>Makes somebody with exactly these roles.</summary>
    public async Task<Editor> PersonAsync(string name, params Grant[] grants)
    {
        var (person, token) = await _app.Services.GetRequiredService<Accounts>().AddAsync(name, grants, null, null);
        return new Editor(person.Id, person.Name, token);
    }

    /// <summary>A service of the program.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A one-time sign-in address.</summary>
    public async Task<string> LinkAsync(Editor editor) =>
        $"/desk/sign-in/{await _app.Services.GetRequiredService<Accounts>().NewLinkAsync(editor.Id)}";

    /// <summary>The first value of a statement on the tracker's own tables.</summary>
    public async Task<T> AskAsync<T>(string sql, string value)
    {
        await using var command = _app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        command.Parameters.AddWithValue(value);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>What the API answers; the status code is to be a success.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        var (status, json) = await TryGetAsync(path);
        status.ShouldBeInRange(200, 299, $"{path}: {json}");
        return json;
    }

    /// <summary>What the API answers.</summary>
    public async Task<(int Status, JsonNode Json)> TryGetAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri("/api/v1/" + path, UriKind.Relative), TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    /// <summary>A write that is to succeed.</summary>
    public async Task<JsonNode> PostAsync(string path, object body, Editor by)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/" + path, UriKind.Relative));
        request.Content = new StringContent(JsonSerializer.Serialize(body, JsonSerializerOptions.Web), Encoding.UTF8, "application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", by.Token);
        using var answer = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBeInRange(200, 299, text);
        return JsonNode.Parse(text)!;
    }

    /// <summary>Records an item of the forum; its first update happened on 4 July 2024.</summary>
    public Task<JsonNode> RecordAsync(string slug, string kind = "commitment", string? title = null, string madeOn = "2024-07-04") =>
        PostAsync(
            "items",
            new
            {
                slug,
                kind,
                forum = "waic-2024-ai-governance-forum",
                title = new { en = title ?? $"The item {slug}", zh = $"事项 {slug}" },
                proposer = "china",
                madeOn,
                status = kind == "instrument" ? "adopted" : null,
            },
            Ann
        );

    /// <summary>Logs progress of today.</summary>
    public Task<JsonNode> ProgressAsync(string slug, string note, Editor? by = null) =>
        PostAsync(
            $"items/{slug}/updates",
            new
            {
                type = "progress",
                occurredOn = "2026-11-23",
                note = new { en = note },
                evidence = new[] { new { title = "A paper", publisher = "A publisher" } },
            },
            by ?? Ann
        );

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
