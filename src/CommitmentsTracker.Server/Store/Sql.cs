using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Store;

/// <summary>Single statements with positional parameters; null is one too.</summary>
internal static class Sql
{
    /// <summary>Runs a statement; the number of rows that it changed.</summary>
    public static async Task<int> RunAsync(this NpgsqlDataSource source, string sql, CancellationToken ct, params object?[] values)
    {
        await using var command = Filled(source.CreateCommand(sql), values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Runs a statement within a transaction; the number of rows that it changed.</summary>
    public static async Task<int> RunAsync(this NpgsqlTransaction transaction, string sql, CancellationToken ct, params object?[] values)
    {
        await using var command = Filled(new NpgsqlCommand(sql, transaction.Connection, transaction), values);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The rows of a question.</summary>
    public static async Task<List<T>> AllAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params object?[] values
    )
    {
        await using var command = Filled(source.CreateCommand(sql), values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The first row of a question; null: there is none.</summary>
    public static async Task<T?> OneAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params object?[] values
    )
        where T : class
    {
        await using var command = Filled(source.CreateCommand(sql), values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : null;
    }

    /// <summary>The first row of a statement within a transaction; null: there is none.</summary>
    public static async Task<T?> OneAsync<T>(
        this NpgsqlTransaction transaction,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params object?[] values
    )
        where T : class
    {
        await using var command = Filled(new NpgsqlCommand(sql, transaction.Connection, transaction), values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : null;
    }

    /// <summary>A text that may be null.</summary>
    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>An instant.</summary>
    public static DateTimeOffset At(this NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    /// <summary>An instant that may be null.</summary>
    public static DateTimeOffset? MaybeAt(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.At(column);

    private static NpgsqlCommand Filled(NpgsqlCommand command, object?[] values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(
                value switch
                {
                    // A null without a type is taken for a text; every nullable column that is written here is one, or an instant.
                    null => new NpgsqlParameter { Value = DBNull.Value },
                    DateTimeOffset instant => new NpgsqlParameter { Value = instant.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                    _ => new NpgsqlParameter { Value = value },
                }
            );
        }

        return command;
    }
}
