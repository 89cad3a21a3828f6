using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Npgsql;

namespace CommitmentsTracker.Record.Appends;

/// <summary>What somebody wants to do to an item.</summary>
/// <param name="Slug">The item.</param>
/// <param name="Asked">What they ask to be allowed, given the item.</param>
/// <param name="Decide">The pure decision; it may be asked again after a conflict.</param>
public sealed record ItemAct(string Slug, Func<Item, IntendedAct> Asked, Func<Item, KnownSlugs, Recording, Decision> Decide)
{
    /// <summary>The version of the item that they saw; null: any.</summary>
    public int? ExpectedVersion { get; init; }

    /// <summary>Slugs of other items that it names.</summary>
    public IEnumerable<string> NamedItems { get; init; } = [];

    /// <summary>True if the named items must not be retracted or merged themselves.</summary>
    public bool PresentOnly { get; init; }
}

/// <summary>What would come of an act.</summary>
/// <param name="Before">The item before it; null: there is none.</param>
/// <param name="After">The item after it; the same if it is not accepted.</param>
/// <param name="Events">The events to record; none if it is not accepted.</param>
/// <param name="Refusals">Why it is refused.</param>
/// <param name="IsStale">True if the item is not of the expected version.</param>
public sealed record Judgement(
    Item? Before,
    Item? After,
    IReadOnlyList<ItemEvent> Events,
    IReadOnlyList<Refusal> Refusals,
    bool IsStale = false
)
{
    /// <summary>Id of the item's stream; empty: there is none yet.</summary>
    public Guid Id { get; init; }

    /// <summary>True if the events may be recorded.</summary>
    public bool IsAccepted => Refusals.Count == 0 && !IsStale;

    /// <summary>What a decision makes of an item.</summary>
    public static Judgement Of(Item? before, Decision decision) =>
        new(before, decision.Events.Aggregate(before, (item, e) => Item.Fold(item, e)), decision.Events, decision.Refusals);

    /// <summary>Nothing is made of an item.</summary>
    public static Judgement Refused(Item? item, Refusal refusal) => new(item, item, [], [refusal]);
}

/// <summary>
/// Judges an act before anything is recorded: finds the item, asks whether somebody may, decides, and folds what was
/// decided into the item. Every write and every preview goes this way.
/// </summary>
public sealed class Judge(ItemStreams streams, ForumDirectory directory, NpgsqlDataSource source, TimeProvider time)
{
    /// <summary>Judges an act on the item as it is now.</summary>
    /// <param name="act">The act.</param>
    /// <param name="by">Whose it is.</param>
    /// <param name="known">The slugs that the decision may refer to (see <see cref="KnownAsync"/>).</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<Judgement> OfAsync(ItemAct act, Author by, KnownSlugs known, CancellationToken ct) =>
        await FindAsync(act.Slug, ct) is var (id, item)
            ? Of(item, act, by, known, item.Version) with
            {
                Id = id,
            }
            : Judgement.Refused(null, NoItem(act.Slug));

    /// <summary>Judges an act on an item.</summary>
    /// <param name="item">The item, with what is to be recorded before this act.</param>
    /// <param name="act">The act.</param>
    /// <param name="by">Whose it is.</param>
    /// <param name="known">The slugs that the decision may refer to.</param>
    /// <param name="version">Version of the item as it is stored, to be compared with the expected one.</param>
    public Judgement Of(Item item, ItemAct act, Author by, KnownSlugs known, int version)
    {
        var asked = act.Asked(item);
        if (asked.Refuses(by.Rights) is { } forbidden)
            return Judgement.Refused(item, forbidden);
        if (act.ExpectedVersion is { } expected && expected != version)
            return new Judgement(item, item, [], [], IsStale: true);
        var at = Instants.NextRecordedAt(time.GetUtcNow(), item.LastRecordedAt);
        return Judgement.Of(item, act.Decide(item, known, new Recording(at, by.Person, As: asked.RoleOf(by.Rights))));
    }

    /// <summary>The item and the id of its stream; null: no item ever had the slug.</summary>
    public async Task<(Guid Id, Item Item)?> FindAsync(string slug, CancellationToken ct) =>
        await streams.LoadAsync(slug, ct) is { } stream ? (stream.Id, Item.From(stream.Events)!) : null;

    /// <summary>The slugs of forums, parties and themes, and which of some items exist.</summary>
    /// <param name="items">Slugs that a command names; what comes from outside may be null.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <param name="presentOnly">True if a retracted or merged item counts as none.</param>
    public async Task<KnownSlugs> KnownAsync(IEnumerable<string> items, CancellationToken ct, bool presentOnly = false)
    {
        var names = await directory.NamesAsync(ct);
        // The database refuses a null character even in a question.
        var wanted = items
            .Where(s => s is not null && !s.Contains('\0', StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        var found =
            wanted.Length == 0
                ? []
                : await source.AllAsync(
                    "select slug from items where slug = any($1) and (retracted_at is null or not $2)",
                    r => r.GetString(0),
                    ct,
                    wanted,
                    presentOnly
                );
        return new KnownSlugs(names.ForumSlugs, names.PartySlugs, names.ThemeSlugs, found.ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Why nothing can be done to an item.</summary>
    public static Refusal NoItem(string slug) => new(RefusalKind.NotFound, "unknown-item", "slug", $"No item has the slug '{slug}'.");
}
