using CommitmentsTracker.Record.Appends;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Server.Api;

/// <summary>Asks to forget the first answers that are older than a key is remembered.</summary>
public sealed record ForgetIdempotencyKeys;

/// <summary>Keeps the table of first answers small.</summary>
public static class ForgetIdempotencyKeysHandler
{
    /// <summary>Deletes what has expired.</summary>
    public static async Task Handle(ForgetIdempotencyKeys _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct)
    {
        await using var command = source.CreateCommand("delete from idempotency_keys where created_at <= $1");
        command.Parameters.Add(
            new NpgsqlParameter { Value = (time.GetUtcNow() - Idempotency.Remembered).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz }
        );
        await command.ExecuteNonQueryAsync(ct);
    }
}
