using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Server.Corrections;
using CommitmentsTracker.Server.Search;

namespace CommitmentsTracker.Server.Store;

/// <summary>A span of an item and since when (known clock) it is what we say. Open until it is cut.</summary>
public readonly record struct KnownSpan(Span Span, DateTimeOffset KnownFrom);

/// <summary>An update that counts, in the version of its fields that is known.</summary>
public readonly record struct KnownUpdate(string Id, int Position, UpdateFields Fields, DateTimeOffset KnownFrom)
{
    /// <summary>Everybody who acted.</summary>
    public string[] Actors => [.. new[] { Fields.Actor }.OfType<string>().Concat(Fields.CoActors ?? []).Distinct(StringComparer.Ordinal)];

    /// <summary>The fields as the read model keeps them: without the evidence, which stays with the item.</summary>
    public string Json => JsonSerializer.Serialize(Fields with { Evidence = [] }, TrackerJson.Stored);
}

/// <summary>What a search finds of an update, in one version of it.</summary>
/// <param name="UpdateId">The update.</param>
/// <param name="Happened">Last day of its period.</param>
/// <param name="Words">Words of its note and sources, parted by spaces.</param>
/// <param name="KnownFrom">Since when it is what we say.</param>
/// <param name="KnownTo">From when on it is not; null: it still is.</param>
public sealed record NoteRow(string UpdateId, DateOnly Happened, string Words, DateTimeOffset KnownFrom, DateTimeOffset? KnownTo);

/// <summary>A count to raise or lower.</summary>
public readonly record struct TallyKey(string Forum, string Dimension, string Kind, string Bucket, DateOnly Day);

/// <summary>
/// What the read models of one item come to, event by event. The same rows whether they are kept while appending or
/// rebuilt from the stream.
/// </summary>
public sealed class ItemRows(Guid itemId, Item? item, IReadOnlyList<KnownSpan> open, IEnumerable<KnownUpdate> updates)
{
    private static readonly DateOnly NoDay = DateOnly.MinValue;

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
    public List<(CorrectionEntry Entry, DateTimeOffset KnownFrom)> Corrections { get; } = [];

    /// <summary>Updates that count now.</summary>
    public IReadOnlyList<KnownUpdate> Updates => _updates;

    /// <summary>Updates that count no more, or with other fields, from an instant on.</summary>
    public List<(KnownUpdate Update, DateTimeOffset KnownTo)> CutUpdates { get; } = [];

    /// <summary>Words of updates that the events taken brought.</summary>
    public List<NoteRow> Notes { get; } = [];

    /// <summary>Updates whose words were cut that earlier events had brought, with the instant from which on they are not what we say.</summary>
    public List<(string UpdateId, DateTimeOffset KnownTo)> CutNotes { get; } = [];

    /// <summary>Rows of an item with earlier events; since when its open rows are known does not matter to what comes.</summary>
    public static ItemRows Continue(Guid itemId, Item? item) => item is null
        ? new(itemId, null, [], [])
        : new(itemId, item, [.. item.Spans().Select(s => new KnownSpan(s, DateTimeOffset.MinValue))], Counted(item).Select(u => new KnownUpdate(u.Id, u.Position, u.Fields, DateTimeOffset.MinValue)));

    /// <summary>Takes all events of one recorded instant; what was between them nobody could know.</summary>
    public void Take(IReadOnlyList<ItemEvent> sameInstant)
    {
        var at = sameInstant[^1].RecordedAt;
        var earlier = Item;
        foreach (var e in sameInstant)
        {
            var before = Item;
            Item = Item.Fold(Item, e);
            if (CorrectionEntry.Of(before, e, Item) is not { } entry) continue;
            Corrections.RemoveAll(c => c.Entry.Version == entry.Version && c.KnownFrom == at);
            Corrections.Add((entry, at));
        }

        TakeNotes(earlier, sameInstant, at);
        var spans = Item!.Spans();
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (spans.Contains(_open[i].Span)) continue;
            if (_open[i].KnownFrom < at) Cut.Add((_open[i], at));
            _open.RemoveAt(i);
        }

