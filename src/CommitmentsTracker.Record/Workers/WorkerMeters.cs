using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace CommitmentsTracker.Record.Workers;

/// <summary>What monitoring learns of the workers of this node, and of rows that were put aside.</summary>
public sealed class WorkerMeters : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "CommitmentsTracker.Workers";

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, long> _succeeded = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _failures;

    /// <summary>Offers the instruments.</summary>
    public WorkerMeters(PutAside aside, TimeProvider time)
    {
        _time = time;
        _rounds = _meter.CreateCounter<long>("tracker_worker_rounds", description: "Rounds that went well");
        _failures = _meter.CreateCounter<long>("tracker_worker_failures", description: "Rounds that failed");
        _meter.CreateObservableGauge(
            "tracker_worker_last_success_seconds",
            () => _succeeded.Select(s => new Measurement<double>(_time.GetElapsedTime(s.Value).TotalSeconds, Tag("worker", s.Key))),
            "s",
            "Age of the last round that went well; of a worker that never had one, since it began"
        );
        _meter.CreateObservableGauge(
            "tracker_put_aside",
            () => aside.CountedLately().Select(p => new Measurement<long>(p.Value, Tag("table", p.Key))),
            description: "Rows that cannot be read or told and wait for the operator or a newer program"
        );
    }

    /// <summary>Notes that a worker began.</summary>
    public void Begin(string worker) => _succeeded[worker] = _time.GetTimestamp();

    /// <summary>Counts a round that went well.</summary>
    public void Succeeded(string worker)
    {
        _succeeded[worker] = _time.GetTimestamp();
        _rounds.Add(1, Tag("worker", worker));
    }

    /// <summary>Counts a failure.</summary>
    public void Failed(string worker) => _failures.Add(1, Tag("worker", worker));

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
