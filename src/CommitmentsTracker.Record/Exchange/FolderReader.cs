using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>Reads a forum folder.</summary>
public static class FolderReader
{
    /// <summary>Reads the files of a folder, wherever they lie. Every row that cannot be read is named.</summary>
    /// <param name="textOf">The text of a file by its name; null: there is none.</param>
    /// <exception cref="ForumFolderException">A file is missing, or a row cannot be read.</exception>
    public static ForumFolder Read(Func<string, string?> textOf)
    {
        var reading = new FolderReading(textOf);
        var forum = reading.One("forum.json", ForumOf);
        var folder = new ForumFolder
        {
            Forum = forum!,
            Themes = reading.Rows("themes.json", true, r => r.Deserialize<Theme>(TrackerJson.Strict)!),
            Parties = reading.Rows("parties.json", true, r => r.Deserialize<Party>(TrackerJson.Strict)!),
            Items = reading.Rows("items.json", true, ItemOf),
            Updates = reading.Rows("updates.json", true, UpdateOf),
            Confirmations = reading.Rows("confirmations.json", false, ConfirmationOf),
            Evidence = reading.Rows("evidence.json", false, EvidenceOf),
            Translations = reading.Rows("translations.json", false, TranslationOf),
            Disputes = reading.Rows("disputes.json", false, DisputeOf),
            Corrections = reading.Rows("corrections.json", false, CorrectionOf),
            Details = reading.Rows("details.json", false, DetailsOf),
            Retractions = reading.Rows("retractions.json", false, RetractionOf),
        };
        RefuseNulls(reading, forum, folder);
        reading.ThrowIfAny();
        return folder;
    }

    /// <summary>A name that is null is one that is missing.</summary>
    private static void RefuseNulls(FolderReading reading, Forum? forum, ForumFolder folder)
    {
        if (forum is { Name: null } or { Organisers: null })
            reading.Refuse("forum.json", "name and organisers cannot be null.");
        for (var i = 0; i < folder.Parties.Count; i++)
            if (folder.Parties[i] is { Name: null } or { Slug: null })
                reading.Refuse($"parties.json[{i}]", "slug and name cannot be null.");
        for (var i = 0; i < folder.Themes.Count; i++)
            if (folder.Themes[i] is { Name: null } or { Slug: null })
                reading.Refuse($"themes.json[{i}]", "slug and name cannot be null.");
    }

    private static Forum ForumOf(JsonObject row)
    {
        var format = row["format"] is JsonValue v && v.TryGetValue<int>(out var n) ? n : 0;
        if (format != ForumFolder.Format)
            throw new JsonException($"This program reads format {ForumFolder.Format}, the folder has format {format}.");
        row.Remove("format");
        return row.Deserialize<Forum>(TrackerJson.Strict)!;
    }

    private static ItemEntry ItemOf(JsonObject row) =>
        new(
            Take<string>(row, "slug"),
            Take<ItemKind>(row, "kind"),
            Take<string>(row, "forum"),
            row.Deserialize<Details>(TrackerJson.Strict)!
        );

    private static UpdateEntry UpdateOf(JsonObject row)
    {
        var (item, id) = (Take<string>(row, "item"), Take<string>(row, "id"));
        var confirmed = TakeOr<bool?>(row, "confirmed") ?? true;
        var stamp = StampOf(row);
        return new UpdateEntry(item, id, row.Deserialize<UpdateFields>(TrackerJson.Strict)!, confirmed, stamp);
    }

    private static ConfirmationEntry ConfirmationOf(JsonObject row) =>
        new(
            Take<string>(row, "item"),
            TakeOr<string>(row, "update"),
            TakeOr<string>(row, "correction"),
            Decision(row),
            TakeOr<Text>(row, "note"),
            Stamp(row)
        );

    private static EvidenceEntry EvidenceOf(JsonObject row) =>
        new(Take<string>(row, "item"), Take<string>(row, "update"), Take<List<EvidenceSource>>(row, "evidence"), Stamp(row));

    private static TranslationEntry TranslationOf(JsonObject row) =>
        new(Take<string>(row, "item"), Take<string>(row, "update"), Take<Text>(row, "note"), Stamp(row));

    private static DisputeEntry DisputeOf(JsonObject row) =>
        new(
            Take<string>(row, "id"),
            Take<string>(row, "item"),
            Take<string>(row, "update"),
            Take<Text>(row, "reason"),
            Take<List<EvidenceSource>>(row, "evidence"),
            Settlement(row),
            Stamp(row)
        );

    private static CorrectionEntry CorrectionOf(JsonObject row) =>
        new(
            TakeOr<string>(row, "item"),
            Take<string>(row, "id"),
            Take<string>(row, "update"),
            Take<CorrectionKind>(row, "kind"),
            TakeOr<NewValues>(row, "newValues"),
            Take<Text>(row, "reason"),
            TakeOr<List<EvidenceSource>>(row, "evidence") ?? [],
            TakeOr<bool?>(row, "editorial") ?? false,
            TakeOr<bool?>(row, "confirmed") ?? true,
            Stamp(row)
        );

    private static DetailsEntry DetailsOf(JsonObject row) =>
        new(Take<string>(row, "item"), Take<DetailsChange>(row, "changes"), Take<Text>(row, "reason"), Stamp(row));

    private static RetractionEntry RetractionOf(JsonObject row) =>
        new(Take<string>(row, "item"), Take<Text>(row, "reason"), TakeOr<string>(row, "mergedInto"), Stamp(row));

    private static SettlementEntry? Settlement(JsonObject row)
    {
        if (!row.Remove("settlement", out var node) || node is null)
            return null;
        var settlement = node as JsonObject ?? throw new JsonException("settlement is an object.");
        return new SettlementEntry(Take<DisputeOutcome>(settlement, "outcome"), TakeOr<Text>(settlement, "note"), Stamp(settlement));
    }

    private static bool Decision(JsonObject row) =>
        Take<string>(row, "decision") switch
        {
            "confirm" => true,
            "reject" => false,
            _ => throw new JsonException("decision is confirm or reject."),
        };

    private static RowStamp Stamp(JsonObject row)
    {
        var stamp = StampOf(row);
        return row.Count == 0 ? stamp : throw new JsonException($"There is no field '{row.First().Key}' here.");
    }

    private static RowStamp StampOf(JsonObject row) =>
        new(
            Take<DateTimeOffset>(row, "recordedAt").ToMicroseconds(),
            TakeOr<string>(row, "by"),
            TakeOr<DateTimeOffset?>(row, "archiveRecordedAt")?.ToMicroseconds(),
            TakeOr<Role?>(row, "as")
        );

    private static T Take<T>(JsonObject row, string name) =>
        row.Remove(name, out var node) && node is not null && Value<T>(node, name) is { } value
            ? value
            : throw new JsonException($"The field '{name}' is required.");

    private static T? TakeOr<T>(JsonObject row, string name) =>
        row.Remove(name, out var node) && node is not null ? Value<T>(node, name) : default;

    private static T? Value<T>(JsonNode node, string name)
    {
        try
        {
            return node.Deserialize<T>(TrackerJson.Strict);
        }
        catch (JsonException e)
        {
            throw new JsonException($"{name}{e.Path?.TrimStart('$')}: {e.Message}", e);
        }
    }
}
