using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Hosting;

namespace CommitmentsTracker.Testing.Forums;

/// <summary>A small made-up forum, and bodies of writes to it.</summary>
public static class Harbour
{
    public const string Slug = "harbour-2025";
    private static int _count;

    /// <summary>The forum with its parties and themes, without items.</summary>
    public static ForumFolder Folder(string slug = Slug) =>
        new()
        {
            Forum = new Forum
            {
                Slug = slug,
                Name = new Text("Harbour Forum", "港口论坛"),
                Date = PartialDate.Day(2025, 3, 1),
                Organisers = ["port-authority"],
            },
            Parties =
            [
                new Party
                {
                    Slug = "port-authority",
                    Type = PartyType.Organisation,
                    Name = new Text("Port Authority", "港务局"),
                    Aliases = ["PA"],
                },
                new Party
                {
                    Slug = "city",
                    Type = PartyType.Government,
                    Name = new Text("The City", "市政府"),
                },
                new Party
                {
                    Slug = "sailors",
                    Type = PartyType.Group,
                    Name = new Text("Sailors' Union"),
                },
            ],
            Themes =
            [
                new Theme { Slug = "water", Name = new Text("Water", "水") },
                new Theme { Slug = "noise", Name = new Text("Noise", "噪声") },
            ],
            Items = [],
            Updates = [],
        };

    /// <summary>A slug that no other test uses.</summary>
    public static string NewSlug(string stem = "promise") => $"{stem}-{Interlocked.Increment(ref _count)}";

    /// <summary>The body that records an item; the first status is the default one, on the day it was made.</summary>
    public static JsonObject Item(string slug, string kind = "commitment", string madeOn = "2025-03-01", string? status = null) =>
        new()
        {
            ["slug"] = slug,
            ["kind"] = kind,
            ["forum"] = Slug,
            ["title"] = new JsonObject { ["en"] = $"Keep {slug}", ["zh"] = "承诺" },
            ["proposer"] = "port-authority",
            ["responsible"] = new JsonArray("port-authority"),
            ["addressees"] = new JsonArray("city"),
            ["themes"] = new JsonArray("water"),
            ["madeOn"] = madeOn,
            ["status"] = status ?? (kind == "instrument" ? "proposed" : null),
        };

    /// <summary>The body that records an item of the forum with which a program starts.</summary>
    public static JsonObject ItemOfSeeds(string slug, string kind = "commitment")
    {
        var body = Item(slug, kind);
        (body["forum"], body["proposer"], body["responsible"], body["addressees"], body["themes"]) = (
            "waic-2024-ai-governance-forum",
            "alibaba-group",
            new JsonArray(),
            new JsonArray(),
            new JsonArray()
        );
        return body;
    }

    /// <summary>The body that logs a status step.</summary>
    public static JsonObject Step(string status, string on, string note = "It happened.") =>
        new()
        {
            ["type"] = "status",
            ["status"] = status,
            ["occurredOn"] = on,
            ["note"] = new JsonObject { ["en"] = note },
            ["evidence"] = Evidence(),
        };

    /// <summary>The body that logs anything else.</summary>
    public static JsonObject Update(string type, string on, string note = "It happened.") =>
        new()
        {
            ["type"] = type,
            ["occurredOn"] = on,
            ["note"] = new JsonObject { ["en"] = note },
            ["evidence"] = Evidence(),
        };

    public static JsonArray Evidence(string title = "Minutes of the port", string grade = "secondary") =>
        new(
            new JsonObject
            {
                ["title"] = title,
                ["publisher"] = "Port Gazette",
                ["url"] = "https://example.org/minutes",
                ["date"] = "2025-03-02",
                ["grade"] = grade,
            }
        );

    public static JsonObject Text(string en) => new() { ["en"] = en };

    /// <summary>Records a new item and gives its slug.</summary>
    public static async Task<string> RecordAsync(
        this Caller api,
        string kind = "commitment",
        string madeOn = "2025-03-01",
        string? status = null,
        Action<JsonObject>? change = null
    )
    {
        var slug = NewSlug(kind);
        var body = Item(slug, kind, madeOn, status);
        change?.Invoke(body);
        (await api.PostAsync("items", body)).Should(201);
        return slug;
    }

    /// <summary>Logs an update and gives its id.</summary>
    public static async Task<string> LogAsync(this Caller api, string slug, JsonObject body) =>
        (await api.PostAsync($"items/{slug}/updates", body)).Should(201).Id;
}
