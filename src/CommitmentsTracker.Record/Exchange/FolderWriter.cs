using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>Writes a forum folder. The fields of a row stand in the order in which they are named here.</summary>
public static class FolderWriter
{
    /// <summary>The files of a folder: names and texts. Files without a row are left out, but for those that must be there.</summary>
    public static IReadOnlyList<(string Name, string Text)> Files(ForumFolder folder)
    {
        var forum = Object(folder.Forum);
        forum["format"] = ForumFolder.Format;
        var lists = new (string Name, IEnumerable<JsonObject> Rows, bool IsRequired)[]
        {
            ("themes.json", folder.Themes.Select(t => Object(t)), true),
            ("parties.json", folder.Parties.Select(p => Object(p)), true),
            ("items.json", folder.Items.Select(Row), true),
            ("updates.json", folder.Updates.Select(Row), true),
            ("confirmations.json", folder.Confirmations.Select(Row), false),
            ("evidence.json", folder.Evidence.Select(Row), false),
            ("translations.json", folder.Translations.Select(Row), false),
            ("disputes.json", folder.Disputes.Select(Row), false),
            ("corrections.json", folder.Corrections.Select(Row), false),
            ("details.json", folder.Details.Select(Row), false),
            ("retractions.json", folder.Retractions.Select(Row), false),
        };
        return
        [
            ("forum.json", TextOf(forum)),
            .. lists
                .Select(l => (l.Name, Rows: l.Rows.ToArray<JsonNode>(), l.IsRequired))
                .Where(l => l.IsRequired || l.Rows.Length > 0)
                .Select(l => (l.Name, TextOf(new JsonArray(l.Rows)))),
        ];
    }

    private static string TextOf(JsonNode node) => node.ToJsonString(Indented) + "\n";

    private static JsonObject Row(ItemEntry i) =>
        Object(
            new
            {
                i.Slug,
                i.Kind,
                i.Forum,
            },
            i.Details
        );

    private static JsonObject Row(UpdateEntry u) =>
        Stamped(u.Stamp, Object(new { u.Id, u.Item }, u.Fields, new { Confirmed = u.Confirmed ? (bool?)null : false }));

    private static JsonObject Row(ConfirmationEntry c) =>
        Stamped(
            c.Stamp,
            Object(
                new
                {
                    c.Item,
                    c.Update,
                    c.Correction,
                    Decision = c.Confirms ? "confirm" : "reject",
                    c.Note,
                }
            )
        );

    private static JsonObject Row(EvidenceEntry e) =>
        Stamped(
            e.Stamp,
            Object(
                new
                {
                    e.Item,
                    e.Update,
                    e.Evidence,
                }
            )
        );

    private static JsonObject Row(TranslationEntry t) =>
        Stamped(
            t.Stamp,
            Object(
                new
                {
                    t.Item,
                    t.Update,
                    t.Note,
                }
            )
        );

    private static JsonObject Row(DisputeEntry d) =>
        Stamped(
            d.Stamp,
            Object(
                new
                {
                    d.Id,
                    d.Item,
                    d.Update,
                    d.Reason,
                    d.Evidence,
                    Settlement = d.Settlement is { } s ? Stamped(s.Stamp, Object(new { s.Outcome, s.Note })) : null,
                }
            )
        );

    private static JsonObject Row(CorrectionEntry c) =>
        Stamped(
            c.Stamp,
            Object(
                new
                {
                    c.Id,
                    c.Item,
                    c.Update,
                    c.Kind,
                    c.NewValues,
                    c.Reason,
                    c.Evidence,
                    Editorial = c.Editorial ? (bool?)true : null,
                    Confirmed = c.Confirmed ? (bool?)null : false,
                }
            )
        );

    private static JsonObject Row(DetailsEntry d) =>
        Stamped(
            d.Stamp,
            Object(
                new
                {
                    d.Item,
                    d.Changes,
                    d.Reason,
                }
            )
        );

    private static JsonObject Row(RetractionEntry r) =>
        Stamped(
            r.Stamp,
            Object(
                new
                {
                    r.Item,
                    r.Reason,
                    r.MergedInto,
                }
            )
        );

    private static readonly JsonSerializerOptions Indented = new(TrackerJson.Strict) { WriteIndented = true, IndentSize = 1 };

    private static JsonObject Object(params object[] parts)
    {
        var all = new JsonObject();
        foreach (var part in parts)
        foreach (var (name, value) in JsonSerializer.SerializeToNode(part, part.GetType(), TrackerJson.Strict)!.AsObject().ToList())
            all[name] = value?.DeepClone();
        return all;
    }

    private static JsonObject Stamped(RowStamp stamp, JsonObject row)
    {
        row["recordedAt"] = JsonSerializer.SerializeToNode(stamp.RecordedAt, TrackerJson.Strict);
        if (stamp.By is { } by)
            row["by"] = by;
        if (stamp.As is { } role)
            row["as"] = role.Word();
        if (stamp.ArchiveRecordedAt is { } archive)
            row["archiveRecordedAt"] = JsonSerializer.SerializeToNode(archive, TrackerJson.Strict);
        return row;
    }
}
