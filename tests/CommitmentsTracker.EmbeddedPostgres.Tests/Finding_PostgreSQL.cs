namespace CommitmentsTracker.EmbeddedPostgres.Tests;

public sealed class Finding_PostgreSQL
{
    [Fact]
    public async Task A_wrong_TRACKER_PG_BIN_is_explained()
    {
        await using var folder = new ScratchFolder();
        await using var holder = Holder.Start(folder.Path, configuredBinaries: "/nowhere/bin");

        var message = await holder.WaitForAsync("refused");

        message.ShouldContain("TRACKER_PG_BIN is /nowhere/bin");
        message.ShouldContain("initdb, pg_ctl, postgres");
        message.ShouldContain("unset it");
        (await holder.ExitAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Programs_in_TRACKER_PG_BIN_that_do_not_run_are_explained()
    {
        await using var folder = new ScratchFolder();
        var bin = Path.Combine(folder.Root, "bin");
        Directory.CreateDirectory(bin);
        foreach (var program in new[] { "initdb", "pg_ctl", "postgres" })
        {
            var path = Path.Combine(bin, program);
            await File.WriteAllTextAsync(path, "#!/bin/sh\necho not a database; exit 3\n", ScratchFolder.Cancellation);
            File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        }

        await using var holder = Holder.Start(folder.Path, configuredBinaries: bin);
        (await holder.WaitForAsync("refused")).ShouldContain("not a database");
    }

    [Fact]
    public async Task TRACKER_PG_BIN_of_another_major_version_than_the_data_is_refused()
    {
        await using var folder = new ScratchFolder();
        string binaries;
        await using (var cluster = await folder.StartAsync())
        {
            binaries = cluster.BinariesFolder;
            await File.WriteAllTextAsync(Path.Combine(cluster.ClusterFolder, "data", "PG_VERSION"), "9\n", ScratchFolder.Cancellation);
        }

        await using var holder = Holder.Start(folder.Path, configuredBinaries: binaries);
        (await holder.WaitForAsync("refused")).ShouldContain("PostgreSQL 9");
    }

    [Fact]
    public async Task An_ordinary_user_starts_and_stops_a_cluster_of_their_own()
    {
        Assert.SkipUnless(ScratchFolder.IsRoot, "As an ordinary user all other tests show this.");
        await using var folder = new ScratchFolder();

        // The repository may lie where an ordinary user cannot enter, so the program is copied to where they can.
        var program = Path.Combine(folder.Root, "program");
        await ScratchFolder.RunAsync("cp", "-r", AppContext.BaseDirectory, program);
        await ScratchFolder.RunAsync("chown", "-R", "nobody", folder.Root);
        string[] asNobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", $"HOME={folder.Root}"];

        await using var holder = Holder.Start(folder.Path, asNobody, program);
        var connectionString = await holder.WaitForAsync("ready");
        (await Sql.AskAsync(connectionString, "select 1")).ShouldBe(1);
        (await ScratchFolder.RunAsync("stat", "-c", "%U", Path.Combine(folder.Path, "postgres", "data"))).ShouldBe("nobody");
        await holder.KillAsync();

        // Root takes over as the user whom the cluster belongs to.
        await using (var cluster = await folder.StartAsync())
        {
            (await Sql.AskAsync(cluster.ConnectionString, "select 1")).ShouldBe(1);
        }

        // And a cluster of root's database user is not the ordinary user's to start.
        await using var roots = new ScratchFolder();
        await using (await roots.StartAsync()) { }

        await using var refused = Holder.Start(roots.Path, asNobody, program);
        (await refused.WaitForAsync("refused")).ShouldContain("cannot be written by user nobody");
    }
}
