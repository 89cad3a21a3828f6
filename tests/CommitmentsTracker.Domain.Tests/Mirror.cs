using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Oracle;

namespace CommitmentsTracker.Domain.Tests;

/// <summary>Shows the oracle the same rows that the Domain folds, and says where the two disagree.</summary>
public static class Mirror
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What a story recorded, as plain rows. Orders that nobody gave are left to the oracle.</summary>
    public static OracleItem Of(Story story) => new(Story.Slug, story.Events.Select((e, i) => RowOf(e, story.Causes[i].OrderGiven)));

    public static OracleRow RowOf(ItemEvent e, bool orderGiven = true)
    {
        var (kind, data) = e switch
        {
            ItemRecorded x => ("item", With(Node(x.Details), "kind", x.Kind.Word())),
            DetailsChanged x => ("details", new JsonObject { ["changes"] = Node(x.Changes) }),
            UpdateLogged x => ("update", Update(x, orderGiven)),
            UpdateConfirmed x => ("confirmation", new JsonObject { ["update"] = x.UpdateId, ["decision"] = "confirm" }),
            UpdateRejected x => ("confirmation", new JsonObject { ["update"] = x.UpdateId, ["decision"] = "reject" }),
            CorrectionMade x => ("correction", Correction(x, orderGiven)),
            CorrectionConfirmed x => ("confirmation", new JsonObject { ["correction"] = x.CorrectionId, ["decision"] = "confirm" }),
            CorrectionRejected x => ("confirmation", new JsonObject { ["correction"] = x.CorrectionId, ["decision"] = "reject" }),
            EvidenceAdded x => ("evidence", With(Node(x), "update", x.UpdateId)),
            TranslationAdded x => ("translation", With(Node(x), "update", x.UpdateId)),
            DisputeOpened x => ("dispute", With(Node(x), "update", x.UpdateId)),
            DisputeSettled x => ("settlement", With(Node(x), "dispute", x.Id)),
            ItemRetracted x => ("retraction", Node(x)),
            _ => throw new InvalidOperationException(e.GetType().Name),
        };
        return new OracleRow(kind, e.RecordedAt, data);
    }

    /// <summary>Null if Domain and oracle say the same of the story at D and K.</summary>
    public static string? Disagreement(Story story, DateOnly day, DateTimeOffset? knownAt) =>
        Disagreement(Of(story), story.Events, day, knownAt);

    public static string? Disagreement(OracleItem oracle, IEnumerable<ItemEvent> events, DateOnly day, DateTimeOffset? knownAt)
    {
        var expected = Describe(oracle.Ask(day, knownAt));
        var (state, absence, item) = ItemState.Of(events, day, knownAt, day);
        var actual = Describe(state, absence, item);
        return expected == actual ? null : $"At D={Story.Write(day)}, K={knownAt:O}\n  oracle: {expected}\n  domain: {actual}";
    }

    public static string Describe(OracleAnswer a) =>
        a.Absent is { } absent
            ? $"{absent} {a.MergedInto} {Details(a.Details)}"
            : $"{a.Kind} {a.Status} since {a.StatusSince}, stalled at {a.StalledAt}; "
                + $"due {a.Due:O} {a.Target} reached {a.ReachedOn:O}: {a.Time}; last {a.LastActivity:O}: {a.Freshness}; "
                + $"{a.Confidence}; awaiting {a.Awaiting}; flags [{string.Join(",", a.Flags)}]; live [{string.Join(",", a.Live)}]; "
                + $"notes [{string.Join(",", a.Counted.Select(u => Note(u["note"] as JsonObject)))}]; {Details(a.Details)}";

    public static string Describe(ItemState? state, Absence? absence, Item? item)
    {
        var details = item is null ? null : Node(item.Details);
        if (state is null)
        {
            var why = absence switch
            {
                Absence.NotYetRecorded => "not_yet_recorded",
                Absence.NoStatusYet => "no_status_yet",
                Absence.Merged => "merged",
                _ => "retracted",
            };
            return $"{why} {item?.Retracted?.MergedInto} {Details(details)}";
        }

        var s = state.Standing;
        return $"{item!.Kind.Word()} {s.Status.Word()} since {s.Since}, stalled at {s.StalledAt?.Word()}; "
            + $"due {s.Due:O} {s.Target?.Word()} reached {s.ReachedOn:O}: {state.Time.Word()}; "
            + $"last {s.LastActivity:O}: {state.Freshness.Word()}; "
            + $"{s.Confidence.Word()}; awaiting {s.Awaiting}; flags [{string.Join(",", s.Flags)}]; "
            + $"live [{string.Join(",", state.Updates.Select(u => u.Id))}]; "
            + $"notes [{string.Join(",", state.Updates.Where(u => u.IsCounted).Select(u => Note(Node(u.Fields.Note))))}]; "
            + Details(details);
    }

    private static JsonObject Update(UpdateLogged x, bool orderGiven)
    {
        var data = With(Node(x.Fields), "id", x.Id);
        if (!orderGiven)
            data.Remove("order");
        if (x.NeedsConfirmation)
            data["confirmed"] = false;
        return data;
    }

    private static JsonObject Correction(CorrectionMade x, bool orderGiven)
    {
        var data = new JsonObject
        {
            ["id"] = x.Id,
            ["update"] = x.UpdateId,
            ["kind"] = x.Kind.Word(),
            ["newValues"] = x.NewValues is null ? null : Node(x.NewValues),
            ["evidence"] = JsonSerializer.SerializeToNode(x.Evidence, Json),
        };
        if (!orderGiven && data["newValues"] is JsonObject values)
            values.Remove("order");
        if (x.NeedsConfirmation)
            data["confirmed"] = false;
        return data;
    }

    private static JsonObject Node<T>(T value) => (JsonObject)JsonSerializer.SerializeToNode(value, Json)!;

    private static JsonObject With(JsonObject data, string field, string value)
    {
        data[field] = value;
        return data;
    }

    private static string Note(JsonObject? note) => $"{note?["en"]}/{note?["zh"]}";

    /// <summary>Details without what is empty, in the order of their names.</summary>
    private static string Details(JsonObject? details) =>
        details is null
            ? "no details"
            : string.Join(
                " ",
                details
                    .Where(p => p.Value is not null and not JsonArray { Count: 0 } && p.Key is not ("kind" or "slug" or "forum"))
                    .OrderBy(p => p.Key, StringComparer.Ordinal)
                    .Select(p => $"{p.Key}={p.Value!.ToJsonString()}")
            );
}
