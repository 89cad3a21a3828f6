using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>What the fields of an update must hold, whatever the item's history.</summary>
internal static class UpdateRules
{
    private const int ManySources = 50;

    /// <summary>Everything that the fields must hold.</summary>
    /// <param name="on">What they are checked with.</param>
    /// <param name="id">Id of the update.</param>
    /// <param name="fields">The fields.</param>
    /// <param name="kind">What the item is.</param>
    public static void Check(FieldContext on, string id, UpdateFields fields, ItemKind kind)
    {
        on.Checks.Id(on.At + "id", id);
        on.Checks.Required(on.At + "note", fields.Note, Checks.LongText);
        Day(on.Checks, on.At + "occurredOn", fields.OccurredOn, on.Recording);
        if (fields.Order is < 0 or > 1_000_000)
            on.Refuse("range", "order", "An order lies between 0 and 1000000.");
        Parties(on, fields);
        StepFields(on, fields);
        DeadlineFields(on, fields, kind);
        if (fields.ReplyTo is not null && fields.Type != UpdateType.Response)
            on.Refuse("reply-is-response", "replyTo", "Only an update of type response replies to another one.");
        Proof(on, fields);
    }

    private static void Parties(FieldContext on, UpdateFields fields)
    {
        on.Party("actor", fields.Actor);
        if (fields.CoActors is not { } others)
            return;
        on.Checks.Count(on.At + "coActors", others, ManySources);
        on.Checks.Full(on.At + "coActors", others);
        foreach (var other in others)
            on.Party("coActors", other);
    }

    /// <summary>A status and its ground go with a step, and with nothing else.</summary>
    private static void StepFields(FieldContext on, UpdateFields fields)
    {
        var isStep = fields.Type == UpdateType.Status;
        if (isStep && fields.Status is null)
            on.Refuse("required", "status", "A status step names its status.");
        if (!isStep && fields.Status is not null)
            on.Refuse("status-without-step", "status", "Only an update of type status has a status.");
        if (fields.Ground is not null && fields.Status is not (Status.PartlyDelivered or Status.NotDelivered))
            on.Refuse("ground-without-closing", "ground", "A ground goes with partly_delivered or not_delivered only.");
    }

    /// <summary>A due date goes with a deadline, and with nothing else.</summary>
    private static void DeadlineFields(FieldContext on, UpdateFields fields, ItemKind kind)
    {
        var isDeadline = fields.Type == UpdateType.Deadline;
        if (isDeadline && fields.Due is null)
            on.Refuse("required", "due", "An update of type deadline names the new deadline.");
        if (!isDeadline && fields.Due is not null)
            on.Refuse("due-without-deadline", "due", "Only an update of type deadline has a due date.");
        if (fields.Due is { } due)
            Due(on.Checks, on.At + "due.", due, kind);
    }

    /// <summary>How sure it is, and what shows it.</summary>
    private static void Proof(FieldContext on, UpdateFields fields)
    {
        if (fields.Confidence == Confidence.Disputed)
            on.Refuse(
                "disputed-is-a-dispute",
                "confidence",
                "Log the update and open a dispute on it; an author's word is claimed, reported or confirmed."
            );
        if (fields.Type != UpdateType.Review && fields.Evidence is not { Count: > 0 })
            on.Refuse("evidence", "evidence", "At least one piece of evidence is needed; only a review may have none.");
        Sources(on.Checks, on.At + "evidence", fields.Evidence);
    }

    /// <summary>The sources of an update, a correction or a dispute; how many there must be is the asker's matter.</summary>
    public static void Sources(Checks checks, string at, IReadOnlyList<EvidenceSource>? sources)
    {
        if (!checks.Full(at, sources))
            return;
        checks.Count(at, sources, ManySources);
        for (var i = 0; i < sources!.Count; i++)
        {
            var source = sources[i];
            var here = $"{at}[{i}].";
            checks.Required(here + "title", source.Title, Checks.ShortText);
            checks.Optional(here + "publisher", source.Publisher, Checks.ShortText);
            checks.Optional(here + "identifier", source.Identifier, Checks.ShortText);
            checks.Url(here + "url", source.Url);
            checks.Url(here + "archivedUrl", source.ArchivedUrl);
        }
    }

    /// <summary>An occurred-on is not in the future; a month or year that has not ended has not occurred.</summary>
    public static void Day(Checks checks, string field, PartialDate occurredOn, Recording recording)
    {
        var latest = Instants.LatestDayBegun(recording.RecordedAt);
        if (occurredOn.Precision == Precision.Day ? occurredOn.LastDay > latest : occurredOn.FirstDay > latest)
            checks.Refuse("future", field, $"{occurredOn} lies in the future.");
        else if (occurredOn.Precision != Precision.Day && occurredOn.LastDay >= latest)
            checks.Refuse("period-not-ended", field, $"{occurredOn} has not ended; give a day.");
    }

