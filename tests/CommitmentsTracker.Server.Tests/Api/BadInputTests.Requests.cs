using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

// Headers, tokens and the second person.
public sealed partial class BadInputTests
{
    private static void Tokens()
    {
        Write(
            new(
                "no token",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                401,
                "token",
                "Authorization",
                Token: null
            )
        );
        Write(
            new(
                "a wrong token",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                401,
                "token",
                "Authorization",
                Token: "wrong"
            )
        );
        Write(
            new(
                "an empty token",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                401,
                "token",
                "Authorization",
                Token: ""
            )
        );
        Write(
            new(
                "a token of 10,000 characters",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                401,
                "token",
                "Authorization",
                Token: new string('x', 10_000)
            )
        );
        Write(new("an editor who makes people", "POST", "people", new JsonObject { ["name"] = "Eve" }, 403, "role", "Authorization"));
    }

    private static void Preconditions()
    {
        Write(
            new(
                "a stale If-Match",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                412,
                "stale",
                "If-Match",
                Headers: ("If-Match", "\"1.20261124\"")
            )
        );
        Write(
            new(
                "an If-Match that is none",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                400,
                "if-match",
                "If-Match",
                Headers: ("If-Match", "\"abc\"")
            )
        );
        Write(
            new(
                "an If-Match too large for a number",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                400,
                "if-match",
                "If-Match",
                Headers: ("If-Match", "\"99999999999999\"")
            )
        );
    }

    private static void IdempotencyKeys()
    {
        Write(
            new(
                "an empty Idempotency-Key",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                400,
                "idempotency-key",
                "Idempotency-Key",
                Headers: ("Idempotency-Key", "")
            )
        );
        Write(
            new(
                "an Idempotency-Key of 201 characters",
                "POST",
                "items/pier/updates",
                Harbour.Update("progress", "2025-04-01"),
                400,
                "idempotency-key",
                "Idempotency-Key",
                Headers: ("Idempotency-Key", new string('k', 201))
            )
        );
    }

    private static void NoDecisions()
    {
        Write(
            new(
                "confirming one's own update",
                "POST",
                "items/pier/updates/waiting/confirmation",
                new JsonObject { ["decision"] = "confirm" },
                403,
                "second-person",
                "decision"
            )
        );
        Write(
            new(
                "rejecting one's own update",
                "POST",
                "items/pier/updates/waiting/confirmation",
                new JsonObject { ["decision"] = "reject" },
                403,
                "second-person",
                "decision"
            )
        );
        Write(
            new(
                "a decision that is none",
                "POST",
                "items/pier/updates/waiting/confirmation",
                new JsonObject { ["decision"] = "perhaps" },
                400,
                "format",
                "decision",
                AsBo: true
            )
        );
        Write(
            new(
                "a confirmation without a decision",
                "POST",
                "items/pier/updates/waiting/confirmation",
                new JsonObject(),
                400,
                "format",
                "decision",
                AsBo: true
            )
        );
    }

    private static void DecisionsOnNothing()
    {
        Write(
            new(
                "a decision on what does not wait",
                "POST",
                "items/pier/updates/p1/confirmation",
                new JsonObject { ["decision"] = "confirm" },
                409,
                "not-waiting",
                "id",
                AsBo: true
            )
        );
        Write(
            new(
                "a decision on an unknown update",
                "POST",
                "items/pier/updates/none/confirmation",
                new JsonObject { ["decision"] = "confirm" },
                404,
                "unknown-update",
                "id",
                AsBo: true
            )
        );
        Write(
            new(
                "a decision on an unknown correction",
                "POST",
                "items/pier/corrections/none/confirmation",
                new JsonObject { ["decision"] = "confirm" },
                404,
                "unknown-correction",
                "id",
                AsBo: true
            )
        );
    }
}
