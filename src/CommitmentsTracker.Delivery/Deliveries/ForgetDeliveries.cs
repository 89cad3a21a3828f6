using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Asks to forget deliveries that were done long ago.</summary>
public sealed record ForgetDeliveries;

/// <summary>Keeps deliveries, their attempts, the bytes of notices and mails for thirty days; what still waits stays.</summary>
public static class ForgetDeliveriesHandler
{
    /// <summary>How long what was told can be looked up and replayed.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const int AtOnce = 10_000;

    private static readonly string[] Statements =
    [
        "delete from deliveries where id in (select id from deliveries where done_at < @before limit @most)",
        "delete from delivery_attempts where ctid in (select ctid from delivery_attempts where at < @before limit @most)",
        // A notice goes after the last delivery that may still be sent or replayed.
        """
            delete from notices where change_no in (
                select n.change_no from notices n
                where n.created_at < @before and not exists (select 1 from deliveries d where d.change_no = n.change_no)
                limit @most)
            """,
        "delete from mails where id in (select id from mails where done_at < @before limit @most)",
        "delete from replays where id in (select id from replays where done_at < @before limit @most)",
    ];

    /// <summary>Deletes what is older, in small transactions.</summary>
    public static async Task Handle(ForgetDeliveries _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct)
    {
        var before = time.GetUtcNow() - Kept;
        await using var connection = await source.OpenConnectionAsync(ct);
        foreach (var statement in Statements)
            while (await connection.RunAsync(statement, ct, ("before", before), ("most", AtOnce)) == AtOnce)
                ct.ThrowIfCancellationRequested();
    }
}
