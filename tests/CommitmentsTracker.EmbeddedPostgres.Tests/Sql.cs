using Npgsql;

namespace CommitmentsTracker.EmbeddedPostgres.Tests;

internal static class Sql
{
    public static async Task<object?> AskAsync(string connectionString, string sql)
    {
        await using var session = await OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, session);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    // Without a pool: a test that restarts the server must not get a session from before.
    public static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await session.OpenAsync(TestContext.Current.CancellationToken);
        return session;
    }
}
