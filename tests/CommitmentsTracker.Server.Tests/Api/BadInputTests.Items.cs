using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

// Items and people.
public sealed partial class BadInputTests
{
    private static void NewItems()
    {
        NewItem("a duplicate slug", b => b["slug"] = "pier", 409, "duplicate-slug", "slug");
        NewItem("the slug of a retracted item", b => b["slug"] = "gone", 409, "duplicate-slug", "slug");
        NewItem("a slug with capitals", b => b["slug"] = "Pier", 400, "slug", "slug");
        NewItem("a slug of 121 characters", b => b["slug"] = new string('x', 121), 400, "slug", "slug");
        NewItem("a slug with a null character", b => b["slug"] = "a\u0000b", 400, "slug", "slug");
        NewItem("null for a slug", b => b["slug"] = null, 400, null, "slug");
        NewItem("no slug", b => b.Remove("slug"), 400, "format", "slug");
        NewItem("an unknown forum", b => b["forum"] = "nowhere", 400, "unknown-forum", "forum");
        NewItem("null for a forum", b => b["forum"] = null, 400, null, "forum");
        NewItem("an unknown kind", b => b["kind"] = "wish", 400, "format", "kind");
        NewItem("an unknown party", b => b["responsible"] = new JsonArray("nobody"), 400, "unknown-party", "responsible[0]");
        NewItem("a party twice", b => b["responsible"] = new JsonArray("city", "city"), 400, "repeated", "responsible");
        NewItem("null among the parties", b => b["responsible"] = new JsonArray((JsonNode?)null), 400, "required", "responsible[0]");
        NewItem("null for the parties", b => b["responsible"] = null, 400, null, "responsible");
        NewItem("an unknown proposer", b => b["proposer"] = "nobody", 400, "unknown-party", "proposer");
        NewItem("an unknown theme", b => b["themes"] = new JsonArray("fire"), 400, "unknown-theme", "themes[0]");
        NewItem("a link to an unknown item", b => b["related"] = Links("nothing"), 400, "unknown-item", "related[0].slug");
        NewItem(
            "a link to an item with a null character",
            b => b["related"] = Links("a\u0000b"),
            400,
            "control-characters",
            "related[0].slug"
        );
        NewItem("a link to itself", b => b["related"] = Links((string)b["slug"]!), 400, null, "related[0].slug");
        NewItem(
            "a link to nothing",
            b => b["related"] = new JsonArray(new JsonObject { ["slug"] = null, ["relation"] = "related" }),
            400,
            null
        );
        NewItem("a link without a relation", b => b["related"] = new JsonArray(new JsonObject { ["slug"] = "pier" }), 400, "format");
        NewItem("null among the links", b => b["related"] = new JsonArray((JsonNode?)null), 400, "required", "related[0]");
        NewItem("null for the links", b => b["related"] = null, 400, null, "related");
    }

    private static void TitlesAndFirstStatuses()
    {
        NewItem("a title in no language", b => b["title"] = new JsonObject(), 400, "required", "title");
        NewItem("null for a title", b => b["title"] = null, 400, null, "title");
        NewItem("a title of 501 characters", b => b["title"] = Harbour.Text(new string('x', 501)), 400, "too-long", "title.en");
        NewItem("a title with a null character", b => b["title"] = Harbour.Text("a\u0000"), 400, "control-characters", "title.en");
        NewItem("a first status in the future", b => b["statusSince"] = "2026-12-24", 400, "future", "first.occurredOn");
        NewItem("a first status that is none", b => b["status"] = "delivered", 400, "first-status", "first.status");
        NewItem(
            "a first update that is no step",
            b => b["first"] = Harbour.Update("progress", "2025-03-01"),
            400,
            "first-status",
            "first.type"
        );
        NewItem("null for the deadline's date", b => b["due"] = new JsonObject { ["date"] = null }, 400, "format", "due.date");
        NewItem(
            "a citation longer than its passage",
            b =>
                b["citations"] = new JsonArray(
                    new JsonObject
                    {
                        ["exact"] = "so",
                        ["start"] = 1,
                        ["end"] = 9,
                    }
                ),
            400,
            "position",
            "citations[0].end"
        );
        Write(
            new(
                "an instrument without a status",
                "POST",
                "items",
                Without(Harbour.Item("new-treaty", "instrument"), "status"),
                400,
                "first-status",
                "status"
            )
        );
    }

