using System.Diagnostics;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CommitmentsTracker.Bench;

/// <summary>Rebuilding all projections against merely streaming and deserialising the same events.</summary>
internal static class Rebuilding
{
    public static async Task MeasureAsync(BenchPlace bench, Report report, CancellationToken ct)
    {
        // The bare side before and after, so that a noisy minute does not fall on one side alone.
        var (events, first) = await StreamAsync(bench.Source, ct);
        var rebuilt = await bench.Services.GetRequiredService<Rebuild>().RunAsync(bench.Progress, ct);
        var (_, second) = await StreamAsync(bench.Source, ct);
        var bare = (first + second) / 2;
        report.Told("streaming and deserialising", events / bare.TotalSeconds, " events/s");
        report.AtLeast("rebuild", rebuilt.Events / rebuilt.Took.TotalSeconds, 15_000, " events/s");
        report.AtMost("rebuild, times streaming", rebuilt.Took / bare, 5);
        foreach (var table in new[] { "items", "item_details", "item_spans", "item_updates" })
            await Sql.RunAsync(bench.Source, $"vacuum analyze {table}", ct);
    }

    private static async Task<(long Events, TimeSpan Took)> StreamAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await using var command = source.CreateCommand(
            "select stream_id, type, data from mt_events where not is_archived order by stream_id, version"
        );
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var events = 0L;
        while (await reader.ReadAsync(ct))
        {
            EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2));
            events++;
        }

        return (events, Stopwatch.GetElapsedTime(started));
    }
}
