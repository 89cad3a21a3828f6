using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CommitmentsTracker.Bench;

/// <summary>From the commit of an update to those who want to hear of it: the live stream and real receivers on this machine.</summary>
internal static class Noticing
{
    private const int Receivers = 50;
    private const int Hanging = 10;
    private const int Subscriptions = 10_000;
    private const int Unsubscribing = 100;
    private const int Failed = 5_000;

    public static async Task MeasureAsync(BenchPlace bench, Report report, TimeSpan length, CancellationToken ct)
    {
        var items = await BareItems.ReadAsync(bench.Source, ct);
        var next = -1;
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 })
        {
            BaseAddress = bench.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bench.Token);
        await using var web = await Web.StartAsync();

        // Without anybody who wants to hear, and with many: in turns, for the rate rises while the program warms up.
        await ManySubscriptionsAsync(bench, ct);
        await RateAsync(TimeSpan.FromSeconds(5));
        var (without, with) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < 3; turn++)
        {
            await ListensAsync(false);
            without.Add(await RateAsync(length / 6));
            await ListensAsync(true);
            with.Add(await RateAsync(length / 6));
        }

        report.Told("updates logged at 4 clients, nobody subscribed", without.Order().ElementAt(1), "/s");
        report.Told($"updates logged at 4 clients, {Subscriptions:#,0} subscriptions", with.Order().ElementAt(1), "/s");
        report.AtLeast(
            $"update rate with {Subscriptions:#,0} subscriptions, of that without, median of three turns",
            with.Zip(without, (w, o) => w / o).Order().ElementAt(1),
            0.9
        );

        await UnsubscribeAsync();
        await ToldAsync();
        await EndpointsAsync(bench, web, ct);
        var (toStream, toWebhook) = await LatencyAsync(length);
        report.AtMost("commit to server-sent event, p50", toStream.At(0.5), 50, " ms");
        report.AtMost("commit to server-sent event, p99", toStream.At(0.99), 500, " ms");
        report.Told($"commit to first attempt at {Receivers - Hanging} webhooks ({Hanging} more hang), p50", toWebhook.At(0.5), " ms");
        report.AtMost(
            $"commit to first attempt at {Receivers - Hanging} webhooks ({Hanging} more hang), p99",
            toWebhook.At(0.99),
            1_000,
            " ms"
        );
        await ReplayAsync();
        await ThroughputAsync();

        async Task ToldAsync()
        {
            using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            while (await Sql.NumberAsync(bench.Source, "select c.last_no - p.last_no from change_counter c, delivery_progress p", ct) > 0)
                await look.WaitForNextTickAsync(ct);
        }

        async Task ListensAsync(bool listens)
        {
            await ToldAsync();
            await Sql.RunAsync(
                bench.Source,
                "update subscriptions set state = "
                    + $"'{(listens ? SubscriptionState.Active : SubscriptionState.Pending).Word()}'; update subscriptions_version set "
                    + "version = version + 1",
                ct
            );
            await RateAsync(TimeSpan.FromSeconds(2));
        }

        async Task<double> RateAsync(TimeSpan during)
        {
            var (started, logged) = (Stopwatch.GetTimestamp(), 0L);
            await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(_ =>
                        Task.Run(
                            async () =>
                            {
                                while (Stopwatch.GetElapsedTime(started) < during)
                                {
                                    await LogAsync();
                                    Interlocked.Increment(ref logged);
                                }
                            },
                            ct
                        )
                    )
            );
            return logged / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        async Task<string> LogAsync()
        {
            var item = items[(int)((uint)Interlocked.Increment(ref next) % items.Count)];
            string body;
            lock (item)
                body = BareItems.Update(item);
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri($"/api/v1/items/{item.Slug}/updates", UriKind.Relative), content, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            if (answer.StatusCode != HttpStatusCode.Created)
                throw new InvalidOperationException($"{(int)answer.StatusCode}: {text}");
            return JsonDocument.Parse(text).RootElement.GetProperty("id").GetString()!;
        }

        // One click of a mail program, while updates are logged.
        async Task UnsubscribeAsync()
        {
            var confirmations = bench.Services.GetRequiredService<Confirmations>();
            var tokens = new List<string>();
            for (var n = 0; n < Unsubscribing; n++)
            {
                var wish = new MailWish(
                    string.Create(CultureInfo.InvariantCulture, $"leaver-{n}@example.org"),
                    new ChangeFilter { Item = [$"item-{n}"] },
                    Frequency.Weekly,
                    "en",
                    "UTC",
                    null
                );
                var (subscription, subscriber, secret) = await confirmations.AskAsync(wish, ct);
                await confirmations.ConfirmAsync(secret!, [subscription.Id], ct);
                tokens.Add(subscriber.Token);
            }

            var (took, logging) = (new Durations(), RateAsync(length / 6));
            foreach (var token in tokens)
            {
                await took.TakeAsync(async () =>
                {
                    using var click = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]);
                    using var answer = await http.PostAsync(new Uri($"/u/{token}", UriKind.Relative), click, ct);
                    answer.EnsureSuccessStatusCode();
                });
            }

            await logging;
            if (
                await Sql.NumberAsync(bench.Source, "select count(*) from subscribers where address like 'leaver-%'", ct)
                is > 0
                    and var left
            )
                throw new InvalidOperationException($"{left} addresses are still there.");
            report.Told($"one-click unsubscribing at {Subscriptions:#,0} subscriptions while 4 clients log, p50", took.At(0.5), " ms");
            report.AtMost(
                $"one-click unsubscribing at {Subscriptions:#,0} subscriptions, slowest of {Unsubscribing}",
                took.At(1),
                1_000,
                " ms"
            );
        }

        // New changes beside a replay of what one endpoint failed to take, and without it, in turns; each replay is cancelled.
        async Task ReplayAsync()
        {
            var (person, token) = await bench
                .Services.GetRequiredService<CommitmentsTracker.People.Identity.Accounts>()
                .AddAsync("Replayer", CommitmentsTracker.People.Access.Roles.Editor, ct: ct);
            var store = bench.Services.GetRequiredService<EndpointStore>();
            var made = await store.AddAsync(
                person.Id,
                new ChangeFilter { Item = ["none"] },
                $"{web.Url}/replay",
                null,
                "application/json",
                ct
            );
            var id = made!.Value.Subscription.Id;
            await store.VerifiedAsync(id, ct);
            await Sql.RunAsync(
                bench.Source,
                $$"""
                insert into notices (change_no, body, created_at) select change_no,
                    convert_to(jsonb_build_object('data', jsonb_build_object('change', change))::text, 'UTF8'), now()
                from changes order by change_no limit {{Failed}} on conflict do nothing;
                insert into deliveries (subscription, change_no, state, due_at, attempts, created_at, done_at)
                select '{{id}}', change_no, 'exhausted', now(), 10, now(), now() from changes order by change_no limit {{Failed}};
                """,
                ct
            );
            using var own = new HttpClient { BaseAddress = bench.Address };
            own.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var address = new Uri($"/api/v1/subscriptions/{id}/replay", UriKind.Relative);
            var (alone, beside, rates, stopped) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var turn = 0; turn < 3; turn++)
            {
                alone.Add((await LatencyAsync(length / 6)).ToWebhook.At(0.95));
                var (before, started) = (web.Replayed.Count, Stopwatch.GetTimestamp());
                using (var wish = new StringContent("""{"failed": true}""", Encoding.UTF8, "application/json"))
                using (var begun = await own.PostAsync(address, wish, ct))
                    begun.EnsureSuccessStatusCode();
                beside.Add((await LatencyAsync(length / 6)).ToWebhook.At(0.95));
                rates.Add((web.Replayed.Count - before) / Stopwatch.GetElapsedTime(started).TotalSeconds);
                var asked = Stopwatch.GetTimestamp();
                using (var cancelled = await own.DeleteAsync(address, ct))
                    cancelled.EnsureSuccessStatusCode();
                await Task.Delay(TimeSpan.FromSeconds(3), ct);
                stopped.Add(Since(asked, web.Replayed.Max()).TotalMilliseconds);
            }

            report.AtMost($"replay of {Failed:#,0} failed deliveries, fastest of three", rates.Max(), 10, "/s");
            report.Told("commit to first attempt p95, nothing replayed, median of three turns", alone.Order().ElementAt(1), " ms");
            report.AtMost(
                "commit to first attempt p95 during a replay, of that without, median of three turns",
                beside.Zip(alone, (b, a) => b / a).Order().ElementAt(1),
                1.5
            );
            report.AtMost("cancelling a replay to its last delivery, slowest of three", stopped.Max(), 2_000, " ms");
        }

        // Five changes a second, each told to every receiver; the answer to the write stands for its commit.
        async Task<(Durations ToStream, Durations ToWebhook)> LatencyAsync(TimeSpan during)
        {
            var (committed, streamed) = (new ConcurrentDictionary<string, long>(), new ConcurrentDictionary<string, long>());
            web.Heard.Clear();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
            using var stream = await http.GetAsync(
                new Uri("/api/v1/changes/stream", UriKind.Relative),
                HttpCompletionOption.ResponseHeadersRead,
                ct
            );
            var listening = ListenAsync(stream, streamed, ended.Token);
            using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
            var started = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(started) < during && await beat.WaitForNextTickAsync(ct))
            {
                var id = await LogAsync();
                committed[id] = Stopwatch.GetTimestamp();
            }

            await UntilAsync(() => committed.Keys.All(id => streamed.ContainsKey(id) && web.Heard.ContainsKey(id)), ct);
            await ended.CancelAsync();
            await listening;
            var (toStream, toWebhook) = (new Durations(), new Durations());
            foreach (var (id, at) in committed)
            {
                toStream.Add(Since(at, streamed[id]));
                foreach (var heard in web.Heard[id])
                    toWebhook.Add(Since(at, heard));
            }

            return (toStream, toWebhook);
        }

        // A backlog for each of them, from the first to the last.
        async Task ThroughputAsync()
        {
            var changes = (int)(length.TotalSeconds * 500 / (Receivers - Hanging));
            var (before, started) = (web.Accepted, Stopwatch.GetTimestamp());
            await Sql.RunAsync(
                bench.Source,
                $$"""
                with counter as (update change_counter set last_no = last_no + {{changes}} returning last_no - {{changes}} as first),
                new as (select first + g as no, gen_random_uuid() as id from counter, generate_series(1, {{changes}}) g)
                insert into changes (change_no, change_id, item_id, type, forum, kind, recorded_at, change)
                select n.no, n.id, c.item_id, c.type, c.forum, c.kind, now(), c.change || jsonb_build_object('id', n.id)
                from new n, (select * from changes order by change_no desc limit 1) c
                """,
                ct
            );
            await LogAsync();
            var wanted = before + ((changes + 1L) * (Receivers - Hanging));
            await UntilAsync(() => web.Accepted >= wanted, ct);
            report.AtLeast(
                $"deliveries to {Receivers} receivers of which {Hanging} hang, {wanted - before:#,0} in one go",
                (wanted - before) / Stopwatch.GetElapsedTime(started).TotalSeconds,
                500,
                "/s"
            );
        }
    }

    private static TimeSpan Since(long from, long to) => to <= from ? TimeSpan.Zero : Stopwatch.GetElapsedTime(from, to);

    private static async Task ListenAsync(HttpResponseMessage stream, ConcurrentDictionary<string, long> streamed, CancellationToken ct)
    {
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(ct));
        try
        {
            while (await reader.ReadLineAsync(ct) is { } line)
                if (
                    line.StartsWith("data: ", StringComparison.Ordinal)
                    && JsonDocument.Parse(line[6..]).RootElement.TryGetProperty("update", out var update)
                )
                    streamed.TryAdd(update.GetString()!, Stopwatch.GetTimestamp());
        }
        catch (OperationCanceledException)
        {
            // All was heard.
        }
    }

    private static async Task UntilAsync(Func<bool> done, CancellationToken ct)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var started = Stopwatch.GetTimestamp(); !done(); )
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(10))
                throw new TimeoutException("Notices are missing after ten minutes.");
            await look.WaitForNextTickAsync(ct);
        }
    }

    /// <summary>Subscriptions of all kinds that share the forums, parties and items among them; each waits for a weekly mail.</summary>
    private static async Task ManySubscriptionsAsync(BenchPlace bench, CancellationToken ct)
    {
        var token = bench
            .Services.GetRequiredService<IDataProtectionProvider>()
            .CreateProtector(SubscriptionStore.Protects)
            .Protect("nobody's");
        await Sql.RunAsync(
            bench.Source,
            $$"""
            delete from subscriptions;
            delete from subscribers;
            insert into subscribers (id, address, lang, zone, token_hash, token_protected, created_at)
            select gen_random_uuid(), 'reader-' || g || '@example.org', 'en', 'UTC', decode(md5(g::text), 'hex'), '{{token}}', now()
                from generate_series(1, {{Subscriptions}}) g;
            insert into subscriptions (id, channel, state, subscriber, filter, frequency, from_no, created_at, confirmed_at)
            select gen_random_uuid(), '{{Channel.Email.Word()}}', '{{SubscriptionState.Active.Word()}}', id, case n % 4
                when 0 then jsonb_build_object('item', jsonb_build_array('item-' || n))
                    when 1 then jsonb_build_object('party', jsonb_build_array('party-' || n % {{Histories.Parties}}))
                when 2 then jsonb_build_object('item', jsonb_build_array('item-' || n, 'item-' || n + 1))
                    else jsonb_build_object('theme', jsonb_build_array('theme-' || n % {{Histories.Themes}}), 'signal',
                    jsonb_build_array('overdue')) end,
                '{{Frequency.Weekly.Word()}}', 0, now(), now()
            from (select id, row_number() over () as n from subscribers) s;
            update subscriptions set from_no = (select last_no from change_counter);
            update subscriptions_version set version = version + 1;
            """,
            ct
        );
    }

    private static async Task EndpointsAsync(BenchPlace bench, Web web, CancellationToken ct)
    {
        var store = bench.Services.GetRequiredService<EndpointStore>();
        var people = bench.Services.GetRequiredService<CommitmentsTracker.People.Identity.Accounts>();
        for (var n = 0; n < Receivers; n++)
        {
            var (person, _) = await people.AddAsync(
                string.Create(CultureInfo.InvariantCulture, $"Receiver {n}"),
                CommitmentsTracker.People.Access.Roles.Editor,
                ct: ct
            );
            var made = await store.AddAsync(
                person.Id,
                new ChangeFilter(),
                $"{web.Url}/{(n < Hanging ? "hang" : "take")}/{n}",
                null,
                "application/json",
                ct
            );
            await store.VerifiedAsync(made!.Value.Subscription.Id, ct);
        }
    }

    /// <summary>All receivers in one: those below <c>/hang</c> never answer, <c>/replay</c> is told of nothing but a replay.</summary>
    private sealed class Web(WebApplication app) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _closing = new();
        private long _accepted;

        public string Url => app.Urls.First();
        public long Accepted => Interlocked.Read(ref _accepted);

        /// <summary>When each delivery of a replay came.</summary>
        public ConcurrentQueue<long> Replayed { get; } = [];

        /// <summary>When each update was first heard of, by its receivers.</summary>
        public ConcurrentDictionary<string, ConcurrentBag<long>> Heard { get; } = new(StringComparer.Ordinal);

        public static async Task<Web> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var web = new Web(app);
            app.Run(web.TakeAsync);
            await app.StartAsync();
            return web;
        }

        public async ValueTask DisposeAsync()
        {
            await _closing.CancelAsync();
            await app.DisposeAsync();
            _closing.Dispose();
        }

        private async Task TakeAsync(HttpContext context)
        {
            var at = Stopwatch.GetTimestamp();
            if (context.Request.Path.StartsWithSegments("/hang"))
            {
                using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token);
                try
                {
                    await Task.Delay(Timeout.Infinite, gone.Token);
                }
                catch (OperationCanceledException)
                {
                    context.Abort();
                }

                return;
            }

            if (context.Request.Path.StartsWithSegments("/replay"))
            {
                Replayed.Enqueue(at);
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (
                body.RootElement.GetProperty("data").TryGetProperty("change", out var change)
                && change.TryGetProperty("update", out var update)
            )
                Heard.GetOrAdd(update.GetString()!, _ => []).Add(at);
            Interlocked.Increment(ref _accepted);
        }
    }
}
