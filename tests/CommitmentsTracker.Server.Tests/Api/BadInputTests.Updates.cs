using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

// Updates, and bodies of any kind.
public sealed partial class BadInputTests
{
    private static void Steps()
    {
        Log("an unknown status", b => b["status"] = "finished", 400, "format", "status");
        Log("a status of the other lifecycle", b => b["status"] = "in_force", 400, "lifecycle", "status");
        Log("a type that there is not", b => b["type"] = "rumour", 400, "format", "type");
        Log("a number where a word is due", b => b["status"] = 3, 400, "format", "status");
        Log("a future date", b => b["occurredOn"] = "2026-11-29", 400, "future", "occurredOn");
        Log("a month that has not ended", b => b["occurredOn"] = "2026-11", 400, "period-not-ended", "occurredOn");
        Log("a year that has not begun", b => b["occurredOn"] = "2027", 400, "future", "occurredOn");
        Log("the 31st of February", b => b["occurredOn"] = "2025-02-31", 400, "format", "occurredOn");
        Log("a date and a time", b => b["occurredOn"] = "2025-04-01T00:00:00Z", 400, "format", "occurredOn");
        Log("an empty date", b => b["occurredOn"] = "", 400, "format", "occurredOn");
        Log("no date", b => b.Remove("occurredOn"), 400, "format", "occurredOn");
        Log("null for a date", b => b["occurredOn"] = null, 400, "format", "occurredOn");
        Log("an update before the first status", b => b["occurredOn"] = "2025-02-01", 422, "before-first-status", "occurredOn");
        Log("an unlawful step", b => (b["status"], b["occurredOn"]) = ("announced", "2025-04-05"), 422, "lifecycle", "status");
        Log("a closing step without a ground", b => b["status"] = "not_delivered", 422, "ground", "ground");
        Log("a ground where none belongs", b => b["ground"] = "impossible", 400, "ground-without-closing", "ground");
        Log("superseded without a successor", b => b["status"] = "superseded", 422, "superseded-needs-link", "status");
        Log("a second step that waits", b => (b["status"], b["occurredOn"]) = ("delivered", "2025-06-01"), 409, "one-waiting");
    }

    private static void Notes()
    {
        Log("an empty note", b => b["note"] = new JsonObject { ["en"] = "" }, 400, "required", "note");
        Log("a blank note", b => b["note"] = new JsonObject { ["en"] = " \n\t " }, 400, "required", "note");
        Log("a note in no language", b => b["note"] = new JsonObject(), 400, "required", "note");
        Log("a note in a third language", b => b["note"] = new JsonObject { ["fr"] = "Voilà" }, 400, "format", "note.fr");
        Log("a note as plain text", b => b["note"] = "It happened.", 400, "format", "note");
        Log("no note", b => b.Remove("note"), 400, "format", "note");
        Log("a note of 20,001 characters", b => b["note"] = Harbour.Text(new string('x', 20_001)), 400, "too-long", "note.en");
        Log("control characters", b => b["note"] = Harbour.Text("a\u0007b"), 400, "control-characters", "note.en");
        Log("a null character", b => b["note"] = Harbour.Text("a\u0000b"), 400, "control-characters", "note.en");
        Log("a null character in an id", b => b["id"] = "a\u0000b", 400, "id", "id");
        Log("an id that is taken", b => b["id"] = "p1", 409, "duplicate-id", "id");
        Log("an id of 201 characters", b => b["id"] = new string('x', 201), 400, "id", "id");
        Log("an unknown actor", b => b["actor"] = "nobody", 400, "unknown-party", "actor");
        Log("a null character in an actor", b => b["actor"] = "a\u0000b", 400, "unknown-party", "actor");
    }

    private static void Sources()
    {
        Log("no evidence", b => b["evidence"] = new JsonArray(), 400, "evidence", "evidence");
        Log("null for evidence", b => b["evidence"] = null, 400, null, "evidence");
        Log("null among the evidence", b => b["evidence"] = new JsonArray((JsonNode?)null), 400, "required", "evidence[0]");
        Log("evidence without a title", b => b["evidence"]![0]!.AsObject().Remove("title"), 400, null);
        Log("an address that runs a script", b => b["evidence"]![0]!["url"] = "javascript:alert(1)", 400, "url", "evidence[0].url");
        Log(
            "51 sources",
            b => b["evidence"] = new JsonArray([.. Enumerable.Range(0, 51).Select(_ => Harbour.Evidence()[0]!.DeepClone())]),
            400,
            "too-many",
            "evidence"
        );
    }

