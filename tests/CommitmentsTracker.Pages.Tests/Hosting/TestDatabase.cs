using CommitmentsTracker.EmbeddedPostgres;
using Npgsql;

namespace CommitmentsTracker.Pages.Tests.Hosting;

/// <summary>One database for this run: made on the PostgreSQL that TRACKER_TEST_DB names, or on a cluster of our own.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _name = $"ct_pages_{Guid.CreateVersion7():n}";
    private readonly string _server;
    private readonly PrivateCluster? _cluster;
    private readonly string? _folder;

    private TestDatabase(string server, PrivateCluster? cluster, string? folder)
    {
        (_server, _cluster, _folder) = (server, cluster, folder);
        ConnectionString = new NpgsqlConnectionStringBuilder(server)
        {
            Database = _name,
            MaxPoolSize = 30,
            IncludeErrorDetail = true,
        }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static async Task<TestDatabase> StartAsync()
    {
        PrivateCluster? cluster = null;
        string? folder = null;
        if (Environment.GetEnvironmentVariable("TRACKER_TEST_DB") is not { Length: > 0 } server)
        {
            folder = $"/tmp/ct-pages-tests-{Guid.CreateVersion7():n}";
            Directory.CreateDirectory(folder);
            cluster = await PrivateCluster.StartAsync(
                new ClusterOptions { DataFolder = folder, Durable = false },
                new Progress<string>(),
                CancellationToken.None
            );
            server = cluster.ConnectionString;
        }

        var database = new TestDatabase(server, cluster, folder);
        await database.RunAsync($"create database {database._name}");
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await RunAsync($"drop database {_name} with (force)");
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
