using System.Text.Json;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Exchange;

// How each broken row comes about.
public sealed partial class ForumImportTests
{
    /// <summary>By what is wrong: spoils a file of a folder.</summary>
    private static readonly Dictionary<string, Action<string, string>> Spoilers = new()
    {
        ["an unknown status"] = (folder, file) => Edit(folder, file, r => r[1]!["status"] = "finished"),
        ["the other lifecycle"] = (folder, file) => Edit(folder, file, r => r[1]!["status"] = "adopted"),
        ["an unlawful step"] = (folder, file) => Edit(folder, file, r => r[2]!["status"] = "announced"),
        ["in the future of its recording"] = (folder, file) => Edit(folder, file, r => r[1]!["occurredOn"] = "2025-04-20"),
        ["31 February"] = (folder, file) => Edit(folder, file, r => r[1]!["occurredOn"] = "2025-02-31"),
        ["no evidence"] = (folder, file) => Edit(folder, file, r => r[1]!["evidence"] = new JsonArray()),
        ["an empty note"] = (folder, file) => Edit(folder, file, r => r[1]!["note"] = new JsonObject { ["en"] = "" }),
        ["an unknown actor"] = (folder, file) => Edit(folder, file, r => r[1]!["actor"] = "nobody"),
        ["an unknown item"] = (folder, file) => Edit(folder, file, r => r[1]!["item"] = "nothing"),
        ["before the first status"] = (folder, file) => Edit(folder, file, r => r[1]!["occurredOn"] = "2025-01-01"),
        ["no recorded time"] = (folder, file) => Edit(folder, file, r => r[1]!.AsObject().Remove("recordedAt")),
        ["an unknown field"] = (folder, file) => Edit(folder, file, r => r[1]!["colour"] = "blue"),
        ["a row that is no object"] = (folder, file) => Edit(folder, file, r => r[1] = 5),
        ["an unknown theme"] = (folder, file) => Edit(folder, file, r => r[0]!["themes"] = new JsonArray("fire")),
        ["an unknown link"] = (folder, file) =>
            Edit(folder, file, r => r[0]!["related"] = new JsonArray(new JsonObject { ["slug"] = "nothing", ["relation"] = "related" })),
        ["an item twice"] = (folder, file) => Edit(folder, file, r => r.Add(r[0]!.DeepClone())),
        ["an item without updates"] = (folder, file) =>
            Edit(
                folder,
                file,
                r =>
                {
                    r.Add(r[0]!.DeepClone());
                    r[1]!["slug"] = "idle";
                }
            ),
        ["an empty slug"] = (folder, file) =>
        {
            Edit(
                folder,
                file,
                r =>
                {
                    r.Add(r[0]!.DeepClone());
                    r[1]!["slug"] = "UPPER";
                }
            );
            Edit(
                folder,
                "updates.json",
                r =>
                {
                    r.Add(r[0]!.DeepClone());
                    r[3]!["item"] = "UPPER";
                    r[3]!["id"] = "u0";
                }
            );
        },
        ["a dispute of nothing"] = (folder, file) => Save(Path.Combine(folder, file), new JsonArray(Dispute("nothing"))),
        ["a settlement that is no object"] = (folder, file) =>
        {
            var d = Dispute("u2");
            d["settlement"] = 5;
            Save(Path.Combine(folder, file), new JsonArray(d));
        },
        ["a correction into the future"] = (folder, file) =>
            Save(
                Path.Combine(folder, file),
                new JsonArray(
                    new JsonObject
                    {
                        ["id"] = "c1",
                        ["item"] = "jetty",
                        ["update"] = "u2",
                        ["kind"] = "redate",
                        ["newValues"] = new JsonObject { ["occurredOn"] = "2030-01-01" },
                        ["reason"] = Harbour.Text("So."),
                        ["recordedAt"] = "2025-06-01T00:00:00Z",
                    }
                )
            ),
        ["a confirmation of what does not wait"] = (folder, file) =>
            Save(
                Path.Combine(folder, file),
                new JsonArray(
                    new JsonObject
                    {
                        ["item"] = "jetty",
                        ["update"] = "u2",
                        ["decision"] = "confirm",
                        ["recordedAt"] = "2025-06-01T00:00:00Z",
                    }
                )
            ),
        ["a merge into nothing"] = (folder, file) =>
            Save(
                Path.Combine(folder, file),
                new JsonArray(
                    new JsonObject
                    {
                        ["item"] = "jetty",
                        ["mergedInto"] = "nothing",
                        ["reason"] = Harbour.Text("So."),
                        ["recordedAt"] = "2025-06-01T00:00:00Z",
                    }
                )
            ),
        ["an unknown organiser"] = (folder, file) => EditForum(folder, f => f["organisers"] = new JsonArray("nobody")),
        ["another format"] = (folder, file) => EditForum(folder, f => f["format"] = 2),
        ["broken JSON"] = (folder, file) => File.WriteAllText(Path.Combine(folder, file), "[{"),
        ["a missing file"] = (folder, file) => File.Delete(Path.Combine(folder, file)),
    };
}
