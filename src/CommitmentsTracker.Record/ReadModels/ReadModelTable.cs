using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>A table of the read models: its columns in one list, for whoever inserts into it, copies into it or compares with it.</summary>
/// <typeparam name="TRow">What a row is made of.</typeparam>
public sealed class ReadModelTable<TRow>(string name)
{
    private readonly List<Column> _columns = [];
    private string? _insert;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Names of its columns, but for those that the database generates.</summary>
    public IReadOnlyList<string> Columns => [.. _columns.Select(c => c.Name)];

    /// <summary>Inserts rows with the session's next save.</summary>
    public void Insert(IDocumentOperations operations, IReadOnlyList<TRow> rows)
    {
        if (rows.Count > 0)
            operations.QueueSqlCommand(_insert ??= InsertStatement(), [.. _columns.SelectMany(c => c.Inputs).Select(i => i.Values(rows))]);
    }

    /// <summary>
    /// Writes rows by COPY into the table, which the transaction has truncated. Values go into a buffer; a task for each of
    /// them would cost more than the value.
    /// </summary>
    public async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<TRow> rows, CancellationToken ct)
    {
        using var copy = connection.BeginBinaryImport($"copy {name} ({string.Join(", ", Columns)}) from stdin (format binary, freeze)");
        foreach (var row in rows)
        {
            copy.StartRow();
            foreach (var column in _columns)
            {
                if (column.Write is { } write)
                    write(copy, row);
                else
                    await copy.WriteAsync(column.Lexemes!(row).Vector, NpgsqlDbType.TsVector, ct);
            }
        }

        copy.Complete();
    }

    /// <summary>An id.</summary>
    public ReadModelTable<TRow> Id(string column, Func<TRow, Guid> value) =>
        With(column, new Input(column, "uuid", rows => Values(rows, value)), (copy, row) => copy.Write(value(row), NpgsqlDbType.Uuid));

    /// <summary>A text, or null.</summary>
    public ReadModelTable<TRow> Text(string column, Func<TRow, string?> value) =>
        With(
            column,
            new Input(column, "text", rows => Values(rows, value)),
            (copy, row) => WriteOrNull(copy, value(row), NpgsqlDbType.Text)
        );

    /// <summary>A number.</summary>
    public ReadModelTable<TRow> Number(string column, Func<TRow, int> value) =>
        With(
            column,
            new Input(column, "integer", rows => Values(rows, value)),
            (copy, row) => copy.Write(value(row), NpgsqlDbType.Integer)
        );

    /// <summary>Whether something holds.</summary>
    public ReadModelTable<TRow> Whether(string column, Func<TRow, bool> value) =>
        With(
            column,
            new Input(column, "boolean", rows => Values(rows, value)),
            (copy, row) => copy.Write(value(row), NpgsqlDbType.Boolean)
        );

    /// <summary>A day, or null.</summary>
    public ReadModelTable<TRow> Day(string column, Func<TRow, DateOnly?> value) =>
        With(
            column,
            new Input(column, "date", rows => Values(rows, value)),
            (copy, row) => WriteOrNull(copy, value(row), NpgsqlDbType.Date)
        );

    /// <summary>An instant, or null.</summary>
    public ReadModelTable<TRow> At(string column, Func<TRow, DateTimeOffset?> value) =>
        With(
            column,
            new Input(column, "timestamptz", rows => Values(rows, value)),
            (copy, row) => WriteOrNull(copy, value(row)?.UtcDateTime, NpgsqlDbType.TimestampTz)
        );

    /// <summary>A value as JSON.</summary>
    public ReadModelTable<TRow> Json(string column, Func<TRow, string> value) =>
        With(
            column,
            new Input(column, "text", rows => Values(rows, value)),
            (copy, row) => copy.Write(value(row), NpgsqlDbType.Jsonb),
            $"{column}::jsonb"
        );

    /// <summary>A list of slugs. They have no blanks, so that a list of them fits into one text.</summary>
    public ReadModelTable<TRow> Slugs(string column, Func<TRow, IEnumerable<string>> value) =>
        With(
            column,
            new Input(column, "text", rows => Values(rows, row => string.Join(' ', value(row)))),
            (copy, row) => copy.Write(value(row).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            $"string_to_array({column}, ' ')"
        );

    /// <summary>The words under which a row is found.</summary>
    public ReadModelTable<TRow> Words(string column, Func<TRow, Lexemes> value)
    {
        var input = new Input(column, "text", rows => Values(rows, row => value(row).Words));
        _columns.Add(new Column(column, [input], $"array_to_tsvector(string_to_array({column}, ' '))", null, value));
        return this;
    }

    /// <summary>Days on the first clock, from one up to and without another; null: open.</summary>
    public ReadModelTable<TRow> Days(string column, Func<TRow, DateOnly> from, Func<TRow, DateOnly?> to) =>
        With(
            column,
            [new Input($"{column}_from", "date", rows => Values(rows, from)), new Input($"{column}_to", "date", rows => Values(rows, to))],
            $"daterange({column}_from, {column}_to)",
            (copy, row) => copy.Write(Range(from(row), to(row)), NpgsqlDbType.DateRange)
        );

    /// <summary>Instants on the second clock, from one up to and without another; null: open.</summary>
    public ReadModelTable<TRow> Instants(string column, Func<TRow, DateTimeOffset> from, Func<TRow, DateTimeOffset?> to) =>
        With(
            column,
            [
                new Input($"{column}_from", "timestamptz", rows => Values(rows, from)),
                new Input($"{column}_to", "timestamptz", rows => Values(rows, to)),
            ],
            $"tstzrange({column}_from, {column}_to)",
            (copy, row) => copy.Write(Range(from(row).UtcDateTime, to(row)?.UtcDateTime), NpgsqlDbType.TimestampTzRange)
        );

    private ReadModelTable<TRow> With(string column, Input input, Action<NpgsqlBinaryImporter, TRow> write, string? expression = null) =>
        With(column, [input], expression ?? column, write);

    private ReadModelTable<TRow> With(string column, Input[] inputs, string expression, Action<NpgsqlBinaryImporter, TRow> write)
    {
        _columns.Add(new Column(column, inputs, expression, write, null));
        return this;
    }

    private string InsertStatement()
    {
        var inputs = _columns.SelectMany(c => c.Inputs).ToList();
        return $"""
            insert into {name} ({string.Join(", ", Columns)})
            select {string.Join(", ", _columns.Select(c => c.Expression))}
            from unnest({string.Join(", ", inputs.Select(i => $"?::{i.Type}[]"))})
                as r ({string.Join(", ", inputs.Select(i => i.Name))})
            """;
    }

    private static T[] Values<T>(IReadOnlyList<TRow> rows, Func<TRow, T> value) => [.. rows.Select(value)];

    private static NpgsqlRange<T> Range<T>(T from, T? to)
        where T : struct => to is { } end ? new(from, true, end, false) : new(from, true, false, default, false, true);

    private static void WriteOrNull<T>(NpgsqlBinaryImporter copy, T? value, NpgsqlDbType type)
    {
        if (value is null)
            copy.WriteNull();
        else
            copy.Write(value, type);
    }

    /// <summary>An array of a statement, with a value for every row.</summary>
    private sealed record Input(string Name, string Type, Func<IReadOnlyList<TRow>, object> Values);

    /// <param name="Name">Its name.</param>
    /// <param name="Inputs">The arrays that an insert is given for it.</param>
    /// <param name="Expression">How an insert makes it from them.</param>
    /// <param name="Write">How COPY writes it; null: it is words.</param>
    /// <param name="Lexemes">Words, which Npgsql can write asynchronously only.</param>
    private sealed record Column(
        string Name,
        Input[] Inputs,
        string Expression,
        Action<NpgsqlBinaryImporter, TRow>? Write,
        Func<TRow, Lexemes>? Lexemes
    );
}

/// <summary>Words under which something is found: letters and digits, parted by spaces.</summary>
public sealed class Lexemes(string words)
{
    private NpgsqlTsVector? _vector;

    /// <summary>As one text.</summary>
    public string Words => words;

    /// <summary>As COPY writes them.</summary>
    public NpgsqlTsVector Vector => _vector ??= Parsed(words);

    /// <summary>Does the work of <see cref="Vector"/> here and now.</summary>
    public void Parse() => _vector ??= Parsed(words);

#pragma warning disable CS0618 // Parsing here is safe: the words are letters and digits only.
    private static NpgsqlTsVector Parsed(string words) => NpgsqlTsVector.Parse(words);
#pragma warning restore CS0618
}
