using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>How <see cref="PrivateCluster.RestartAsync"/> ends the running server.</summary>
public enum RestartKind
{
    /// <summary>Sessions are cut, everything is written, then the server starts again.</summary>
    Clean,

    /// <summary>As after a loss of power: nothing is written, and the server recovers from its log at the start. For fault tests.</summary>
    Crash,
}

/// <summary>
/// A PostgreSQL server of our own: found or fetched, kept in the data folder, reachable by a Unix socket and a password only, and stopped
/// when this object is disposed. While it exists, it holds the data folder against other processes.
/// </summary>
/// <remarks>
/// If this process is killed, the server stays behind. The next start ends it, and with it what its orphaned sessions still do and hold,
/// then starts the server again with its own settings.
/// </remarks>
public sealed class PrivateCluster : IAsyncDisposable
{
    private const string Superuser = "tracker";
    private const string Include = "include '../tracker.conf'";

    // Recovery after a crash of a large database takes its time; pg_ctl gives up after this many seconds.
    private const string StartLimit = "900";
    private const string StopLimit = "120";
    private const long LogKept = 10 * 1024 * 1024;

    private readonly PostgresBinaries _binaries;
    private readonly DatabaseAccount _account;
    private readonly ClusterPlace _place;
    private readonly IProgress<string> _progress;
    private readonly List<FolderLock> _locks;
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private bool _released;

    private PrivateCluster(
        PostgresBinaries binaries,
        DatabaseAccount account,
        ClusterPlace place,
        IProgress<string> progress,
        List<FolderLock> locks
    )
    {
        _binaries = binaries;
        _account = account;
        _place = place;
        _progress = progress;
        _locks = locks;
    }

    /// <summary>For Npgsql: the database's superuser on the socket. Stays the same over restarts and later runs.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>The folder of PostgreSQL's programs (<c>pg_dump</c> and <c>psql</c> among them if the package has them).</summary>
    public string BinariesFolder => _binaries.Folder;

    /// <summary>The folder that holds the server's data, settings, password and log; for backups and messages.</summary>
    public string ClusterFolder => _place.Home;

