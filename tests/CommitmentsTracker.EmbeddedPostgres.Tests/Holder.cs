using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

/// <summary>A process of its own that holds a cluster (see Program.cs), so that it can be signalled and killed.</summary>
internal sealed class Holder : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly Process _process;

    private Holder(Process process) => _process = process;

    public int ProcessId => _process.Id;

    public static Holder Start(
        string dataFolder,
        IEnumerable<string>? prefix = null,
        string? programFolder = null,
        string? configuredBinaries = null
    )
    {
        var program = Path.Combine(programFolder ?? AppContext.BaseDirectory, "CommitmentsTracker.EmbeddedPostgres.Tests.dll");
        List<string> line =
        [
            .. prefix ?? [],
            Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet",
            program,
            "hold",
            dataFolder,
        ];
        var start = new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardOutput = true, WorkingDirectory = "/" };
        if (configuredBinaries is not null)
        {
            start.Environment["TRACKER_PG_BIN"] = configuredBinaries;
        }

        return new Holder(Process.Start(start)!);
    }

    /// <summary>Its next line that begins with one of the words, without the word.</summary>
    public async Task<string> WaitForAsync(string word)
    {
        using var limit = new CancellationTokenSource(Limit);
        var seen = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith(word + " ", StringComparison.Ordinal) || line == word)
            {
                return line[word.Length..].Trim();
            }

            seen.Add(line);
        }

        throw new InvalidOperationException($"The process ended without saying '{word}'. It said: {string.Join('\n', seen)}");
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    public void Signal(PosixSignal signal) => SendSignal(_process.Id, signal == PosixSignal.SIGINT ? 2 : 15);

    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}
