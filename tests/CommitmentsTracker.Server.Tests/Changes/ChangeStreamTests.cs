using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Tests.Forums;

namespace CommitmentsTracker.Server.Tests.Changes;

/// <summary>The change log live, over a real port.</summary>
public sealed class ChangeStreamTests : IAsyncLifetime
{
    private Tracker _tracker = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync(Running.OnPort);
        await _tracker.ImportAsync(Harbour.Folder());
        _client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 100 }) { BaseAddress = _tracker.Address, Timeout = Timeout.InfiniteTimeSpan };
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
        for (var i = 0; i < 3; i++) await _tracker.Ann.RecordAsync();
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 15; i++) await _tracker.Ann.RecordAsync();
        }));
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
        using (var stream = await OpenAsync($"changes/stream?after=0&feedId={Guid.CreateVersion7()}")) (await stream.NextAsync()).EventType.ShouldBe("reset");
        using (var stream = await OpenAsync("changes/stream?after=99")) (await stream.NextAsync()).EventType.ShouldBe("reset");
        var feed = (string)(await _tracker.Anyone.GetAsync("changes")).Json["feedId"]!;
        using (var stream = await OpenAsync($"changes/stream?after=0&feedId={feed}"))
        {
            (await stream.NextAsync()).EventType.ShouldBe("hello");
            (await stream.NextAsync()).EventId.ShouldBe("1");
        }
    }

    [Fact]
    public async Task A_silent_stream_is_kept_alive_by_heartbeats()
    {
        using var stream = await OpenAsync("changes/stream");
        await stream.NextAsync();
        var comment = stream.NextCommentAsync();
        await Wait.UntilAsync(() =>
        {
            _tracker.Time.Advance(StreamChanges.Heartbeat);
            return comment.IsCompleted;
        }, "a heartbeat");
        (await comment).ShouldBe(": heartbeat");
    }

    [Fact]
    public async Task The_51st_stream_of_an_address_is_refused_until_one_closes()
    {
        var streams = new List<Sse>();
        try
        {
            for (var i = 0; i < StreamChanges.MostPerAddress; i++) streams.Add(await OpenAsync("changes/stream"));
            (await _tracker.Anyone.GetAsync("changes/stream")).ShouldRefuse(429, "too-many-streams").Headers.RetryAfter.ShouldNotBeNull();
            streams[0].Dispose();
            streams.RemoveAt(0);
            await Wait.UntilAsync(async () =>
            {
                using var response = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/changes/stream"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                return response.StatusCode == HttpStatusCode.OK;
            }, "a place for another stream");
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
        await _tracker.AskAsync<long>(
            $"select count(pg_terminate_backend(pid)) from pg_stat_activity where query = 'listen tracker_changes' and datname = current_database() and pid in ({Mine})");
        var slug = await _tracker.Ann.RecordAsync();
        var next = stream.NextAsync();
        await Wait.UntilAsync(() =>
        {
            // The retry waits a second of the tracker's own clock; a heartbeat, which would tell it too, is 15 s away.
            _tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
            return next.IsCompleted;
        }, "the change after the cut");
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
    private string Mine => $"select pid from pg_stat_activity where application_name = 'commitments-tracker' and query = 'listen tracker_changes'";

    private Task ListeningAsync() => Wait.UntilAsync(async () => await _tracker.AskAsync<long>($"select count(*) from ({Mine}) p") > 0, "listening");

    private async Task<Sse> OpenAsync(string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/" + path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
        return new Sse(response, await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Reads events one by one.</summary>
    private sealed class Sse(HttpResponseMessage response, Stream stream) : IDisposable
    {
        private readonly StreamReader _reader = new(stream);

        public async Task<SseItem> NextAsync()
        {
            string? id = null, type = null, data = null;
            while (await LineAsync() is { } line)
            {
                if (line.Length == 0 && data is not null) return new SseItem(type!, data, id);
                if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
                if (line.StartsWith("event: ", StringComparison.Ordinal)) type = line[7..];
                if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            }

            throw new EndOfStreamException();
        }

        public async Task<string> NextCommentAsync()
        {
            while (await LineAsync() is { } line)
                if (line.StartsWith(':')) return line;
            throw new EndOfStreamException();
        }

        private async Task<string?> LineAsync() => await _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        public void Dispose()
        {
            _reader.Dispose();
            response.Dispose();
        }
    }

    private sealed record SseItem(string EventType, string Data, string? EventId);
}
