namespace CommitmentsTracker.EmbeddedPostgres.Tests;

public sealed class Odd_folders
{
    [Theory]
    [InlineData("a path that is longer than the path of a socket may be")]
    [InlineData("spaces, commas, 'quotes' and 承诺")]
    public async Task A_long_or_odd_path_gets_its_socket_in_a_short_folder(string name)
    {
        var inner = name.StartsWith("a path", StringComparison.Ordinal)
            ? Path.Combine(Enumerable.Repeat(name.Replace(' ', '-'), 3).ToArray())
            : name;
        await using var folder = new ScratchFolder(inner);
        string socketFolder;
        await using (var cluster = await folder.StartAsync())
        {
            socketFolder = new Npgsql.NpgsqlConnectionStringBuilder(cluster.ConnectionString).Host!;
            (await Sql.AskAsync(cluster.ConnectionString, "select 1")).ShouldBe(1);
            socketFolder.ShouldStartWith("/tmp/ct-");
            (await ScratchFolder.RunAsync("stat", "-c", "%a", socketFolder)).ShouldBe("700");
        }

        Directory.Exists(socketFolder).ShouldBeFalse();
    }

    [Fact]
    public async Task A_foreign_folder_in_the_sockets_place_is_refused()
    {
        await using var folder = new ScratchFolder("with, comma");
        string socketFolder;
        await using (var cluster = await folder.StartAsync())
        {
            socketFolder = new Npgsql.NpgsqlConnectionStringBuilder(cluster.ConnectionString).Host!;
        }

        Directory.CreateDirectory(socketFolder);
        folder.AlsoRemove(socketFolder);
        (await Should.ThrowAsync<PostgresUnavailableException>(() => folder.StartAsync())).Message.ShouldContain(socketFolder);
    }

    [Fact]
    public async Task A_folder_closed_to_the_databases_user_gets_its_cluster_elsewhere_and_says_so()
    {
        Assert.SkipUnless(ScratchFolder.IsRoot, "Only root drops to another user for the database.");
        await using var folder = new ScratchFolder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var note = Path.Combine(folder.Path, "postgres-location.txt");
        string home;
        await using (var cluster = await folder.StartAsync())
        {
            home = cluster.ClusterFolder;
            folder.AlsoRemove(home);
            home.ShouldStartWith("/var/lib/commitments-tracker/");
            (await File.ReadAllLinesAsync(note, ScratchFolder.Cancellation))[0].ShouldBe(home);
            await Sql.AskAsync(cluster.ConnectionString, "create table kept as select 42 as answer");
        }

        // The note binds, also when the folder is opened later: never a second, empty database.
        File.SetUnixFileMode(folder.Path, (UnixFileMode)0b111_101_101);
        await using (var cluster = await folder.StartAsync())
        {
            (await Sql.AskAsync(cluster.ConnectionString, "select answer from kept")).ShouldBe(42);

            // A copy of the data folder names the same database, which is in use.
            var copy = Path.Combine(folder.Root, "copy");
            Directory.CreateDirectory(copy);
            File.Copy(note, Path.Combine(copy, "postgres-location.txt"));
            (
                await Should.ThrowAsync<DataFolderInUseException>(() => folder.StartAsync(folder.Options with { DataFolder = copy }))
            ).Folder.ShouldBe(home);
        }

        // Gone, not forgotten.
        Directory.Move(home, home + "-moved");
        folder.AlsoRemove(home + "-moved");
        (await Should.ThrowAsync<PostgresUnavailableException>(() => folder.StartAsync())).Message.ShouldContain(home);
        Directory.CreateDirectory(home);
    }

    [Fact]
    public async Task A_path_that_a_shell_would_expand_is_refused()
    {
        await using var folder = new ScratchFolder("with $HOME");
        (await Should.ThrowAsync<PostgresUnavailableException>(() => folder.StartAsync())).Message.ShouldContain("TRACKER_DATA");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_said()
    {
        await using var folder = new ScratchFolder();
        var file = Path.Combine(folder.Path, "a-file");
        await File.WriteAllTextAsync(file, "", ScratchFolder.Cancellation);
        (
            await Should.ThrowAsync<PostgresUnavailableException>(() =>
                folder.StartAsync(folder.Options with { DataFolder = Path.Combine(file, "below") })
            )
        ).Message.ShouldContain("TRACKER_DATA");
    }
}
