using Npgsql;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

public sealed class Starting_and_stopping
{
    [Fact]
    public async Task Data_are_there_again_after_a_stop_and_a_start()
    {
        await using var folder = new ScratchFolder();
        string first;
        await using (var cluster = await folder.StartAsync())
        {
            first = cluster.ConnectionString;
            await Sql.AskAsync(first, "create table kept as select 42 as answer");
        }

        await using var again = await folder.StartAsync();
        again.ConnectionString.ShouldBe(first);
        (await Sql.AskAsync(again.ConnectionString, "select answer from kept")).ShouldBe(42);
        folder.Progress.ShouldContain(line => line.StartsWith("Creating a PostgreSQL"), 1);
    }

    [Fact]
    public async Task The_database_is_UTF8_with_the_C_UTF8_locale_and_has_the_wanted_name()
    {
        await using var folder = new ScratchFolder();
        await using var cluster = await folder.StartAsync(folder.Options with { Database = "odd \"name\" 承诺" });

        (await Sql.AskAsync(cluster.ConnectionString, "select current_database()")).ShouldBe("odd \"name\" 承诺");
        (
            await Sql.AskAsync(
                cluster.ConnectionString,
                "select pg_encoding_to_char(encoding) || ' ' || datcollate from pg_database where datname = current_database()"
            )
        ).ShouldBe("UTF8 C.UTF-8");
        (await Sql.AskAsync(cluster.ConnectionString, "show timezone")).ShouldBe("UTC");
        File.Exists(Path.Combine(cluster.BinariesFolder, "initdb")).ShouldBeTrue();
    }

    [Fact]
    public async Task It_opens_no_TCP_port_and_asks_for_a_password_that_only_its_user_can_read()
    {
        await using var folder = new ScratchFolder();
        await using var cluster = await folder.StartAsync();

        (await Sql.AskAsync(cluster.ConnectionString, "show listen_addresses")).ShouldBe("");
        var wrong = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Password = "wrong" }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => Sql.AskAsync(wrong, "select 1"))).SqlState.ShouldBe(
            PostgresErrorCodes.InvalidPassword
        );

        var passwordFile = Path.Combine(cluster.ClusterFolder, "password");
        (await ScratchFolder.RunAsync("stat", "-c", "%a", passwordFile)).ShouldBe("600");
        (await ScratchFolder.RunAsync("stat", "-c", "%U", passwordFile)).ShouldBe(
            await ScratchFolder.RunAsync("stat", "-c", "%U", Path.Combine(cluster.ClusterFolder, "data"))
        );
        (await ScratchFolder.RunAsync("stat", "-c", "%U", passwordFile)).ShouldNotBe("root");
    }

    [Theory]
    [InlineData(true, "on on on")]
    [InlineData(false, "off off off")]
    public async Task Durability_and_sessions_are_as_asked_at_every_start(bool durable, string expected)
    {
        await using var folder = new ScratchFolder();
        await using (await folder.StartAsync(folder.Options with { Durable = !durable, MaxConnections = 11 })) { }

        await using var cluster = await folder.StartAsync(folder.Options with { Durable = durable, MaxConnections = 17 });
        (
            await Sql.AskAsync(
                cluster.ConnectionString,
                "select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), "
                    + "current_setting('full_page_writes'))"
            )
        ).ShouldBe(expected);
        (await Sql.AskAsync(cluster.ConnectionString, "show max_connections")).ShouldBe("17");
    }

    [Theory]
    [InlineData(RestartKind.Clean)]
    [InlineData(RestartKind.Crash)]
    public async Task A_restart_keeps_committed_data_and_the_connection_string(RestartKind kind)
    {
        await using var folder = new ScratchFolder();
        await using var cluster = await folder.StartAsync(folder.Options with { Durable = true });
        await Sql.AskAsync(cluster.ConnectionString, "create table kept as select 42 as answer");
        var before = await cluster.FindServerProcessAsync(ScratchFolder.Cancellation);

        await cluster.RestartAsync(kind, ScratchFolder.Cancellation);

        (await Sql.AskAsync(cluster.ConnectionString, "select answer from kept")).ShouldBe(42);
        before.ShouldNotBeNull();
        (await cluster.FindServerProcessAsync(ScratchFolder.Cancellation)).ShouldNotBe(before);
    }

    [Fact]
    public async Task Stopping_twice_is_harmless_and_leaves_no_process()
    {
        await using var folder = new ScratchFolder();
        var cluster = await folder.StartAsync();
        var server = await cluster.FindServerProcessAsync(ScratchFolder.Cancellation);
        await cluster.StopAsync();
        await cluster.DisposeAsync();

        // A process that has ended has no current folder, also while its parent has not collected it yet.
        await ScratchFolder.UntilAsync(() => !Directory.Exists($"/proc/{server}/cwd"));
        await Should.ThrowAsync<ObjectDisposedException>(() => cluster.RestartAsync(cancellation: ScratchFolder.Cancellation));
    }

    [Fact]
    public async Task Ctrl_C_while_it_is_starting_leaves_a_folder_that_starts()
    {
        await using var folder = new ScratchFolder();
        using var stop = new CancellationTokenSource();
        void StopAtCreation(string line)
        {
            if (line.StartsWith("Creating", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }

        await Should.ThrowAsync<OperationCanceledException>(() =>
            PrivateCluster.StartAsync(folder.Options, new LineProgress(StopAtCreation), stop.Token)
        );

        await using var cluster = await folder.StartAsync();
        (await Sql.AskAsync(cluster.ConnectionString, "select 1")).ShouldBe(1);
    }
}