    /// <summary>Finds or fetches PostgreSQL, makes the cluster and the database if they do not exist, and starts the server.</summary>
    /// <exception cref="PostgresUnavailableException">It cannot be had or started; the message says what to do.</exception>
    /// <exception cref="DataFolderInUseException">Another process runs on this data folder.</exception>
    public static async Task<PrivateCluster> StartAsync(ClusterOptions options, IProgress<string> progress, CancellationToken cancellation)
    {
        var dataFolder = MakeDataFolder(options.DataFolder);
        var locks = new List<FolderLock> { FolderLock.Take(dataFolder) };
        PrivateCluster? cluster = null;
        try
        {
            var existingHome = ClusterPlace.ExistingHome(dataFolder);
            var binaries = await PostgresBinaries.FindAsync(dataFolder, ClusterPlace.MajorVersion(existingHome), progress, cancellation);
            var account = await DatabaseAccount.ForAsync(existingHome, cancellation);
            await account.DemandAsync(
                $"Running PostgreSQL from {binaries.Folder}",
                [binaries.Program("postgres"), "--version"],
                cancellation,
                environment: binaries.Environment
            );
            var place = await ClusterPlace.PrepareAsync(dataFolder, existingHome, account, progress, cancellation);
            if (!place.IsInside(dataFolder))
            {
                // A copy of the data folder names the same home.
                locks.Add(FolderLock.Take(place.Home));
            }

            cluster = new PrivateCluster(binaries, account, place, progress, locks);
            await cluster.BringUpAsync(options, cancellation);
            return cluster;
        }
        catch
        {
            if (cluster is null)
            {
                locks.ForEach(held => held.Dispose());
            }
            else
            {
                await cluster.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Ends the server and starts it again. Open sessions break; <see cref="ConnectionString"/> stays valid.</summary>
    public async Task RestartAsync(RestartKind kind = RestartKind.Clean, CancellationToken cancellation = default)
    {
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            ObjectDisposedException.ThrowIf(_released, this);
            await EndServerAsync(kind, cancellation);
            await LaunchServerAsync(cancellation);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The server's process, for fault tests; null if it is not running.</summary>
    public async Task<int?> FindServerProcessAsync(CancellationToken cancellation = default) =>
        await FindPidAsync(cancellation) is { IsOurs: true } found ? found.Pid : null;

    /// <summary>Stops the server, cutting open sessions, and frees the data folder. A second call does nothing.</summary>
    public async Task StopAsync()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_released)
            {
                return;
            }

            await EndServerAsync(RestartKind.Clean, CancellationToken.None);
            if (_place.SocketIsElsewhere)
            {
                await _account.DemandAsync("Removing the socket's folder", ["rmdir", _place.SocketFolder], CancellationToken.None);
            }

            // Only now: whoever starts next finds a stopped server. If stopping failed, the lock ends with this process.
            _locks.ForEach(held => held.Dispose());
            _released = true;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The same as <see cref="StopAsync"/>.</summary>
    public ValueTask DisposeAsync() => new(StopAsync());

    private static string MakeDataFolder(string dataFolder)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(dataFolder));
        if (!OperatingSystem.IsLinux())
        {
            throw new PostgresUnavailableException(
                "The tracker's own PostgreSQL runs on Linux only. Set ConnectionStrings__Tracker to a database of your own."
            );
        }

        if (folder.IndexOfAny(['"', '$', '`', '\\', '\n', '\r']) >= 0)
        {
            // PostgreSQL's programs pass these paths to a shell.
            throw new PostgresUnavailableException(
                $"The data folder {folder} has one of the characters \" $ ` \\ or a line break in its path, which PostgreSQL "
                    + "cannot bear. Set TRACKER_DATA to another folder."
            );
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new PostgresUnavailableException(
                $"The data folder {folder} cannot be made: {e.Message} Set TRACKER_DATA to a folder that {Environment.UserName} may write.",
                e
            );
        }

        return folder;
    }

    private async Task BringUpAsync(ClusterOptions options, CancellationToken cancellation)
    {
        if (!Directory.Exists(_place.Data))
        {
            await CreateClusterAsync(options, cancellation);
        }

        if (await FindPidAsync(cancellation) is { } found)
        {
            if (found.IsOurs)
            {
                _progress.Report("Taking over the PostgreSQL server of an earlier run that was killed …");
                await EndServerAsync(RestartKind.Clean, cancellation);
            }
            else
            {
                // After a crash of the machine the number may belong to any program, and PostgreSQL would then refuse to start.
                await RunAsync("Removing a stale process number", ["rm", "-f", Path.Combine(_place.Data, "postmaster.pid")], cancellation);
            }
        }

        await WriteSettingsAsync(options, cancellation);
        await LaunchServerAsync(cancellation);
        await CreateDatabaseAsync(options.Database, cancellation);
    }

    private async Task CreateClusterAsync(ClusterOptions options, CancellationToken cancellation)
    {
        _progress.Report($"Creating a PostgreSQL {_binaries.Major} cluster in {_place.Home} (about 2 s) …");
        await WriteFileAsync(_place.PasswordFile, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)), cancellation);

        // Made under another name first, so that an interrupted run leaves no half of a cluster where the next one looks for it.
        var unfinished = _place.Data + ".new";
        await RunAsync("Removing an unfinished cluster", ["rm", "-rf", unfinished], cancellation);
        List<string> initdb =
        [
            _binaries.Program("initdb"),
            "-D",
            unfinished,
            "-U",
            Superuser,
            "--auth=scram-sha-256",
            $"--pwfile={_place.PasswordFile}",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
        ];
        if (!options.Durable)
        {
            initdb.Add("--no-sync");
        }

