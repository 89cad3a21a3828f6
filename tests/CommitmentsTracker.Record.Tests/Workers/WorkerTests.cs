using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using CommitmentsTracker.Record.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CommitmentsTracker.Record.Tests.Workers;

/// <summary>What every loop in the background does and survives.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Tracker.Start);
    private Tracker _tracker = null!;

    public async ValueTask InitializeAsync() => _tracker = await Tracker.StartAsync(Running.Services);

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task Pauses_double_with_each_failure_in_a_row_up_to_a_minute_and_begin_anew_after_a_success()
    {
        var failing = true;
        using var worker = Of(_ =>
            failing ? throw new InvalidOperationException("no list of ours names it") : Rest.For(TimeSpan.FromHours(1))
        );
        await worker.StartAsync(TestContext.Current.CancellationToken);
        double[] pauses = [1, 2, 4, 8, 16, 32, 60, 60];
        for (var n = 0; n < pauses.Length; n++)
        {
            await RoundsAsync(worker, n + 1);
            await StandsAsync(worker, TimeSpan.FromSeconds(pauses[n]) - TimeSpan.FromMilliseconds(1));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await RoundsAsync(worker, pauses.Length + 1);
        await worker.RestsAsync();
        failing = false;
        _time.Advance(Worker.LongestPause);
        await RoundsAsync(worker, pauses.Length + 2);
        failing = true;
        await StandsAsync(worker, TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await RoundsAsync(worker, pauses.Length + 3);
        await StandsAsync(worker, Worker.FirstPause - TimeSpan.FromMilliseconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await RoundsAsync(worker, pauses.Length + 4);
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }

    public static TheoryData<Exception> AnyException =>
        [
            new InvalidOperationException(),
            new NullReferenceException(),
            new Npgsql.NpgsqlException(),
            new OperationCanceledException(),
            new AggregateException(new TimeoutException()),
        ];

    [Theory]
    [MemberData(nameof(AnyException), DisableDiscoveryEnumeration = true)]
    public async Task No_exception_ends_it(Exception thrown)
    {
        var rounds = 0;
        using var worker = Of(_ => rounds++ == 0 ? throw thrown : Rest.For(TimeSpan.FromHours(1)));
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await RoundsAsync(worker, 1);
        await SoonAsync(() => worker.Rounds >= 2, "the round after the failure");
        worker.ExecuteTask!.IsCompleted.ShouldBeFalse();
        await worker.StopAsync(TestContext.Current.CancellationToken);
        worker.ExecuteTask.IsCompletedSuccessfully.ShouldBeTrue();
        worker.HasEnded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_signal_ends_a_rest_and_so_does_the_end_of_the_program()
    {
        var signal = new Signal();
        using var worker = Of(_ => Rest.Until(signal.Next, TimeSpan.FromHours(1)));
        await worker.StartAsync(TestContext.Current.CancellationToken);
        for (var n = 1; n <= 3; n++)
        {
            await RoundsAsync(worker, n);
            signal.Wake();
        }

        await RoundsAsync(worker, 4);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        worker.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task A_failing_end_is_logged_and_ends_nothing_else()
    {
        using var worker = Of(_ => Rest.For(TimeSpan.FromHours(1)), end: () => throw new InvalidOperationException());
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await RoundsAsync(worker, 1);
        await worker.StopAsync(TestContext.Current.CancellationToken);
        worker.ExecuteTask!.IsCompletedSuccessfully.ShouldBeTrue();
        worker.Logged.ShouldContain(l => l.Contains("could not put everything away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logs_name_the_failure_and_repeat_nothing_that_people_typed()
    {
        var rounds = 0;
        using var worker = Of(_ =>
            rounds++ == 0 ? throw new FormatException("'jane@example.org' is no address") : Rest.For(TimeSpan.FromHours(1))
        );
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await RoundsAsync(worker, 1);
        await SoonAsync(() => worker.Logged.Count > 0, "a line of the log");
        worker.Logged.ShouldContain(l => l.Contains(nameof(FormatException), StringComparison.Ordinal));
        worker.Logged.ShouldAllBe(l => !l.Contains("jane", StringComparison.Ordinal));
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Rounds_failures_and_the_age_of_the_last_success_are_measured()
    {
        using var meters = new WorkerMeters(_tracker.Get<PutAside>(), _time);
        var told = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Meter.Name == WorkerMeters.MeterName)
                    own.EnableMeasurementEvents(instrument);
            },
        };
        // Other trackers of this process are measured as well; the name tells ours.
        listener.SetMeasurementEventCallback<long>((i, n, tags, _) => Add(i, n, tags, sum: true));
        listener.SetMeasurementEventCallback<double>((i, n, tags, _) => Add(i, n, tags, sum: false));
        listener.Start();
        meters.Begin("measured");
        meters.Failed("measured");
        meters.Succeeded("measured");
        meters.Succeeded("measured");
        _time.Advance(TimeSpan.FromSeconds(90));
        listener.RecordObservableInstruments();
        told["tracker_worker_rounds"].ShouldBe(2);
        told["tracker_worker_failures"].ShouldBe(1);
        told["tracker_worker_last_success_seconds"].ShouldBe(90);

        void Add(Instrument instrument, double n, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool sum)
        {
            foreach (var tag in tags)
                if (tag is { Key: "worker", Value: "measured" })
                    told.AddOrUpdate(instrument.Name, n, (_, before) => sum ? before + n : n);
        }
    }

    private TestWorker Of(Func<CancellationToken, Rest> round, Func<Task>? end = null) =>
        new(round, end, _time, new WorkerMeters(_tracker.Get<PutAside>(), _time));

    private static Task RoundsAsync(TestWorker worker, int rounds) => Wait.UntilAsync(() => worker.Rounds >= rounds, $"round {rounds}");

    /// <summary>Lets time pass in which the worker must not work: its rest has begun once it waits by this clock.</summary>
    private async Task StandsAsync(TestWorker worker, TimeSpan time)
    {
        var rounds = worker.Rounds;
        await worker.RestsAsync();
        _time.Advance(time);
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        worker.Rounds.ShouldBe(rounds);
    }

    private Task SoonAsync(Func<bool> condition, string what) =>
        Wait.UntilAsync(
            () =>
            {
                if (condition())
                    return true;
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            what
        );

    /// <summary>A worker whose round is given, on a clock that tells when somebody waits by it.</summary>
    private sealed class TestWorker : Worker
    {
        private readonly Func<CancellationToken, Rest> _round;
        private readonly Func<Task>? _end;
        private readonly WaitedClock _clock;
        private readonly Lines _lines;
        private int _rounds;

        public TestWorker(Func<CancellationToken, Rest> round, Func<Task>? end, TimeProvider time, WorkerMeters meters)
            : this(round, end, new WaitedClock(time), meters, new Lines()) { }

        private TestWorker(Func<CancellationToken, Rest> round, Func<Task>? end, WaitedClock clock, WorkerMeters meters, Lines lines)
            : base(clock, meters, lines) => (_round, _end, _clock, _lines) = (round, end, clock, lines);

        public int Rounds => Volatile.Read(ref _rounds);
        public bool HasEnded { get; private set; }
        public IReadOnlyCollection<string> Logged => _lines.All;

        /// <summary>Waits until as many rests began as rounds.</summary>
        public Task RestsAsync() => Wait.UntilAsync(() => _clock.Waits >= Rounds, "the rest");

        protected override Task<Rest> WorkAsync(CancellationToken ct)
        {
            try
            {
                return Task.FromResult(_round(ct));
            }
            finally
            {
                // Counted when the round has done its work, so that what follows finds it waiting.
                Interlocked.Increment(ref _rounds);
            }
        }

        protected override Task EndAsync()
        {
            HasEnded = true;
            return _end?.Invoke() ?? Task.CompletedTask;
        }
    }

    private sealed class WaitedClock(TimeProvider time) : TimeProvider
    {
        private int _waits;

        public int Waits => Volatile.Read(ref _waits);

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = time.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _waits);
            return timer;
        }
    }

    private sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> All => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => _lines.Enqueue(formatter(state, exception) + exception);
    }
}
