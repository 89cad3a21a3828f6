using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>The deliveries of a batch of changes, with the notices that webhooks are sent. What is there already stays.</summary>
/// <param name="wanted">Who is told of what.</param>
/// <param name="address">Where links lead.</param>
/// <param name="now">When they are made.</param>
public sealed class NewDeliveries(Wanted wanted, PublicAddress address, DateTimeOffset now)
{
    private const string Notices = """
        insert into notices (change_no, body, created_at)
        select n, b, @now from unnest(@numbers, @bodies) as x (n, b)
        on conflict do nothing
        """;

    private const string Deliveries = """
        insert into deliveries (subscription, change_no, state, due_at, created_at, done_at)
        select s, n, @state, d, @now, @done::timestamptz from unnest(@subscriptions, @numbers, @due) as x (s, n, d)
        on conflict do nothing
        """;

    private readonly List<Guid> _subscriptions = [];
    private readonly List<long> _numbers = [];
    private readonly List<DateTimeOffset> _due = [];
    private readonly List<long> _noticed = [];
    private readonly List<byte[]> _bodies = [];

    /// <summary>Adds those of a change: all of them, or, if it cannot be told, none.</summary>
    /// <param name="mended">As <see cref="Wanted.Of"/> takes it.</param>
    public void Add(ChangeView change, IReadOnlyList<ChangeView> mended)
    {
        var (told, isNoticed) = (new List<(Guid Subscription, DateTimeOffset Due)>(), false);
        foreach (var s in wanted.Of(change, mended))
        {
            if (DueAt(s) is not { } due)
                continue;
            told.Add((s.Id, due));
            isNoticed |= s.Channel == Channel.Webhook;
        }

        if (isNoticed)
        {
            _bodies.Add(Notice.Body(change, address));
            _noticed.Add(change.ChangeNo);
        }

        foreach (var (subscription, due) in told)
        {
            _subscriptions.Add(subscription);
            _numbers.Add(change.ChangeNo);
            _due.Add(due);
        }
    }

    /// <summary>Writes the bytes of a change's notice, unless they are there.</summary>
    public static Task NoticeAsync(
        NpgsqlConnection connection,
        ChangeView change,
        PublicAddress address,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        connection.RunAsync(
            Notices,
            ct,
            ("now", now),
            ("numbers", new[] { change.ChangeNo }),
            ("bodies", new[] { Notice.Body(change, address) })
        );

    /// <summary>Writes them in a state; one in which nothing is to be sent is done with at once.</summary>
    /// <returns>How many were not there yet.</returns>
    public async Task<int> InsertAsync(NpgsqlConnection connection, DeliveryState state, CancellationToken ct)
    {
        if (_subscriptions.Count == 0)
            return 0;
        await using var insert = new NpgsqlBatch(connection);
        if (_noticed.Count > 0)
        {
            insert.BatchCommands.Add(Sql.Statement(Notices, ("now", now), ("numbers", _noticed.ToArray()), ("bodies", _bodies.ToArray())));
        }

        insert.BatchCommands.Add(
            Sql.Statement(
                Deliveries,
                ("state", state.Word()),
                ("now", now),
                ("done", state == DeliveryState.Waiting ? null : (object)now),
                ("subscriptions", _subscriptions.ToArray()),
                ("numbers", _numbers.ToArray()),
                ("due", _due)
            )
        );
        await insert.ExecuteNonQueryAsync(ct);
        return (int)insert.BatchCommands[^1].Rows;
    }

    /// <summary>
    /// When a change is due; null: in a zone that this machine does not know, where nobody can say when the morning is. Its
    /// subscriber is put aside, and what waits for the zone is made up for.
    /// </summary>
    private DateTimeOffset? DueAt(Subscription s)
    {
        if (s.Channel == Channel.Webhook)
            return now;
        if (s.Frequency == Frequency.Immediately || s.Subscriber is not { } id || !wanted.Subscribers.TryGetValue(id, out var subscriber))
            return MailTimes.DueAt(s.Frequency, now, TimeZoneInfo.Utc);
        return TimeZoneInfo.TryFindSystemTimeZoneById(subscriber.Zone, out var zone) ? MailTimes.DueAt(s.Frequency, now, zone) : null;
    }
}
