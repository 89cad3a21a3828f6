using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;

namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>Addresses that refuse mails.</summary>
public sealed partial class SubscriptionStore
{
    /// <summary>Addresses that the mail server refused for good, the latest first, at most 200.</summary>
    public async Task<List<SuspendedAddress>> SuspendedAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.AllAsync(
            """
            select s.id, split_part(s.address, '@', 2), s.suspended_at,
                (select count(*)::int from subscriptions x where x.subscriber = s.id)
            from subscribers s where s.suspended_at is not null
            order by s.suspended_at desc limit 200
            """,
            r => new SuspendedAddress(r.GetGuid(0), r.GetString(1), r.At(2), r.GetInt32(3)),
            ct
        );
    }

    /// <summary>Lets mails be sent to an address again.</summary>
    /// <returns>False if there is no such subscriber.</returns>
    public async Task<bool> LiftAsync(Guid subscriber, CancellationToken ct) =>
        await source.RunAsync("update subscribers set suspended_at = null, refusals = 0 where id = @id", ct, ("id", subscriber)) > 0;

    /// <summary>
    /// Notes that the mail server took a mail to an address, or refused the address for good: twice in a row, and nothing
    /// more is sent.
    /// </summary>
    public static Task HeardAsync(NpgsqlConnection connection, Guid subscriber, bool isRefused, DateTimeOffset now, CancellationToken ct) =>
        isRefused
            ? connection.RunAsync(
                """
                update subscribers set refusals = refusals + 1,
                    suspended_at = case when refusals >= 1 then coalesce(suspended_at, @now) end
                where id = @id
                """,
                ct,
                ("id", subscriber),
                ("now", now)
            )
            : connection.RunAsync("update subscribers set refusals = 0 where id = @id and refusals > 0", ct, ("id", subscriber));
}
