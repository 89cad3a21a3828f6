using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Server.Evidence;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Hosting;

namespace CommitmentsTracker.Testing.Store;

/// <summary>
/// A tracker with a long random history, all of it written over the API by three people while the clock went on. Every
/// kind of event is in it. Nobody writes to it afterwards.
/// </summary>
public sealed class BusyTracker : IAsyncLifetime
{
    private const int Writes = 900;
    private static readonly string[] Commitment =
    [
        "formalised",
        "underway",
        "stalled",
        "delivered",
        "partly_delivered",
        "not_delivered",
        "withdrawn",
        "reversed",
    ];
    private static readonly string[] Proposal =
    [
        "endorsed",
        "taken_up",
        "in_negotiation",
        "adopted",
        "signed",
        "in_force",
        "implemented",
        "stalled",
        "rejected",
        "lapsed",
        "ended",
    ];

    private readonly Random _random = Dice.New();
    private readonly List<Known> _items = [];

    public Tracker Tracker { get; private set; } = null!;

    /// <summary>What is known now, as it was followed from write to write.</summary>
    public KnownItems Followed { get; private set; } = null!;

    /// <summary>How many writes were accepted.</summary>
    public int Accepted { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Tracker = await Tracker.StartAsync(time: new(new DateTimeOffset(2025, 3, 2, 8, 0, 0, TimeSpan.Zero)));
        await Tracker.ImportAsync(Harbour.Folder());
        for (var i = 0; i < 8; i++)
            await RecordAsync();
        for (var i = 0; i < Writes; i++)
        {
            // Often several writes fall on one instant, sometimes weeks pass.
            if (_random.Next(3) > 0)
                Tracker.Time.Advance(
                    TimeSpan.FromMicroseconds(_random.NextInt64(1, _random.Next(8) == 0 ? 3_000_000_000_000 : 60_000_000_000))
                );
            await WriteAsync();
            if (_random.Next(2) == 0)
                await Tracker.Get<KnownNow>().ReadAsync();
        }

        await CorrectClosingsAsync();
        Followed = await Tracker.Get<KnownNow>().ReadAsync();
        Tracker.Time.Advance(TimeSpan.FromDays(1));
    }

    public ValueTask DisposeAsync() => Tracker.DisposeAsync();

    private Caller Somebody =>
        _random.Next(3) switch
        {
            0 => Tracker.Ann,
            1 => Tracker.Bo,
            _ => Tracker.Ada,
        };

    private async Task WriteAsync()
    {
        var item = Any(_items);
        switch (_random.Next(20))
        {
            case < 6:
                await LogAsync(item, true);
                break;
            case < 9:
                await LogAsync(item, false);
                break;
            case < 12 when item.Waiting.Count > 0:
                await DecideAsync(item, item.Waiting, "updates");
                break;
            case 12 or 13:
                await CorrectAsync(item);
                break;
            case 14 when item.WaitingCorrections.Count > 0:
                await DecideAsync(item, item.WaitingCorrections, "corrections");
                break;
            case 15 when _random.Next(3) == 0:
                await SendAsync(
                    item,
                    $"updates/{Any(item.Updates)}/translation",
                    new JsonObject { ["note"] = new JsonObject { ["zh"] = $"第{_random.Next(9)}次译文。" } }
                );
                break;
            case 15:
                await SendAsync(
                    item,
                    $"updates/{Any(item.Updates)}/evidence",
                    new JsonObject
                    {
                        ["evidence"] = Harbour.Evidence($"Source {_random.Next(9)}", _random.Next(2) == 0 ? "primary" : "secondary"),
                    }
                );
                break;
            case 16:
                var dispute = $"d{_random.Next(1_000_000)}";
                if (
                    await SendAsync(
                        item,
                        $"updates/{Any(item.Updates)}/disputes",
                        new JsonObject
                        {
                            ["id"] = dispute,
                            ["reason"] = Harbour.Text("Others say no."),
                            ["evidence"] = Harbour.Evidence(),
                        }
                    )
                )
                    item.Disputes.Add(dispute);
                break;
            case 17 when item.Disputes.Count > 0:
                await SendAsync(
                    item,
                    $"disputes/{Any(item.Disputes)}/settlement",
                    new JsonObject
                    {
                        ["outcome"] = _random.Next(2) == 0 ? "upheld" : "dismissed",
                        ["note"] = _random.Next(2) == 0 ? Harbour.Text("Settled.") : null,
                    }
                );
                break;
            case 18:
                await ChangeAsync(item);
                break;
            case 19 when _random.Next(4) == 0 && _items.Count > 12:
                await RetractAsync(item);
                break;
            default:
                if (_items.Count < 40)
                    await RecordAsync();
                break;
        }
    }

