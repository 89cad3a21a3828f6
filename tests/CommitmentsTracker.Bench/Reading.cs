using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CommitmentsTracker.Bench;

/// <summary>Answers at random (D, K) over HTTP against the same statements over Npgsql alone.</summary>
internal static class Reading
{
    public static async Task MeasureAsync(BenchPlace bench, Report report, int questions, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = bench.Address };
        var names = await bench.Services.GetRequiredService<ForumDirectory>().NamesAsync(ct);
        await using var bare = new NpgsqlDataSourceBuilder(bench.Services.GetRequiredService<StoreLocation>().ConnectionString)
        {
            ConnectionStringBuilder =
            {
                SearchPath = "tracker",
                MaxAutoPrepare = 20,
                AutoPrepareMinUsages = 2,
            },
        }.Build();
        var random = new Random(4711);
        var now = TimeProvider.System.GetUtcNow();
        var days = now.DayOf().DayNumber - Histories.FirstDay.DayNumber;
        Durations summary = new(),
            summaryBare = new(),
            page = new(),
            pageBare = new(),
            atNow = new(),
            timeline = new(),
            forums = new(),
            rare = new(),
            common = new();
        for (var n = -10; n < questions; n++)
        {
            var day = Histories.FirstDay.AddDays(random.Next(days));
            var known = now - TimeSpan.FromDays(random.NextDouble() * days);
            var clocks = new AskedClocks(day, new DateTimeOffset(known.UtcTicks / 10 * 10, TimeSpan.Zero), now, true);
            var at = $"asOf={day:yyyy-MM-dd}&knownAt={clocks.KnownAt:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}";
            // The sides take turns in being first.
            List<(Durations Into, Func<Task> Call)> calls =
            [
                (summary, () => GetAsync($"/api/v1/summary?{at}")),
                (summaryBare, () => BareAsync(Summaries.CountsOf(new ItemQuery(new ItemFilter(), clocks, names)))),
                (page, () => GetAsync($"/api/v1/items?{at}")),
                (pageBare, () => BareAsync(ItemLists.FirstPageOf(new ItemFilter(), clocks, names))),
                (atNow, () => GetAsync("/api/v1/summary")),
            ];
            if (n % 2 == 0)
                calls.Reverse();
            if (n % 10 == 0)
                calls.Add(
                    (
                        timeline,
                        () =>
                            GetAsync(
                                "/api/v1/timeline?asOf=2026-01-01&from=2016-01-01&to=2026-01-01&step=month"
                                    + $"&knownAt={clocks.KnownAt:yyyy-MM-dd'T'HH:mm:ss'Z'}"
                            )
                    )
                );
            if (n % 10 == 0)
                calls.Add((forums, () => GetAsync($"/api/v1/summary?{at}&forum=forum-{random.Next(Histories.Forums)}")));
            // Two words of one title with its number; a word that most of all notes hold.
            if (n % 10 == 0)
                calls.Add((rare, () => GetAsync($"/api/v1/items?{at}&q={random.Next(1_000, 9_000)}+climate+school")));
            if (n % 50 == 0)
                calls.Add((common, () => GetAsync($"/api/v1/items?{at}&q=audits")));
            foreach (var (into, call) in calls)
                await (n < 0 ? call() : into.TakeAsync(call));
        }

        Both("GET /summary at (D, K)", summary, summaryBare);
        Both("GET /items, first page at (D, K)", page, pageBare);
        report.AtMost("GET /summary at now, p95", atNow.At(0.95), 20, " ms");
        report.Told("GET /summary of one forum at (D, K), p95", forums.At(0.95), " ms");
        report.Told("GET /items, search for a rare word at (D, K), p95", rare.At(0.95), " ms");
        report.Told("GET /items, search for a word of most items at (D, K), p95", common.At(0.95), " ms");
        report.Told("GET /timeline of ten years by month, p50", timeline.At(0.5), " ms");

        void Both(string what, Durations ours, Durations theirs)
        {
            report.Told($"{what}, p50", ours.At(0.5), " ms");
            report.Told($"{what}, bare SQL p95", theirs.At(0.95), " ms");
            report.AtMost($"{what}, p95", ours.At(0.95), 300, " ms");
            report.AtMost($"{what}, p95 times bare SQL", ours.At(0.95) / theirs.At(0.95), 2);
        }

        async Task GetAsync(string address)
        {
            using var answer = await http.GetAsync(address, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"{address}: {(int)answer.StatusCode} {text}");
        }

        async Task BareAsync(IReadOnlyList<NpgsqlBatchCommand> statements)
        {
            await using var batch = bare.CreateBatch();
            foreach (var statement in statements)
                batch.BatchCommands.Add(statement);
            await using var reader = await batch.ExecuteReaderAsync(ct);
            var row = new object[32];
            do while (await reader.ReadAsync(ct))
                reader.GetValues(row);
            while (await reader.NextResultAsync(ct));
        }
    }
}
