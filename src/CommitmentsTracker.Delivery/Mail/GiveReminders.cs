using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>Asks for the reminders of deadlines that are due.</summary>
public sealed record GiveReminders;

/// <summary>
/// Reminds of unmet deadlines, at eight in the morning where the subscriber is: 30, 7 and 1 days ahead, and weekly once
/// they have passed; the first day after is told by the change that the deadline passed. Computed when due, so a deadline
/// or a zone that moves takes its reminders along; each is given once.
/// </summary>
public static class GiveRemindersHandler
{
    /// <summary>Later in the day a missed reminder is not given any more.</summary>
    private static readonly TimeSpan Morning = TimeSpan.FromHours(12);

    private static readonly int[] DaysAhead = [30, 7, 1];
    private const int AtOnce = 1_000;

    /// <summary>Gives what is due; may run at any time, on any node.</summary>
    public static async Task Handle(
        GiveReminders _,
        NpgsqlDataSource source,
        SubscriptionStore subscriptions,
        KnownNow known,
        ItemLists lists,
        OutgoingMail mails,
        DeliverySignal signal,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var now = time.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync(ct);
        var subscribers = await subscriptions.SubscribersAsync(connection, ct);
        // Where it is morning, with the day that it is there.
        var days = subscribers
            .Values.Select(s => s.Zone)
            .Distinct()
            .Select(z => (Zone: z, Info: TimeZoneInfo.TryFindSystemTimeZoneById(z, out var info) ? info : null))
            // Where nobody knows when it is morning; the store has put it aside.
            .Where(z => z.Info is not null)
            .Select(z => (z.Zone, Info: z.Info!))
            .Select(z => (z.Zone, z.Info, Day: DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, z.Info).DateTime)))
            .Where(z => MailTimes.MorningOf(z.Day, z.Info) is var eight && now >= eight && now - eight < Morning)
            .ToDictionary(z => z.Zone, z => z.Day);
        if (days.Count == 0)
            return;
        var (_, active) = await subscriptions.ActiveAsync(connection, ct);
        var reminded = active.Where(s =>
            s is { Channel: Channel.Email, State: SubscriptionState.Active }
            && s.Subscriber is { } id
            && subscribers.TryGetValue(id, out var x)
            && days.ContainsKey(x.Zone)
            && (s.Filter.Changes.Count == 0 || s.Filter.Changes.Contains(NewsKind.Deadline))
        );
        foreach (var there in reminded.GroupBy(s => days[subscribers[s.Subscriber!.Value].Zone]))
        {
            var (wanted, due) = (new Wanted(0, [.. there], subscribers), new Dictionary<Guid, List<DueItem>>());
            foreach (var (item, asChange) in await DueAsync(known, lists, there.Key, now, ct))
            {
                foreach (var subscriber in wanted.Watching(asChange).Select(s => s.Subscriber!.Value).Distinct())
                {
                    if (!due.TryGetValue(subscriber, out var of))
                        due[subscriber] = of = [];
                    of.Add(item);
                }
            }

            foreach (var (subscriber, of) in due)
                await GiveAsync(connection, subscriber, of, mails, ct);
        }

        signal.Wake();
    }

    /// <summary>Of what somebody is to be reminded on a day of theirs, ahead first.</summary>
    private static async Task<List<(DueItem Due, ChangeView AsChange)>> DueAsync(
        KnownNow known,
        ItemLists lists,
        DateOnly day,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var clocks = AskedClocks.OfNow(now);
        var ids = (await known.ReadAsync(ct))
            .On(clocks.AsOf, [])
            .Where(s => IsTheDay(s.Time, s.Span.Due, day))
            .Select(s => s.Item.Id)
            .ToList();
        var rows = new List<ItemRow>();
        foreach (var some in ids.Chunk(AtOnce))
            rows.AddRange(await lists.OfAsync(some, clocks, ct));
        // Read a moment later: what was met or moved meanwhile needs no reminder.
        return
        [
            .. rows.Where(row => IsTheDay(row.Signals.Time, row.DueOn, day))
                .Select(row => (Row: row, Left: row.DueOn!.Value.DayNumber - day.DayNumber))
                .OrderBy(r => r.Left < 0)
                .ThenByDescending(r => r.Left < 0 ? 0 : r.Left)
                .ThenBy(r => r.Row.DueOn)
                .ThenBy(r => r.Row.Slug, StringComparer.Ordinal)
                .Select(r => (new DueItem(r.Row.Slug, r.Row.Title, r.Row.Status, r.Row.DueOn!.Value, r.Left), AsChange(r.Row, now))),
        ];
    }

    private static bool IsTheDay(TimeSignal time, DateOnly? due, DateOnly day) =>
        due is { } on
        && time switch
        {
            TimeSignal.Due or TimeSignal.DueSoon => DaysAhead.Contains(on.DayNumber - day.DayNumber),
            TimeSignal.Overdue => day.DayNumber - on.DayNumber is > 7 and var over && (over - 1) % 7 == 0,
            _ => false,
        };

    /// <summary>The item as a row of the change log would show it, for filters.</summary>
    private static ChangeView AsChange(ItemRow row, DateTimeOffset now)
    {
        var state = new ChangeState(
            row.Status,
            row.StatusSince,
            row.Signals.Time,
            row.Signals.Freshness,
            row.Signals.Confidence,
            row.DueOn,
            row.AwaitingConfirmation,
            row.Flags
        );
        return new ChangeView
        {
            ChangeNo = 0,
            Id = Guid.Empty,
            Type = ChangeType.DeadlinePassed,
            Cause = ChangeCause.DeadlinePassed,
            Item = row.Slug,
            Kind = row.Kind,
            Forum = row.Forum,
            Title = row.Title,
            Themes = row.Themes,
            Parties = [.. new[] { row.Proposer }.Concat(row.Responsible).Concat(row.Addressees).Distinct()],
            RecordedAt = now,
            Before = state,
            After = state,
            Testability = row.Signals.Testability,
        };
    }

    private static async Task GiveAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        List<DueItem> due,
        OutgoingMail mails,
        CancellationToken ct
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var given = await connection.AllAsync(
            """
            insert into reminders (subscriber, item, due, days)
            select @subscriber, i, d, n from unnest(@items, @due, @days) as x (i, d, n)
            on conflict do nothing
            returning item
            """,
            r => r.GetString(0),
            ct,
            ("subscriber", subscriber),
            ("items", due.Select(d => d.Item)),
            ("due", due.Select(d => d.Due).ToArray()),
            ("days", due.Select(d => d.Days).ToArray())
        );
        if (given.Count > 0)
            await mails.AddAsync(
                connection,
                MailKind.Reminder,
                subscriber,
                null,
                new MailContent { Due = [.. due.Where(d => given.Contains(d.Item))] },
                ct
            );
        await transaction.CommitAsync(ct);
    }
}

/// <summary>Asks for the erasure of addresses that nobody confirmed.</summary>
public sealed record ForgetAddresses;

/// <summary>Erases addresses that were never confirmed after two days.</summary>
public static class ForgetAddressesHandler
{
    /// <summary>Erases; may run at any time, on any node.</summary>
    public static Task Handle(ForgetAddresses _, SubscriptionStore subscriptions, TimeProvider time, CancellationToken ct) =>
        subscriptions.ForgetUnconfirmedAsync(time.GetUtcNow() - Confirmations.Lasts, ct);
}