    /// <summary>Corrections that wait are too rare to leave them to chance alone.</summary>
    private async Task CorrectClosingsAsync()
    {
        foreach (var decision in new[] { "confirm", "reject", null })
        {
            var slug = await Tracker.Ann.RecordAsync();
            var step = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-03-02"));
            (await Tracker.Bo.PostAsync($"items/{slug}/updates/{step}/confirmation", new { decision = "confirm" })).Should(201);
            var correction = (
                await Tracker.Bo.PostAsync(
                    $"items/{slug}/updates/{step}/corrections",
                    new { kind = "retract", reason = Harbour.Text("Not yet.") }
                )
            ).Should(201);
            ((bool)correction.Json["confirmed"]!).ShouldBeFalse();
            if (decision is not null)
                (await Tracker.Ann.PostAsync($"items/{slug}/corrections/{correction.Id}/confirmation", new { decision })).Should(201);
        }
    }

    private async Task RecordAsync()
    {
        var kind = Any(["commitment", "proposal", "instrument"]);
        var slug = $"busy-{kind}-{_items.Count}";
        var body = Harbour.Item(slug, kind, Day(400), kind == "instrument" ? Any(Proposal) : null);
        if (_random.Next(2) == 0)
            body["due"] = new JsonObject
            {
                ["date"] = Any(["2025-12-31", "2026", "2026-06"]),
                ["target"] = kind == "commitment" || _random.Next(2) == 0 ? null : "in_force",
            };
        if (_random.Next(3) == 0)
            body["binding"] = _random.Next(2) == 0;
        if (_items.Count > 0 && _random.Next(3) == 0)
            body["related"] = new JsonArray(new JsonObject { ["slug"] = Any(_items).Slug, ["relation"] = "superseded_by" });
        if (_random.Next(3) == 0)
            body["summary"] = new JsonObject { ["en"] = "<b>Bold</b> & \"quoted\" – ünïcode 2025.", ["zh"] = "港口的承诺，二〇二五年。" };
        var answer = await Somebody.PostAsync("items", body);
        if (answer.Status != 201)
        {
            answer.Status.ShouldBeInRange(400, 422, answer.Body);
            return;
        }

        Accepted++;
        _items.Add(new Known(slug, kind, (string)answer.Json["updates"]![0]!["id"]!));
    }

    private async Task LogAsync(Known item, bool step)
    {
        var body = step
            ? Harbour.Step(Any(item.Kind == "commitment" ? Commitment : Proposal), Day(200))
            : Harbour.Update(Any(["progress", "milestone", "review", "response", "deadline"]), Day(300));
        if (step && _random.Next(2) == 0 && (string)body["status"]! is "partly_delivered" or "not_delivered")
            body["ground"] = Any(["deadline_passed", "ended_by_party", "impossible"]);
        if ((string)body["type"]! == "deadline")
            body["due"] = new JsonObject
            {
                ["date"] = Any(["2025-10", "2026-01-15", "2027"]),
                ["basis"] = _random.Next(2) == 0 ? Harbour.Text("The port said so.") : null,
            };
        if ((string)body["type"]! == "review" && _random.Next(2) == 0)
            body["evidence"] = new JsonArray();
        if (_random.Next(4) == 0)
            body["order"] = _random.Next(1, 4);
        if (_random.Next(3) == 0)
            body["lane"] = "self_reported";
        if (_random.Next(5) == 0)
            body["confidence"] = "claimed";
        if (_random.Next(3) == 0)
            body["actor"] = "city";
        var id = $"u{_random.Next(1_000_000)}";
        body["id"] = id;
        var answer = await Somebody.PostAsync($"items/{item.Slug}/updates", body);
        if (answer.Status != 201)
        {
            answer.Status.ShouldBeInRange(400, 422, answer.Body);
            return;
        }

        Accepted++;
        item.Updates.Add(id);
        if (!(bool)answer.Json["confirmed"]!)
            item.Waiting.Add(id);
    }

