using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>What came of one attempt.</summary>
[JsonConverter(typeof(WordConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>Answered with 2xx.</summary>
    Delivered,

    /// <summary>Answered otherwise; a redirect is not followed.</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>No connection, or a broken one.</summary>
    Unreachable,

    /// <summary>The address leads where nothing is sent; no connection was made.</summary>
    Blocked,
}

/// <summary>One attempt as the API tells it.</summary>
public sealed record AttemptView(DateTimeOffset At, int? Status, int Ms, AttemptOutcome Outcome, string? Answer)
{
    /// <summary>Columns of the table <c>delivery_attempts</c> under an alias, as <see cref="Read"/> takes them.</summary>
    public static string Columns(string alias) => $"{alias}.at, {alias}.status, {alias}.took_ms, {alias}.outcome, {alias}.answer";

    public static AttemptView Read(NpgsqlDataReader row, int column) =>
        new(
            row.At(column),
            row.IsDBNull(column + 1) ? null : row.GetInt32(column + 1),
            row.GetInt32(column + 2),
            row.Word<AttemptOutcome>(column + 3),
            row.Text(column + 4)
        );
}
