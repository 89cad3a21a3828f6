using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Search;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>A span of an item and since when (known clock) it is what we say. Open until it is cut.</summary>
public readonly record struct KnownSpan(Span Span, DateTimeOffset KnownFrom);

/// <summary>An update that is not gone, in the version that is known. Open until it is cut.</summary>
public readonly record struct KnownUpdate(LoggedUpdate Update, DateTimeOffset KnownFrom)
{
    /// <summary>True of a row from before the events that were taken.</summary>
    public bool IsStored => KnownFrom == DateTimeOffset.MinValue;

    /// <summary>Everybody who acted.</summary>
    public string[] Actors =>
        [.. new[] { Update.Fields.Actor }.OfType<string>().Concat(Update.Fields.CoActors ?? []).Distinct(StringComparer.Ordinal)];

    /// <summary>The fields as the read model keeps them: without the evidence, which stays with the item.</summary>
    public string Json => JsonSerializer.Serialize(Update.Fields with { Evidence = [] }, TrackerJson.Stored);

    /// <summary>The words of its note and its sources, parted by spaces.</summary>
    public string Words =>
        string.Join(
            ' ',
            SearchWords
                .Of([Update.Fields.Note.En, Update.Fields.Note.Zh, .. Update.Sources.SelectMany(s => new[] { s.Title, s.Identifier })])
                .Where(w => !PlainWords.SayNothing(w))
        );
}

/// <summary>
/// What the read models of one item come to, event by event. The same rows whether they are kept while appending or
/// rebuilt from the stream.
/// </summary>
public sealed class ItemRows(Guid itemId, Item? item, IReadOnlyList<KnownSpan> open, IEnumerable<KnownUpdate> updates)
{
    private readonly List<KnownSpan> _open = [.. open];
    private readonly List<KnownUpdate> _updates = [.. updates];

    /// <summary>Id of the stream.</summary>
    public Guid ItemId { get; } = itemId;

    /// <summary>The item after the events taken so far.</summary>
    public Item? Item { get; private set; } = item;

    /// <summary>Spans that are what we say now.</summary>
    public IReadOnlyList<KnownSpan> Open => _open;

    /// <summary>Spans that were cut, with the instant from which on they are not what we say.</summary>
    public List<(KnownSpan Span, DateTimeOffset KnownTo)> Cut { get; } = [];

    /// <summary>What was put right, in the states that it went through, each with the instant from which on it is known.</summary>
    public List<(PublicCorrection Entry, DateTimeOffset KnownFrom)> Corrections { get; } = [];

    /// <summary>Updates that are not gone now.</summary>
    public IReadOnlyList<KnownUpdate> Updates => _updates;

    /// <summary>Updates that are gone, or are there in another version, from an instant on.</summary>
    public List<(KnownUpdate Update, DateTimeOffset KnownTo)> CutUpdates { get; } = [];

    /// <summary>Every span, cut or open, as it is stored.</summary>
    public IEnumerable<StoredSpan> Spans() =>
        Cut.Select(c => new StoredSpan(ItemId, Item!, c.Span, c.KnownTo)).Concat(Open.Select(s => new StoredSpan(ItemId, Item!, s, null)));

    /// <summary>Every update, cut or open, as it is stored; without those that are from before the events that were taken.</summary>
    public IEnumerable<StoredUpdate> NewUpdates() =>
        CutUpdates
            .Select(c => (c.Update, KnownTo: (DateTimeOffset?)c.KnownTo))
            .Concat(Updates.Select(u => (Update: u, KnownTo: (DateTimeOffset?)null)))
            .Where(u => !u.Update.IsStored)
            .Select(u => new StoredUpdate(ItemId, u.Update, u.KnownTo));

    /// <summary>Rows of an item with earlier events; since when its open rows are known does not matter to what comes.</summary>
    public static ItemRows Continue(Guid itemId, Item? item) =>
        item is null
            ? new(itemId, null, [], [])
            : new(
                itemId,
                item,
                [.. item.Spans().Select(s => new KnownSpan(s, DateTimeOffset.MinValue))],
                Shown(item).Select(u => new KnownUpdate(u, DateTimeOffset.MinValue))
            );