    private static void ChangesOfItems()
    {
        Write(
            new(
                "a change without a reason",
                "PATCH",
                "items/pier",
                new JsonObject { ["title"] = Harbour.Text("Pier") },
                400,
                "format",
                "reason"
            )
        );
        Write(new("a change of nothing", "PATCH", "items/pier", new JsonObject { ["reason"] = Harbour.Text("So.") }, 400, "required"));
        Write(
            new(
                "a change that clears the title",
                "PATCH",
                "items/pier",
                new JsonObject { ["title"] = null, ["reason"] = Harbour.Text("So.") },
                400,
                "required",
                "title"
            )
        );
        Write(
            new(
                "a change of the slug",
                "PATCH",
                "items/pier",
                new JsonObject { ["slug"] = "mole", ["reason"] = Harbour.Text("So.") },
                400,
                "format",
                "slug"
            )
        );
    }

    private static void ChangedReferences()
    {
        Write(
            new(
                "a change to null among the links",
                "PATCH",
                "items/pier",
                new JsonObject { ["related"] = new JsonArray((JsonNode?)null), ["reason"] = Harbour.Text("So.") },
                400,
                "required",
                "related[0]"
            )
        );
        Write(
            new(
                "a change to an unknown theme",
                "PATCH",
                "items/pier",
                new JsonObject { ["themes"] = new JsonArray("fire"), ["reason"] = Harbour.Text("So.") },
                400,
                "unknown-theme",
                "themes[0]"
            )
        );
        Write(
            new(
                "a change of an item that is not",
                "PATCH",
                "items/nothing",
                new JsonObject { ["title"] = Harbour.Text("X"), ["reason"] = Harbour.Text("So.") },
                404,
                "unknown-item",
                "slug"
            )
        );
    }

    private static void Retractions()
    {
        Write(
            new(
                "a merge into itself",
                "POST",
                "items/pier/retraction",
                new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "pier" },
                400,
                "merge-into-itself",
                "mergedInto"
            )
        );
        Write(
            new(
                "a merge into an unknown item",
                "POST",
                "items/pier/retraction",
                new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "nothing" },
                400,
                "unknown-item",
                "mergedInto"
            )
        );
        Write(
            new(
                "a merge into a null character",
                "POST",
                "items/pier/retraction",
                new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "a\u0000b" },
                400,
                "unknown-item",
                "mergedInto"
            )
        );
        Write(
            new(
                "a merge into a retracted item",
                "POST",
                "items/treaty/retraction",
                new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "gone" },
                400,
                "unknown-item",
                "mergedInto"
            )
        );
        Write(
            new(
                "a merge back into what was merged here",
                "POST",
                "items/pier/retraction",
                new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "twin" },
                400,
                "unknown-item",
                "mergedInto"
            )
        );
        Write(new("a retraction without a reason", "POST", "items/pier/retraction", new JsonObject(), 400, null, "reason"));
        Write(new("a second retraction", "POST", "items/gone/retraction", new JsonObject { ["reason"] = Harbour.Text("So.") }, 410, null));
    }

    private static void People()
    {
        Write(new("a person without a name", "POST", "people", new JsonObject(), 400, null, "name", AsAda: true));
        Write(new("a person with a blank name", "POST", "people", new JsonObject { ["name"] = "  " }, 400, "name", "name", AsAda: true));
        Write(new("null for a person's name", "POST", "people", new JsonObject { ["name"] = null }, 400, null, "name", AsAda: true));
        Write(
            new(
                "a person with a null character",
                "POST",
                "people",
                new JsonObject { ["name"] = "a\u0000" },
                400,
                "name",
                "name",
                AsAda: true
            )
        );
        Write(
            new(
                "a person in a role that there is not",
                "POST",
                "people",
                new JsonObject { ["name"] = "Eve", ["role"] = "king" },
                400,
                "unknown-word",
                "role",
                AsAda: true
            )
        );
    }
}
