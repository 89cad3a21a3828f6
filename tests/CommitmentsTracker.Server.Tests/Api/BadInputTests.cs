using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Server.Tests.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

/// <summary>A tracker with a few items, to which nothing that these tests send may add anything.</summary>
public sealed class Untouched : IAsyncLifetime
{
    public Tracker Tracker { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Tracker = await Tracker.StartAsync(Running.OnPort);
        await Tracker.ImportAsync(Harbour.Folder());
        var (ann, bo) = (Tracker.Ann, Tracker.Bo);
        (await ann.PostAsync("items", Harbour.Item("pier"))).Should(201);
        (await ann.PostAsync("items", Harbour.Item("treaty", "instrument"))).Should(201);
        (await ann.PostAsync("items", Harbour.Item("gone"))).Should(201);
        (await ann.PostAsync("items", Harbour.Item("twin"))).Should(201);
        (await ann.PostAsync("items/pier/updates", With(Harbour.Update("progress", "2025-04-01"), "id", "p1"))).Should(201);
        (await ann.PostAsync("items/pier/updates", With(Harbour.Step("delivered", "2025-05-01"), "id", "waiting"))).Should(201);
        (
            await ann.PostAsync(
                "items/pier/updates/p1/disputes",
                new
                {
                    id = "d1",
                    reason = Harbour.Text("Not so."),
                    evidence = Harbour.Evidence(),
                }
            )
        ).Should(201);
        (await ann.PostAsync("items/gone/retraction", new { reason = Harbour.Text("A slip.") })).Should(201);
        (await bo.PostAsync("items/twin/retraction", new { reason = Harbour.Text("The same as pier."), mergedInto = "pier" })).Should(201);
        // Two days later, so that nothing here depends on the instant of the recording.
        Tracker.Time.Advance(TimeSpan.FromDays(2));
        // What the first request of a kind stores for good (keys, prepared names) is stored before anything is counted.
        (await Tracker.Anyone.GetAsync("items/pier")).Should(200);
    }

    public ValueTask DisposeAsync() => Tracker.DisposeAsync();

    private static JsonObject With(JsonObject body, string name, string value)
    {
        body[name] = value;
        return body;
    }
}

/// <summary>Wrong input is refused with the field and the rule, and leaves no trace.</summary>
public sealed class BadInputTests(Untouched untouched) : IClassFixture<Untouched>
{
    private static readonly Dictionary<string, Case> Cases = new(StringComparer.Ordinal);

    static BadInputTests()
    {
        // Updates
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
            "an update of an unknown item",
            "POST",
            "items/nothing/updates",
            Harbour.Step("underway", "2025-04-01"),
            404,
            "unknown-item",
            "slug"
        );
        Write("an update of a retracted item", "POST", "items/gone/updates", Harbour.Step("underway", "2025-04-01"), 410, null);
        Write("an update of a merged item", "POST", "items/twin/updates", Harbour.Step("underway", "2025-04-01"), 410, null);
        Write(
            "an instrument's step that a commitment has",
            "POST",
            "items/treaty/updates",
            Harbour.Step("delivered", "2025-04-01"),
            400,
            "lifecycle",
            "status"
        );

