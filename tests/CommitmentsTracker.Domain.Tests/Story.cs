using System.Collections.Frozen;
using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using Shouldly;

namespace CommitmentsTracker.Domain.Tests;

/// <summary>What somebody wants to do to an item, in words, ready to be decided.</summary>
/// <param name="Words">What a person reads in a failing test.</param>
/// <param name="Decide">The decision.</param>
/// <param name="OrderGiven">Whether the order of an update was said explicitly.</param>
public sealed record Command(string Words, Func<Item, Recording, Decision> Decide, bool OrderGiven = false)
{
    public override string ToString() => Words;
}

/// <summary>
/// The life of one item as a test tells it: given what is recorded, when somebody does something, then it is recorded
/// or refused.
/// </summary>
public sealed class Story
{
    public const string Slug = "the-item";
    public const string Ada = "person-ada";
    public const string Bo = "person-bo";

    /// <summary>The first status' day.</summary>
    public const string MadeOn = "2024-07-04";

    public static readonly KnownSlugs Known = new(
        new[] { "the-forum" }.ToFrozenSet(),
        new[] { "party-a", "party-b", "party-c" }.ToFrozenSet(),
        new[] { "theme-a", "theme-b" }.ToFrozenSet(),
        new[] { "other-item", "third-item" }.ToFrozenSet()
    );

    private readonly List<ItemEvent> _events = [];
    private readonly List<Command> _causes = [];

    /// <summary>Everything recorded, in stream order.</summary>
    public IReadOnlyList<ItemEvent> Events => _events;

    /// <summary>For each event, the command that led to it.</summary>
    public IReadOnlyList<Command> Causes => _causes;

    public Item Item => Item.From(_events) ?? throw new InvalidOperationException("Nothing is recorded yet.");

    /// <summary>Now, on the known clock.</summary>
    public DateTimeOffset Now { get; private set; } = Instant("2024-07-10");

    public static Story Commitment(Details? details = null) => Start(ItemKind.Commitment, Status.Announced, details);

    public static Story Proposal(Details? details = null) => Start(ItemKind.Proposal, Status.Proposed, details);

    public static Story Instrument(Status first = Status.Proposed, Details? details = null) => Start(ItemKind.Instrument, first, details);

    /// <summary>An item that has come to the status by lawful steps, one a day from its first day on.</summary>
    public static Story At(ItemKind kind, Status status, bool? binding = null)
    {
        if (kind == ItemKind.Instrument)
            return Instrument(status, Details(binding: binding));
        var story = Start(kind, Lifecycle.FirstOf(kind)!.Value, null);
        Status[] path = status switch
        {
            Status.Announced or Status.Proposed => [],
            Status.Reversed => [Status.Delivered, Status.Reversed],
            Status.Ended => [Status.Adopted, Status.InForce, Status.Ended],
            Status.Signed or Status.InForce or Status.Implemented => [Status.Adopted, status],
            _ => [status],
        };
        var day = new DateOnly(2024, 7, 5);
        foreach (var step in path)
        {
            var ground = step is Status.PartlyDelivered or Status.NotDelivered ? Ground.EndedByParty : (Ground?)null;
            story.And(Do.Step(step, Write(day), ground: ground, id: $"way-{step.Word()}"));
            if (Lifecycle.NeedSecondPerson.Contains(step))
                story.And(Do.Confirm($"way-{step.Word()}"), by: Bo);
            day = day.AddDays(1);
        }

        return binding is null ? story : story.And(Do.Change(new DetailsChange { Binding = binding }));
    }

    public static Details Details(string? due = null, bool? binding = null, Status? target = null, params Link[] related) =>
        new()
        {
            Title = new Text("The item", "该事项"),
            Proposer = "party-a",
            Responsible = ["party-a"],
            Themes = ["theme-a"],
            MadeOn = PartialDate.Parse(MadeOn),
            Due = due is null ? null : new Deadline(PartialDate.Parse(due), null, target),
            Binding = binding,
            Related = related.Length > 0 ? related : [new Link("other-item", Relation.SupersededBy)],
        };

    /// <summary>Adds to what is given; must be accepted.</summary>
    public Story And(Command command, string? on = null, string by = Ada)
    {
        var decision = Try(command, on, by);
        decision.IsAccepted.ShouldBeTrue($"{command} was refused: {string.Join("; ", decision.Refusals)}");
        return this;
    }

    /// <summary>What comes of it.</summary>
    public Outcome When(Command command, string? on = null, string by = Ada) => new(this, command, Try(command, on, by));

    /// <summary>Where it stood on a day, as known on a day or now. Every answer is also checked against the oracle.</summary>
    public (ItemState? State, Absence? Absence) Asked(string asOf, string? knownAt = null)
    {
        DateTimeOffset? known =
            knownAt is null ? null
            : knownAt.Contains('T') ? Instant(knownAt)
            : Instants.EndOf(Day(knownAt));
        Mirror.Disagreement(this, Day(asOf), known).ShouldBeNull();
        var (state, absence, _) = ItemState.Of(_events, Day(asOf), known, Now.DayOf());
        return (state, absence);
    }