        foreach (var span in spans)
            if (!_open.Exists(o => o.Span == span))
                _open.Add(new KnownSpan(span, at));
        TakeUpdates(at);
    }

    private void TakeUpdates(DateTimeOffset at)
    {
        var counted = Counted(Item!).ToDictionary(u => u.Id, StringComparer.Ordinal);
        for (var i = _updates.Count - 1; i >= 0; i--)
        {
            var known = _updates[i];
            // Fields are replaced as a whole, so the same object is the same version.
            if (counted.TryGetValue(known.Id, out var now) && ReferenceEquals(now.Fields, known.Fields))
            {
                counted.Remove(known.Id);
                continue;
            }

            if (known.KnownFrom < at) CutUpdates.Add((known, at));
            _updates.RemoveAt(i);
        }

        _updates.AddRange(counted.Values.Select(u => new KnownUpdate(u.Id, u.Position, u.Fields, at)));
    }

    private static IEnumerable<LoggedUpdate> Counted(Item item) => item.Retracted is null ? item.Updates.Where(u => u.IsCounted) : [];

    private void TakeNotes(Item? before, IReadOnlyList<ItemEvent> sameInstant, DateTimeOffset at)
    {
        var touched = sameInstant.Any(e => e is ItemRetracted) ? Item!.Updates.Select(u => u.Id) : sameInstant.Select(Touched).OfType<string>().Distinct(StringComparer.Ordinal);
        foreach (var id in touched)
        {
            var (old, now) = (before is null ? null : NoteOf(before, id), NoteOf(Item!, id));
            if (old == now) continue;
            if (old is not null)
            {
                var own = Notes.FindIndex(n => n.UpdateId == id && n.KnownTo is null);
                if (own < 0) CutNotes.Add((id, at));
                else Notes[own] = Notes[own] with { KnownTo = at };
            }

            if (now is { } note) Notes.Add(new NoteRow(id, note.Happened, note.Words, at, null));
        }
    }

    /// <summary>The update whose words an event may change.</summary>
    private string? Touched(ItemEvent e) => e switch
    {
        UpdateLogged x => x.Id,
        UpdateRejected x => x.UpdateId,
        EvidenceAdded x => x.UpdateId,
        CorrectionMade x => x.UpdateId,
        CorrectionConfirmed x => Item!.UpdateOfCorrection(x.CorrectionId)?.Id,
        _ => null,
    };

    private static (DateOnly Happened, string Words)? NoteOf(Item item, string updateId)
    {
        if (item.Retracted is not null || item.Update(updateId) is not { IsGone: false } update) return null;
        var words = SearchWords.Of([update.Fields.Note.En, update.Fields.Note.Zh, .. update.Sources.SelectMany(s => new[] { s.Title, s.Identifier })]);
        return (update.LastDay, string.Join(' ', words.Where(w => !SearchQuery.SaysNothing(w))));
    }

    /// <summary>Events in groups of the same recorded instant, in order.</summary>
    public static IEnumerable<IReadOnlyList<ItemEvent>> SameInstant(IReadOnlyList<ItemEvent> events)
    {
        for (var i = 0; i < events.Count;)
        {
            var n = i + 1;
            while (n < events.Count && events[n].RecordedAt == events[i].RecordedAt) n++;
            yield return [.. events.Skip(i).Take(n - i)];
            i = n;
        }
    }

    /// <summary>The counts to which an item adds one: those of its latest span.</summary>
    public static IEnumerable<TallyKey> Tallies(Item? item, Span? latest)
    {
        if (item is null || latest is null) yield break;
        var (forum, kind, standing) = (item.Forum, item.Kind.Word(), latest.Standing);
        yield return new(forum, "status", kind, standing.Status.Word(), NoDay);
        var time = standing.TimeOn(DateOnly.MinValue);
        yield return time is TimeSignal.Due or TimeSignal.DueSoon
            ? new(forum, "time", "", "open", standing.Due!.Value)
            : new(forum, "time", "", time.Word(), NoDay);
        yield return new(forum, "freshness", "", standing.LastActivity is null ? Freshness.NeverReviewed.Word() : "reviewed", standing.LastActivity ?? NoDay);
        yield return new(forum, "confidence", "", standing.Confidence.Word(), NoDay);
        if (standing.Awaiting > 0) yield return new(forum, "awaiting", "", "yes", NoDay);
        if (standing.Flags.Length > 0) yield return new(forum, "flagged", "", "yes", NoDay);
    }

    /// <summary>The latest of the open spans.</summary>
    public static Span? Latest(IEnumerable<KnownSpan> open) => open.Select(o => o.Span).Where(s => s.To is null).FirstOrDefault();

    /// <summary>The words under which an item is found.</summary>
    public static string[] Words(Details details) =>
        SearchWords.Of(details.Title.En, details.Title.Zh, details.Summary?.En, details.Summary?.Zh);

    /// <summary>The words of its title alone.</summary>
    public static string[] TitleWords(Details details) => SearchWords.Of(details.Title.En, details.Title.Zh);

    /// <summary>The words of all else that is said about the item itself.</summary>
    public static string[] MoreWords(string slug, Details details) => SearchWords.Of(
    [
        slug, details.Note?.En, details.Note?.Zh, details.NextActor?.En, details.NextActor?.Zh,
        details.FollowUpQuestion?.En, details.FollowUpQuestion?.Zh, .. details.Citations.Select(c => c.Exact),
    ]);

    /// <summary>The details as the read model keeps them.</summary>
    public static string Json(Details details) => JsonSerializer.Serialize(details, TrackerJson.Stored);
}
