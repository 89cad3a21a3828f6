using CommitmentsTracker.Domain.Writing;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Record.Store;

/// <summary>
/// Statements with their parameters, by position ($1) in a line of SQL, by name (@name) in a block of it; null is one too.
/// A statement over a connection takes part in the transaction that is open on it.
/// </summary>
public static class Sql
{
    /// <summary>Runs a statement; the number of rows that it changed.</summary>
    public static async Task<int> RunAsync(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params (string Name, object? Value)[] named
    )
    {
        await using var command = Named(new NpgsqlCommand(sql, connection), named);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Runs a statement over a connection of its own; the number of rows that it changed.</summary>
    public static async Task<int> RunAsync(
        this NpgsqlDataSource source,
        string sql,
        CancellationToken ct,
        (string Name, object? Value) first,
        params (string Name, object? Value)[] named
    )
    {
        await using var command = Named(source.CreateCommand(sql), [first, .. named]);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The rows of a question.</summary>
    public static async Task<List<T>> AllAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params (string Name, object? Value)[] named
    )
    {
        await using var command = Named(new NpgsqlCommand(sql, connection), named);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.RowsAsync(read, ct);
    }

    /// <summary>The rows of a question over a connection of its own.</summary>
    public static async Task<List<T>> AllAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        (string Name, object? Value) first,
        params (string Name, object? Value)[] named
    )
    {
        await using var command = Named(source.CreateCommand(sql), [first, .. named]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.RowsAsync(read, ct);
    }

    /// <summary>The first row of a question; null: there is none.</summary>
    public static async Task<T?> OneAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        params (string Name, object? Value)[] named
    )
        where T : class
    {
        await using var command = Named(new NpgsqlCommand(sql, connection), named);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : null;
    }

    /// <summary>The first row of a question over a connection of its own; null: there is none.</summary>
    public static async Task<T?> OneAsync<T>(
        this NpgsqlDataSource source,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken ct,
        (string Name, object? Value) first,
        params (string Name, object? Value)[] named
    )
        where T : class
    {
        await using var command = Named(source.CreateCommand(sql), [first, .. named]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? read(reader) : null;
    }

    /// <summary>The value of a question that always has one row of one column.</summary>
    public static async Task<T> ValueAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken ct,
        params (string Name, object? Value)[] named
    )
    {
        await using var command = Named(new NpgsqlCommand(sql, connection), named);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>One statement of a batch.</summary>
    public static NpgsqlBatchCommand Statement(string sql, params (string Name, object? Value)[] named)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (name, value) in named)
            command.Parameters.Add(Parameter(value, name));
        return command;
    }

    /// <summary>The rows that are left in the result that a reader stands on.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>
    /// The word of a closed list as a literal of SQL. Where a partial index names the word, a parameter would hide the
    /// index from a prepared statement.
    /// </summary>
    public static string Literal<T>(this T value)
        where T : struct, Enum => $"'{value.Word()}'";

    /// <summary>The words of some values as a list of literals in parentheses.</summary>
    public static string Literals<T>(params IEnumerable<T> values)
        where T : struct, Enum => $"({string.Join(", ", values.Select(Literal))})";

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
        return await reader.RowsAsync(read, ct);
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
            command.Parameters.Add(Parameter(value));
        return command;
    }

    private static NpgsqlCommand Named(NpgsqlCommand command, IReadOnlyList<(string Name, object? Value)> named)
    {
        foreach (var (name, value) in named)
            command.Parameters.Add(Parameter(value, name));
        return command;
    }

    private static NpgsqlParameter Parameter(object? value, string? name = null) =>
        value switch
        {
            // A null without a type is taken for what the statement needs there.
            null => new NpgsqlParameter { ParameterName = name, Value = DBNull.Value },
            DateTimeOffset instant => Typed(name, instant.UtcDateTime, NpgsqlDbType.TimestampTz),
            IEnumerable<DateTimeOffset> instants => ArrayOf(name, instants.Select(i => i.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz),
            IEnumerable<DateTimeOffset?> instants => ArrayOf(
                name,
                instants.Select(i => i?.UtcDateTime).ToArray(),
                NpgsqlDbType.TimestampTz
            ),
            IEnumerable<int?> numbers => ArrayOf(name, numbers.ToArray(), NpgsqlDbType.Integer),
            IEnumerable<string?> texts => ArrayOf(name, texts.ToArray(), NpgsqlDbType.Text),
            _ => new NpgsqlParameter { ParameterName = name, Value = value },
        };

    private static NpgsqlParameter ArrayOf(string? name, object values, NpgsqlDbType of) => Typed(name, values, NpgsqlDbType.Array | of);

    private static NpgsqlParameter Typed(string? name, object value, NpgsqlDbType type) =>
        new()
        {
            ParameterName = name,
            Value = value,
            NpgsqlDbType = type,
        };
}
