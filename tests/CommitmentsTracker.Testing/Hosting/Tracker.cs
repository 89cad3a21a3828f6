using System.Diagnostics.CodeAnalysis;
using Alba;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>How much of the program a test needs.</summary>
public enum Running
{
    /// <summary>The services alone: enough to import, export and rebuild.</summary>
    Services,

    /// <summary>All of it, answering in memory.</summary>
    InMemory,

    /// <summary>All of it, on a port of its own.</summary>
    OnPort,
}

/// <summary>A tracker with a schema and a clock of its own.</summary>
public sealed class Tracker : IAsyncDisposable
{
    /// <summary>When every tracker of these tests starts.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    private readonly WebApplication? _app;
    private readonly IAlbaHost? _alba;
    private readonly HttpClient? _client;

    private Tracker(StoreLocation location, FakeTimeProvider time, WebApplication? app, IAlbaHost? alba)
    {
        (Location, Time, _app, _alba) = (location, time, app, alba);
        Services = alba?.Services ?? app!.Services;
        if (alba is not null)
            _client = alba.GetTestClient();
        if (app is { Urls.Count: > 0 })
            _client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        if (_client is not null)
            _client.Timeout = TimeSpan.FromSeconds(60);
    }

    public StoreLocation Location { get; }
    public FakeTimeProvider Time { get; }
    public IServiceProvider Services { get; }
    public HttpClient Client => _client ?? throw new InvalidOperationException("This tracker does not serve.");
    public Uri Address => _client!.BaseAddress!;

    /// <summary>Without a token.</summary>
    public Caller Anyone => new(Client, null);

    /// <summary>An editor.</summary>
    public Caller Ann { get; private set; } = null!;

    /// <summary>Another editor.</summary>
    public Caller Bo { get; private set; } = null!;

    /// <summary>An administrator.</summary>
    public Caller Ada { get; private set; } = null!;

    /// <summary>
    /// Starts a tracker; one address may read as much as it likes unless a number is given. Settings go in as the environment
    /// would bring them. Webhooks may go to this machine. Its database is the run's unless a connection string is given.
    /// </summary>
    public static async Task<Tracker> StartAsync(
        Running running = Running.InMemory,
        string? schema = null,
        FakeTimeProvider? time = null,
        int readsPerMinute = 0,
        string? database = null,
        params (string Name, string Value)[] settings
    )
    {
        var location = new StoreLocation(database ?? TestDatabase.ConnectionString, schema ?? TestDatabase.NewSchema());
        time ??= new FakeTimeProvider(Start);
        var builder = TrackerApp.Builder(
            [
                "--urls",
                "http://127.0.0.1:0",
                $"--{ReadLimits.Setting}",
                $"{readsPerMinute}",
                $"--{AddressGuard.Setting}",
                "127.0.0.1/32",
                "--TRACKER_DATA",
                Path.Combine(Path.GetTempPath(), "ct-server-tests-mails"),
                .. settings.SelectMany(s => new[] { "--" + s.Name, s.Value }),
            ],
            location,
            time
        );
        // Whoever keeps a cookie judges by the machine's clock whether it has expired.
        builder.Services.Configure<CookieAuthenticationOptions>(
            IdentityConstants.ApplicationScheme,
            o => o.TimeProvider = TimeProvider.System
        );
        IAlbaHost? alba = null;
        WebApplication? app = null;
        if (running == Running.InMemory)
        {
            alba = await AlbaHost.For(
                builder,
                [SuppressMessage("Usage", "xUnit1031", Justification = "Alba's hook is synchronous.")]
                (app) =>
                {
                    TrackerApp.Map(app);
                    Task.Run(() => TrackerApp.PrepareAsync(app.Services, CancellationToken.None)).GetAwaiter().GetResult();
                }
            );
        }
        else
        {
            app = builder.Build();
            if (running == Running.OnPort)
                TrackerApp.Map(app);
            await TrackerApp.PrepareAsync(app.Services, CancellationToken.None);
            if (running == Running.OnPort)
                await app.StartAsync();
        }

        var tracker = new Tracker(location, time, app, alba);
        if (running != Running.Services)
            await tracker.AddPeopleAsync();
        return tracker;
    }

    private async Task AddPeopleAsync()
    {
        Ann = await PersonAsync("Ann", Roles.Editor);
        Bo = await PersonAsync("Bo", Roles.Editor);
        Ada = await PersonAsync("Ada", Roles.Administrator);
    }

    /// <summary>Makes a person.</summary>
    public async Task<Caller> PersonAsync(string name, string role) => new(Client, (await Get<Accounts>().AddAsync(name, role)).Token);

    /// <summary>A service of the program.</summary>
    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    public Task<ImportReport> ImportAsync(ForumFolder folder) => Get<ForumImport>().RunAsync(folder, null, CancellationToken.None);

    public Task<ImportReport> ImportAsync(string folder) => ImportAsync(ForumFolder.Read(folder));

    /// <summary>Writes the forum into a folder and gives its path.</summary>
    public async Task<string> ExportAsync(string forum, string into)
    {
        var folder = await Get<ForumExport>().ReadAsync(forum, CancellationToken.None);
        var path = Path.Combine(into, forum);
        folder.ShouldNotBeNull().Write(path);
        return path;
    }

    /// <summary>The first value of a query on the tracker's schema.</summary>
    public async Task<T> AskAsync<T>(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The rows of a query, each as text.</summary>
    public async Task<List<string>> RowsAsync(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(
                string.Join(
                    " | ",
                    Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetValue(i).ToString())
                )
            );
        return rows;
    }

    /// <summary>
    /// A fingerprint of every row of every table, the messaging library's own, the index of changes, which follows when it likes, and
    /// tokens, which tell when they were last used, aside.
    /// </summary>
    public async Task<string> FingerprintAsync()
    {
        var tables = await RowsAsync(
            $"select table_name::text from information_schema.tables where table_schema = '{Location.Schema}' and table_name "
                + "not like 'wolverine%' and table_name <> 'tokens' and table_name not like 'change_words%' order by 1"
        );
        tables.ShouldContain("mt_events");
        var sql = string.Join(
            " union all ",
            tables.Select(t =>
                $"select '{t}'::text, count(*)::text, coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {t} t"
            )
        );
        return string.Join("\n", await RowsAsync(sql + " order by 1"));
    }

    /// <summary>What the program does on Ctrl-C.</summary>
    public Task StopAsync() => _app!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_alba is not null)
            await _alba.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
