using System.Text.Json;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Exchange;

// The folders that are imported.
public sealed partial class ForumImportTests
{
    private async Task<string> CountsAsync() =>
        (
            await _tracker.RowsAsync(
                "select (select count(*) from items) || ' ' || (select count(*) from mt_events where type = 'update_logged') "
                    + "|| ' ' || (select count(*) from changes)"
            )
        )[0];

    /// <summary>A forum with one item of three updates.</summary>
    private static ForumFolder Small(string slug = "small-2025", string item = "jetty") =>
        Harbour.Folder(slug) with
        {
            Items = [new ItemEntry(item, Domain.Lifecycles.ItemKind.Commitment, slug, Harbour.Item(item).DeserializeDetails())],
        };

    private string Write(ForumFolder folder)
    {
        var path = Path.Combine(_scratch.Path, $"{folder.Forum.Slug}-{Guid.CreateVersion7():n}");
        folder.Write(path);
        var item = folder.Items[0].Slug;
        Save(
            Path.Combine(path, "updates.json"),
            new JsonArray(
                Update("u1", item, "status", "2025-03-01", "2025-03-05T00:00:00Z", "announced"),
                Update("u2", item, "status", "2025-04-01", "2025-04-05T00:00:00Z", "formalised"),
                Update("u3", item, "status", "2025-04-02", "2025-04-06T00:00:00Z", "underway")
            )
        );
        return path;
    }

    private static string Grown(string folder, Action<JsonArray> add)
    {
        Edit(folder, "updates.json", add);
        return folder;
    }

    private static JsonObject Update(string id, string item, string type, string on, string recordedAt, string? status = null)
    {
        var body = status is null ? Harbour.Update(type, on) : Harbour.Step(status, on);
        (body["id"], body["item"], body["recordedAt"]) = (id, item, recordedAt);
        return body;
    }

    private static JsonObject Dispute(string update) =>
        new()
        {
            ["id"] = "d1",
            ["item"] = "jetty",
            ["update"] = update,
            ["reason"] = Harbour.Text("No."),
            ["evidence"] = Harbour.Evidence(),
            ["recordedAt"] = "2025-06-01T00:00:00Z",
        };

    private static void Edit(string folder, string file, Action<JsonArray> edit)
    {
        var rows = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file)))!.AsArray();
        edit(rows);
        Save(Path.Combine(folder, file), rows);
    }

    private static void EditForum(string folder, Action<JsonObject> edit)
    {
        var forum = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "forum.json")))!.AsObject();
        edit(forum);
        Save(Path.Combine(folder, "forum.json"), forum);
    }

    private static void Save(string path, JsonNode node) => File.WriteAllText(path, node.ToJsonString());

    /// <summary>The rows of a file without what says nothing, each field in its place, in no order.</summary>
    private static List<string> Rows(string path)
    {
        var node = JsonNode.Parse(File.ReadAllText(path))!;
        return [.. (node is JsonArray all ? all.Select(r => Plain(r)) : [Plain(node)]).Order(StringComparer.Ordinal)];

        static string Plain(JsonNode? value) =>
            value switch
            {
                JsonObject o => "{"
                    + string.Join(
                        ",",
                        o.Where(p => p.Value is not null and not JsonArray { Count: 0 } && p.Key is not ("format" or "order"))
                            .OrderBy(p => p.Key, StringComparer.Ordinal)
                            .Select(p => $"{p.Key}:{Plain(p.Value)}")
                    )
                    + "}",
                JsonArray a => "[" + string.Join(",", a.Select(Plain)) + "]",
                null => "",
                _ => JsonSerializer.Serialize(value),
            };
    }
}
