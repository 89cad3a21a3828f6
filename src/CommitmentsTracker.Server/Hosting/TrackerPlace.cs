using CommitmentsTracker.EmbeddedPostgres;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>
/// The database of this run: the operator's own, or a private one in the data folder. A command may join the private
/// one of a tracker that is serving; two trackers may not share a data folder.
/// </summary>
public sealed class TrackerPlace : IAsyncDisposable
{
    private readonly PrivateCluster? _cluster;
    private readonly string? _note;

    private TrackerPlace(StoreLocation location, PrivateCluster? cluster = null, string? note = null) =>
        (Location, _cluster, _note) = (location, cluster, note);

    /// <summary>Where the data are.</summary>
    public StoreLocation Location { get; }

    /// <summary>Opens the place that the environment names.</summary>
    /// <param name="mayJoin">True for commands: a data folder in use is joined, not refused.</param>
    public static async Task<TrackerPlace> OpenAsync(IProgress<string> progress, bool mayJoin, CancellationToken ct)
    {
        var schema = Environment.GetEnvironmentVariable("TRACKER_SCHEMA") is { Length: > 0 } named ? named : "tracker";
        if (Environment.GetEnvironmentVariable("ConnectionStrings__Tracker") is { Length: > 0 } own)
            return new TrackerPlace(new StoreLocation(own, schema));
        var folder = Path.GetFullPath(Environment.GetEnvironmentVariable("TRACKER_DATA") is { Length: > 0 } data ? data : ".data");
        var note = Path.Combine(folder, "serving");
        try
        {
            var cluster = await PrivateCluster.StartAsync(new ClusterOptions { DataFolder = folder }, progress, ct);
            await File.WriteAllTextAsync(note, "", ct);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(note, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await File.WriteAllTextAsync(note, cluster.ConnectionString, ct);
            return new TrackerPlace(new StoreLocation(cluster.ConnectionString, schema), cluster, note);
        }
        catch (DataFolderInUseException) when (mayJoin && File.Exists(note))
        {
            return new TrackerPlace(new StoreLocation(await File.ReadAllTextAsync(note, ct), schema));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_note is not null)
            File.Delete(_note);
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }
}
