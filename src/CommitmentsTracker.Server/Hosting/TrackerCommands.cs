using System.CommandLine;
using CommitmentsTracker.EmbeddedPostgres;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Deadlines;
using JasperFx;
using Npgsql;
using Wolverine;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>The program's commands. Each failure is one readable line and a non-zero exit code.</summary>
public static class TrackerCommands
{
    private const string DefaultUrl = "http://localhost:5080";

    /// <summary>Runs a command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["codegen", ..])
            return await CodegenAsync(args);
        var urls = new Option<string>("--urls")
        {
            Description = "Addresses to serve, separated by semicolons",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("ASPNETCORE_URLS") ?? DefaultUrl,
        };
        var root = new RootCommand(
            """
            Tracks what became of the commitments, proposals and instruments of a forum. Without a command it serves the
            dashboard and the API.

            Environment: ConnectionStrings__Tracker (your own PostgreSQL; otherwise a private one is started), TRACKER_DATA
            (data folder, default .data), TRACKER_NODES (one, the default, or several: more than one program serves from
            the same database, and one of them does the recurring jobs), TRACKER_SCHEMA (schema of all tables, default tracker),
            TRACKER_PG_BIN (folder of PostgreSQL's programs), TRACKER_TIPS_PER_HOUR (of one network address, default 10),
            TRACKER_ADMIN_TOKEN (API token of the first administrator), TRACKER_READS_PER_MINUTE
            (reads of the API from one address, default 6000, 0 for no limit), TRACKER_DATA_LICENCE (licence of the data,
            shown at /data), TRACKER_CONTACT (e-mail address for readers who find a mistake), TRACKER_CHECK_LINKS=off (no
            visits to the addresses of evidence), TRACKER_URL (where readers reach the tracker, for the links of notices),
            TRACKER_SMTP (mail server, smtp://user:password@host:587 or smtps://…; otherwise mails are files in the data
            folder), TRACKER_MAIL_FROM, TRACKER_DKIM_KEY and TRACKER_DKIM_SELECTOR (signing of mails),
            TRACKER_SIGNUPS_PER_HOUR (of one network address, default 10), TRACKER_WEBHOOK_ALLOW (networks of your own that
            webhooks may reach, as CIDRs), TRACKER_KEY (encrypts the keys in the database; otherwise the file protection-key
            in the data folder does, which belongs into the backup), TRACKER_OIDC_AUTHORITY, TRACKER_OIDC_CLIENT and
            TRACKER_OIDC_SECRET (an OpenID Connect provider by which people may sign in; its redirect address is
            /desk/sign-in/provider/callback).
            """
        )
        {
            urls,
        };
        root.SetAction((parsed, ct) => GuardedAsync(() => ServeAsync(parsed.GetValue(urls)!, ct)));
        root.Add(ImportCommand());
        root.Add(ExportCommand());
        root.Add(RebuildCommand());
        root.Add(PersonCommands.All());
        root.Add(HealthCommand());
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
    }

    private static Command ImportCommand()
    {
        var path = new Argument<DirectoryInfo>("PATH") { Description = "A forum folder, or a folder of forum folders" };
        var notify = new Option<bool>("--notify") { Description = "Tells subscribers of what is imported; without it an import is quiet" };
        var import = new Command("import", "Imports a forum folder, whole or not at all; rows that are here already are passed over")
        {
            path,
            notify,
        };
        import.SetAction(
            (parsed, ct) => WithStoreAsync(app => ImportAsync(app, parsed.GetValue(path)!.FullName, parsed.GetValue(notify), ct), ct)
        );
        return import;
    }

    private static Command ExportCommand()
    {
        var target = new Argument<DirectoryInfo>("PATH") { Description = "Folder to write; each forum becomes a folder in it" };
        var only = new Option<string?>("--forum") { Description = "Slug of the one forum to write" };
        var export = new Command("export", "Writes every forum as the folder that import reads") { target, only };
        export.SetAction(
            (parsed, ct) => WithStoreAsync(app => ExportAsync(app, parsed.GetValue(target)!.FullName, parsed.GetValue(only), ct), ct)
        );
        return export;
    }

    private static Command RebuildCommand()
    {
        var rebuild = new Command("rebuild", "Rebuilds all read models from the events; the change log stays as it is");
        rebuild.SetAction(
            (_, ct) =>
                WithStoreAsync(
                    async app =>
                    {
                        var report = await app.Services.GetRequiredService<Rebuild>().RunAsync(Progress(), ct);
                        Console.WriteLine($"Rebuilt {report.Items} items from {report.Events} events in {report.Took.TotalSeconds:0.0} s.");
                        return 0;
                    },
                    ct
                )
        );
        return rebuild;
    }

    private static Command HealthCommand()
    {
        var at = new Option<string>("--url") { Description = "Address of the running tracker", DefaultValueFactory = _ => DefaultUrl };
        var health = new Command("health", "Exits with 0 if the tracker at the address is ready") { at };
        health.SetAction((parsed, ct) => GuardedAsync(() => HealthAsync(parsed.GetValue(at)!, ct)));
        return health;
    }

    private static async Task<int> ServeAsync(string urls, CancellationToken ct)
    {
        var progress = Progress();
        await using var place = await TrackerPlace.OpenAsync(progress, mayJoin: false, ct);
        var builder = TrackerApp.Builder(["--urls", urls], place.Location, TimeProvider.System);
        await using var app = builder.Build();
        TrackerApp.Map(app);
        await TrackerApp.PrepareAsync(app.Services, ct, progress);
        await ImportSeedsAsync(app.Services, progress, ct);
        var accounts = app.Services.GetRequiredService<Accounts>();
        var first = await accounts.FirstAdministratorAsync(
            Environment.GetEnvironmentVariable("TRACKER_ADMIN_TOKEN") is { Length: > 0 } token ? token : null,
            ct
        );
        await app.StartAsync(ct);
        var address = app.Urls.FirstOrDefault() ?? urls;
        Console.WriteLine($"CommitmentsTracker serves {address}  (API: {address}/docs; stop with Ctrl-C)");
        if (first is not null)
        {
            Console.WriteLine("Sign in as administrator, once, within 24 hours:");
            Console.WriteLine($"  {address}/desk/sign-in/{await accounts.NewLinkAsync(first.Id, ct)}");
        }

        await using (var scope = app.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IMessageBus>().PublishAsync(new SweepDeadlines());
        await app.WaitForShutdownAsync(ct);
        return 0;
    }

    private static async Task ImportSeedsAsync(IServiceProvider services, IProgress<string> progress, CancellationToken ct)
    {
        if ((await services.GetRequiredService<ForumDirectory>().NamesAsync(ct)).Forums.Count > 0)
            return;
        var seeds = Path.Combine(AppContext.BaseDirectory, "seeds");
        if (!Directory.Exists(seeds))
            return;
        foreach (var folder in ForumFolder.Find(seeds))
        {
            progress.Report($"First start: importing {Path.GetFileName(folder)} …");
            var report = await services.GetRequiredService<ForumImport>().RunAsync(ForumFolder.Read(folder), null, ct);
            progress.Report($"Imported {report.Items} items, {report.Events} events.");
        }
    }

    private static async Task<int> ImportAsync(WebApplication app, string path, bool notify, CancellationToken ct)
    {
        foreach (var folder in ForumFolder.Find(path))
        {
            try
            {
                var report = await app
                    .Services.GetRequiredService<ForumImport>()
                    .RunAsync(ForumFolder.Read(folder), Progress(), ct, notify);
                Console.WriteLine(
                    report.IsCopy
                        ? $"Imported {report.Forum}: {report.Items} items, {report.Events} events, with their recorded times."
                        : $"Added to {report.Forum}: {report.Events} events on {report.Items} items, recorded now; "
                            + $"{report.Skipped} rows were here already."
                );
            }
            catch (ForumFolderException e)
            {
                foreach (var problem in e.Problems.Take(20))
                    Console.Error.WriteLine(problem);
                throw new CommandException($"{folder} was not imported: {e.Problems.Count} problem(s); nothing was stored.");
            }
        }

        return 0;
    }

    private static async Task<int> ExportAsync(WebApplication app, string path, string? only, CancellationToken ct)
    {
        var export = app.Services.GetRequiredService<ForumExport>();
        foreach (var slug in only is null ? await export.ForumsAsync(ct) : [only])
        {
            var folder = await export.ReadAsync(slug, ct) ?? throw new CommandException($"There is no forum '{slug}'.");
            folder.Write(Path.Combine(path, slug));
            Console.WriteLine($"Wrote {Path.Combine(path, slug)}: {folder.Items.Count} items, {folder.Updates.Count} updates.");
        }

        return 0;
    }

    private static async Task<int> HealthAsync(string url, CancellationToken ct)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await client.GetAsync(new Uri(new Uri(url), "/health/ready"), ct);
            Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException e)
        {
            throw new CommandException($"{url} does not answer: {e.Message}");
        }
    }

    /// <summary>Runs a command on the tracker's data, whether it is being served or not; what it gives is the exit code.</summary>
    internal static Task<int> WithStoreAsync(Func<WebApplication, Task<int>> run, CancellationToken ct) =>
        GuardedAsync(async () =>
        {
            await using var place = await TrackerPlace.OpenAsync(Progress(), mayJoin: true, ct);
            await using var app = TrackerApp.Builder([], place.Location, TimeProvider.System).Build();
            await TrackerApp.PrepareAsync(app.Services, ct, Progress());
            return await run(app);
        });

    /// <summary>Writes the message handlers' and endpoints' code ahead of time; needs no database.</summary>
    private static async Task<int> CodegenAsync(string[] args)
    {
        var app = TrackerApp.Builder([], new StoreLocation("Host=localhost;Database=none"), TimeProvider.System).Build();
        TrackerApp.Map(app);
        return await app.RunJasperFxCommands(args);
    }

    private static async Task<int> GuardedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception e)
            when (e
                    is CommandException
                        or ForumFolderException
                        or PostgresUnavailableException
                        or DataFolderInUseException
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidOperationException { InnerException: null }
                        or NpgsqlException
            )
        {
            Console.Error.WriteLine(e is NpgsqlException ? $"The database refuses: {e.Message}" : e.Message);
            if (Environment.GetEnvironmentVariable("TRACKER_TRACE") is not null)
                Console.Error.WriteLine(e);
            return 1;
        }
    }

    private static Progress<string> Progress() => new Lines();

    /// <summary>Progress in order, on standard error, so that output stays clean.</summary>
    private sealed class Lines : Progress<string>, IProgress<string>
    {
        void IProgress<string>.Report(string value) => Console.Error.WriteLine(value);
    }
}

/// <summary>A command cannot do what it was asked; the message says why.</summary>
public sealed class CommandException(string message) : Exception(message);
