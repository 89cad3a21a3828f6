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

    /// <summary>Adds those of a change.</summary>
    /// <param name="mended">As <see cref="Wanted.Of"/> takes it.</param>
    public void Add(ChangeView change, IReadOnlyList<ChangeView> mended)
    {
        var isNoticed = false;
        foreach (var s in wanted.Of(change, mended))
        {
            _subscriptions.Add(s.Id);
            _numbers.Add(change.ChangeNo);
            _due.Add(s.Channel == Channel.Webhook ? now : MailTimes.DueAt(s.Frequency, now, ZoneOf(s)));
            if (s.Channel != Channel.Webhook || isNoticed)
                continue;
            isNoticed = true;
            _noticed.Add(change.ChangeNo);
            _bodies.Add(Notice.Body(change, address));
        }
    }

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

    private TimeZoneInfo ZoneOf(Subscription s) =>
        s.Subscriber is { } id && wanted.Subscribers.TryGetValue(id, out var subscriber)
            ? TimeZoneInfo.FindSystemTimeZoneById(subscriber.Zone)
            : TimeZoneInfo.Utc;
}
