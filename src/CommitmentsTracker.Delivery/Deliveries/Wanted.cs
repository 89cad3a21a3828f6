using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>
/// Every subscription that is told of changes, arranged so that a change is tested against few of them: under the most
/// telling thing that its filter names.
/// </summary>
public sealed class Wanted
{
    private readonly Dictionary<(char, string), List<Subscription>> _by = [];
    private readonly List<Subscription> _rest = [];

    /// <summary>Arranges the subscriptions of a version.</summary>
    public Wanted(long version, IReadOnlyCollection<Subscription> active, IReadOnlyDictionary<Guid, Subscriber> subscribers)
    {
        Version = version;
        Subscribers = subscribers;
        foreach (var subscription in active)
        {
            var (kind, names) = subscription.Filter switch
            {
                { Item.Count: > 0 } f => ('i', f.Item),
                { Party.Count: > 0 } f => ('p', f.Party),
                { Theme.Count: > 0 } f => ('t', f.Theme),
                { Forum.Count: > 0 } f => ('f', f.Forum),
                _ => (' ', (IReadOnlyList<string>)[]),
            };
            if (names.Count == 0)
                _rest.Add(subscription);
            foreach (var name in names)
            {
                if (!_by.TryGetValue((kind, name), out var list))
                    _by[(kind, name)] = list = [];
                list.Add(subscription);
            }
        }
    }

    /// <summary>The version of the subscriptions.</summary>
    public long Version { get; }

    /// <summary>Who gets mails, by id.</summary>
    public IReadOnlyDictionary<Guid, Subscriber> Subscribers { get; }

    /// <summary>
    /// Who is to be told of a change: whoever wants it, and, of what was put right, disputed or taken out, whoever
    /// wanted what was said before.
    /// </summary>
    /// <param name="change">The change.</param>
    /// <param name="mended">What earlier rows said of the same update; of a retracted item, all that was said of it.</param>
    public IEnumerable<Subscription> Of(ChangeView change, IReadOnlyList<ChangeView> mended)
    {
        if (change.IsQuiet)
            return [];
        return Near(change, mended)
            .Distinct()
            .Where(s =>
                change.ChangeNo > Math.Max(s.FromNo, s.FilterFromNo)
                && !IsMuted(s, change)
                && (s.Filter.Matches(change) || mended.Any(m => m.ChangeNo > s.FromNo && !m.IsQuiet && s.Filter.Matches(m)))
            );
    }

    /// <summary>Who watches what a change is about, whichever changes they chose.</summary>
    public IEnumerable<Subscription> Watching(ChangeView change) =>
        Near(change, []).Distinct().Where(s => !IsMuted(s, change) && s.Filter.Watches(change));

    private IEnumerable<Subscription> Near(ChangeView change, IReadOnlyList<ChangeView> mended)
    {
        foreach (var about in mended.Prepend(change))
        {
            foreach (var s in Under('i', about.Item))
                yield return s;
            foreach (var party in about.Parties)
            foreach (var s in Under('p', party))
                yield return s;
            foreach (var theme in about.Themes)
            foreach (var s in Under('t', theme))
                yield return s;
            foreach (var s in Under('f', about.Forum))
                yield return s;
        }

        foreach (var s in _rest)
            yield return s;
    }

    private List<Subscription> Under(char kind, string name) => _by.TryGetValue((kind, name), out var list) ? list : [];

    private bool IsMuted(Subscription s, ChangeView change) =>
        s.Subscriber is { } id && Subscribers.TryGetValue(id, out var subscriber) && subscriber.Muted.Contains(change.Item);
}