        await RunAsync("Creating the cluster (initdb)", initdb, cancellation);
        await RunAsync("Creating the cluster", ["mv", unfinished, _place.Data], cancellation);
    }

    private async Task WriteSettingsAsync(ClusterOptions options, CancellationToken cancellation)
    {
        var durable = options.Durable ? "on" : "off";
        await WriteFileAsync(
            _place.SettingsFile,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                # Written at every start; put settings of your own into data/postgresql.conf, above the line that includes this file.
                listen_addresses = ''
                port = {ClusterPlace.Port}
                unix_socket_directories = '{_place.SocketFolder}'
                max_connections = {options.MaxConnections}
                fsync = {durable}
                synchronous_commit = {durable}
                full_page_writes = {durable}
                # Statements here are short; compiling them costs more than it saves.
                jit = off
                timezone = 'UTC'
                log_timezone = 'UTC'

                """
            ),
            cancellation
        );

        // At every start, not only after initdb: without this line the server would listen on TCP.
        await RunAsync(
            "Writing the settings",
            [
                "sh",
                "-c",
                """grep -qxF "$2" "$1" || printf '\n%s\n' "$2" >> "$1" """,
                "sh",
                Path.Combine(_place.Data, "postgresql.conf"),
                Include,
            ],
            cancellation
        );
    }

    private async Task LaunchServerAsync(CancellationToken cancellation)
    {
        _progress.Report($"Starting PostgreSQL {_binaries.Major} …");
        if (new FileInfo(_place.Log) is { Exists: true, Length: > LogKept })
        {
            await RunAsync("Putting the old log aside", ["mv", _place.Log, _place.Log + ".1"], cancellation);
        }

        var started = await _account.RunAsync(
            PgCtl("start", "-l", _place.Log, "-w", "-t", StartLimit),
            cancellation,
            environment: _binaries.Environment
        );
        if (!started.Ok)
        {
            var log = File.Exists(_place.Log) ? string.Join('\n', File.ReadLines(_place.Log).TakeLast(15)) : "(no log)";
            throw new PostgresUnavailableException($"PostgreSQL did not start: {started.Said}\nThe end of its log, {_place.Log}:\n{log}");
        }
    }

    private async Task EndServerAsync(RestartKind kind, CancellationToken cancellation)
    {
        if (await FindPidAsync(cancellation) is { IsOurs: true })
        {
            var mode = kind == RestartKind.Crash ? "immediate" : "fast";
            await RunAsync("Stopping PostgreSQL", PgCtl("stop", "-m", mode, "-w", "-t", StopLimit), cancellation);
        }
    }

    private async Task CreateDatabaseAsync(string database, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = _place.SocketFolder,
            Port = ClusterPlace.Port,
            Username = Superuser,
            Password = await _account.DemandAsync("Reading the password", ["cat", _place.PasswordFile], cancellation),
            Database = database,
        };
        ConnectionString = connection.ConnectionString;

        connection.Database = "postgres";
        connection.Pooling = false;
        await using var session = new NpgsqlConnection(connection.ConnectionString);
        await session.OpenAsync(cancellation);
        await using var find = new NpgsqlCommand("select 1 from pg_database where datname = $1", session)
        {
            Parameters = { new() { Value = database } },
        };
        if (await find.ExecuteScalarAsync(cancellation) is null)
        {
            var name = database.Replace("\"", "\"\"", StringComparison.Ordinal);
            await using var create = new NpgsqlCommand($"create database \"{name}\"", session);
            await create.ExecuteNonQueryAsync(cancellation);
        }
    }

    // The number in PostgreSQL's file may be stale and taken by another program, and signalling that one would be bad. The server's
    // process is known by its current folder, which is the data folder. Null: no number, or nothing to be learned about it.
    private async Task<(int Pid, bool IsOurs)?> FindPidAsync(CancellationToken cancellation)
    {
        const string Script = """
            pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || exit 0
            cwd=$(readlink "/proc/$pid/cwd") || exit 0
            [ "$cwd" = "$(readlink -f "$1")" ] && echo "$pid ours" || echo "$pid other"
            """;
        var found = (await RunAsync("Looking for a running server", ["sh", "-c", Script, "sh", _place.Data], cancellation))
            .Trim()
            .Split(' ');
        return found.Length == 2 ? (int.Parse(found[0], CultureInfo.InvariantCulture), found[1] == "ours") : null;
    }

    private string[] PgCtl(string action, params string[] more) => [_binaries.Program("pg_ctl"), action, "-s", "-D", _place.Data, .. more];

    // All files of the cluster are written by its own user, so root follows no link that this user may have laid.
    private Task WriteFileAsync(string path, string content, CancellationToken cancellation) =>
        RunAsync($"Writing {path}", ["sh", "-c", """umask 077; cat > "$1.new" && mv "$1.new" "$1" """, "sh", path], cancellation, content);

    private Task<string> RunAsync(string purpose, IEnumerable<string> commandLine, CancellationToken cancellation, string? input = null) =>
        _account.DemandAsync(purpose, commandLine, cancellation, input, _binaries.Environment);
}