    private static void Values()
    {
        Log("a number as a string", b => b["order"] = "1", 400, "format", "order");
        Log("a fraction for a whole number", b => b["order"] = 1.5, 400, "format", "order");
        Log("a number beyond all bounds", b => b["order"] = 1e30, 400, "format", "order");
        Log("a negative order", b => b["order"] = -1, 400, "range", "order");
        Log("a field that there is not", b => b["colour"] = "blue", 400, "format", "colour");
        Log("recordedAt, which nobody can set", b => b["recordedAt"] = "2024-01-01T00:00:00Z", 400, "format", "recordedAt");
        Log(
            "a deadline without a date",
            b =>
            {
                b["type"] = "deadline";
                b.Remove("status");
                b["due"] = new JsonObject();
            },
            400,
            "format"
        );
        Log(
            "a deadline that another lifecycle meets",
            b =>
            {
                b["type"] = "deadline";
                b.Remove("status");
                b["due"] = new JsonObject { ["date"] = "2027", ["target"] = "in_force" };
            },
            400,
            "lifecycle",
            "due.target"
        );
        Log("a status on a progress note", b => b["type"] = "progress", 400, "status-without-step", "status");
        Log("disputed as the author's word", b => b["confidence"] = "disputed", 400, "disputed-is-a-dispute", "confidence");
        Write(
            new(
                "an update of an unknown item",
                "POST",
                "items/nothing/updates",
                Harbour.Step("underway", "2025-04-01"),
                404,
                "unknown-item",
                "slug"
            )
        );
        Write(new("an update of a retracted item", "POST", "items/gone/updates", Harbour.Step("underway", "2025-04-01"), 410, null));
        Write(new("an update of a merged item", "POST", "items/twin/updates", Harbour.Step("underway", "2025-04-01"), 410, null));
        Write(
            new(
                "an instrument's step that a commitment has",
                "POST",
                "items/treaty/updates",
                Harbour.Step("delivered", "2025-04-01"),
                400,
                "lifecycle",
                "status"
            )
        );
    }

    private static void Bodies()
    {
        Write(new("malformed JSON", "POST", "items/pier/updates", "{\"type\":", 400, "format"));
        Write(new("no body", "POST", "items/pier/updates", "", 400, "format"));
        Write(new("null for a body", "POST", "items/pier/updates", "null", 400, "format"));
        Write(new("a list for a body", "POST", "items/pier/updates", "[]", 400, "format"));
        Write(new("something behind the body", "POST", "items/pier/updates", "{} {}", 400, "format"));
        Write(
            new(
                "a lone surrogate",
                "POST",
                "items/pier/updates",
                Harbour
                    .Update("progress", "2025-04-01", "SURROGATE")
                    .ToJsonString()
                    .Replace("SURROGATE", "a\\ud800b", StringComparison.Ordinal),
                400,
                null
            )
        );
        Write(new("a lone surrogate in a field's name", "POST", "items/pier/updates", "{\"a\\ud800\": 1}", 400, "format"));
        Write(
            new(
                "bytes that are no UTF-8",
                "POST",
                "items/pier/updates",
                new ByteArrayContent([(byte)'{', (byte)'"', 0xc3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}'])
                {
                    Headers = { ContentType = new("application/json") },
                },
                400,
                "format"
            )
        );
        Write(
            new("a body nested 2,000 deep", "POST", "items/pier/updates", new string('[', 2_000) + new string(']', 2_000), 400, "format")
        );
        Write(
            new(
                "a note nested 2,000 deep",
                "POST",
                "items/pier/updates",
                "{\"note\":" + string.Concat(Enumerable.Repeat("{\"en\":", 2_000)) + "1" + new string('}', 2_001),
                400,
                "format"
            )
        );
        Write(
            new(
                "another content type",
                "POST",
                "items/pier/updates",
                new StringContent("{}", Encoding.UTF8, "text/plain"),
                415,
                "content-type",
                "Content-Type"
            )
        );
    }

    private static void ContentTypesAndSizes()
    {
        Write(
            new(
                "a form",
                "POST",
                "items/pier/updates",
                new FormUrlEncodedContent([new("type", "progress")]),
                415,
                "content-type",
                "Content-Type"
            )
        );
        Write(
            new(
                "a note of 1 MB",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01", new string('x', 1 << 20)),
                413,
                "too-large"
            )
        );
        Write(
            new(
                "a body of 300 kB",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01", new string('x', 300_000)),
                413,
                "too-large"
            )
        );
        Write(new("a body of 300 kB in pieces, its length untold", "POST", "items/pier/updates", new Pieces(300_000), 413, "too-large"));
        Write(new("a body of 2 MB in pieces, its length untold", "POST", "items/pier/updates", new Pieces(2_000_000), 413, "too-large"));
        Write(
            new(
                "a parameter on a write",
                "POST",
                "items/pier/updates?force=true",
                Harbour.Update("progress", "2025-04-01"),
                400,
                "unknown-parameter",
                "force"
            )
        );
    }
}