    /// <summary>Where it stood; it must have been there.</summary>
    public ItemState On(string asOf, string? knownAt = null) => Asked(asOf, knownAt).State.ShouldNotBeNull();

    /// <summary>Decides at a recorded time; what is accepted is recorded.</summary>
    public Decision Try(Command command, string? on, string? by)
    {
        if (on is not null)
            Now = Instant(on);
        else if (_events.Count > 0)
            Now += Instants.Microsecond;
        return TryAt(command, Now, by);
    }

    /// <summary>Decides at an instant.</summary>
    public Decision TryAt(Command command, DateTimeOffset at, string? by)
    {
        Now = at;
        var decision = command.Decide(_events.Count == 0 ? null! : Item, new Recording(at, by));
        foreach (var e in decision.Events)
        {
            _events.Add(e);
            _causes.Add(command);
        }

        return decision;
    }

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Write(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateTimeOffset Instant(string text) =>
        DateTimeOffset.Parse(text.Contains('T') ? text : text + "T12:00:00Z", CultureInfo.InvariantCulture);

    private static Story Start(ItemKind kind, Status first, Details? details)
    {
        var story = new Story();
        return story.And(Do.Record(kind, first, MadeOn, details ?? Details()), "2024-07-10");
    }
}

/// <summary>What came of a command.</summary>
public sealed record Outcome(Story Story, Command Command, Decision Decision)
{
    /// <summary>It was recorded.</summary>
    public Story ThenAccepted()
    {
        Decision.IsAccepted.ShouldBeTrue($"{Command} was refused: {string.Join("; ", Decision.Refusals)}");
        Decision.Events.ShouldNotBeEmpty();
        return Story;
    }

    /// <summary>It was recorded and waits for a second person.</summary>
    public Story ThenWaits()
    {
        ThenAccepted();
        Decision
            .Events[^1]
            .ShouldSatisfyAllConditions(e =>
                (e is UpdateLogged { NeedsConfirmation: true } or CorrectionMade { NeedsConfirmation: true }).ShouldBeTrue()
            );
        return Story;
    }

    /// <summary>It was recorded and counts at once.</summary>
    public Story ThenCountsAtOnce()
    {
        ThenAccepted();
        (Decision.Events[^1] is UpdateLogged { NeedsConfirmation: true } or CorrectionMade { NeedsConfirmation: true }).ShouldBeFalse();
        return Story;
    }

    /// <summary>It was refused for that rule, and nothing was recorded.</summary>
    public Refusal ThenRefused(string rule, RefusalKind kind = RefusalKind.Invalid, string? field = null)
    {
        Decision.Events.ShouldBeEmpty();
        var refusal = Decision.Refusals.FirstOrDefault(r => r.Rule == rule && (field is null || r.Field == field));
        refusal.ShouldNotBeNull(
            $"{Command}: expected {rule} ({field}), got {(Decision.IsAccepted ? "acceptance" : string.Join("; ", Decision.Refusals))}"
        );
        refusal.Kind.ShouldBe(kind);
        refusal.Message.ShouldNotBeNullOrWhiteSpace();
        return refusal;
    }
}

/// <summary>Commands in the words of the tracker.</summary>
public static class Do
{
    public static readonly EvidenceSource Paper = new("A paper", "Publisher One", Grade: Grade.Secondary);
    public static readonly EvidenceSource OtherPaper = new("Another paper", "Publisher Two", Grade: Grade.Secondary);
    public static readonly EvidenceSource TheRecord = new(
        "The record",
        "The body",
        Identifier: "A/1",
        Url: "https://example.org/a?b=1",
        Grade: Grade.Primary
    );

    public static UpdateFields Fields(UpdateType type, string occurredOn, Status? status = null) =>
        new()
        {
            Type = type,
            Status = status,
            OccurredOn = PartialDate.Parse(occurredOn),
            Note = new Text("It happened."),
            Actor = "party-b",
            Evidence = [Paper],
        };

    public static Command Log(string id, UpdateFields fields) =>
        new(
            $"log {id}: {fields.Type.Word()} {fields.Status?.Word()} {fields.Ground?.Word()} {fields.Due?.Date} on "
                + $"{fields.OccurredOn} order {fields.Order}",
            (item, recording) => new LogUpdate(id, fields).Decide(item, Story.Known, recording),
            fields.Order > 0
        );

    public static Command Step(Status status, string on, Ground? ground = null, string? id = null, int order = 0) =>
        Log(id ?? status.Word(), Fields(UpdateType.Status, on, status) with { Ground = ground, Order = order });

    public static Command Progress(string on, string id = "progress", UpdateType type = UpdateType.Progress, int order = 0) =>
        Log(id, Fields(type, on) with { Order = order });

    public static Command Review(string on, string id = "review") => Log(id, Fields(UpdateType.Review, on) with { Evidence = [] });

