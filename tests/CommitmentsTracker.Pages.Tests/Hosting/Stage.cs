using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>
/// What all tests share: one database, one browser, and two trackers with the real forum; one that is only read, and
/// one that is written to. Each starts when the first test needs it.
/// </summary>
public sealed class Stage : IAsyncLifetime
{
    private static readonly string[] Flags =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-US",
    ];

    private readonly Lazy<Task<TestDatabase>> _database;
    private readonly Lazy<Task<Tracker>> _reading;
    private readonly Lazy<Task<Tracker>> _writing;
    private readonly Lazy<Task<IBrowser>> _browser;
    private readonly SemaphoreSlim _oneByOne = new(1);
    private IPlaywright? _playwright;

    public Stage()
    {
        // Long enough for a busy machine; what is there is found at once.
        SetDefaultExpectTimeout(15_000);
        _database = new(TestDatabase.StartAsync);
        _reading = new(() => StartAsync("reading"));
        _writing = new(() =>
            StartAsync(
                "writing",
                "--TRACKER_CONTACT",
                "records@example.org",
                "--TRACKER_SMTP",
                Mails.Address,
                "--TRACKER_SIGNUPS_PER_HOUR",
                "0",
                "--TRACKER_WEBHOOK_ALLOW",
                "127.0.0.1/32"
            )
        );
        _browser = new(LaunchAsync);
    }

    /// <summary>The tracker that nobody writes to.</summary>
    public Task<Tracker> Reading => _reading.Value;

    /// <summary>The tracker that tests write to, one at a time.</summary>
    public Task<Tracker> Writing => _writing.Value;

    public Task<IBrowser> Browser => _browser.Value;

    /// <summary>Takes the mails of the tracker that is written to.</summary>
    public MailServer Mails { get; } = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_browser.IsValueCreated && _browser.Value.IsCompletedSuccessfully)
            await (await _browser.Value).DisposeAsync();
        _playwright?.Dispose();
        foreach (var tracker in new[] { _reading, _writing })
            if (tracker.IsValueCreated && tracker.Value.IsCompletedSuccessfully)
                await (await tracker.Value).DisposeAsync();
        await Mails.DisposeAsync();
        if (_database.IsValueCreated && _database.Value.IsCompletedSuccessfully)
            await (await _database.Value).DisposeAsync();
        _oneByOne.Dispose();

        // Whatever page any test saw: a phrase that was asked for and not there fails the run.
        foreach (var language in Phrasebook.Languages)
            Phrasebook.For(language).Missing.ShouldBeEmpty($"phrases that {language}.json lacks");
    }

    private async Task<Tracker> StartAsync(string schema, params string[] settings)
    {
        var database = await _database.Value;
        await _oneByOne.WaitAsync();
        try
        {
            return await Tracker.StartAsync(database.ConnectionString, schema, settings);
        }
        finally
        {
            _oneByOne.Release();
        }
    }

    private async Task<IBrowser> LaunchAsync()
    {
        var chromium = new[] { "/usr/bin/chromium" }
            .Concat(
                (Environment.GetEnvironmentVariable("PATH") ?? "")
                    .Split(':')
                    .Where(f => f.Length > 0)
                    .Select(f => Path.Combine(f, "chromium"))
            )
            .FirstOrDefault(File.Exists);
        Assert.True(chromium is not null, "Chromium is missing; on Debian: apt-get install chromium fonts-noto-cjk");
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Flags });
    }
}
