using System.Diagnostics;
using System.Net;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;

namespace CommitmentsTracker.Bench;

/// <summary>Kept pages against static files of the same size on the same server, and pages that have to be rendered.</summary>
internal static class Paging
{
    private const string Files = "/bare/files";
    private const int Clients = 16;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(4);

    private static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "bare-files");

    /// <summary>Serves the static files; to be mapped before everything else.</summary>
    public static void Map(WebApplication app)
    {
        Directory.CreateDirectory(Folder);
        app.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Folder), RequestPath = Files });
    }

    public static async Task MeasureAsync(BenchPlace bench, Report report, int questions, CancellationToken ct)
    {
        var slug = await Sql.TextAsync(bench.Source, "select slug from items order by item_id offset 1000 limit 1", ct);
        using var http = Client(bench.Address);
        foreach (var (name, path) in Pages(slug))
        {
            var bytes = await http.GetByteArrayAsync(path, ct);
            var file = $"page{name.Length}.html";
            await File.WriteAllBytesAsync(Path.Combine(Folder, file), bytes, ct);
            await RateAsync(path, TimeSpan.FromSeconds(1));
            await RateAsync($"{Files}/{file}", TimeSpan.FromSeconds(1));
            var ratios = new List<double>();
            var rate = 0.0;
            for (var turn = 0; turn < 3; turn++)
            {
                rate = await RateAsync(path, Turn);
                ratios.Add(rate / await RateAsync($"{Files}/{file}", Turn));
            }

            report.Told($"{name} kept, {bytes.Length / 1024} kB", rate, "/s");
            report.AtLeast($"{name} kept, times a static file", ratios.Order().ElementAt(1), 0.5);
        }

        var items = await Sql.NumberAsync(bench.Source, "select count(*) from items", ct);
        foreach (var (name, path) in Pages(slug))
            report.AtMost($"{name} rendered, {items} items, p95", await RenderedAsync(http, path, questions / 3, ct), 150, " ms");
        await MeasureForumAsync(bench, report, questions, ct);

        async Task<double> RateAsync(string path, TimeSpan length)
        {
            var started = Stopwatch.GetTimestamp();
            var answered = 0L;
            await Task.WhenAll(
                Enumerable
                    .Range(0, Clients)
                    .Select(_ =>
                        Task.Run(
                            async () =>
                            {
                                while (Stopwatch.GetElapsedTime(started) < length)
                                {
                                    await http.GetByteArrayAsync(path, ct);
                                    Interlocked.Increment(ref answered);
                                }
                            },
                            ct
                        )
                    )
            );
            return answered / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }
    }

    /// <summary>The forums of seeds/ in a tracker of their own on the same PostgreSQL.</summary>
    private static async Task MeasureForumAsync(BenchPlace bench, Report report, int questions, CancellationToken ct)
    {
        var location = bench.Services.GetRequiredService<StoreLocation>() with { Schema = "forum" };
        await using var app = TrackerApp.Builder(["--urls", "http://127.0.0.1:0"], location, TimeProvider.System).Build();
        TrackerApp.Map(app);
        await TrackerApp.PrepareAsync(app.Services, ct);
        if (await Sql.NumberAsync(app.Services.GetRequiredService<Npgsql.NpgsqlDataSource>(), "select count(*) from forums", ct) == 0)
            foreach (var folder in ForumFolder.Find(Path.Combine(AppContext.BaseDirectory, "seeds")))
                await app.Services.GetRequiredService<ForumImport>().RunAsync(ForumFolder.Read(folder), bench.Progress, ct);
        await app.StartAsync(ct);
        var address = new Uri(app.Urls.First());
        using var http = Client(address);
        var slug = await Sql.TextAsync(
            app.Services.GetRequiredService<Npgsql.NpgsqlDataSource>(),
            "select item from (select change ->> 'item' as item, count(*) as n from changes group by 1) c order by n desc limit 1",
            ct
        );
        foreach (var (name, path) in Pages(slug))
            report.AtMost($"{name} rendered, the real forum, p95", await RenderedAsync(http, path, questions, ct), 50, " ms");
        report.AtMost("feed that has not changed, p95", await UnchangedAsync(http, "/feeds/changes.atom", questions, ct), 5, " ms");
        using var browser = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = address,
        };
        browser.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br, gzip");
        using var plain = Client(address);
        var page = await plain.GetStringAsync("/?lang=en", ct);
        var wire = 0L;
        foreach (
            var path in System
                .Text.RegularExpressions.Regex.Matches(page, """(?:href|src)="(/[^"/]+\.(?:css|js|svg))" """.Trim())
                .Select(m => m.Groups[1].Value)
                .Append("/?lang=en")
        )
            wire += (await browser.GetByteArrayAsync(path, ct)).Length;
        report.AtMost("first load of / over the wire", wire / 1024.0, 150, " kB");
        await app.StopAsync(ct);
    }

    private static IEnumerable<(string Name, string Path)> Pages(string slug) =>
        [("/", "/?lang=en"), ("/items", "/items?lang=en"), ("/items/{slug}", $"/items/{slug}?lang=en")];

    /// <summary>The p95 of a page that is not kept: its address is another one each time.</summary>
    private static async Task<double> RenderedAsync(HttpClient http, string path, int times, CancellationToken ct)
    {
        var took = new Durations();
        for (var n = -5; n < times; n++)
        {
            Task Ask() => http.GetByteArrayAsync($"{path}&asked={n}", ct);
            await (n < 0 ? Ask() : took.TakeAsync(Ask));
        }

        return took.At(0.95);
    }

    /// <summary>The p95 of asking for what the reader has already.</summary>
    private static async Task<double> UnchangedAsync(HttpClient http, string path, int times, CancellationToken ct)
    {
        using var first = await http.GetAsync(path, ct);
        var took = new Durations();
        for (var n = -5; n < times; n++)
        {
            using var again = new HttpRequestMessage(HttpMethod.Get, path)
            {
                Headers = { IfNoneMatch = { first.EnsureSuccessStatusCode().Headers.ETag! } },
            };
            async Task Ask()
            {
                using var answer = await http.SendAsync(again, ct);
                if (answer.StatusCode != HttpStatusCode.NotModified)
                    throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} instead of 304.");
            }

            await (n < 0 ? Ask() : took.TakeAsync(Ask));
        }

        return took.At(0.95);
    }

    private static HttpClient Client(Uri address) =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = Clients }) { BaseAddress = address };
}
