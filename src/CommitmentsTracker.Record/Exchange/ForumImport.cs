using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>What an import did.</summary>
/// <param name="Forum">Slug of the forum.</param>
/// <param name="IsCopy">True if the forum was not here and its recorded times were taken over.</param>
public sealed record ImportReport(string Forum, bool IsCopy, int Items, int Events, int Skipped);

/// <summary>
/// Brings a forum folder into the tracker, through the same decisions as every other write, in one transaction: all
/// of it or nothing.
/// </summary>
public sealed class ForumImport(
    IDocumentStore store,
    NpgsqlDataSource source,
    ItemStreams streams,
    ForumDirectory directory,
    TimeProvider time
)
{
    /// <summary>Imports. Rows that are here already are passed over.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <param name="announced">True if subscribers are told.</param>
    /// <param name="dryRun">True if everything is judged and nothing stored.</param>
    /// <exception cref="ForumFolderException">A row is refused; nothing was stored.</exception>
    public async Task<ImportReport> RunAsync(
        ForumFolder folder,
        IProgress<string>? progress,
        CancellationToken ct,
        bool announced = false,
        bool dryRun = false
    )
    {
        var here = (await streams.OfForumAsync(folder.Forum.Slug, ct)).Select(s => new ImportedStream(s.Id, Item.From(s.Events))).ToList();
        progress?.Report($"Checking {folder.Items.Count} items and {folder.Updates.Count} updates of {folder.Forum.Slug} …");
        var ledger = await TakeAsync(folder, here, ct);
        if (ledger.Problems.Count > 0)
            throw new ForumFolderException(ledger.Problems);

        if (dryRun)
            return new ImportReport(
                folder.Forum.Slug,
                here.Count == 0,
                ledger.Streams.Count(s => s.New.Count > 0),
                ledger.InOrder.Count,
                ledger.Skipped
            );

        var appends = ledger.Streams.Where(s => s.New.Count > 0).Select(s => new ItemAppend(s.Id, s.Before, s.New)).ToList();
        await SaveAsync(folder, appends, new AppendTelling(Imported: true, announced, OrderOf(ledger.InOrder)), progress, ct);
        return new ImportReport(folder.Forum.Slug, here.Count == 0, appends.Count, ledger.InOrder.Count, ledger.Skipped);
    }

    /// <summary>Judges all rows; nothing is stored.</summary>
    private async Task<ImportLedger> TakeAsync(ForumFolder folder, List<ImportedStream> here, CancellationToken ct)
    {
        var items = await source.AllAsync("select slug from items", r => r.GetString(0), ct);
        var ledger = new ImportLedger(
            isCopy: here.Count == 0,
            time.GetUtcNow().ToMicroseconds(),
            KnownWith(folder, await directory.NamesAsync(ct)),
            items.Concat(folder.Items.Select(i => i.Slug)).ToHashSet(StringComparer.Ordinal)
        );
        foreach (var stream in here)
            ledger.Add(stream);
        CheckSlugs(folder, ledger, items.Where(s => ledger.Of(s) is null).ToHashSet(StringComparer.Ordinal));
        new FolderTaking(folder, ledger).Run();
        return ledger;
    }

    /// <summary>The slugs of forums, parties and themes that are known once the folder is here.</summary>
    private static KnownSlugs KnownWith(ForumFolder folder, DirectoryNames names)
    {
        return new KnownSlugs(
            With(names.ForumSlugs, [folder.Forum.Slug]),
            With(names.PartySlugs, folder.Parties.Select(p => p.Slug)),
            With(names.ThemeSlugs, folder.Themes.Select(t => t.Slug)),
            new HashSet<string>()
        );

        static HashSet<string> With(IEnumerable<string> here, IEnumerable<string> brought) =>
            here.Concat(brought).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Notes slugs that stand twice, belong elsewhere or are unknown.</summary>
    private static void CheckSlugs(ForumFolder folder, ImportLedger ledger, IReadOnlySet<string> elsewhere)
    {
        var forum = folder.Forum.Slug;
        foreach (var (item, i) in folder.Items.Select((item, i) => (item, i)))
        {
            var where = $"items.json[{i}] {item.Slug}";
            if (item.Forum != forum)
                ledger.Refuse($"{where} forum", "other-forum", $"The items of this folder belong to {forum}, not to '{item.Forum}'.");
            if (elsewhere.Contains(item.Slug))
                ledger.Refuse(where, "duplicate-slug", $"Another forum has an item '{item.Slug}'; slugs are unique in the tracker.");
        }

        Once("parties.json", folder.Parties.Select(p => p.Slug));
        Once("themes.json", folder.Themes.Select(t => t.Slug));
        Once("items.json", folder.Items.Select(i => i.Slug));
        foreach (var (organiser, i) in folder.Forum.Organisers.Select((organiser, i) => (organiser, i)))
            if (!ledger.Known.Parties.Contains(organiser))
                ledger.Refuse($"forum.json organisers[{i}]", "unknown-party", $"No party has the slug '{organiser}'.");

        void Once(string file, IEnumerable<string> slugs)
        {
            foreach (var twice in slugs.GroupBy(s => s, StringComparer.Ordinal).Where(g => g.Count() > 1))
                ledger.Refuse(file, "duplicate-slug", $"The slug '{twice.Key}' stands {twice.Count()} times.");
        }
    }

    private static Dictionary<ItemEvent, int> OrderOf(IReadOnlyList<ItemEvent> events)
    {
        var order = new Dictionary<ItemEvent, int>(ReferenceEqualityComparer.Instance);
        foreach (var e in events)
            order[e] = order.Count;
        return order;
    }

    private async Task SaveAsync(
        ForumFolder folder,
        List<ItemAppend> appends,
        AppendTelling telling,
        IProgress<string>? progress,
        CancellationToken ct
    )
    {
        await using var session = store.LightweightSession();
        WriteDirectory(session, folder);
        if (appends.Count > 0)
            session.Append(appends, telling);
        progress?.Report($"Storing {appends.Sum(a => a.Events.Count)} events …");
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (WriteConflicts.IsConflict(e))
        {
            throw new ForumFolderException([
                new FolderProblem(
                    folder.Forum.Slug,
                    "busy",
                    "Somebody else changed the forum at the same moment. Nothing was stored; import again."
                ),
            ]);
        }
    }

    private static void WriteDirectory(IDocumentSession session, ForumFolder folder)
    {
        var forum = folder.Forum.Slug;
        session.QueueSqlCommand(
            "insert into forums (slug, forum) values (?, ?::jsonb) on conflict (slug) do update set forum = excluded.forum",
            forum,
            JsonSerializer.Serialize(folder.Forum, TrackerJson.Stored)
        );
        Insert("parties", "party", folder.Parties.Select(p => (p.Slug, JsonSerializer.Serialize(p, TrackerJson.Stored))));
        Insert("themes", "theme", folder.Themes.Select(t => (t.Slug, JsonSerializer.Serialize(t, TrackerJson.Stored))));
        session.QueueSqlCommand("update directory_version set version = version + 1");

        // A party or theme that another forum brought keeps the name it has here.
        void Insert(string table, string column, IEnumerable<(string Slug, string Json)> rows)
        {
            var all = rows.ToList();
            session.QueueSqlCommand(
                $"""
                insert into {table} as t (slug, forums, {column})
                select slug, array[?::text], json::jsonb from unnest(?::text[], ?::text[]) as r (slug, json)
                on conflict (slug) do update set
                    forums = case when t.forums @> excluded.forums then t.forums else t.forums || excluded.forums end
                """,
                forum,
                all.Select(r => r.Slug).ToArray(),
                all.Select(r => r.Json).ToArray()
            );
        }
    }
}
