using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Forums;

/// <summary>Writes a forum as the folder that import reads, recorded times included.</summary>
public sealed class ForumExport(NpgsqlDataSource source)
{
    /// <summary>Slugs of all forums.</summary>
    public async Task<IReadOnlyList<string>> ForumsAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("select slug from forums order by slug");
        var slugs = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            slugs.Add(reader.GetString(0));
        return slugs;
    }

    /// <summary>The whole forum, read in one snapshot; null: there is none of that slug.</summary>
    public async Task<ForumFolder?> ReadAsync(string forum, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        var forums = await JsonAsync<Forum>("select forum from forums where slug = $1");
        if (forums.Count == 0)
            return null;
        var parties = await JsonAsync<Party>("select party from parties where forums @> array[$1::text] order by slug");
        var themes = await JsonAsync<Theme>("select theme from themes where forums @> array[$1::text] order by slug");
        var events = new List<(string Item, ItemEvent Event)>();
        // Ordered by nothing that an import would give anew, so that a copy writes the same files.
        await using (
            var command = Command(
                """
                select i.slug, e.type, e.data from mt_events e join items i on i.item_id = e.stream_id
                where i.forum = $1 order by (e.data ->> 'recordedAt')::timestamptz, i.slug collate "C", e.version
                """
            )
        )
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                events.Add((reader.GetString(0), EventNames.Read(reader.GetString(1), reader.GetFieldValue<byte[]>(2))));
        return Fold(forums[0], parties, themes, events);

        NpgsqlCommand Command(string sql) =>
            new(sql, connection, snapshot) { Parameters = { new NpgsqlParameter<string> { TypedValue = forum } } };

        async Task<List<T>> JsonAsync<T>(string sql)
        {
            var all = new List<T>();
            await using var command = Command(sql);
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                all.Add(JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(0), TrackerJson.Stored)!);
            return all;
        }
    }

    private static ForumFolder Fold(Forum forum, List<Party> parties, List<Theme> themes, List<(string Item, ItemEvent Event)> events)
    {
        var items = new List<ItemEntry>();
        var updates = new List<UpdateEntry>();
        var confirmations = new List<ConfirmationEntry>();
        var evidence = new List<EvidenceEntry>();
        var translations = new List<TranslationEntry>();
        var disputes = new List<DisputeEntry>();
        var corrections = new List<CorrectionEntry>();
        var details = new List<DetailsEntry>();
        var retractions = new List<RetractionEntry>();
        foreach (var (item, e) in events)
        {
            switch (e)
            {
                case ItemRecorded x:
                    items.Add(new ItemEntry(x.Slug, x.Kind, x.Forum, x.Details));
                    break;
                case UpdateLogged x:
                    updates.Add(new UpdateEntry(item, x.Id, x.Fields, !x.NeedsConfirmation, Stamp(x)));
                    break;
                case UpdateConfirmed x:
                    Confirm(
                        updates,
                        u => u.Item == item && u.Id == x.UpdateId,
                        u => u.Stamp,
                        u => u with { Confirmed = true },
                        x,
                        () => new ConfirmationEntry(item, x.UpdateId, null, true, x.Note, Stamp(x)),
                        x.Note
                    );
                    break;
                case UpdateRejected x:
                    confirmations.Add(new ConfirmationEntry(item, x.UpdateId, null, false, x.Note, Stamp(x)));
                    break;
                case CorrectionMade x:
                    corrections.Add(
                        new CorrectionEntry(
                            item,
                            x.Id,
                            x.UpdateId,
                            x.Kind,
                            x.NewValues,
                            x.Reason,
                            x.Evidence,
                            x.Editorial,
                            !x.NeedsConfirmation,
                            Stamp(x)
                        )
                    );
                    break;
                case CorrectionConfirmed x:
                    Confirm(
                        corrections,
                        c => c.Item == item && c.Id == x.CorrectionId,
                        c => c.Stamp,
                        c => c with { Confirmed = true },
                        x,
                        () => new ConfirmationEntry(item, null, x.CorrectionId, true, x.Note, Stamp(x)),
                        x.Note
                    );
                    break;
                case CorrectionRejected x:
                    confirmations.Add(new ConfirmationEntry(item, null, x.CorrectionId, false, x.Note, Stamp(x)));
                    break;
                case EvidenceAdded x:
                    evidence.Add(new EvidenceEntry(item, x.UpdateId, x.Evidence, Stamp(x)));
                    break;
                case TranslationAdded x:
                    translations.Add(new TranslationEntry(item, x.UpdateId, x.Note, Stamp(x)));
                    break;
                case DisputeOpened x:
                    disputes.Add(new DisputeEntry(x.Id, item, x.UpdateId, x.Reason, x.Evidence, null, Stamp(x)));
                    break;
                case DisputeSettled x:
                    var opened = disputes.FindIndex(d => d.Item == item && d.Id == x.Id);
                    disputes[opened] = disputes[opened] with { Settlement = new SettlementEntry(x.Outcome, x.Note, Stamp(x)) };
                    break;
                case DetailsChanged x:
                    details.Add(new DetailsEntry(item, x.Changes, x.Reason, Stamp(x)));
                    break;
                case ItemRetracted x:
                    retractions.Add(new RetractionEntry(item, x.Reason, x.MergedInto, Stamp(x)));
                    break;
                default:
                    throw new InvalidOperationException($"Export does not know {e.GetType().Name}.");
            }
        }

        return new ForumFolder
        {
            Forum = forum,
            Parties = parties,
            Themes = themes,
            Items = items,
            Updates = updates,
            Confirmations = confirmations,
            Evidence = evidence,
            Translations = translations,
            Disputes = disputes,
            Corrections = corrections,
            Details = details,
            Retractions = retractions,
        };

        // A confirmation of the same instant came with its row by an import, and is written as the row's own word.
        void Confirm<T>(
            List<T> rows,
            Predicate<T> isIt,
            Func<T, RowStamp> stamp,
            Func<T, T> confirmed,
            ItemEvent e,
            Func<ConfirmationEntry> entry,
            Text? note
        )
        {
            var at = rows.FindLastIndex(isIt);
            if (note is null && e.By is null && stamp(rows[at]).RecordedAt == e.RecordedAt)
                rows[at] = confirmed(rows[at]);
            else
                confirmations.Add(entry());
        }
    }

    private static RowStamp Stamp(ItemEvent e) => new(e.RecordedAt, e.By, e.ArchiveRecordedAt, e.As);
}
