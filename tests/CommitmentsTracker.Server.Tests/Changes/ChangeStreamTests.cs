using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Testing.Changes;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Changes;

/// <summary>The change log live, over a real port.</summary>
public sealed partial class ChangeStreamTests : IAsyncLifetime
{
    private Tracker _tracker = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync(Running.OnPort);
        await _tracker.ImportAsync(Harbour.Folder());
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 100 })
        {
            BaseAddress = _tracker.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _tracker.DisposeAsync();
    }

    [Fact]
    public async Task It_starts_with_the_present_number_and_tells_what_comes()
    {
        await _tracker.Ann.RecordAsync();
        using var stream = await OpenAsync("changes/stream");
        var hello = await stream.NextAsync();
        (hello.EventType, (long)JsonNode.Parse(hello.Data)!["last"]!).ShouldBe(("hello", 1));
        var slug = await _tracker.Ann.RecordAsync();
        var change = await stream.NextAsync();
        (change.EventType, change.EventId, (string)JsonNode.Parse(change.Data)!["item"]!).ShouldBe(("change", "2", slug));
    }

    [Fact]
    public async Task It_resumes_behind_the_last_event_id_and_misses_nothing_while_others_write()
    {
        for (var i = 0; i < 3; i++)
            await _tracker.Ann.RecordAsync();
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                {
                    for (var i = 0; i < 15; i++)
                        await _tracker.Ann.RecordAsync();
                })
        );
        var (seen, lastId) = (new List<string>(), "1");
        while (seen.Count < 62)
        {
            // The reader loses its connection again and again.
            using var stream = await OpenAsync("changes/stream", ("Last-Event-ID", lastId));
            (await stream.NextAsync()).EventType.ShouldBe("hello");
            for (var i = 0; i < 9 && seen.Count < 62; i++)
            {
                var change = await stream.NextAsync();
                seen.Add(lastId = change.EventId!);
            }
        }

        await writing;
        seen.ShouldBe(Enumerable.Range(2, 62).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_reader_of_another_feed_is_told_to_start_over()
    {
        await _tracker.Ann.RecordAsync();
        using (var stream = await OpenAsync($"changes/stream?after=0&feedId={Guid.CreateVersion7()}"))
            (await stream.NextAsync()).EventType.ShouldBe("reset");
        using (var stream = await OpenAsync("changes/stream?after=99"))
            (await stream.NextAsync()).EventType.ShouldBe("reset");
        var feed = (string)(await _tracker.Anyone.GetAsync("changes")).Json["feedId"]!;
        using (var stream = await OpenAsync($"changes/stream?after=0&feedId={feed}"))
        {
            (await stream.NextAsync()).EventType.ShouldBe("hello");
            (await stream.NextAsync()).EventId.ShouldBe("1");
        }
    }

    [Fact]
    public async Task Cut_200_times_at_random_a_reader_misses_nothing_and_sees_nothing_twice()
    {
        const int total = 1_500;
        var random = Dice.New();
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; i < total / 5; i++)
                    await _tracker.AppendAsync(5);
            },
            TestContext.Current.CancellationToken
        );
        var (seen, lastId, cuts) = (new List<long>(), "0", 0);
        while (seen.Count < total || cuts < 200)
        {
            using var stream = await OpenWhenFreeAsync("changes/stream", ("Last-Event-ID", lastId));
            var hello = await stream.NextAsync();
            (hello.EventType, hello.EventId).ShouldBe(("hello", lastId));
            for (var reads = random.Next(16); reads > 0 && seen.Count < total; reads--)
            {
                var change = await stream.NextAsync();
                change.EventType.ShouldBe("change");
                seen.Add(long.Parse(lastId = change.EventId!, System.Globalization.CultureInfo.InvariantCulture));
            }

            cuts++;
        }

        await writing;
        seen.ShouldBe(Enumerable.Range(1, total).Select(i => (long)i));
    }

    [Fact]
    public async Task A_reader_too_far_back_or_at_an_unknown_place_is_reset_once_and_goes_on_live()
    {
        await _tracker.AppendAsync(StreamChanges.MostReplayed + 5);
        var last = $"{StreamChanges.MostReplayed + 5}";
        foreach (var id in new[] { "4", "99999999", "not-ours" })
        {
            using var stream = await OpenAsync("changes/stream", ("Last-Event-ID", id));
            var reset = await stream.NextAsync();
            (reset.EventType, reset.EventId, $"{JsonNode.Parse(reset.Data)!["last"]}").ShouldBe(("reset", last, last), id);
            await _tracker.AppendAsync(1);
            var next = await stream.NextAsync();
            (next.EventType, long.Parse(next.EventId!, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(
                ("change", long.Parse(last, System.Globalization.CultureInfo.InvariantCulture) + 1)
            );
            last = next.EventId!;
        }

        using var replay = await OpenAsync("changes/stream?after=8");
        (await replay.NextAsync()).EventType.ShouldBe("hello");
        for (var n = 9; n <= StreamChanges.MostReplayed + 8; n++)
            (await replay.NextAsync()).EventId.ShouldBe($"{n}");
    }

    [Fact]
    public async Task It_tells_browsers_how_soon_to_come_back()
    {
        using var response = await _client.GetAsync(
            new Uri("/api/v1/changes/stream", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("retry: 3000");
        response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
    }

    [Fact]
    public async Task Who_does_not_read_is_cut_and_resumes_by_id()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp)
        {
            ReceiveBufferSize = 4_096,
        };
        await socket.ConnectAsync(IPAddress.Loopback, _tracker.Address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(
            "GET /api/v1/changes/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken
        );
        await Wait.UntilAsync(() => socket.Available > 0, "the greeting");
        var note = new string('x', 4_000);
        for (var i = 0; i < 60; i++)
            await _tracker.AppendAsync(100, note);
        var text = new System.Text.StringBuilder();
        var buffer = new byte[65_536];
        try
        {
            // What the machine had taken in still arrives, then the end.
            while (
                await socket
                    .ReceiveAsync(buffer, TestContext.Current.CancellationToken)
                    .AsTask()
                    .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)
                    is var n
                        and > 0
            )
                text.Append(System.Text.Encoding.ASCII.GetString(buffer, 0, n));
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Cut without ceremony.
        }

        var ids = System
            .Text.RegularExpressions.Regex.Matches(
                text.ToString(),
                "^id: ([0-9]+)\nevent: change\ndata: [^\n]*\n\n",
                System.Text.RegularExpressions.RegexOptions.Multiline
            )
            .Select(m => int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        ids.Count.ShouldBeLessThan(6_000);
        var last = ids.Count > 0 ? ids[^1] : 0;
        using var stream = await OpenAsync("changes/stream", ("Last-Event-ID", $"{last}"));
        (await stream.NextAsync()).EventType.ShouldBe("hello");
        for (var n = last + 1; n <= 6_000; n++)
            (await stream.NextAsync()).EventId.ShouldBe($"{n}");
    }

    [Fact]
    public async Task A_change_is_told_at_once()
    {
        using var stream = await OpenAsync("changes/stream");
        await stream.NextAsync();
        await ListeningAsync();
        var times = new List<double>();
        for (var i = 0; i < 100; i++)
        {
            var next = stream.NextAsync();
            await _tracker.AppendAsync(1);
            var committed = System.Diagnostics.Stopwatch.GetTimestamp();
            await next;
            times.Add(System.Diagnostics.Stopwatch.GetElapsedTime(committed).TotalMilliseconds);
        }

        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"commit to reader: p50 {times[50]:F1} ms, p99 {times[99]:F1} ms");
        // Half of it within 50 ms on a quiet machine. No test can say that of a machine that does other work: but the clock stood, so
        // no heartbeat and no look has told it.
    }

    [Fact]
    public void There_are_places_for_2000_streams_and_for_50_of_one_address()
    {
        var streams = new OpenStreams();
        for (var i = 0; i < OpenStreams.Most; i++)
            streams.Enter($"address {i / OpenStreams.MostPerAddress}").ShouldBeNull();
        streams.Enter("address 0").ShouldNotBeNull();
        streams.Enter("another").ShouldNotBeNull();
        streams.Leave("address 0");
        streams.Enter("another").ShouldBeNull();
        streams.Enter("address 0").ShouldNotBeNull();
    }

    /// <summary>A proxy that closes what is silent for a minute, as nginx does by default, sees something four times as often.</summary>
    [Fact]
    public async Task A_silent_stream_is_kept_alive_for_ten_minutes_by_heartbeats()
    {
        StreamChanges.Heartbeat.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(15));
        using var stream = await OpenAsync("changes/stream");
        await stream.NextAsync();
        for (var beat = 0; beat < TimeSpan.FromMinutes(10) / StreamChanges.Heartbeat; beat++)
        {
            var comment = stream.NextCommentAsync();
            await Wait.UntilAsync(
                () =>
                {
                    _tracker.Time.Advance(StreamChanges.Heartbeat);
                    return comment.IsCompleted;
                },
                "a heartbeat"
            );
            (await comment).ShouldBe(": heartbeat");
        }

        var slug = await _tracker.Ann.RecordAsync();
        ((string)JsonNode.Parse((await stream.NextAsync()).Data)!["item"]!).ShouldBe(slug);
    }

    [Fact]
    public async Task The_51st_stream_of_an_address_is_refused_until_one_closes()
    {
        var streams = new List<Sse>();
        try
        {
            for (var i = 0; i < OpenStreams.MostPerAddress; i++)
                streams.Add(await OpenAsync("changes/stream"));
            (await _tracker.Anyone.GetAsync("changes/stream")).ShouldRefuse(429, "too-many-streams").Headers.RetryAfter.ShouldNotBeNull();
            streams[0].Dispose();
            streams.RemoveAt(0);
            await Wait.UntilAsync(
                async () =>
                {
                    using var response = await _client.SendAsync(
                        new HttpRequestMessage(HttpMethod.Get, "/api/v1/changes/stream"),
                        HttpCompletionOption.ResponseHeadersRead,
                        TestContext.Current.CancellationToken
                    );
                    return response.StatusCode == HttpStatusCode.OK;
                },
                "a place for another stream"
            );
        }
        finally
        {
            streams.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public async Task It_wakes_again_after_the_database_cut_the_listening_connection()
    {
        using var stream = await OpenAsync("changes/stream");
        await stream.NextAsync();
        await ListeningAsync();
        await _tracker.AskAsync<long>($"select count(pg_terminate_backend(pid)) from pg_stat_activity where pid in ({Mine})");
        var slug = await _tracker.Ann.RecordAsync();
        var next = stream.NextAsync();
        // The pause before it listens again is by the tracker's clock; it is far shorter than that between two heartbeats.
        var before = _tracker.Time.GetUtcNow();
        await Wait.UntilAsync(
            () =>
            {
                if (!next.IsCompleted)
                    _tracker.Time.Advance(TimeSpan.FromMilliseconds(20));
                return next.IsCompleted;
            },
            "the change after the cut"
        );
        (_tracker.Time.GetUtcNow() - before).ShouldBeLessThan(StreamChanges.Heartbeat, "no heartbeat told it");
        ((string)JsonNode.Parse((await next).Data)!["item"]!).ShouldBe(slug);
    }

    [Fact]
    public async Task An_open_stream_does_not_hold_up_the_end_of_the_program()
    {
        using var stream = await OpenAsync("changes/stream");
        await stream.NextAsync();
        // The host itself would cut the stream after 30 s.
        await _tracker.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    // Other trackers of the run listen in the same database: ours is told by the settings of its session.
    private string Mine =>
        $"select pid from pg_stat_activity where application_name = 'commitments-tracker {_tracker.Location.Schema}' and query "
        + "= 'listen tracker_changes'";

    private Task ListeningAsync() =>
        Wait.UntilAsync(async () => await _tracker.AskAsync<long>($"select count(*) from ({Mine}) p") > 0, "listening");

    /// <summary>
    /// Opens a stream; who is told that there is no place, because the end of earlier ones was not noticed yet, comes again.
    /// </summary>
    private async Task<Sse> OpenWhenFreeAsync(string path, params (string Name, string Value)[] headers)
    {
        Sse? opened = null;
        await Wait.UntilAsync(async () => (opened = await TryOpenAsync(path, headers)) is not null, "a place");
        return opened!;
    }

    private async Task<Sse> OpenAsync(string path, params (string Name, string Value)[] headers) =>
        (await TryOpenAsync(path, headers)).ShouldNotBeNull();

    private async Task<Sse?> TryOpenAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/" + path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
        {
            response.Dispose();
            return null;
        }

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        return new Sse(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }
}
