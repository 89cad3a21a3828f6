using System.Globalization;
using System.Text.Json.Nodes;

namespace CommitmentsTracker.Oracle;

/// <summary>What stands where in a forum at D and K.</summary>
/// <param name="Items">Every present item, by slug.</param>
public sealed record OraclePortfolio(IReadOnlyDictionary<string, OracleAnswer> Items)
{
    /// <summary>Number of present items of a kind and status; what is missing is zero.</summary>
    public IReadOnlyDictionary<(string Kind, string Status), int> Counts { get; } =
        Items.Values.GroupBy(a => (a.Kind!, a.Status!)).ToDictionary(g => g.Key, g => g.Count());
}

/// <summary>A forum folder, read as plain rows.</summary>
public sealed class OracleForum
{
    private static readonly string[] FileRank =
    [
        "item",
        "update",
        "confirmation",
        "evidence",
        "dispute",
        "correction",
        "settlement",
        "details",
        "retraction",
    ];

    private OracleForum(string slug, IReadOnlyDictionary<string, OracleItem> items) => (Slug, Items) = (slug, items);

    /// <summary>The forum's slug.</summary>
    public string Slug { get; }

    /// <summary>All items, present or not, by slug.</summary>
    public IReadOnlyDictionary<string, OracleItem> Items { get; }

    /// <summary>Days and instants at which the answers may change, for picking good questions.</summary>
    public IReadOnlyList<DateTimeOffset> RecordedTimes =>
        [.. Items.Values.SelectMany(i => i.Rows).Select(r => r.RecordedAt).Distinct().Order()];

    /// <summary>
    /// Reads a folder. An item is known from the earliest recorded time of its updates; rows take effect by recorded
    /// time, then file, then position in the file.
    /// </summary>
    public static OracleForum Load(string folder)
    {
        var rows = new Dictionary<string, List<OracleRow>>();
        var itemOfUpdate = new Dictionary<string, string>();

        var updates = Read(folder, "updates.json");
        foreach (var update in updates)
        {
            var slug = Text(update, "item")!;
            itemOfUpdate[Text(update, "id")!] = slug;
            if (!rows.TryGetValue(slug, out var list))
                rows[slug] = list = [];
            list.Add(new OracleRow("update", At(update), update));
        }

        foreach (var item in Read(folder, "items.json"))
            if (rows.TryGetValue(Text(item, "slug")!, out var list))
                list.Add(new OracleRow("item", list.Min(r => r.RecordedAt), item));

        foreach (var correction in Read(folder, "corrections.json"))
            rows[itemOfUpdate[Text(correction, "update")!]].Add(new OracleRow("correction", At(correction), correction));
        foreach (var dispute in Read(folder, "disputes.json"))
        {
            var list = rows[itemOfUpdate[Text(dispute, "update")!]];
            list.Add(new OracleRow("dispute", At(dispute), dispute));
            if (dispute["settlement"] is not JsonObject settlement)
                continue;
            var settled = (JsonObject)settlement.DeepClone();
            settled["dispute"] = Text(dispute, "id");
            list.Add(new OracleRow("settlement", At(settled), settled));
        }

        foreach (var confirmation in Read(folder, "confirmations.json"))
            rows[Text(confirmation, "item")!].Add(new OracleRow("confirmation", At(confirmation), confirmation));
        foreach (var evidence in Read(folder, "evidence.json"))
            rows[itemOfUpdate[Text(evidence, "update")!]].Add(new OracleRow("evidence", At(evidence), evidence));
        foreach (var change in Read(folder, "details.json"))
            rows[Text(change, "item")!].Add(new OracleRow("details", At(change), change));
        foreach (var retraction in Read(folder, "retractions.json"))
            rows[Text(retraction, "item")!].Add(new OracleRow("retraction", At(retraction), retraction));

        var forum = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "forum.json")))!;
        return new OracleForum(
            Text(forum, "slug")!,
            rows.ToDictionary(
                r => r.Key,
                r => new OracleItem(r.Key, r.Value.OrderBy(x => x.RecordedAt).ThenBy(x => Array.IndexOf(FileRank, x.Kind)))
            )
        );
    }

    /// <summary>The last instant of a day, to the microsecond: what "known on that day" means.</summary>
    public static DateTimeOffset EndOf(DateOnly day) =>
        new DateTimeOffset(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddMicroseconds(-1);

    /// <summary>One item at D and K.</summary>
    public OracleAnswer Ask(string slug, DateOnly day, DateTimeOffset? knownAt) =>
        Items.TryGetValue(slug, out var item) ? item.Ask(day, knownAt) : new OracleAnswer { Slug = slug, Absent = "not_yet_recorded" };

    /// <summary>All items that are present at D and K, with their counts.</summary>
    public OraclePortfolio Portfolio(DateOnly day, DateTimeOffset? knownAt) =>
        new(Items.Values.Select(i => i.Ask(day, knownAt)).Where(a => a.Absent is null).ToDictionary(a => a.Slug));

    private static List<JsonObject> Read(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? [.. ((JsonArray)JsonNode.Parse(File.ReadAllText(path))!).Cast<JsonObject>()] : [];
    }

    private static DateTimeOffset At(JsonObject row) =>
        DateTimeOffset.Parse(Text(row, "recordedAt")!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static string? Text(JsonObject data, string field) => data[field]?.GetValue<string>();
}
