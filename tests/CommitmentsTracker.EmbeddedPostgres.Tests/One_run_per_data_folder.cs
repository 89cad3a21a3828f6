using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

public sealed class One_run_per_data_folder
{
    [Fact]
    public async Task A_second_start_is_refused_and_told_who_holds_the_folder()
    {
        await using var folder = new ScratchFolder();
        await using var holder = Holder.Start(folder.Path);
        var connectionString = await holder.WaitForAsync("ready");

        var refusal = await Should.ThrowAsync<DataFolderInUseException>(() => folder.StartAsync());

        refusal.ProcessId.ShouldBe(holder.ProcessId);
        refusal.Message.ShouldContain($"process {holder.ProcessId}");
        refusal.Message.ShouldContain("TRACKER_DATA");
        (await Sql.AskAsync(connectionString, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_second_start_in_the_same_process_is_refused_too()
    {
        await using var folder = new ScratchFolder();
        await using var cluster = await folder.StartAsync();
        (await Should.ThrowAsync<DataFolderInUseException>(() => folder.StartAsync())).ProcessId.ShouldBe(Environment.ProcessId);
    }

    [Fact]
    public async Task The_server_of_a_killed_run_is_taken_over_with_its_data()
    {
        await using var folder = new ScratchFolder();
        await using var holder = Holder.Start(folder.Path);
        var connectionString = await holder.WaitForAsync("ready");
        await Sql.AskAsync(connectionString, "create table kept as select 42 as answer");
        await holder.KillAsync();

        // The server outlived its program, and an orphaned session still holds a lock.
        await using var orphan = await Sql.OpenAsync(connectionString);
        await using var transaction = await orphan.BeginTransactionAsync(ScratchFolder.Cancellation);
        await new NpgsqlCommand("lock table kept", orphan, transaction).ExecuteNonQueryAsync(ScratchFolder.Cancellation);

        await using var cluster = await folder.StartAsync();
        cluster.ConnectionString.ShouldBe(connectionString);
        (await Sql.AskAsync(cluster.ConnectionString, "select answer from kept")).ShouldBe(42);
        folder.Progress.ShouldContain(line => line.StartsWith("Taking over"));
    }

    [Fact]
    public async Task A_server_that_was_killed_itself_leaves_a_number_that_does_not_hinder_the_next_start()
    {
        await using var folder = new ScratchFolder();
        string numberFile;
        await using (var cluster = await folder.StartAsync())
        {
            await Sql.AskAsync(cluster.ConnectionString, "create table kept as select 42 as answer");
            numberFile = Path.Combine(cluster.ClusterFolder, "data", "postmaster.pid");
            File.Copy(numberFile, Path.Combine(folder.Root, "copy"));
        }

        // As after a loss of power, with the number taken by a program that lives and is not PostgreSQL: this one.
        var lines = await File.ReadAllLinesAsync(Path.Combine(folder.Root, "copy"), ScratchFolder.Cancellation);
        lines[0] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(numberFile, lines, ScratchFolder.Cancellation);
        await ScratchFolder.RunAsync("chown", $"--reference={Path.GetDirectoryName(numberFile)}", numberFile);

        await using var again = await folder.StartAsync();
        (await Sql.AskAsync(again.ConnectionString, "select answer from kept")).ShouldBe(42);
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task A_signal_stops_the_program_and_with_it_the_server(PosixSignal signal)
    {
        await using var folder = new ScratchFolder();
        await using var holder = Holder.Start(folder.Path);
        var connectionString = await holder.WaitForAsync("ready");

        holder.Signal(signal);

        await holder.WaitForAsync("stopped");
        (await holder.ExitAsync()).ShouldBe(0);
        await Should.ThrowAsync<NpgsqlException>(() => Sql.AskAsync(connectionString, "select 1"));
    }

    [Fact]
    public async Task The_server_is_in_a_session_of_its_own_where_the_terminals_Ctrl_C_does_not_reach_it()
    {
        await using var folder = new ScratchFolder();
        await using var cluster = await folder.StartAsync();
        var server = await cluster.FindServerProcessAsync(ScratchFolder.Cancellation);
        (await SessionAsync(server!.Value)).ShouldNotBe(await SessionAsync(Environment.ProcessId));
    }

    // The sixth field; the second is the program's name in brackets, which may contain anything.
    private static async Task<string> SessionAsync(int process)
    {
        var status = await File.ReadAllTextAsync($"/proc/{process}/stat", ScratchFolder.Cancellation);
        return status[(status.LastIndexOf(')') + 2)..].Split(' ')[3];
    }
}
