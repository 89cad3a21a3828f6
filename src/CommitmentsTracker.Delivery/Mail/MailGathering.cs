using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>
/// Gathers deliveries by e-mail into mails: those at once one for each item, those of a day or a week in one, and what is
/// too much for an hour in one at its end.
/// </summary>
public sealed class MailGathering(NpgsqlDataSource source, PublicAddress address, PutAside aside, TimeProvider time)
{
    /// <summary>Most mails on single items that one address gets in an hour; what follows in it comes in one.</summary>
    public const int MostInAnHour = 20;

    private const int AtOnce = 200;

    /// <summary>Gathers what is due.</summary>
    /// <returns>How many mails were put into the queue.</returns>
    public async Task<int> GatherAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var (now, mails, unread) = (time.GetUtcNow(), 0, new UnreadRows());
        var singles = await MailDeliveries.SinglesAsync(connection, now, AtOnce, unread, ct);
        foreach (var of in singles.GroupBy(d => d.Subscriber))
        foreach (var item in (await LeftAsync(connection, of.Key, [.. of], now, ct)).GroupBy(d => d.Item))
            mails += await ItemAsync(connection, [.. item], now, ct);
        // A digest is whole, however much changed.
        foreach (var subscriber in await MailDeliveries.DigestsAsync(connection, now, AtOnce, ct))
        {
            var due = await MailDeliveries.OfDigestAsync(connection, subscriber, now, unread, ct);
            var left = await LeftAsync(connection, subscriber, due, now, ct);
            if (left.Count > 0)
                mails += await OneAsync(connection, left, Digest(subscriber, now, now), now, ct);
        }

        await aside.KeepAsync(unread.All, ct);
        await transaction.CommitAsync(ct);
        return mails;
    }

    /// <summary>One mail of what waits of an item, or its place in one that gathers what is too much.</summary>
    private async Task<int> ItemAsync(
        NpgsqlConnection connection,
        IReadOnlyList<MailDelivery> deliveries,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (subscriber, item) = (deliveries[0].Subscriber, deliveries[0].Item);
        var recent = await MailStore.RecentAsync(connection, subscriber, item, now.AddHours(-1), ct);
        if (recent.Immediate < MostInAnHour)
        {
            var content = new MailContent { Item = item };
            var mail = new NewMail(Guid.CreateVersion7(now), MailKind.Immediate, subscriber, null, content, now);
            return await OneAsync(connection, deliveries, mail with { ThreadNo = recent.OnItem }, now, ct);
        }

        if (recent.OpenDigest is not { } open)
            return await OneAsync(connection, deliveries, Digest(subscriber, now, recent.FirstAt!.Value.AddHours(1)), now, ct);
        await MailDeliveries.HangAsync(connection, deliveries, open, ct);
        return 0;
    }

    private static NewMail Digest(Guid subscriber, DateTimeOffset now, DateTimeOffset dueAt) =>
        new(Guid.CreateVersion7(now), MailKind.Digest, subscriber, null, new MailContent(), dueAt);

    private async Task<int> OneAsync(
        NpgsqlConnection connection,
        IReadOnlyList<MailDelivery> deliveries,
        NewMail mail,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await MailStore.AddAsync(connection, mail with { Change = deliveries[0].ChangeId }, address, now, ct);
        await MailDeliveries.HangAsync(connection, deliveries, mail.Id, ct);
        return 1;
    }

    /// <summary>
    /// What is to be mailed of what is due. Whoever is told in a digest, or was told by another subscription, is told
    /// once; what was taken back at once is told nobody.
    /// </summary>
    private static async Task<List<MailDelivery>> LeftAsync(
        NpgsqlConnection connection,
        Guid subscriber,
        List<MailDelivery> due,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var told = await MailDeliveries.ToldAsync(connection, subscriber, due.Select(d => d.ChangeNo), ct);
        var repeated = due.Where(d => told.Contains(d.ChangeNo)).ToList();
        var left = due.Where(d => !told.Contains(d.ChangeNo)).ToList();
        var undone = Undone(left);
        await MailDeliveries.EndAsync(connection, repeated, DeliveryState.Delivered, now, ct);
        await MailDeliveries.EndAsync(connection, undone, DeliveryState.Withheld, now, ct);
        return [.. left.Except(undone)];
    }

    /// <summary>What was taken back within two minutes, and that it was taken back.</summary>
    private static List<MailDelivery> Undone(List<MailDelivery> waiting)
    {
        var undone = new List<MailDelivery>();
        foreach (var back in waiting.Where(w => w.Type == "item.retracted" || (w.IsRetraction && w.Type == "correction.made")))
        {
            var said = waiting
                .Where(w => w.Item == back.Item && w.ChangeNo < back.ChangeNo && (back.Update is null || w.Update == back.Update))
                .ToList();
            var isFirst = said.Exists(w => w.Type == "item.recorded" || (back.Update is not null && w.Cause == "update_logged"));
            if (!isFirst || said.Exists(w => back.RecordedAt - w.RecordedAt > MailTimes.Undo))
                continue;
            undone.AddRange(said);
            undone.AddRange(waiting.Where(w => w.ChangeNo == back.ChangeNo));
        }

        return undone;
    }
}
