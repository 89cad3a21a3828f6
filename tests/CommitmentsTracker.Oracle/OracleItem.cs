using System.Text.Json.Nodes;

namespace CommitmentsTracker.Oracle;

/// <summary>
/// One recorded thing about an item, as plain JSON in the shape of the forum folder's files.
/// </summary>
/// <param name="Kind">item, update, confirmation, evidence, translation, dispute, correction, settlement, details or retraction.</param>
/// <param name="RecordedAt">When the tracker learned it.</param>
/// <param name="Data">
/// The fields. An update or a correction that waits for a second person has <c>confirmed: false</c>; a settlement names
/// its <c>dispute</c>.
/// </param>
public sealed record OracleRow(string Kind, DateTimeOffset RecordedAt, JsonObject Data);

/// <summary>What the oracle says of an item at D and K: why it is absent, or where it stands.</summary>
public sealed record OracleAnswer
{
    public required string Slug { get; init; }

    /// <summary><c>not_yet_recorded</c>, <c>no_status_yet</c>, <c>retracted</c> or <c>merged</c>; null if present.</summary>
    public string? Absent { get; init; }
    public string? MergedInto { get; init; }
    public string? Kind { get; init; }
    public string? Status { get; init; }

    /// <summary>As written, with its precision.</summary>
    public string? StatusSince { get; init; }
    public string? StalledAt { get; init; }
    public DateOnly? Due { get; init; }
    public string? Target { get; init; }
    public DateOnly? ReachedOn { get; init; }
    public DateOnly? LastActivity { get; init; }
    public string? Time { get; init; }
    public string? Freshness { get; init; }
    public string? Confidence { get; init; }
    public int Awaiting { get; init; }

    /// <summary>Ids of the unlawful steps, in order of occurrence.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Ids of all updates that happened by D and are not gone, in order of occurrence.</summary>
    public IReadOnlyList<string> Live { get; init; } = [];

    /// <summary>The fields of those that count, in order of occurrence, in the version known at K.</summary>
    public IReadOnlyList<JsonObject> Counted { get; init; } = [];

    /// <summary>Title, roles, themes and so on, as known at K; null if not yet recorded.</summary>
    public JsonObject? Details { get; init; }
}

/// <summary>
/// The naive tracker: keeps the rows of one item and answers each question by filtering, sorting and taking the last.
/// </summary>
public sealed class OracleItem
{
    private readonly List<OracleRow> _rows = [];

    /// <param name="slug">The item's slug.</param>
    /// <param name="rows">Its rows in the order in which they take effect. Missing orders are filled in.</param>
    public OracleItem(string slug, IEnumerable<OracleRow> rows)
    {
        Slug = slug;
        foreach (var row in rows)
            _rows.Add(Ordered(row));
    }

    public string Slug { get; }

    /// <summary>All rows, in the order of their effect.</summary>
    public IReadOnlyList<OracleRow> Rows => _rows;

    /// <summary>state(item, D, K), K inclusive; null: everything.</summary>
    public OracleAnswer Ask(DateOnly day, DateTimeOffset? knownAt)
    {
        var known = _rows.Where(r => knownAt is null || r.RecordedAt <= knownAt).ToList();

        // 1, 13
        var item = known.Find(r => r.Kind == "item");
        if (item is null)
            return new OracleAnswer { Slug = Slug, Absent = "not_yet_recorded" };
        var kind = Text(item.Data, "kind")!;
        var details = Details(known);
        var retraction = known.Find(r => r.Kind == "retraction");
        if (retraction is not null)
        {
            var into = Text(retraction.Data, "mergedInto");
            return new OracleAnswer
            {
                Slug = Slug,
                Kind = kind,
                Absent = into is null ? "retracted" : "merged",
                MergedInto = into,
                Details = details,
            };
        }

        // 3, 4, 5
        var live = Versions(known)
            .Where(v => !v.Gone && v.LastDay <= day)
            .OrderBy(v => v.LastDay)
            .ThenBy(v => v.Order)
            .ThenBy(v => v.Position)
            .ToList();
        var counted = live.Where(v => !v.Pending).ToList();

        // 6, 7
        var steps = counted.Where(v => v.Type == "status").ToList();
        if (steps.Count == 0)
            return new OracleAnswer
            {
                Slug = Slug,
                Kind = kind,
                Absent = "no_status_yet",
                Details = details,
            };
        var current = steps[^1];

        // 9
        var due = DueAfter(counted, details);
        var target = due is null ? null : Text(due, "target") ?? (kind == "commitment" ? "delivered" : "adopted");
        var dueDay = due is null ? (DateOnly?)null : Rules.LastDay(Text(due, "date")!);
        DateOnly? reached = null;
        for (var i = steps.Count - 1; due is not null && i >= 0 && AtLeast(kind, steps[i].Status, target!); i--)
            reached = steps[i].LastDay;

        // 11
        var activity = counted.Where(v => v != steps[0]).Select(v => v.LastDay).ToList();
        var last = activity.Count == 0 ? (DateOnly?)null : activity.Max();

        return new OracleAnswer
        {
            Slug = Slug,
            Kind = kind,
            Status = current.Status,
            StatusSince = current.OccurredOn,
            StalledAt = current.Status == "stalled" ? StalledAt(steps, steps.Count) : null,
            Due = dueDay,
            Target = target,
            ReachedOn = reached,
            LastActivity = last,
            Time = Time(day, current.Status, dueDay, reached),
            Freshness = last is null
                ? "never_reviewed"
                : (day.DayNumber - last.Value.DayNumber) switch
                {
                    <= 180 => "current",
                    <= 365 => "ageing",
                    _ => "stale",
                },
            Confidence = Confidence(known, current),
            Awaiting = live.Count(v => v.Pending),
            Flags = [.. Enumerable.Range(0, steps.Count).Where(i => IsUnlawful(kind, steps, i, counted, details)).Select(i => steps[i].Id)],
            Live = [.. live.Select(v => v.Id)],
            Counted = [.. counted.Select(v => v.Fields)],
            Details = details,
        };
    }

