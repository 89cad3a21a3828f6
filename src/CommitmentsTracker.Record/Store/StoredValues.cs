using System.Text.Json;
using CommitmentsTracker.Domain.Writing;
using Npgsql;

namespace CommitmentsTracker.Record.Store;

/// <summary>Reads the values of a row that the tracker wrote.</summary>
public static class StoredValues
{
    /// <summary>A word of a closed list.</summary>
    public static T Word<T>(this NpgsqlDataReader row, int column)
        where T : struct, Enum => Words.Read<T>(row.GetString(column));

    /// <summary>A word of a closed list, or null.</summary>
    public static T? OptionalWord<T>(this NpgsqlDataReader row, int column)
        where T : struct, Enum => row.IsDBNull(column) ? null : row.Word<T>(column);

    /// <summary>A day.</summary>
    public static DateOnly Day(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateOnly>(column);

    /// <summary>A day, or null.</summary>
    public static DateOnly? OptionalDay(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Day(column);

    /// <summary>A value kept as JSON.</summary>
    public static T Json<T>(this NpgsqlDataReader row, int column) =>
        JsonSerializer.Deserialize<T>(row.GetFieldValue<byte[]>(column), TrackerJson.Stored)!;
}