    /// <summary>Takes all events of one recorded instant; what was between them nobody could know.</summary>
    public void Take(IReadOnlyList<ItemEvent> sameInstant)
    {
        var at = sameInstant[^1].RecordedAt;
        var earlier = Item;
        foreach (var e in sameInstant)
        {
            var before = Item;
            Item = Item.Fold(Item, e);
            if (PublicCorrection.Of(before, e, Item) is not { } entry)
                continue;
            Corrections.RemoveAll(c => c.Entry.Version == entry.Version && c.KnownFrom == at);
            Corrections.Add((entry, at));
        }

        var spans = Item!.Spans();
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (spans.Contains(_open[i].Span))
                continue;
            if (_open[i].KnownFrom < at)
                Cut.Add((_open[i], at));
            _open.RemoveAt(i);
        }

        foreach (var span in spans)
            if (!_open.Exists(o => o.Span == span))
                _open.Add(new KnownSpan(span, at));
        TakeUpdates(earlier, at);
    }

    private void TakeUpdates(Item? before, DateTimeOffset at)
    {
        // Updates stand in the order in which they were logged, and one that no event touched is the same object.
        for (var i = 0; i < Item!.Updates.Count; i++)
        {
            var (old, now) = (before is not null && i < before.Updates.Count ? Shown(before, i) : null, Shown(Item, i));
            if (ReferenceEquals(old, now) || (old is not null && now is not null && AreAlike(old, now)))
                continue;
            if (old is not null)
            {
                var place = _updates.FindIndex(u => u.Update.Position == old.Position);
                if (_updates[place].KnownFrom < at)
                    CutUpdates.Add((_updates[place], at));
                _updates.RemoveAt(place);
            }

            if (now is not null)
                _updates.Add(new KnownUpdate(now, at));
        }
    }

    private static IEnumerable<LoggedUpdate> Shown(Item item) => item.Retracted is null ? item.Updates.Where(u => !u.IsGone) : [];

    private static LoggedUpdate? Shown(Item item, int i) => item.Retracted is null && !item.Updates[i].IsGone ? item.Updates[i] : null;

    /// <summary>True if two versions of an update make the same row. Fields are replaced as a whole, and so is what was added.</summary>
    private static bool AreAlike(LoggedUpdate a, LoggedUpdate b) =>
        ReferenceEquals(a.Fields, b.Fields) && a.IsCounted == b.IsCounted && ReferenceEquals(a.Added, b.Added);

    /// <summary>Events in groups of the same recorded instant, in order.</summary>
    public static IEnumerable<IReadOnlyList<ItemEvent>> SameInstant(IReadOnlyList<ItemEvent> events)
    {
        for (var i = 0; i < events.Count; )
        {
            var n = i + 1;
            while (n < events.Count && events[n].RecordedAt == events[i].RecordedAt)
                n++;
            yield return [.. events.Skip(i).Take(n - i)];
            i = n;
        }
    }

    /// <summary>The words under which an item is found.</summary>
    public static string[] Words(Details details) =>
        SearchWords.Of(details.Title.En, details.Title.Zh, details.Summary?.En, details.Summary?.Zh);

    /// <summary>The words of its title alone.</summary>
    public static string[] TitleWords(Details details) => SearchWords.Of(details.Title.En, details.Title.Zh);

    /// <summary>The words of all else that is said about the item itself.</summary>
    public static string[] MoreWords(string slug, Details details) =>
        SearchWords.Of([
            slug,
            details.Note?.En,
            details.Note?.Zh,
            details.NextActor?.En,
            details.NextActor?.Zh,
            details.FollowUpQuestion?.En,
            details.FollowUpQuestion?.Zh,
            .. details.Citations.Select(c => c.Exact),
        ]);

    /// <summary>The details as the read model keeps them.</summary>
    public static string Json(Details details) => JsonSerializer.Serialize(details, TrackerJson.Stored);
}