    /// <summary>True if the step at that position breaks the table (or lacks its ground) after the one before it.</summary>
    private static bool IsUnlawful(string kind, List<Version> steps, int at, List<Version> counted, JsonObject details)
    {
        var step = steps[at];
        if (at == 0)
            return (kind == "commitment" && step.Status != "announced") || (kind == "proposal" && step.Status != "proposed");
        var before = steps[at - 1];
        var stalledAt = before.Status == "stalled" ? StalledAt(steps, at) : null;
        switch (Rules.Lawful(kind, before.Status, step.Status, stalledAt, details["binding"]?.GetValue<bool>()))
        {
            case "yes":
                return false;
            case "no":
                return true;
        }

        if (step.Ground is "ended_by_party" or "impossible")
            return false;
        if (step.Ground != "deadline_passed")
            return true;
        var due = DueAfter(counted.TakeWhile(v => v != step).ToList(), details);
        return due is null || step.LastDay <= Rules.LastDay(Text(due, "date")!);
    }

    /// <summary>The last status other than stalled among the first steps.</summary>
    private static string? StalledAt(List<Version> steps, int count) => steps.Take(count).LastOrDefault(s => s.Status != "stalled")?.Status;

    private static JsonObject? DueAfter(List<Version> counted, JsonObject details) =>
        counted.LastOrDefault(v => v.Type == "deadline")?.Due ?? details["due"] as JsonObject;

    private static bool AtLeast(string kind, string status, string target)
    {
        var stages = Rules.Stages(kind).ToList();
        return stages.Contains(target) ? stages.IndexOf(status) >= stages.IndexOf(target) : status == target;
    }

    private static string Time(DateOnly day, string status, DateOnly? due, DateOnly? reached)
    {
        if (due is null)
            return "no_deadline";
        if (reached is not null)
            return reached > due ? "met_late" : "met_on_time";
        if (status is "withdrawn" or "superseded" or "rejected" or "lapsed" or "ended" or "not_delivered" or "partly_delivered")
            return "ended";
        if (day > due)
            return "overdue";
        return due.Value.DayNumber - day.DayNumber <= 30 ? "due_soon" : "due";
    }

    private static string Confidence(List<OracleRow> known, Version step)
    {
        var settled = known.Where(r => r.Kind == "settlement").Select(r => Text(r.Data, "dispute")).ToHashSet();
        if (known.Any(r => r.Kind == "dispute" && Text(r.Data, "update") == step.Id && !settled.Contains(Text(r.Data, "id"))))
            return "disputed";
        string[] words = ["claimed", "reported", "confirmed"];
        var publishers = step
            .Evidence.Select(e => Text(e, "publisher")?.Trim().ToUpperInvariant() ?? "title: " + Text(e, "title"))
            .Distinct()
            .Count();
        var allowed =
            step.Evidence.Any(e => Text(e, "grade") == "primary") || publishers >= 2 ? 2
            : step.Lane == "self_reported" ? 0
            : 1;
        var word = Array.IndexOf(words, step.Confidence);
        return words[word < 0 ? allowed : Math.Min(word, allowed)];
    }

    /// <summary>2: the recorded details, then each change, field by field; an absent field keeps, null clears.</summary>
    private static JsonObject Details(List<OracleRow> known)
    {
        var details = (JsonObject)known.First(r => r.Kind == "item").Data.DeepClone();
        foreach (var row in known.Where(r => r.Kind == "details"))
            Overlay(details, (JsonObject)row.Data["changes"]!);
        return details;
    }

