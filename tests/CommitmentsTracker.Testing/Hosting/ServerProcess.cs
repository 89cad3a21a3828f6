using System.Diagnostics;
using System.Text;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>The real program in a process of its own, on a schema of its own in the run's database.</summary>
public sealed class ServerProcess : IDisposable
{
    private static readonly string Dll = Path.GetFullPath(
        Path.Combine(
            AppContext.BaseDirectory,
            "..",
            "..",
            "CommitmentsTracker.Server",
            Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')),
            "CommitmentsTracker.Server.dll"
        )
    );

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private ServerProcess(string schema, string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        File.Exists(Dll).ShouldBeTrue(Dll);
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } own && Path.GetFileName(own) == "dotnet" ? own : "dotnet",
            [Dll, .. arguments]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["ConnectionStrings__Tracker"] = TestDatabase.ConnectionString;
        start.Environment["TRACKER_SCHEMA"] = schema;
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment.Remove("TRACKER_ADMIN_TOKEN");
        start.Environment.Remove("ASPNETCORE_URLS");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_errors, e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Read(_output);
    public string Errors => Read(_errors);
    public bool HasExited => _process.HasExited;

    /// <summary>Where it serves; set once it said so.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string schema, params string[] arguments)
    {
        using var program = Start(schema, arguments);
        return (await program.ExitAsync(), program.Output, program.Errors);
    }

    /// <summary>Starts a command.</summary>
    public static ServerProcess Start(string schema, params string[] arguments) => new(schema, arguments, null);

    /// <summary>Starts a command with other settings.</summary>
    public static ServerProcess Start(string schema, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(schema, arguments, environment);

    /// <summary>Serves on a free port, and waits until it does.</summary>
    public static async Task<ServerProcess> ServeAsync(string schema, IReadOnlyDictionary<string, string>? environment = null)
    {
        var program = new ServerProcess(schema, ["--urls", "http://127.0.0.1:0"], environment);
        const string Says = "CommitmentsTracker serves ";
        await Wait.UntilAsync(() => program.Output.Contains(Says, StringComparison.Ordinal) || program.HasExited, "serving", 120);
        program.Output.ShouldContain(Says, Shouldly.Case.Sensitive, program.Errors);
        program.Address = new Uri(program.Output.Split(Says)[1].Split(' ')[0]);
        return program;
    }

    /// <summary>What kill -9 does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Ctrl-C.</summary>
    public async Task<int> InterruptAsync()
    {
        using (Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) { }
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is null)
            return;
        lock (to)
            to.AppendLine(line);
    }

    private static string Read(StringBuilder from)
    {
        lock (from)
            return from.ToString();
    }
}
