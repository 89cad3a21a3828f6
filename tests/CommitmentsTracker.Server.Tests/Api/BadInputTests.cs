using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Testing.Forums;

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
public sealed partial class BadInputTests(Untouched untouched) : IClassFixture<Untouched>
{
    private static readonly Dictionary<string, Case> Cases = new(StringComparer.Ordinal);

    static BadInputTests()
    {
        Steps();
        Notes();
        Sources();
        Values();
        Bodies();
        ContentTypesAndSizes();
        Tokens();
        Preconditions();
        IdempotencyKeys();
        NoDecisions();
        DecisionsOnNothing();
        Corrections();
        Redates();
        Replacements();
        WrongCorrections();
        EvidenceAndTranslations();
        Disputes();
        NewItems();
        TitlesAndFirstStatuses();
        ChangesOfItems();
        ChangedReferences();
        Retractions();
        People();
        Clocks();
        Filters();
        Cursors();
        TimelinesAndFiles();
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
        Write(new(name, "POST", "items/pier/updates", body, status, rule, field));
    }

    private static void NewItem(string name, Action<JsonObject> spoil, int status, string? rule, string? field = null)
    {
        var body = Harbour.Item("brand-new");
        spoil(body);
        Write(new(name, "POST", "items", body, status, rule, field));
    }

    private static void Write(Asked asked) =>
        Cases.Add(
            asked.Name,
            new Case(
                asked.Method,
                asked.Path,
                asked.Body,
                asked.Status,
                asked.Rule,
                asked.Field,
                asked.Name.Contains("token", StringComparison.Ordinal) ? asked.Token
                    : asked.AsBo ? "bo"
                    : asked.AsAda ? "ada"
                    : "ann",
                asked.Headers
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

    /// <summary>A wrong request, by Ann unless said otherwise; one whose name tells of a token is made with that token.</summary>
    private sealed record Asked(
        string Name,
        string Method,
        string Path,
        object? Body,
        int Status,
        string? Rule,
        string? Field = null,
        string? Token = "",
        bool AsBo = false,
        bool AsAda = false,
        params (string, string)[] Headers
    );

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
