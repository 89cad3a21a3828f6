using JasperFx.Events;
using Npgsql;

namespace CommitmentsTracker.Record.Appends;

/// <summary>What a failed save says of those who write at the same moment.</summary>
public static class WriteConflicts
{
    /// <summary>True if somebody else wrote the same at the same moment.</summary>
    public static bool IsConflict(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or JasperFx.ConcurrencyException
        || Postgres(e)
            is {
                SqlState: PostgresErrorCodes.UniqueViolation
                    or PostgresErrorCodes.SerializationFailure
                    or PostgresErrorCodes.DeadlockDetected
            };

    /// <summary>Name of the constraint or table in which something stood already; null: it failed for another reason.</summary>
    public static string? Violated(Exception e) =>
        Postgres(e) is { SqlState: PostgresErrorCodes.UniqueViolation } p ? p.ConstraintName ?? p.TableName ?? "" : null;

    private static PostgresException? Postgres(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is PostgresException p)
                return p;
        return null;
    }
}