    public static Command MoveDeadline(string due, string on, string id = "deadline", Status? target = null, int order = 0) =>
        Log(id, Fields(UpdateType.Deadline, on) with { Due = new Deadline(PartialDate.Parse(due), null, target), Order = order });

    public static Command Confirm(string id, Verdict verdict = Verdict.Confirm) =>
        new($"{verdict} {id}", (item, recording) => new ConfirmUpdate(id, verdict, null).Decide(item, recording));

    public static Command Reject(string id) => Confirm(id, Verdict.Reject);

    public static Command ConfirmCorrection(string id, Verdict verdict = Verdict.Confirm) =>
        new($"{verdict} correction {id}", (item, recording) => new ConfirmCorrection(id, verdict, null).Decide(item, recording));

    public static Command Correct(
        string id,
        string update,
        CorrectionKind kind,
        NewValues? values,
        bool editorial = false,
        params EvidenceSource[] evidence
    ) =>
        new(
            $"correct {id} of {update}: {kind.Word()} {Describe(values)}",
            (item, recording) =>
                new CorrectUpdate(id, update, kind, values, new Text("It was wrong."), evidence, editorial).Decide(
                    item,
                    Story.Known,
                    recording
                ),
            values?.Order.IsGiven == true
        );

    public static Command Redate(string update, string on, string id = "redate", int? order = null) =>
        Correct(
            id,
            update,
            CorrectionKind.Redate,
            order is null
                ? new NewValues { OccurredOn = (PartialDate?)PartialDate.Parse(on) }
                : new NewValues { OccurredOn = (PartialDate?)PartialDate.Parse(on), Order = order }
        );

    public static Command Replace(string update, NewValues values, string id = "replace") =>
        Correct(id, update, CorrectionKind.Replace, values);

    public static Command ReplaceStatus(string update, Status status, Ground? ground = null, string id = "replace") =>
        Replace(
            update,
            ground is null ? new NewValues { Status = (Status?)status } : new NewValues { Status = (Status?)status, Ground = ground },
            id
        );

    public static Command Retract(string update, string id = "retract") => Correct(id, update, CorrectionKind.Retract, null);

    public static Command Translate(string update, Text note) =>
        new($"translate {update}", (item, recording) => new AddTranslation(update, note).Decide(item, recording));

    public static Command AddEvidence(string update, params EvidenceSource[] sources) =>
        new($"add sources to {update}", (item, recording) => new AddEvidence(update, sources).Decide(item, recording));

    public static Command Dispute(string update, string id = "dispute", params EvidenceSource[] sources) =>
        new(
            $"dispute {id} of {update}",
            (item, recording) =>
                new OpenDispute(id, update, new Text("Sources conflict."), sources.Length > 0 ? sources : [Paper]).Decide(item, recording)
        );

    public static Command Settle(string id = "dispute", DisputeOutcome outcome = DisputeOutcome.Dismissed) =>
        new($"settle {id}: {outcome.Word()}", (item, recording) => new SettleDispute(id, outcome, null).Decide(item, recording));

    public static Command Change(DetailsChange changes) =>
        new(
            $"change details {changes}",
            (item, recording) => new ChangeDetails(changes, new Text("Better known.")).Decide(item, Story.Known, recording)
        );

    public static Command TakeOut(string? mergedInto = null) =>
        new(
            $"retract the item, merged into {mergedInto}",
            (item, recording) => new RetractItem(new Text("Listed twice."), mergedInto).Decide(item, Story.Known, recording)
        );

    public static Command RecordItem(RecordItem command) =>
        new(
            $"record {command.Slug}: {command.Kind.Word()} {command.First.Status?.Word()} on {command.First.OccurredOn}, due "
                + $"{command.Details.Due?.Date}, binding {command.Details.Binding}",
            (_, recording) => command.Decide(Story.Known, recording),
            true
        );

    public static RecordItem NewItem(
        ItemKind kind = ItemKind.Commitment,
        Status first = Status.Announced,
        string on = Story.MadeOn,
        Details? details = null
    ) => new(Story.Slug, kind, "the-forum", details ?? Story.Details(), "first", Fields(UpdateType.Status, on, first));

    private static string Describe(NewValues? values) =>
        values is null
            ? ""
            : string.Join(
                ", ",
                new[]
                {
                    values.OccurredOn.IsGiven ? $"on {values.OccurredOn.Value}" : "",
                    values.Order.IsGiven ? $"order {values.Order.Value}" : "",
                    values.Status.IsGiven ? $"status {values.Status.Value?.Word()}" : "",
                    values.Ground.IsGiven ? $"ground {values.Ground.Value?.Word() ?? "none"}" : "",
                    values.Due.IsGiven ? $"due {values.Due.Value?.Date}" : "",
                    values.Note.IsGiven ? "note" : "",
                    values.Confidence.IsGiven ? $"confidence {values.Confidence.Value?.Word() ?? "none"}" : "",
                }.Where(s => s != "")
            );

    public static Command Record(ItemKind kind, Status first, string on, Details details) => RecordItem(NewItem(kind, first, on, details));
}
