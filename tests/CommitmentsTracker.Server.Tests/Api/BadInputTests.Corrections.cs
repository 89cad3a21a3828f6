using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

// Corrections, evidence and disputes.
public sealed partial class BadInputTests
{
    private static void Corrections()
    {
        Write(
            new(
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
            )
        );
        Write(
            new(
                "a correction without a reason",
                "POST",
                "items/pier/updates/p1/corrections",
                new JsonObject { ["kind"] = "retract" },
                400,
                null,
                "reason"
            )
        );
    }

    private static void Redates()
    {
        Write(
            new(
                "a re-date into the future",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("redate", new JsonObject { ["occurredOn"] = "2030-01-01" }),
                400,
                "future",
                "newValues.occurredOn"
            )
        );
        Write(
            new(
                "a re-date before the first status",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("redate", new JsonObject { ["occurredOn"] = "2024-01-01" }),
                422,
                "before-first-status",
                "newValues.occurredOn"
            )
        );
        Write(
            new(
                "a re-date to the 30th of February",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("redate", new JsonObject { ["occurredOn"] = "2025-02-30" }),
                400,
                "format",
                "newValues.occurredOn"
            )
        );
    }

    private static void Replacements()
    {
        Write(
            new(
                "a replacement by nothing",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("replace", new JsonObject()),
                400,
                "required",
                "newValues"
            )
        );
        Write(
            new(
                "a retraction with new values",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("retract", new JsonObject { ["order"] = 2 }),
                400,
                "retract-has-no-values",
                "newValues"
            )
        );
        Write(
            new(
                "a correction of the note to nothing",
                "POST",
                "items/pier/updates/p1/corrections",
                Correction("replace", new JsonObject { ["note"] = null }),
                400,
                "required",
                "newValues.note"
            )
        );
    }

    private static void WrongCorrections()
    {
        Write(
            new(
                "an editorial correction of the date",
                "POST",
                "items/pier/updates/p1/corrections",
                With(Correction("replace", new JsonObject { ["occurredOn"] = "2025-04-02" }), "editorial", true),
                400,
                "editorial-changes-note-only",
                "editorial"
            )
        );
        Write(
            new(
                "a correction of an unknown update",
                "POST",
                "items/pier/updates/none/corrections",
                Correction("retract", null),
                404,
                "unknown-update",
                "id"
            )
        );
        Write(
            new(
                "taking the first status away",
                "POST",
                "items/pier/updates/pier--announced/corrections",
                Correction("retract", null),
                422,
                "first-status",
                "kind"
            )
        );
    }

    private static void EvidenceAndTranslations()
    {
        Write(
            new(
                "adding no evidence",
                "POST",
                "items/pier/updates/p1/evidence",
                new JsonObject { ["evidence"] = new JsonArray() },
                400,
                "required",
                "evidence"
            )
        );
        Write(
            new(
                "adding null for evidence",
                "POST",
                "items/pier/updates/p1/evidence",
                new JsonObject { ["evidence"] = null },
                400,
                null,
                "evidence"
            )
        );
        Write(new("adding evidence without the field", "POST", "items/pier/updates/p1/evidence", new JsonObject(), 400, null, "evidence"));
        Write(
            new(
                "a translation into nothing",
                "POST",
                "items/pier/updates/p1/translation",
                new JsonObject { ["note"] = new JsonObject() },
                400,
                "required",
                "note"
            )
        );
        Write(
            new(
                "a translation of what is there",
                "POST",
                "items/pier/updates/p1/translation",
                new JsonObject { ["note"] = Harbour.Text("Again.") },
                400,
                "already-there",
                "note.en"
            )
        );
        Write(new("a translation without the field", "POST", "items/pier/updates/p1/translation", new JsonObject(), 400, null, "note"));
    }

    private static void Disputes()
    {
        Write(
            new(
                "a dispute without a source",
                "POST",
                "items/pier/updates/p1/disputes",
                new JsonObject { ["reason"] = Harbour.Text("No."), ["evidence"] = new JsonArray() },
                400,
                "evidence",
                "evidence"
            )
        );
        Write(
            new("a settlement without an outcome", "POST", "items/pier/disputes/d1/settlement", new JsonObject(), 400, "format", "outcome")
        );
        Write(
            new(
                "a settlement of an unknown dispute",
                "POST",
                "items/pier/disputes/none/settlement",
                new JsonObject { ["outcome"] = "upheld" },
                404,
                "unknown-dispute",
                "id"
            )
        );
    }
}
