using System.Diagnostics;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

/// <summary>
/// A data folder for one test, with help to look at it from outside. What a test left running in it is stopped at the end.
/// </summary>
internal sealed class ScratchFolder : IAsyncDisposable
{
    private readonly string _root;
    private readonly List<string> _outside = [];

    public ScratchFolder(string inner = "data")
    {
        // Where the database's user can enter, unlike Directory.CreateTempSubdirectory, which closes the folder.
        _root = $"/tmp/ct-test-{Guid.CreateVersion7():n}";
        Path = System.IO.Path.Combine(_root, inner);
        Directory.CreateDirectory(Path);
    }

    public static bool IsRoot => Environment.IsPrivilegedProcess;

    public string Path { get; }

    public string Root => _root;

    public ClusterOptions Options =>
        new()
        {
            DataFolder = Path,
            Durable = false,
            MaxConnections = 20,
        };

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Everything that <see cref="StartAsync"/> reported.</summary>
    public List<string> Progress { get; } = [];

    public Task<PrivateCluster> StartAsync(ClusterOptions? options = null) =>
        PrivateCluster.StartAsync(options ?? Options, new LineProgress(Progress.Add), Cancellation);

    /// <summary>Removes this folder outside the data folder too when the test is over.</summary>
    public void AlsoRemove(string folder) => _outside.Add(folder);

    public async ValueTask DisposeAsync()
    {
        if (Directory.EnumerateFiles(_root, "postmaster.pid", SearchOption.AllDirectories).Any())
        {
            await using (await PrivateCluster.StartAsync(Options, new LineProgress(_ => { }), CancellationToken.None)) { }
        }

        foreach (var folder in _outside.Append(_root))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Waits for something that other processes bring about.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    public static async Task<string> RunAsync(params string[] commandLine)
    {
        using var process = Process.Start(
            new ProcessStartInfo(commandLine[0], commandLine.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0, $"{string.Join(' ', commandLine)}: {await output}{await error}");
        return (await output).Trim();
    }
}
