using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.EmbeddedPostgres;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CommitmentsTracker.Bench;

/// <summary>
/// The whole tracker on real Kestrel and a private, durable PostgreSQL with generated histories; the bare endpoint beside it.
/// </summary>
internal sealed class BenchPlace : IAsyncDisposable
{
    private readonly PrivateCluster _cluster;
    private readonly WebApplication _app;
    private readonly string? _temporary;

    private BenchPlace(PrivateCluster cluster, WebApplication app, string? temporary, string token)
    {
        (_cluster, _app, _temporary, Token) = (cluster, app, temporary, token);
        Address = new Uri(app.Urls.First());
    }

    public IServiceProvider Services => _app.Services;
    public NpgsqlDataSource Source => Services.GetRequiredService<NpgsqlDataSource>();
    public Uri Address { get; }

    /// <summary>Token of an editor.</summary>
    public string Token { get; }
    public IProgress<string> Progress { get; } = new Lines();

    public static async Task<BenchPlace> OpenAsync(string? folder, int items, Report report, CancellationToken ct)
    {
        // Not below a home folder, which the database's user may be unable to enter.
        var temporary = folder is null ? Directory.CreateTempSubdirectory("tracker-bench-").FullName : null;
        var progress = new Lines();
        var cluster = await PrivateCluster.StartAsync(
            new ClusterOptions { DataFolder = folder ?? temporary!, Durable = true },
            progress,
            ct
        );
        try
        {
            var builder = TrackerApp.Builder(
                ["--urls", "http://127.0.0.1:0", $"--{ReadLimits.Setting}", "0", $"--{AddressGuard.Setting}", "127.0.0.1/32"],
                new StoreLocation(cluster.ConnectionString),
                TimeProvider.System
            );
            var app = builder.Build();
            Paging.Map(app);
            TrackerApp.Map(app);
            BareWrites.Map(app);
            await TrackerApp.PrepareAsync(app.Services, ct);
            var source = app.Services.GetRequiredService<NpgsqlDataSource>();
            if (await Sql.NumberAsync(source, "select count(*) from forums", ct) == 0)
                await Load.RunAsync(source, items, progress, ct);
            if (await Sql.NumberAsync(source, "select count(*) from items", ct) == 0)
                await app.Services.GetRequiredService<Rebuild>().RunAsync(progress, ct);

            // As autovacuum leaves the tables within a minute of such a load.
            foreach (var table in new[] { "items", "item_details", "item_spans", "item_updates" })
                await Sql.RunAsync(source, $"vacuum analyze {table}", ct);
            await Sql.RunAsync(source, "checkpoint", ct);
            report.Told("items", await Sql.NumberAsync(source, "select count(*) from items", ct));
            report.Told("events", await Sql.NumberAsync(source, "select count(*) from mt_events", ct));
            report.Told("rows of item_spans", await Sql.NumberAsync(source, "select count(*) from item_spans", ct));
            await app.StartAsync(ct);
            var (_, token) = await app.Services.GetRequiredService<Accounts>().AddAsync("Bench", Roles.Editor, ct: ct);
            return new BenchPlace(cluster, app, temporary, token);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _cluster.DisposeAsync();
        if (_temporary is not null)
            Directory.Delete(_temporary, recursive: true);
    }

    /// <summary>Progress in order, on standard error.</summary>
    private sealed class Lines : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine(value);
    }
}
