using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>What a finished program left.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public bool Ok => ExitCode == 0;

    /// <summary>What it said, errors first choice, for a message to a person.</summary>
    public string Said => (Error.Length > 0 ? Error : Output).Trim();
}

/// <summary>Runs other programs: without a shell, without a terminal, and always cancellable.</summary>
internal static class Command
{
    private const int Interrupt = 2;
    private static readonly TimeSpan GraceAfterInterrupt = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end. A failing exit code is the caller's business; a program that is not there throws.</summary>
    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> commandLine,
        CancellationToken cancellation,
        string? input = null,
        string workingFolder = "/",
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        cancellation.ThrowIfCancellationRequested();

        using var process = Start(StartOf(commandLine, workingFolder, environment));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(process);
            throw;
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }

    private static ProcessStartInfo StartOf(
        IReadOnlyList<string> commandLine,
        string workingFolder,
        IReadOnlyDictionary<string, string>? environment
    )
    {
        // A session of its own: Ctrl-C at the terminal reaches this process only, which then stops what it started in the right order.
        var start = new ProcessStartInfo("setsid", commandLine)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not the caller's folder, which the database's user may be unable to enter.
            WorkingDirectory = workingFolder,
        };

        // Somebody's PGDATA, PGPORT or PGOPTIONS must not lead PostgreSQL's programs to another cluster.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PostgresUnavailableException("The program setsid (of Debian's package util-linux) is missing. Install it.", e);
        }
    }

    /// <summary>Whether a program of that name lies on the search path.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    // An interrupt, not a kill: initdb then removes what it made, pg_ctl stops the server it was starting, apt-get leaves
    // no half-installed package (it finishes one that it has begun, hence the long grace).
    private static async Task EndAsync(Process process)
    {
        _ = SendSignal(process.Id, Interrupt);
        using var grace = new CancellationTokenSource(GraceAfterInterrupt, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}
