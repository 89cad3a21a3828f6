using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Notices;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Changes when the mails of an address come; those that wait follow.</summary>
public sealed class MailRhythm(SubscriptionStore subscriptions, TimeProvider time)
{
    /// <summary>Changes how often the mails of an address come.</summary>
    /// <param name="subscription">Null: those of all its subscriptions.</param>
    public Task SetFrequencyAsync(Guid subscriber, Guid? subscription, Frequency frequency, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var named = await SubscriptionStore.ZoneAsync(connection, subscriber, ct);
                var zone = named is not null && TimeZoneInfo.TryFindSystemTimeZoneById(named, out var known) ? known : TimeZoneInfo.Utc;
                var changed = await SubscriptionStore.SetFrequencyAsync(connection, subscriber, subscription, frequency, ct);
                var due = MailTimes.DueAt(frequency, time.GetUtcNow(), zone);
                await MailDeliveries.PutOffAsync(connection, changed, due, ct);
                return true;
            },
            ct
        );

    /// <summary>Changes the language and the zone of an address; digests that wait follow the zone.</summary>
    /// <param name="zone">IANA name.</param>
    public Task SetPlaceAsync(Guid subscriber, string lang, string zone, CancellationToken ct) =>
        subscriptions.ChangeAsync(
            async connection =>
            {
                var (now, at) = (time.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById(zone));
                var all = await SubscriptionStore.SetPlaceAsync(connection, subscriber, lang, zone, ct);
                foreach (var some in all.Where(s => s.Frequency is not Frequency.Immediately).GroupBy(s => s.Frequency, s => s.Id))
                    await MailDeliveries.PutOffAsync(connection, some, MailTimes.DueAt(some.Key, now, at), ct);
                return true;
            },
            ct
        );
}
