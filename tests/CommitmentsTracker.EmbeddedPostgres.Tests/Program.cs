using System.Runtime.InteropServices;
using CommitmentsTracker.EmbeddedPostgres;

// "hold FOLDER" is the program that the tests start, signal and kill; anything else runs the tests.
if (args is ["hold", var folder])
{
    return await HoldAsync(folder);
}

// The same as the entry point that xunit generates.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
        args,
        CommitmentsTracker.EmbeddedPostgres.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions
    )
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

// Behaves as the server does: starts a cluster, says so, stops it on SIGTERM or Ctrl-C.
static async Task<int> HoldAsync(string folder)
{
    using var stop = new CancellationTokenSource();
    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Cancel();
    }

    using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    try
    {
        await using var cluster = await PrivateCluster.StartAsync(
            new ClusterOptions { DataFolder = folder, Durable = false },
            new LineProgress(Console.Out.WriteLine),
            stop.Token
        );
        Console.WriteLine($"ready {cluster.ConnectionString}");
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }
    catch (Exception e) when (e is PostgresUnavailableException or DataFolderInUseException)
    {
        Console.WriteLine($"refused {e.Message}");
        return 2;
    }
    catch (OperationCanceledException)
    {
        // Signalled while it was starting.
    }

    Console.WriteLine("stopped");
    return 0;
}

/// <summary>Passes every line on at once, in order; Progress&lt;T&gt; would do so later, on another thread.</summary>
internal sealed class LineProgress(Action<string> line) : IProgress<string>
{
    public void Report(string value) => line(value);
}