    /// <summary>3: one version of each update, in the order of their logging.</summary>
    private static List<Version> Versions(List<OracleRow> known)
    {
        var versions = new List<Version>();
        foreach (var row in known.Where(r => r.Kind == "update"))
        {
            var id = Text(row.Data, "id")!;
            var fields = (JsonObject)row.Data.DeepClone();
            var decision = DecisionOn(known, "update", id);
            var sources = new List<JsonObject>();
            var retracted = false;
            foreach (var correction in known.Where(r => r.Kind is "correction" or "translation" && Text(r.Data, "update") == id))
            {
                if (correction.Kind == "translation")
                {
                    var translated = Versions([.. known.TakeWhile(r => !ReferenceEquals(r, correction))]).Single(v => v.Id == id).Fields[
                        "note"
                    ];
                    if (JsonNode.DeepEquals(translated, fields["note"]))
                        Overlay((JsonObject)fields["note"]!, (JsonObject)correction.Data["note"]!);
                    continue;
                }

                if (Waits(correction) && DecisionOn(known, "correction", Text(correction.Data, "id")!) != "confirm")
                    continue;
                retracted = Text(correction.Data, "kind") == "retract";
                if (retracted)
                    continue;
                Overlay(fields, (JsonObject)correction.Data["newValues"]!);
                sources.AddRange(Sources(correction.Data));
            }

            sources.AddRange(Sources(fields));
            foreach (var added in known.Where(r => r.Kind == "evidence" && Text(r.Data, "update") == id))
                sources.AddRange(Sources(added.Data));
            versions.Add(
                new Version
                {
                    Id = id,
                    Fields = fields,
                    Position = versions.Count,
                    Type = Text(fields, "type")!,
                    Status = Text(fields, "status") ?? "",
                    Ground = Text(fields, "ground"),
                    Due = fields["due"] as JsonObject,
                    OccurredOn = Text(fields, "occurredOn")!,
                    Order = fields["order"]?.GetValue<int>() ?? 0,
                    Lane = Text(fields, "lane") ?? "independent",
                    Confidence = Text(fields, "confidence"),
                    Evidence = sources,
                    Pending = Waits(row) && decision != "confirm",
                    Gone = retracted || decision == "reject",
                }
            );
        }

        return versions;
    }

    private static bool Waits(OracleRow row) => row.Data["confirmed"]?.GetValue<bool>() == false;

    private static string? DecisionOn(List<OracleRow> known, string what, string id) =>
        known.Where(r => r.Kind == "confirmation" && Text(r.Data, what) == id).Select(r => Text(r.Data, "decision")).LastOrDefault();

    private static void Overlay(JsonObject old, JsonObject changes)
    {
        foreach (var (field, value) in changes)
            old[field] = value?.DeepClone();
    }

    private static IEnumerable<JsonObject> Sources(JsonObject data) => (data["evidence"] as JsonArray ?? []).OfType<JsonObject>();

    private static string? Text(JsonObject data, string field) => data[field]?.GetValue<string>();

    /// <summary>
    /// 5: an order that is not given is one above the highest of that item and last day, whatever the state of the
    /// others; also of a correction that moves an update to another last day.
    /// </summary>
    private OracleRow Ordered(OracleRow row)
    {
        var isUpdate = row.Kind == "update";
        var fields =
            isUpdate ? row.Data
            : row.Kind == "correction" ? row.Data["newValues"] as JsonObject
            : null;
        if (fields?["occurredOn"] is null || fields["order"] is not null)
            return row;
        var day = Rules.LastDay(Text(fields, "occurredOn")!);
        var id = Text(row.Data, isUpdate ? "id" : "update");
        var versions = Versions(_rows);
        if (!isUpdate && versions.Single(v => v.Id == id).LastDay == day)
            return row;
        var order = versions.Where(v => v.Id != id && v.LastDay == day).Select(v => v.Order).DefaultIfEmpty(0).Max() + 1;
        var data = (JsonObject)row.Data.DeepClone();
        (isUpdate ? data : (JsonObject)data["newValues"]!)["order"] = order;
        return row with { Data = data };
    }

    private sealed class Version
    {
        public required string Id { get; init; }
        public required JsonObject Fields { get; init; }
        public required int Position { get; init; }
        public required string Type { get; init; }
        public required string Status { get; init; }
        public string? Ground { get; init; }
        public JsonObject? Due { get; init; }
        public required string OccurredOn { get; init; }
        public required int Order { get; init; }
        public required string Lane { get; init; }
        public string? Confidence { get; init; }
        public required List<JsonObject> Evidence { get; init; }
        public required bool Pending { get; init; }
        public required bool Gone { get; init; }
        public DateOnly LastDay => Rules.LastDay(OccurredOn);
    }
}
