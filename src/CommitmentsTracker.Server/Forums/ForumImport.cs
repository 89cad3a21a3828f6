using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Store;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Server.Forums;

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
    private const int MostProblems = 50;

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
        var here = (await streams.OfForumAsync(folder.Forum.Slug, ct)).Select(s => new Stream(s.Id, s.Events)).ToList();
        var names = await directory.NamesAsync(ct);
        var taking = new Taking(folder, here, time.GetUtcNow().ToMicroseconds(), await AllItemSlugsAsync(ct), names);
        progress?.Report($"Checking {folder.Items.Count} items and {folder.Updates.Count} updates of {folder.Forum.Slug} …");
        taking.Run();
        if (taking.Problems.Count > 0)
            throw new ForumFolderException(taking.Problems);

        if (dryRun)
            return new ImportReport(
                folder.Forum.Slug,
                here.Count == 0,
                taking.Streams.Count(s => s.New.Count > 0),
                taking.InOrder.Count,
                taking.Skipped
            );

        await using var session = store.LightweightSession();
        WriteDirectory(session, folder);
        var order = new Dictionary<ItemEvent, int>(ReferenceEqualityComparer.Instance);
        foreach (var e in taking.InOrder)
            order[e] = order.Count;
        var appends = taking.Streams.Where(s => s.New.Count > 0).Select(s => new ItemAppend(s.Id, Item.From(s.Before), s.New)).ToList();
        if (appends.Count > 0)
            session.Append(appends, new AppendTelling(Imported: true, announced, order));
        progress?.Report($"Storing {order.Count} events …");
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Exception e) when (ItemWriter.IsConflict(e))
        {
            throw new ForumFolderException([
                new FolderProblem(
                    folder.Forum.Slug,
                    "busy",
                    "Somebody else changed the forum at the same moment. Nothing was stored; import again."
                ),
            ]);
        }

        return new ImportReport(folder.Forum.Slug, here.Count == 0, appends.Count, order.Count, taking.Skipped);
    }

    private async Task<List<string>> AllItemSlugsAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("select slug from items");
        return await SlugsAsync(command, ct);
    }

    private static async Task<List<string>> SlugsAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var slugs = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            slugs.Add(reader.GetString(0));
        return slugs;
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
                insert into {table} as t (slug, forums, {column}) select slug, array[?::text], json::jsonb from unnest(?::text[], ?::text[]) as r (slug, json)
                on conflict (slug) do update set forums = case when t.forums @> excluded.forums then t.forums else t.forums || excluded.forums end
                """,
                forum,
                all.Select(r => r.Slug).ToArray(),
                all.Select(r => r.Json).ToArray()
            );
        }
    }

    /// <summary>One stream while the import goes through its rows.</summary>
    private sealed class Stream(Guid id, IReadOnlyList<ItemEvent> before)
    {
        public Guid Id { get; } = id;
        public IReadOnlyList<ItemEvent> Before { get; } = before;
        public List<ItemEvent> New { get; } = [];
        public Item? Item { get; set; } = Item.From(before);
    }

    /// <summary>Takes the rows in their order and collects events and problems.</summary>
    private sealed class Taking
    {
        private readonly ForumFolder _folder;
        private readonly bool _isCopy;
        private readonly DateTimeOffset _now;
        private readonly Dictionary<string, Stream> _streams = new(StringComparer.Ordinal);
        private readonly KnownSlugs _known;
        private readonly HashSet<string> _items;

        /// <param name="here">Streams of this very forum that are here already; without any, the folder is taken over as it is.</param>
        /// <param name="allItems">Items of all forums.</param>
        public Taking(
            ForumFolder folder,
            IReadOnlyList<Stream> here,
            DateTimeOffset now,
            IReadOnlyCollection<string> allItems,
            DirectoryNames names
        )
        {
            (_folder, _isCopy, _now) = (folder, here.Count == 0, now);
            foreach (var stream in here)
                _streams[stream.Item!.Slug] = stream;
            var elsewhere = allItems.Where(s => !_streams.ContainsKey(s)).ToHashSet(StringComparer.Ordinal);
            foreach (var (item, i) in folder.Items.Select((item, i) => (item, i)))
            {
                if (item.Forum != folder.Forum.Slug)
                    Refuse(
                        $"items.json[{i}] {item.Slug} forum",
                        "other-forum",
                        $"The items of this folder belong to {folder.Forum.Slug}, not to '{item.Forum}'."
                    );
                if (elsewhere.Contains(item.Slug))
                    Refuse(
                        $"items.json[{i}] {item.Slug}",
                        "duplicate-slug",
                        $"Another forum has an item '{item.Slug}'; slugs are unique in the tracker."
                    );
            }

            Once("parties.json", folder.Parties.Select(p => p.Slug));
            Once("themes.json", folder.Themes.Select(t => t.Slug));
            Once("items.json", folder.Items.Select(i => i.Slug));
            _known = new KnownSlugs(
                names.ForumSlugs.Append(folder.Forum.Slug).ToHashSet(StringComparer.Ordinal),
                names.PartySlugs.Concat(folder.Parties.Select(p => p.Slug)).ToHashSet(StringComparer.Ordinal),
                names.ThemeSlugs.Concat(folder.Themes.Select(t => t.Slug)).ToHashSet(StringComparer.Ordinal),
                _items = allItems.Concat(folder.Items.Select(i => i.Slug)).ToHashSet(StringComparer.Ordinal)
            );
            var organisers = folder.Forum.Organisers;
            for (var i = 0; i < organisers.Count; i++)
                if (!_known.Parties.Contains(organisers[i]))
                    Refuse($"forum.json organisers[{i}]", "unknown-party", $"No party has the slug '{organisers[i]}'.");
        }

        public List<FolderProblem> Problems { get; } = [];
        public int Skipped { get; private set; }
        public List<ItemEvent> InOrder { get; } = [];
        public IEnumerable<Stream> Streams => _streams.Values;

        public void Run()
        {
            var items = _folder.Items.DistinctBy(i => i.Slug, StringComparer.Ordinal).ToDictionary(i => i.Slug, StringComparer.Ordinal);
            var rows = new List<(DateTimeOffset At, int File, int Index, Action Take)>();
            for (var i = 0; i < _folder.Updates.Count; i++)
            {
                var (n, u) = (i, _folder.Updates[i]);
                rows.Add((u.Stamp.RecordedAt, 0, i, () => Update(n, u, items)));
            }
            for (var i = 0; i < _folder.Confirmations.Count; i++)
            {
                var (n, c) = (i, _folder.Confirmations[i]);
                rows.Add((c.Stamp.RecordedAt, 1, i, () => Confirmation(n, c)));
            }
            for (var i = 0; i < _folder.Evidence.Count; i++)
            {
                var (n, e) = (i, _folder.Evidence[i]);
                rows.Add((e.Stamp.RecordedAt, 2, i, () => Evidence(n, e)));
            }
            for (var i = 0; i < _folder.Translations.Count; i++)
            {
                var (n, t) = (i, _folder.Translations[i]);
                rows.Add((t.Stamp.RecordedAt, 3, i, () => Translation(n, t)));
            }
            for (var i = 0; i < _folder.Disputes.Count; i++)
            {
                var (n, d) = (i, _folder.Disputes[i]);
                rows.Add((d.Stamp.RecordedAt, 4, i, () => Dispute(n, d)));
                if (d.Settlement is { } s)
                    rows.Add((s.Stamp.RecordedAt, 6, i, () => Settlement(n, d, s)));
            }

            for (var i = 0; i < _folder.Corrections.Count; i++)
            {
                var (n, c) = (i, _folder.Corrections[i]);
                rows.Add((c.Stamp.RecordedAt, 5, i, () => Correction(n, c)));
            }
            for (var i = 0; i < _folder.Details.Count; i++)
            {
                var (n, d) = (i, _folder.Details[i]);
                rows.Add((d.Stamp.RecordedAt, 7, i, () => Details(n, d)));
            }
            for (var i = 0; i < _folder.Retractions.Count; i++)
            {
                var (n, r) = (i, _folder.Retractions[i]);
                rows.Add((r.Stamp.RecordedAt, 8, i, () => Retraction(n, r)));
            }
            foreach (var row in rows.OrderBy(r => r.At).ThenBy(r => r.File).ThenBy(r => r.Index))
            {
                if (Problems.Count >= MostProblems)
                    return;
                row.Take();
            }

            foreach (var (item, i) in _folder.Items.Select((item, i) => (item, i)).Where(x => !_streams.ContainsKey(x.item.Slug)))
                Refuse($"items.json[{i}] {item.Slug}", "first-status", "The item has no update; an item starts with a status.");
        }

        private void Update(int index, UpdateEntry row, Dictionary<string, ItemEntry> items)
        {
            var where = $"updates.json[{index}] {row.Id}";
            if (_streams.TryGetValue(row.Item, out var stream))
            {
                if (stream.Item!.Update(row.Id) is not null)
                {
                    Skipped++;
                    return;
                }

                Take(where, stream, row.Stamp, (item, recording) => new LogUpdate(row.Id, row.Fields).Decide(item, _known, recording));
            }
            else if (items.TryGetValue(row.Item, out var entry))
            {
                var recording = RecordingOf(null, row.Stamp);
                stream = new Stream(Guid.CreateVersion7(recording.RecordedAt), []);
                _items.Remove(row.Item);
                Apply(
                    $"{where} or items.json {row.Item}",
                    stream,
                    new RecordItem(entry.Slug, entry.Kind, entry.Forum, entry.Details, row.Id, row.Fields).Decide(_known, recording)
                );
                _items.Add(row.Item);
                if (stream.Item is not null)
                    _streams[row.Item] = stream;
            }
            else
            {
                Refuse(where, "unknown-item", $"No item has the slug '{row.Item}'.");
                return;
            }

            if (row.Confirmed && stream.Item?.Update(row.Id) is { IsPending: true })
                Take(
                    where,
                    stream,
                    row.Stamp,
                    (item, recording) => new ConfirmUpdate(row.Id, Verdict.Confirm, null).Decide(item, recording),
                    sameInstant: true
                );
        }

        private void Correction(int index, CorrectionEntry row)
        {
            var where = $"corrections.json[{index}] {row.Id}";
            var owner = row.Item ?? _streams.Values.FirstOrDefault(s => s.Item?.Update(row.Update) is not null)?.Item!.Slug;
            if (Find(where, owner ?? row.Update) is not { } stream)
                return;
            if (stream.Item!.UpdateOfCorrection(row.Id) is not null)
            {
                Skipped++;
                return;
            }

            Take(
                where,
                stream,
                row.Stamp,
                (item, recording) =>
                    new CorrectUpdate(row.Id, row.Update, row.Kind, row.NewValues, row.Reason, row.Evidence, row.Editorial).Decide(
                        item,
                        _known,
                        recording
                    )
            );
            if (row.Confirmed && stream.Item!.UpdateOfCorrection(row.Id)?.Corrections.Find(c => c.Id == row.Id) is { IsPending: true })
                Take(
                    where,
                    stream,
                    row.Stamp,
                    (item, recording) => new ConfirmCorrection(row.Id, Verdict.Confirm, null).Decide(item, recording),
                    sameInstant: true
                );
        }

        private void Confirmation(int index, ConfirmationEntry row)
        {
            var where = $"confirmations.json[{index}] {row.Update ?? row.Correction}";
            if (Find(where, row.Item) is not { } stream)
                return;
            var verdict = row.Confirms ? Verdict.Confirm : Verdict.Reject;
            if (row.Update is { } update)
            {
                if (!_isCopy && stream.Item!.Update(update) is { } u && (!u.IsPending || u.IsGone))
                    Skipped++;
                else
                    Take(
                        where,
                        stream,
                        row.Stamp,
                        (item, recording) => new ConfirmUpdate(update, verdict, row.Note).Decide(item, recording)
                    );
            }
            else if (row.Correction is { } correction)
            {
                if (
                    !_isCopy
                    && stream.Item!.UpdateOfCorrection(correction)?.Corrections.Find(c => c.Id == correction) is { IsPending: false }
                )
                    Skipped++;
                else
                    Take(
                        where,
                        stream,
                        row.Stamp,
                        (item, recording) => new ConfirmCorrection(correction, verdict, row.Note).Decide(item, recording)
                    );
            }
            else
            {
                Refuse(where, "required", "A confirmation names an update or a correction.");
            }
        }

        private void Evidence(int index, EvidenceEntry row)
        {
            var where = $"evidence.json[{index}] {row.Update}";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (!_isCopy && stream.Item!.Update(row.Update) is { } u && row.Evidence.All(e => u.Sources.Contains(e)))
                Skipped++;
            else
                Take(where, stream, row.Stamp, (item, recording) => new AddEvidence(row.Update, row.Evidence).Decide(item, recording));
        }

        private void Translation(int index, TranslationEntry row)
        {
            var where = $"translations.json[{index}] {row.Update}";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (!_isCopy && stream.Item!.Update(row.Update) is { } u && u.Translations.Exists(t => t.Added.Note == row.Note))
                Skipped++;
            else
                Take(where, stream, row.Stamp, (item, recording) => new AddTranslation(row.Update, row.Note).Decide(item, recording));
        }

        private void Dispute(int index, DisputeEntry row)
        {
            var where = $"disputes.json[{index}] {row.Id}";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (stream.Item!.UpdateOfDispute(row.Id) is not null)
                Skipped++;
            else
                Take(
                    where,
                    stream,
                    row.Stamp,
                    (item, recording) => new OpenDispute(row.Id, row.Update, row.Reason, row.Evidence).Decide(item, recording)
                );
        }

        private void Settlement(int index, DisputeEntry row, SettlementEntry settlement)
        {
            var where = $"disputes.json[{index}] {row.Id} settlement";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (!_isCopy && stream.Item!.UpdateOfDispute(row.Id)?.Disputes.Find(d => d.Id == row.Id) is { IsOpen: false })
                Skipped++;
            else
                Take(
                    where,
                    stream,
                    settlement.Stamp,
                    (item, recording) => new SettleDispute(row.Id, settlement.Outcome, settlement.Note).Decide(item, recording)
                );
        }

        private void Details(int index, DetailsEntry row)
        {
            var where = $"details.json[{index}] {row.Item}";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (!_isCopy && Same(row.Changes.Over(stream.Item!.Details), stream.Item.Details))
                Skipped++;
            else
                Take(
                    where,
                    stream,
                    row.Stamp,
                    (item, recording) => new ChangeDetails(row.Changes, row.Reason).Decide(item, _known, recording)
                );
        }

        private void Retraction(int index, RetractionEntry row)
        {
            var where = $"retractions.json[{index}] {row.Item}";
            if (Find(where, row.Item) is not { } stream)
                return;
            if (stream.Item!.Retracted is not null)
                Skipped++;
            else
                Take(
                    where,
                    stream,
                    row.Stamp,
                    (item, recording) => new RetractItem(row.Reason, row.MergedInto).Decide(item, _known, recording)
                );
        }

        private Stream? Find(string where, string item)
        {
            if (_streams.TryGetValue(item, out var stream))
                return stream;
            Refuse(where, "unknown-item", $"No item with the slug '{item}' is known by then.");
            return null;
        }

        private void Take(string where, Stream stream, RowStamp stamp, Func<Item, Recording, Decision> decide, bool sameInstant = false) =>
            Apply(
                where,
                stream,
                decide(
                    stream.Item!,
                    sameInstant && stream.New.Count > 0
                        ? RecordingOf(null, stamp) with
                        {
                            RecordedAt = stream.New[^1].RecordedAt,
                        }
                        : RecordingOf(stream, stamp)
                )
            );

        private void Apply(string where, Stream stream, Decision decision)
        {
            foreach (var refusal in decision.Refusals)
                Refuse($"{where} {refusal.Field}".TrimEnd(), refusal.Rule, refusal.Message);
            foreach (var e in decision.Events)
            {
                stream.Item = Item.Fold(stream.Item, e);
                stream.New.Add(e);
                InOrder.Add(e);
            }
        }

        /// <summary>A copy keeps its times; rows added to a forum that is here are recorded now.</summary>
        private Recording RecordingOf(Stream? stream, RowStamp stamp) =>
            _isCopy
                ? new Recording(stamp.RecordedAt, stamp.By, stamp.ArchiveRecordedAt, stamp.As)
                : new Recording(
                    Instants.NextRecordedAt(_now, stream?.Item?.LastRecordedAt),
                    null,
                    stamp.ArchiveRecordedAt ?? stamp.RecordedAt
                );

        private void Refuse(string where, string rule, string message) => Problems.Add(new FolderProblem(where, rule, message));

        private void Once(string file, IEnumerable<string> slugs)
        {
            foreach (var twice in slugs.GroupBy(s => s, StringComparer.Ordinal).Where(g => g.Count() > 1))
                Refuse(file, "duplicate-slug", $"The slug '{twice.Key}' stands {twice.Count()} times.");
        }

        private static bool Same(Domain.Items.Details a, Domain.Items.Details b) =>
            JsonSerializer.Serialize(a, TrackerJson.Stored) == JsonSerializer.Serialize(b, TrackerJson.Stored);
    }
}
