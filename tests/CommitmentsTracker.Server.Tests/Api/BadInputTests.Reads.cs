using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

// What is asked for by reading.
public sealed partial class BadInputTests
{
    private static void Clocks()
    {
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
    }

    private static void Filters()
    {
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
    }

    private static void Cursors()
    {
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
    }

    private static void TimelinesAndFiles()
    {
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
            new(
                "a person under a key",
                "POST",
                "people",
                new JsonObject { ["name"] = "Cy" },
                400,
                "idempotency-key",
                "Idempotency-Key",
                AsAda: true,
                Headers: ("Idempotency-Key", "one")
            )
        );
        Write(new("deleting the list", "DELETE", "items", null, 405, "method"));
        Write(new("putting an item", "PUT", "items/pier", Harbour.Item("pier"), 405, "method"));
    }
}