    /// <summary>A deadline is met by a status that the item may have.</summary>
    public static void Due(Checks checks, string at, Deadline due, ItemKind kind)
    {
        if (due.Date == default)
            checks.Refuse("required", at + "date", "A deadline has a date.");
        checks.Optional(at + "basis", due.Basis, Checks.LongText);
        if (due.Target is { } target && !Lifecycle.Of(kind).Knows(target))
            checks.Refuse("lifecycle", at + "target", OtherLifecycle(kind, target));
    }

    /// <summary>Says that a status is of the other table.</summary>
    public static string OtherLifecycle(ItemKind kind, Status status) =>
        $"'{status.Word()}' is no status of a {kind.Word()}; these are: "
        + $"{string.Join(", ", Lifecycle.Of(kind).Statuses.Select(s => s.Word()))}.";

    /// <summary>No update may occur before the first status.</summary>
    public static Refusal? BeforeFirst(Item item, OccurrenceKey key, string? updateId = null)
    {
        var first = item.Updates[0];
        return updateId != first.Id && key < first.Key
            ? new Refusal(
                RefusalKind.Unlawful,
                "before-first-status",
                "occurredOn",
                $"Nothing may occur before the first status ({first.Fields.Status!.Value.Word()}, {first.Fields.OccurredOn})."
            )
            : null;
    }

    /// <summary>Whether an item may be called superseded: it names what replaced it.</summary>
    public static bool NamesSuccessor(Details details) =>
        details.Related?.Any(l => l?.Relation is Relation.SupersededBy or Relation.GaveRiseTo) == true;

    /// <summary>Whether a step is lawful after the step before it in order of occurrence, as known now.</summary>
    public static Refusal? Step(Item item, UpdateFields step, OccurrenceKey key, string? exceptUpdate = null, string at = "")
    {
        var status = step.Status!.Value;
        if (!item.Lifecycle.Knows(status))
            return new Refusal(RefusalKind.Invalid, "lifecycle", at + "status", OtherLifecycle(item.Kind, status));
        if (status == Status.Superseded && !NamesSuccessor(item.Details))
            return new Refusal(
                RefusalKind.Unlawful,
                "superseded-needs-link",
                at + "status",
                "A superseded item is linked to its successor: add a link superseded_by or gave_rise_to to its details first."
            );
        var (before, stalledAt, due) = item.Predecessor(key, exceptUpdate);
        if (before is not { } from)
            return Lifecycle.FirstOf(item.Kind) is { } first && status != first
                ? new Refusal(
                    RefusalKind.Unlawful,
                    "first-status",
                    at + "status",
                    $"A {item.Kind.Word()} starts as {first.Word()}.",
                    [first]
                )
                : null;
        return StepRule.Judge(item, from, stalledAt, due, step) switch
        {
            null => null,
            "ground" => new Refusal(
                RefusalKind.Unlawful,
                "ground",
                at + "ground",
                $"{status.Word()} after {from.Word()} needs a ground: deadline_passed ("
                    + (due is null ? "no deadline was set then" : $"the deadline then was {due.Date}")
                    + "), ended_by_party or impossible.",
                Alternatives(item, from, stalledAt)
            ),
            _ => new Refusal(
                RefusalKind.Unlawful,
                "lifecycle",
                at + "status",
                $"{status.Word()} is not lawful after {from.Word()}. {Lawfully(Alternatives(item, from, stalledAt))}",
                Alternatives(item, from, stalledAt)
            ),
        };
    }

    private static string Lawfully(IReadOnlyList<Status> lawful) =>
        lawful.Count == 0
            ? "Nothing may follow it: a new promise or a revival is a new item, linked renews or revives."
            : $"Lawful: {string.Join(", ", lawful.Select(s => s.Word()))}.";

    private static List<Status> Alternatives(Item item, Status from, Status? stalledAt) =>
        [.. item.Lifecycle.After(from, stalledAt, item.Details.Binding)];

    /// <summary>Refuses what has to come after a second person's word.</summary>
    public static Refusal Waiting =>
        new(
            RefusalKind.Conflict,
            "one-waiting",
            "",
            "A step of this item already waits for a second person; it must be confirmed or rejected first."
        );

    /// <summary>The same, if something of the item waits; null: nothing does.</summary>
    public static Refusal? AlreadyWaiting(Item item) => item.HasWaiting ? Waiting : null;
}
