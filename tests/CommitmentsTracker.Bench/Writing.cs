using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace CommitmentsTracker.Bench;

/// <summary>How long and how broad.</summary>
internal sealed record WritePlan(int Clients, TimeSpan Round, TimeSpan WarmUp, int Rounds);

/// <summary>Logging updates over HTTP against the bare endpoint that writes the same rows.</summary>
internal static class Writing
{
    // Both sides take turns within a round, so that noise of the machine falls on both.
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(10);

    public static async Task MeasureAsync(BenchPlace bench, Report report, WritePlan plan, CancellationToken ct)
    {
        var pool = await BareItems.ReadAsync(bench.Source, ct);
        BareWrites.Items = pool.Where((_, i) => i % 2 == 1).ToDictionary(i => i.Slug, StringComparer.Ordinal);
        BareWrites.Source = bench.Source;
        var ours = new Side("/api/v1/items/{0}/updates", [.. pool.Where((_, i) => i % 2 == 0)]);
        var bare = new Side("/bare/{0}/updates", [.. BareWrites.Items.Values]);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = plan.Clients }) { BaseAddress = bench.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bench.Token);
        await RoundAsync(plan.WarmUp);
        var rates = new List<(double Ours, double Bare)>();
        for (var n = 0; n < plan.Rounds; n++)
        {
            rates.Add(await RoundAsync(plan.Round));
            bench.Progress.Report(
                $"round {n + 1}: ours {rates[^1].Ours:0} updates/s, bare {rates[^1].Bare:0}, ratio {rates[^1].Ours / rates[^1].Bare:0.00}"
            );
        }

        report.Told("updates logged at 16 clients, bare", Median(rates.Select(r => r.Bare)), "/s");
        report.Told("updates logged at 16 clients, ours", Median(rates.Select(r => r.Ours)), "/s");
        report.Told("ours, p95 of a call in the last round", ours.Last.At(0.95), " ms");
        report.AtLeast("ours of bare (to come: 0.8)", Median(rates.Select(r => r.Ours / r.Bare)), 0.5);

        async Task<(double Ours, double Bare)> RoundAsync(TimeSpan length)
        {
            var turns = Math.Max(1, (int)Math.Round(length / Turn));
            var (a, b, at, bt) = (0L, 0L, TimeSpan.Zero, TimeSpan.Zero);
            ours.Last = new Durations();
            for (var turn = 0; turn < turns; turn++)
            {
                foreach (var side in turn % 2 == 0 ? new[] { ours, bare } : [bare, ours])
                {
                    var (logged, took) = await TurnAsync(side, length / turns);
                    if (side == ours)
                        (a, at) = (a + logged, at + took);
                    else
                        (b, bt) = (b + logged, bt + took);
                }
            }

            return (a / at.TotalSeconds, b / bt.TotalSeconds);
        }

        async Task<(long Logged, TimeSpan Took)> TurnAsync(Side side, TimeSpan length)
        {
            var started = Stopwatch.GetTimestamp();
            var logged = 0L;
            await Task.WhenAll(
                Enumerable
                    .Range(0, plan.Clients)
                    .Select(_ =>
                        Task.Run(
                            async () =>
                            {
                                while (Stopwatch.GetElapsedTime(started) < length)
                                {
                                    await LogAsync(side);
                                    Interlocked.Increment(ref logged);
                                }
                            },
                            ct
                        )
                    )
            );
            return (logged, Stopwatch.GetElapsedTime(started));
        }

        async Task LogAsync(Side side)
        {
            var item = side.Next();
            var start = Stopwatch.GetTimestamp();
            using var body = new StringContent(BareItems.Update(item), Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(
                string.Format(System.Globalization.CultureInfo.InvariantCulture, side.Address, item.Slug),
                body,
                ct
            );
            if (answer.StatusCode != HttpStatusCode.Created)
                throw new InvalidOperationException($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
            await answer.Content.ReadAsByteArrayAsync(ct);
            side.Last.Add(Stopwatch.GetElapsedTime(start));
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[sorted.Count / 2];
    }

    private sealed class Side(string address, IReadOnlyList<BareItem> items)
    {
        private int _next = -1;

        public string Address => address;
        public Durations Last { get; set; } = new();

        /// <summary>Another item for each call, so that no two calls meet on one.</summary>
        public BareItem Next() => items[(int)((uint)Interlocked.Increment(ref _next) % items.Count)];
    }
}