    private async Task DecideAsync(Known item, List<string> waiting, string what)
    {
        var id = Any(waiting);
        if (
            await SendAsync(
                item,
                $"{what}/{id}/confirmation",
                new JsonObject
                {
                    ["decision"] = _random.Next(3) == 0 ? "reject" : "confirm",
                    ["note"] = _random.Next(2) == 0 ? Harbour.Text("Seen.") : null,
                }
            )
        )
            waiting.Remove(id);
    }

    private async Task CorrectAsync(Known item)
    {
        var id = $"c{_random.Next(1_000_000)}";
        var body = new JsonObject
        {
            ["id"] = id,
            ["reason"] = Harbour.Text("It was wrong."),
            ["kind"] = Any(["redate", "replace", "retract", "replace"]),
        };
        switch ((string)body["kind"]!)
        {
            case "redate":
                body["newValues"] = new JsonObject { ["occurredOn"] = Day(200) };
                break;
            case "replace" when _random.Next(2) == 0:
                body["newValues"] = new JsonObject
                {
                    ["note"] = Harbour.Text("Better said."),
                    ["actor"] = null,
                    ["lane"] = "independent",
                };
                break;
            case "replace" when _random.Next(2) == 0:
                body["newValues"] = new JsonObject { ["note"] = Harbour.Text("With a comma, then.") };
                body["editorial"] = true;
                break;
            case "replace":
                body["newValues"] = new JsonObject
                {
                    ["status"] = Any(item.Kind == "commitment" ? Commitment : Proposal),
                    ["evidence"] = Harbour.Evidence("Another source", "primary"),
                };
                break;
        }

        var answer = await Somebody.PostAsync($"items/{item.Slug}/updates/{Any(item.Updates)}/corrections", body);
        if (answer.Status != 201)
        {
            answer.Status.ShouldBeInRange(400, 422, answer.Body);
            return;
        }

        Accepted++;
        if (!(bool)answer.Json["confirmed"]!)
            item.WaitingCorrections.Add(id);
    }

    private async Task ChangeAsync(Known item)
    {
        var body = new JsonObject { ["reason"] = Harbour.Text("Said more exactly.") };
        switch (_random.Next(5))
        {
            case 0:
                body["title"] = new JsonObject { ["en"] = $"Title {_random.Next(99)}", ["zh"] = "新标题" };
                break;
            case 1:
                body["due"] = _random.Next(2) == 0 ? null : new JsonObject { ["date"] = "2026-09" };
                break;
            case 2:
                body["themes"] = new JsonArray("noise");
                break;
            case 3:
                body["binding"] = _random.Next(2) == 0;
                break;
            default:
                body["summary"] = null;
                body["testability"] = "partly";
                body["responsible"] = new JsonArray("city", "sailors");
                break;
        }

        var answer = await Somebody.PatchAsync($"items/{item.Slug}", body);
        if (answer.Status == 200)
            Accepted++;
        else
            answer.Status.ShouldBeInRange(400, 422, answer.Body);
    }

    private async Task RetractAsync(Known item)
    {
        var body = new JsonObject
        {
            ["reason"] = Harbour.Text("Recorded twice."),
            ["mergedInto"] = _random.Next(2) == 0 ? Any(_items).Slug : null,
        };
        if (!await SendAsync(item, "retraction", body))
            return;
    }

    private async Task<bool> SendAsync(Known item, string path, JsonObject body)
    {
        var answer = await Somebody.PostAsync($"items/{item.Slug}/{path}", body);
        if (answer.Status == 201)
            Accepted++;
        else
            answer.Status.ShouldBeInRange(400, 422, answer.Body);
        return answer.Status == 201;
    }

    /// <summary>A day, now and then a month or a year, up to so many days ago; sometimes tomorrow, which has begun at UTC+14.</summary>
    private string Day(int upTo)
    {
        var today = DateOnly.FromDateTime(Tracker.Time.GetUtcNow().UtcDateTime);
        var day = _random.Next(12) == 0 ? today.AddDays(1) : today.AddDays(-(_random.Next(3) == 0 ? _random.Next(4) : _random.Next(upTo)));
        return _random.Next(8) switch
        {
            0 => $"{day:yyyy-MM}",
            1 => $"{day:yyyy}",
            _ => $"{day:yyyy-MM-dd}",
        };
    }

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    private sealed record Known(string Slug, string Kind, string First)
    {
        public List<string> Updates { get; } = [First];
        public List<string> Waiting { get; } = [];
        public List<string> WaitingCorrections { get; } = [];
        public List<string> Disputes { get; } = [];
    }
}
