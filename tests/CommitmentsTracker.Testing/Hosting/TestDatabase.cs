using CommitmentsTracker.EmbeddedPostgres;
using Npgsql;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>
/// One database for this run: made on the PostgreSQL that TRACKER_TEST_DB names, or on a cluster of our own. Every
/// fixture has a schema of its own in it.
/// </summary>
public sealed class TestDatabase : IAsyncLifetime
{
    private static string? _connectionString;
    private static int _schemas;
    private PrivateCluster? _cluster;
    private string? _folder;
    private string _database = "";
    private string _server = "";

    /// <summary>The run's database.</summary>
    public static string ConnectionString => _connectionString ?? throw new InvalidOperationException("The database is not up yet.");

    /// <summary>A schema that nothing else uses.</summary>
    public static string NewSchema() => $"t{Interlocked.Increment(ref _schemas)}";

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("TRACKER_TEST_DB") is { Length: > 0 } given)
        {
            _server = given;
        }
        else
        {
            _folder = $"/tmp/ct-server-tests-{Guid.CreateVersion7():n}";
            Directory.CreateDirectory(_folder);
            _cluster = await PrivateCluster.StartAsync(
                new ClusterOptions
                {
                    DataFolder = _folder,
                    Durable = false,
                    MaxConnections = 300,
                },
                new Progress<string>(),
                CancellationToken.None
            );
            _server = _cluster.ConnectionString;
        }

        _database = $"ct_server_{Guid.CreateVersion7():n}";
        await RunAsync($"create database {_database}");
        _connectionString = new NpgsqlConnectionStringBuilder(_server)
        {
            Database = _database,
            MaxPoolSize = 40,
            IncludeErrorDetail = true,
            // Many trackers bring up their schemas at once; on a slow machine a question to the catalog takes longer than the usual 30 s.
            CommandTimeout = 300,
        }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync($"drop database {_database} with (force)");
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        // Making and dropping a database takes long while others write.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }
}