        // Bodies
        Write("malformed JSON", "POST", "items/pier/updates", "{\"type\":", 400, "format");
        Write("no body", "POST", "items/pier/updates", "", 400, "format");
        Write("null for a body", "POST", "items/pier/updates", "null", 400, "format");
        Write("a list for a body", "POST", "items/pier/updates", "[]", 400, "format");
        Write("something behind the body", "POST", "items/pier/updates", "{} {}", 400, "format");
        Write(
            "a lone surrogate",
            "POST",
            "items/pier/updates",
            Harbour
                .Update("progress", "2025-04-01", "SURROGATE")
                .ToJsonString()
                .Replace("SURROGATE", "a\\ud800b", StringComparison.Ordinal),
            400,
            null
        );
        Write("a lone surrogate in a field's name", "POST", "items/pier/updates", "{\"a\\ud800\": 1}", 400, "format");
        Write(
            "bytes that are no UTF-8",
            "POST",
            "items/pier/updates",
            new ByteArrayContent([(byte)'{', (byte)'"', 0xc3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}'])
            {
                Headers = { ContentType = new("application/json") },
            },
            400,
            "format"
        );
        Write("a body nested 2,000 deep", "POST", "items/pier/updates", new string('[', 2_000) + new string(']', 2_000), 400, "format");
        Write(
            "a note nested 2,000 deep",
            "POST",
            "items/pier/updates",
            "{\"note\":" + string.Concat(Enumerable.Repeat("{\"en\":", 2_000)) + "1" + new string('}', 2_001),
            400,
            "format"
        );
        Write(
            "another content type",
            "POST",
            "items/pier/updates",
            new StringContent("{}", Encoding.UTF8, "text/plain"),
            415,
            "content-type",
            "Content-Type"
        );
        Write(
            "a form",
            "POST",
            "items/pier/updates",
            new FormUrlEncodedContent([new("type", "progress")]),
            415,
            "content-type",
            "Content-Type"
        );
        Write(
            "a note of 1 MB",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01", new string('x', 1 << 20)),
            413,
            "too-large"
        );
        Write(
            "a body of 300 kB",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01", new string('x', 300_000)),
            413,
            "too-large"
        );
        Write("a body of 300 kB in pieces, its length untold", "POST", "items/pier/updates", new Pieces(300_000), 413, "too-large");
        Write("a body of 2 MB in pieces, its length untold", "POST", "items/pier/updates", new Pieces(2_000_000), 413, "too-large");
        Write(
            "a parameter on a write",
            "POST",
            "items/pier/updates?force=true",
            Harbour.Update("progress", "2025-04-01"),
            400,
            "unknown-parameter",
            "force"
        );

        // Headers
        Write(
            "no token",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            401,
            "token",
            "Authorization",
            token: null
        );
        Write(
            "a wrong token",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            401,
            "token",
            "Authorization",
            token: "wrong"
        );
        Write(
            "an empty token",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            401,
            "token",
            "Authorization",
            token: ""
        );
        Write(
            "a token of 10,000 characters",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            401,
            "token",
            "Authorization",
            token: new string('x', 10_000)
        );
        Write("an editor who makes people", "POST", "people", new JsonObject { ["name"] = "Eve" }, 403, "role", "Authorization");
        Write(
            "a stale If-Match",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            412,
            "stale",
            "If-Match",
            headers: ("If-Match", "\"1.20261124\"")
        );
        Write(
            "an If-Match that is none",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            400,
            "if-match",
            "If-Match",
            headers: ("If-Match", "\"abc\"")
        );
        Write(
            "an If-Match too large for a number",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            400,
            "if-match",
            "If-Match",
            headers: ("If-Match", "\"99999999999999\"")
        );
        Write(
            "an empty Idempotency-Key",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            400,
            "idempotency-key",
            "Idempotency-Key",
            headers: ("Idempotency-Key", "")
        );
        Write(
            "an Idempotency-Key of 201 characters",
            "POST",
            "items/pier/updates",
            Harbour.Update("progress", "2025-04-01"),
            400,
            "idempotency-key",
            "Idempotency-Key",
            headers: ("Idempotency-Key", new string('k', 201))
        );

        // Second person
        Write(
            "confirming one's own update",
            "POST",
            "items/pier/updates/waiting/confirmation",
            new JsonObject { ["decision"] = "confirm" },
            403,
            "second-person",
            "decision"
        );
        Write(
            "rejecting one's own update",
            "POST",
            "items/pier/updates/waiting/confirmation",
            new JsonObject { ["decision"] = "reject" },
            403,
            "second-person",
            "decision"
        );
        Write(
            "a decision that is none",
            "POST",
            "items/pier/updates/waiting/confirmation",
            new JsonObject { ["decision"] = "perhaps" },
            400,
            "format",
            "decision",
            asBo: true
        );
        Write(
            "a confirmation without a decision",
            "POST",
            "items/pier/updates/waiting/confirmation",
            new JsonObject(),
            400,
            "format",
            "decision",
            asBo: true
        );
        Write(
            "a decision on what does not wait",
            "POST",
            "items/pier/updates/p1/confirmation",
            new JsonObject { ["decision"] = "confirm" },
            409,
            "not-waiting",
            "id",
            asBo: true
        );
        Write(
            "a decision on an unknown update",
            "POST",
            "items/pier/updates/none/confirmation",
            new JsonObject { ["decision"] = "confirm" },
            404,
            "unknown-update",
            "id",
            asBo: true
        );
        Write(
            "a decision on an unknown correction",
            "POST",
            "items/pier/corrections/none/confirmation",
            new JsonObject { ["decision"] = "confirm" },
            404,
            "unknown-correction",
            "id",
            asBo: true
        );

        // Corrections, evidence, disputes
        Write(
            "a correction without a kind",
            "POST",
            "items/pier/updates/p1/corrections",
            new JsonObject
            {
                ["reason"] = Harbour.Text("So."),
                ["newValues"] = new JsonObject { ["occurredOn"] = "2025-04-02" },
            },
            400,
            "format",
            "kind"
        );
        Write(
            "a correction without a reason",
            "POST",
            "items/pier/updates/p1/corrections",
            new JsonObject { ["kind"] = "retract" },
            400,
            null,
            "reason"
        );
        Write(
            "a re-date into the future",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("redate", new JsonObject { ["occurredOn"] = "2030-01-01" }),
            400,
            "future",
            "newValues.occurredOn"
        );
        Write(
            "a re-date before the first status",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("redate", new JsonObject { ["occurredOn"] = "2024-01-01" }),
            422,
            "before-first-status",
            "newValues.occurredOn"
        );
        Write(
            "a re-date to the 30th of February",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("redate", new JsonObject { ["occurredOn"] = "2025-02-30" }),
            400,
            "format",
            "newValues.occurredOn"
        );
        Write(
            "a replacement by nothing",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("replace", new JsonObject()),
            400,
            "required",
            "newValues"
        );
        Write(
            "a retraction with new values",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("retract", new JsonObject { ["order"] = 2 }),
            400,
            "retract-has-no-values",
            "newValues"
        );
        Write(
            "a correction of the note to nothing",
            "POST",
            "items/pier/updates/p1/corrections",
            Correction("replace", new JsonObject { ["note"] = null }),
            400,
            "required",
            "newValues.note"
        );
        Write(
            "an editorial correction of the date",
            "POST",
            "items/pier/updates/p1/corrections",
            With(Correction("replace", new JsonObject { ["occurredOn"] = "2025-04-02" }), "editorial", true),
            400,
            "editorial-changes-note-only",
            "editorial"
        );
        Write(
            "a correction of an unknown update",
            "POST",
            "items/pier/updates/none/corrections",
            Correction("retract", null),
            404,
            "unknown-update",
            "id"
        );
        Write(
            "taking the first status away",
            "POST",
            "items/pier/updates/pier--announced/corrections",
            Correction("retract", null),
            422,
            "first-status",
            "kind"
        );
        Write(
            "adding no evidence",
            "POST",
            "items/pier/updates/p1/evidence",
            new JsonObject { ["evidence"] = new JsonArray() },
            400,
            "required",
            "evidence"
        );
        Write(
            "adding null for evidence",
            "POST",
            "items/pier/updates/p1/evidence",
            new JsonObject { ["evidence"] = null },
            400,
            null,
            "evidence"
        );
        Write("adding evidence without the field", "POST", "items/pier/updates/p1/evidence", new JsonObject(), 400, null, "evidence");
        Write(
            "a translation into nothing",
            "POST",
            "items/pier/updates/p1/translation",
            new JsonObject { ["note"] = new JsonObject() },
            400,
            "required",
            "note"
        );
        Write(
            "a translation of what is there",
            "POST",
            "items/pier/updates/p1/translation",
            new JsonObject { ["note"] = Harbour.Text("Again.") },
            400,
            "already-there",
            "note.en"
        );
        Write("a translation without the field", "POST", "items/pier/updates/p1/translation", new JsonObject(), 400, null, "note");
        Write(
            "a dispute without a source",
            "POST",
            "items/pier/updates/p1/disputes",
            new JsonObject { ["reason"] = Harbour.Text("No."), ["evidence"] = new JsonArray() },
            400,
            "evidence",
            "evidence"
        );
        Write("a settlement without an outcome", "POST", "items/pier/disputes/d1/settlement", new JsonObject(), 400, "format", "outcome");
        Write(
            "a settlement of an unknown dispute",
            "POST",
            "items/pier/disputes/none/settlement",
            new JsonObject { ["outcome"] = "upheld" },
            404,
            "unknown-dispute",
            "id"
        );

        // Items
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
            "an instrument without a status",
            "POST",
            "items",
            Without(Harbour.Item("new-treaty", "instrument"), "status"),
            400,
            "first-status",
            "status"
        );
        Write(
            "a change without a reason",
            "PATCH",
            "items/pier",
            new JsonObject { ["title"] = Harbour.Text("Pier") },
            400,
            "format",
            "reason"
        );
        Write("a change of nothing", "PATCH", "items/pier", new JsonObject { ["reason"] = Harbour.Text("So.") }, 400, "required");
        Write(
            "a change that clears the title",
            "PATCH",
            "items/pier",
            new JsonObject { ["title"] = null, ["reason"] = Harbour.Text("So.") },
            400,
            "required",
            "title"
        );
        Write(
            "a change of the slug",
            "PATCH",
            "items/pier",
            new JsonObject { ["slug"] = "mole", ["reason"] = Harbour.Text("So.") },
            400,
            "format",
            "slug"
        );
        Write(
            "a change to null among the links",
            "PATCH",
            "items/pier",
            new JsonObject { ["related"] = new JsonArray((JsonNode?)null), ["reason"] = Harbour.Text("So.") },
            400,
            "required",
            "related[0]"
        );
        Write(
            "a change to an unknown theme",
            "PATCH",
            "items/pier",
            new JsonObject { ["themes"] = new JsonArray("fire"), ["reason"] = Harbour.Text("So.") },
            400,
            "unknown-theme",
            "themes[0]"
        );
        Write(
            "a change of an item that is not",
            "PATCH",
            "items/nothing",
            new JsonObject { ["title"] = Harbour.Text("X"), ["reason"] = Harbour.Text("So.") },
            404,
            "unknown-item",
            "slug"
        );
        Write(
            "a merge into itself",
            "POST",
            "items/pier/retraction",
            new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "pier" },
            400,
            "merge-into-itself",
            "mergedInto"
        );
        Write(
            "a merge into an unknown item",
            "POST",
            "items/pier/retraction",
            new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "nothing" },
            400,
            "unknown-item",
            "mergedInto"
        );
        Write(
            "a merge into a null character",
            "POST",
            "items/pier/retraction",
            new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "a\u0000b" },
            400,
            "unknown-item",
            "mergedInto"
        );
        Write(
            "a merge into a retracted item",
            "POST",
            "items/treaty/retraction",
            new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "gone" },
            400,
            "unknown-item",
            "mergedInto"
        );
        Write(
            "a merge back into what was merged here",
            "POST",
            "items/pier/retraction",
            new JsonObject { ["reason"] = Harbour.Text("So."), ["mergedInto"] = "twin" },
            400,
            "unknown-item",
            "mergedInto"
        );
        Write("a retraction without a reason", "POST", "items/pier/retraction", new JsonObject(), 400, null, "reason");
        Write("a second retraction", "POST", "items/gone/retraction", new JsonObject { ["reason"] = Harbour.Text("So.") }, 410, null);

        // People
        Write("a person without a name", "POST", "people", new JsonObject(), 400, null, "name", asAda: true);
        Write("a person with a blank name", "POST", "people", new JsonObject { ["name"] = "  " }, 400, "name", "name", asAda: true);
        Write("null for a person's name", "POST", "people", new JsonObject { ["name"] = null }, 400, null, "name", asAda: true);
        Write(
            "a person with a null character",
            "POST",
            "people",
            new JsonObject { ["name"] = "a\u0000" },
            400,
            "name",
            "name",
            asAda: true
        );
        Write(
            "a person in a role that there is not",
            "POST",
            "people",
            new JsonObject { ["name"] = "Eve", ["role"] = "king" },
            400,
            "unknown-word",
            "role",
            asAda: true
        );

        // Reads
        Read("an unknown item", "items/nothing", 404, "unknown-item", "slug");
        Read("an item's slug of 5,000 characters", "items/" + new string('x', 5_000), 404, "unknown-item", "slug");
        Read("the history of an unknown item", "items/nothing/history", 404, "unknown-item", "slug");
        Read("an address that there is not", "nothing", 404, "unknown-address");
        Read("D in the future", "items?asOf=2026-12-01", 400, "future", "asOf");
        Read("K in the future, a day", "items?knownAt=2026-12-01", 400, "future", "knownAt");
        Read("K in the future, an instant", "items/pier?knownAt=2026-11-26T23:00:00Z", 400, "future", "knownAt");
        Read("D on the 31st of February", "summary?asOf=2025-02-31", 400, "format", "asOf");
        Read("D as an instant", "summary?asOf=2025-02-01T00:00:00Z", 400, "format", "asOf");
        Read("K in words", "summary?knownAt=yesterday", 400, "format", "knownAt");
        Read("K beyond the calendar", "summary?knownAt=9999-12-31T23:59:59-10:00", 400, null, "knownAt");
        Read("K before the calendar", "summary?knownAt=0001-01-01T00:00:00%2B10:00", 400, "format", "knownAt");
        Read("D twice", "items?asOf=2025-01-01&asOf=2025-01-02", 400, "repeated", "asOf");
        Read("a third language", "items?lang=fr", 400, "unknown-word", "lang");
        Read("an unknown parameter", "items?colour=blue", 400, "unknown-parameter", "colour");
        Read("an unknown parameter of an item", "items/pier?limit=1", 400, "unknown-parameter", "limit");
        Read("an unknown parameter of the counts", "summary?kind=proposal", 400, "unknown-parameter", "kind");
        Read("an unknown parameter of the changes", "changes?asOf=2025-01-01&since=1", 400, "unknown-parameter", "since");
        Read("a limit of nothing", "items?limit=0", 400, "range", "limit");
        Read("a limit too high", "items?limit=201", 400, "range", "limit");
        Read("a limit too high for changes", "changes?limit=1001", 400, "range", "limit");
        Read("a limit in words", "items?limit=many", 400, "range", "limit");
        Read("a negative changeNo", "changes?after=-1", 400, "range", "after");
        Read("a changeNo beyond all bounds", "changes?after=99999999999999999999", 400, "range", "after");
        Read("an unknown sort", "items?sort=colour", 400, "unknown-word", "sort");
        Read("a number for a sort", "items?sort=0", 400, "unknown-word", "sort");
        Read("an unknown kind of the filter", "items?kind=wish", 400, "unknown-word", "kind");
        Read("an unknown status of the filter", "items?status=finished", 400, "unknown-word", "status");
        Read("an unknown signal", "items?signal=loud", 400, "unknown-word", "signal");
        Read("a forum that is not", "items?forum=nowhere", 400, "unknown-forum", "forum");
        Read("a theme that is not", "items?theme=fire", 400, "unknown-theme", "theme");
        Read("a party that is not", "items?party=nobody", 400, "unknown-party", "party");
        Read("a forum that is not, of the counts", "summary?forum=nowhere", 400, "unknown-forum", "forum");
        Read("a forum that is not, of the timeline", "timeline?forum=nowhere", 400, "unknown-forum", "forum");
        Read("a slug with capitals in the filter", "items?theme=Water", 400, "slug", "theme");
        Read("a null character in the filter", "items?party=%00", 400, "slug", "party");
        Read(
            "more filter values than anybody needs",
            "items?theme=" + string.Join(',', Enumerable.Range(0, 101).Select(i => $"t{i}")),
            400,
            null,
            "theme"
        );
        Read("a search of 201 characters", "items?q=" + new string('x', 201), 400, "too-long", "q");
        Read("a search of 5,000 characters", "items?q=" + new string('x', 5_000), 400, "too-long", "q");
        Read("a null character in the search", "items?q=a%00b", 400, "control-characters", "q");
        Read("a broken cursor", "items?cursor=abc", 400, "cursor", "cursor");
        Read("a cursor that is no base64", "items?cursor=!!", 400, "cursor", "cursor");
        Read(
            "a cursor of another list",
            "items?cursor=" + Cursor("2|Latest|2025-01-01|0|00000000000000000000000000000000|2025-01-01"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with a key that is no date",
            "items?cursor=" + Cursor("1|Latest|2025-01-01|638000000000000000|00000000000000000000000000000000|abc"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with a null character",
            "items?cursor=" + Cursor("1|Slug|2025-01-01|638000000000000000|00000000000000000000000000000000|a\0b"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with a sort that is not",
            "items?cursor=" + Cursor("1|99|2025-01-01|638000000000000000|00000000000000000000000000000000|a"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with D in the future",
            "items?cursor=" + Cursor("1|Slug|2036-01-01|638000000000000000|00000000000000000000000000000000|a"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with K in the future",
            "items?cursor=" + Cursor("1|Slug|2025-01-01|650000000000000000|00000000000000000000000000000000|a"),
            400,
            "cursor",
            "cursor"
        );
        Read(
            "a cursor with K beyond the calendar",
            "items?cursor=" + Cursor("1|Slug|2025-01-01|9999999999999999999|00000000000000000000000000000000|a"),
            400,
            "cursor",
            "cursor"
        );
        Read("a timeline that ends before it starts", "timeline?from=2025-02-01&to=2025-01-01", 400, "range", "from");
        Read("a timeline into the future", "timeline?to=2027-01-01", 400, "future", "to");
        Read("a timeline of too many points", "timeline?from=1000-01-01&step=day", 400, "too-many", "step");
        Read("a timeline by the hour", "timeline?step=hour", 400, "unknown-word", "step");
        Read("a timeline from the 31st of February", "timeline?from=2025-02-31", 400, "format", "from");
        Read("a stream from a word", "changes/stream?after=x", 400, "range", "after");
        Read("a stream of a feed that is no UUID", "changes/stream?feedId=x", 400, "format", "feedId");
        Read("an unknown sort of a file", "items.csv?sort=colour", 400, "unknown-word", "sort");
        Read("a theme that is not, of a file", "items.csv?theme=fire", 400, "unknown-theme", "theme");
        Read("a page of a file", "items.csv?limit=10", 400, "unknown-parameter", "limit");
        Read(
            "a cursor by relevance with a key that is no number",
            "items?q=x&cursor=" + Cursor("1|Relevance|2025-01-01|638000000000000000|00000000000000000000000000000000|2025-01-01"),
            400,
            "cursor",
            "cursor"
        );
        Write(
            "a person under a key",
            "POST",
            "people",
            new JsonObject { ["name"] = "Cy" },
            400,
            "idempotency-key",
            "Idempotency-Key",
            asAda: true,
            headers: ("Idempotency-Key", "one")
        );
        Write("deleting the list", "DELETE", "items", null, 405, "method");
        Write("putting an item", "PUT", "items/pier", Harbour.Item("pier"), 405, "method");
    }

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task It_is_refused_by_field_and_rule_and_nothing_is_stored(string name)
    {
        var wrong = Cases[name];
        var tracker = untouched.Tracker;
        var before = await tracker.FingerprintAsync();
        var caller = wrong.As switch
        {
            "ann" => tracker.Ann,
            "bo" => tracker.Bo,
            "ada" => tracker.Ada,
            _ => new Caller(tracker.Client, wrong.As),
        };
        var answer = await caller.SendAsync(new HttpMethod(wrong.Method), wrong.Path, Content(wrong.Body), wrong.Headers);
        answer.Should(wrong.Status);
        answer.MediaType.ShouldBe("application/problem+json", answer.Body);
        ((int)answer.Json["status"]!).ShouldBe(wrong.Status);
        if (wrong.Rule is not null)
            answer.Rule.ShouldBe(wrong.Rule, answer.Body);
        if (wrong.Field is not null)
            answer.Field.ShouldBe(wrong.Field, answer.Body);
        answer.Rule.ShouldNotBeNullOrEmpty(answer.Body);
        ((string?)answer.Json["title"]).ShouldNotBeNullOrWhiteSpace(answer.Body);
        answer.Body.ShouldNotContain("CommitmentsTracker.", Shouldly.Case.Sensitive, "no names of code");
        answer.Body.ShouldNotContain("Exception");
        (await tracker.FingerprintAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_null_character_in_the_path_is_refused()
    {
        var answer = await untouched.Tracker.Anyone.GetAsync("items/a%00b");
        answer.Status.ShouldBeInRange(400, 404);
    }

    [Fact]
    public async Task Every_wrong_field_of_a_body_is_named_at_once()
    {
        var body = Harbour.Step("underway", "2030-01-01");
        (body["note"], body["evidence"], body["actor"]) = (new JsonObject(), new JsonArray(), "nobody");
        var answer = (await untouched.Tracker.Ann.PostAsync("items/pier/updates", body)).Should(400);
        answer.Json["errors"]!
            .AsArray()
            .Select(e => (string)e!["field"]!)
            .ShouldBe(["note", "occurredOn", "actor", "evidence"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_unlawful_step_is_refused_with_the_lawful_alternatives()
    {
        var answer = (await untouched.Tracker.Ann.PostAsync("items/treaty/updates", Harbour.Step("signed", "2025-04-01"))).ShouldRefuse(
            422,
            "lifecycle",
            "status"
        );
        answer.Json["lawful"]!
            .AsArray()
            .Select(s => (string)s!)
            .ShouldBe(["endorsed", "taken_up", "in_negotiation", "adopted", "stalled", "rejected", "withdrawn", "lapsed", "superseded"]);
    }

    private static void Log(string name, Action<JsonObject> spoil, int status, string? rule, string? field = null)
    {
        var body = Harbour.Step("underway", "2025-04-10");
        spoil(body);
        Write(name, "POST", "items/pier/updates", body, status, rule, field);
    }

    private static void NewItem(string name, Action<JsonObject> spoil, int status, string? rule, string? field = null)
    {
        var body = Harbour.Item("brand-new");
        spoil(body);
        Write(name, "POST", "items", body, status, rule, field);
    }

    private static void Write(
        string name,
        string method,
        string path,
        object? body,
        int status,
        string? rule,
        string? field = null,
        string? token = "",
        bool asBo = false,
        bool asAda = false,
        params (string, string)[] headers
    ) =>
        Cases.Add(
            name,
            new Case(
                method,
                path,
                body,
                status,
                rule,
                field,
                name.Contains("token", StringComparison.Ordinal) ? token
                    : asBo ? "bo"
                    : asAda ? "ada"
                    : "ann",
                headers
            )
        );

    private static void Read(string name, string path, int status, string? rule, string? field = null) =>
        Cases.Add(name, new Case("GET", path, null, status, rule, field, null, []));

    private static HttpContent? Content(object? body) =>
        body switch
        {
            null => null,
            HttpContent content => content,
            JsonNode json => Caller.Content(json.ToJsonString()),
            _ => Caller.Content(body),
        };

    private static JsonObject Correction(string kind, JsonObject? newValues) =>
        new()
        {
            ["kind"] = kind,
            ["reason"] = Harbour.Text("It was wrong."),
            ["newValues"] = newValues,
        };

    private static JsonArray Links(string slug) => new(new JsonObject { ["slug"] = slug, ["relation"] = "related" });

    private static JsonObject With(JsonObject body, string name, JsonNode value)
    {
        body[name] = value;
        return body;
    }

    private static JsonObject Without(JsonObject body, string name)
    {
        body.Remove(name);
        return body;
    }

    private static string Cursor(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private sealed record Case(
        string Method,
        string Path,
        object? Body,
        int Status,
        string? Rule,
        string? Field,
        string? As,
        (string, string)[] Headers
    );

    /// <summary>A body whose length is not told beforehand.</summary>
    private sealed class Pieces : HttpContent
    {
        private readonly int _length;

        public Pieces(int length)
        {
            _length = length;
            Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("{\"note\":{\"en\":\""u8.ToArray());
            var piece = Encoding.ASCII.GetBytes(new string('x', 10_000));
            for (var sent = 0; sent < _length; sent += piece.Length)
                await stream.WriteAsync(piece);
            await stream.WriteAsync("\"}}"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = -1;
            return false;
        }
    }
}
