using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Appends;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>One stream while an import goes through its rows.</summary>
/// <param name="id">Id of the stream.</param>
/// <param name="before">The item before the import; null: a new one.</param>
public sealed class ImportedStream(Guid id, Item? before)
{
    public Guid Id { get; } = id;
    public Item? Before { get; } = before;

    /// <summary>The item as it is by now; null: nothing of a new one was accepted yet.</summary>
    public Item? Item { get; set; } = before;

    /// <summary>The events to append.</summary>
    public List<ItemEvent> New { get; } = [];
}

/// <summary>What an import comes to, row by row: the events to append, and what is wrong.</summary>
/// <param name="isCopy">True if rows keep their recorded times; else they are recorded now.</param>
/// <param name="now">Known clock, in whole microseconds.</param>
/// <param name="others">The slugs of forums, parties and themes to which rows may refer.</param>
/// <param name="items">Those of items.</param>
public sealed class ImportLedger(bool isCopy, DateTimeOffset now, KnownSlugs others, HashSet<string> items)
{
    private readonly KnownSlugs _known = others with { Items = items };
    private readonly Dictionary<string, ImportedStream> _streams = new(StringComparer.Ordinal);

    /// <summary>True if the forum was not here: rows keep their recorded times, and none of them was taken before.</summary>
    public bool IsCopy => isCopy;

    /// <summary>The slugs that rows may refer to.</summary>
    public KnownSlugs Known => _known;

    /// <summary>What is wrong, in the order in which it was found.</summary>
    public List<FolderProblem> Problems { get; } = [];

    /// <summary>Rows that were here already.</summary>
    public int Skipped { get; private set; }

    /// <summary>All events to append, in the order in which their rows were taken.</summary>
    public List<ItemEvent> InOrder { get; } = [];

    /// <summary>The streams that are known by now.</summary>
    public IReadOnlyCollection<ImportedStream> Streams => _streams.Values;

    /// <summary>The stream of an item; null: it has none by now.</summary>
    public ImportedStream? Of(string slug) => _streams.GetValueOrDefault(slug);

    /// <summary>Makes the stream of an item known.</summary>
    public void Add(ImportedStream stream) => _streams[stream.Item!.Slug] = stream;

    /// <summary>The stream that a row names; without one, that is a problem.</summary>
    public ImportedStream? Find(string where, string slug)
    {
        if (Of(slug) is { } stream)
            return stream;
        Refuse(where, "unknown-item", $"No item with the slug '{slug}' is known by then.");
        return null;
    }

    /// <summary>Takes a row, unless it is here already.</summary>
    /// <param name="where">The row.</param>
    /// <param name="stream">The stream to which it belongs.</param>
    /// <param name="stamp">What it says about its recording.</param>
    /// <param name="isHere">True if it is here already.</param>
    /// <param name="decide">The decision on it.</param>
    public void TakeOnce(
        string where,
        ImportedStream stream,
        RowStamp stamp,
        bool isHere,
        Func<Item, KnownSlugs, Recording, Decision> decide
    )
    {
        if (isHere)
            Skipped++;
        else
            Apply(where, stream, decide(stream.Item!, _known, RecordingOf(stream, stamp)));
    }

    /// <summary>Takes the second person's word that stands within a row: it is of the row's own instant.</summary>
    public void TakeAlong(string where, ImportedStream stream, RowStamp stamp, Func<Item, Recording, Decision> decide)
    {
        var recording = RecordingOf(stream, stamp);
        if (stream.New.Count > 0)
            recording = recording with { RecordedAt = stream.New[^1].RecordedAt };
        Apply(where, stream, decide(stream.Item!, recording));
    }

    /// <summary>Takes the first row of an item.</summary>
    public void TakeFirst(string where, RecordItem command, RowStamp stamp)
    {
        var recording = RecordingOf(null, stamp);
        var stream = new ImportedStream(Guid.CreateVersion7(recording.RecordedAt), null);
        // The folder itself names the slug, which makes it no slug that is taken.
        items.Remove(command.Slug);
        Apply(where, stream, command.Decide(_known, recording));
        items.Add(command.Slug);
        if (stream.Item is not null)
            Add(stream);
    }

    /// <summary>Notes a problem.</summary>
    public void Refuse(string where, string rule, string message) => Problems.Add(new FolderProblem(where, rule, message));

    private void Apply(string where, ImportedStream stream, Decision decision)
    {
        var judged = Judgement.Of(stream.Item, decision);
        foreach (var refusal in judged.Refusals)
            Refuse($"{where} {refusal.Field}".TrimEnd(), refusal.Rule, refusal.Message);
        stream.Item = judged.After;
        stream.New.AddRange(judged.Events);
        InOrder.AddRange(judged.Events);
    }

    /// <summary>A copy keeps its times; rows added to a forum that is here are recorded now.</summary>
    private Recording RecordingOf(ImportedStream? stream, RowStamp stamp) =>
        isCopy
            ? new Recording(stamp.RecordedAt, stamp.By, stamp.ArchiveRecordedAt, stamp.As)
            : new Recording(Instants.NextRecordedAt(now, stream?.Item?.LastRecordedAt), null, stamp.ArchiveRecordedAt ?? stamp.RecordedAt);
}
