using System.Text;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CsCheck;

namespace CommitmentsTracker.Domain.Tests.Laws;

/// <summary>One thing that somebody wants, before it is known what the item allows: plain numbers, so that they shrink.</summary>
public readonly record struct Wish(int What, int A, int B, int C, int D, int Gap);

/// <summary>A history to be played.</summary>
public sealed record Script(int Kind, int Start, Wish[] Wishes)
{
    private static readonly Gen<Wish> AWish = Gen.Select(
        Gen.Int[0, 99],
        Gen.Int[0, 999],
        Gen.Int[0, 999],
        Gen.Int[0, 999],
        Gen.Int[0, 999],
        Gen.Int[0, 5],
        (what, a, b, c, d, gap) => new Wish(what, a, b, c, d, gap)
    );

    public static readonly Gen<Script> Any = Gen.Select(
        Gen.Int[0, 2],
        Gen.Int[0, 999],
        AWish.Array[8, 32],
        (kind, start, wishes) => new Script(kind, start, wishes)
    );
}

/// <summary>Something tried, and what came of it.</summary>
/// <param name="Before">How many events were recorded before it.</param>
/// <param name="Command">What was tried.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Subject">The domain's command, where a law looks into it.</param>
/// <param name="At">When.</param>
/// <param name="By">By whom.</param>
public sealed record Attempt(int Before, Command Command, Decision Decision, object? Subject, DateTimeOffset At, string? By);

/// <summary>A generated history: the wishes of a script, put to the real decisions one after the other.</summary>
public sealed class History
{
    private static readonly int[] GapDays = [0, 0, 1, 9, 40, 120];
    private static readonly Ground?[] Grounds = [null, Ground.DeadlinePassed, Ground.EndedByParty, Ground.Impossible];
    private static readonly EvidenceSource[] Sources = [Do.Paper, Do.OtherPaper, Do.TheRecord, new("No publisher")];
    private readonly List<Attempt> _attempts = [];
    private int _ids;

    private History(Script script)
    {
        Script = script;
        var kind = (ItemKind)script.Kind;
        var s = script.Start;
        var due = (s % 5) switch
        {
            0 => "2024-08-15",
            1 => "2024-09",
            2 => "2025",
            _ => null,
        };
        var details = Story.Details(
            due,
            (s / 5 % 3) switch
            {
                0 => true,
                1 => false,
                _ => null,
            }
        );
        if (s / 15 % 4 == 0)
            details = details with { Related = [] };
        var first = Lifecycle.FirstOf(kind) ?? Lifecycle.OfProposals.Stages[s / 15 % 8];
        var on = (s / 60 % 4) switch
        {
            0 => "2024-06",
            1 => "2023",
            _ => Story.MadeOn,
        };
        Try(Do.RecordItem(Do.NewItem(kind, first, on, details)), Story.Instant("2024-07-10"), Story.Ada);
        foreach (var wish in script.Wishes)
            if (Story.Events.Count > 0)
                Fulfil(wish);
    }

    public Script Script { get; }
    public Story Story { get; } = new();
    public IReadOnlyList<Attempt> Attempts => _attempts;
    public IReadOnlyList<ItemEvent> Events => Story.Events;
    public Item Item => Story.Item;

    public static History Play(Script script) => new(script);

    /// <summary>Days at which something may change, and their neighbours.</summary>
    public IEnumerable<DateOnly> Borders()
    {
        var days = Item
            .Updates.SelectMany(u =>
                u.Corrections.Select(c => c.Made.NewValues?.OccurredOn.Value).Append(u.Logged.Fields.OccurredOn).OfType<PartialDate>()
            )
            .SelectMany(d => new[] { d.FirstDay, d.LastDay })
            .Distinct()
            .ToList();
        return days.SelectMany(d => new[] { d.AddDays(-1), d, d.AddDays(1) }).Append(new DateOnly(2030, 1, 1)).Distinct().Order();
    }

    /// <summary>The history as a person reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("\n");
        foreach (var attempt in _attempts)
        {
            text.Append($"  {attempt.At:yyyy-MM-dd HH:mm:ss.ffffff} {attempt.By?[7..], -4} {attempt.Command.Words}");
            text.AppendLine(
                attempt.Decision.IsAccepted
                    ? attempt.Decision.Events[^1] is UpdateLogged { NeedsConfirmation: true } or CorrectionMade { NeedsConfirmation: true }
                        ? "  ... waits"
                        : ""
                    : $"  ... REFUSED {attempt.Decision.Refusals[0].Rule}"
            );
        }

        return text.ToString();
    }

    private void Fulfil(Wish w)
    {
        var at = w.Gap == 0 ? Story.Now : Story.Now.AddDays(GapDays[w.Gap]) + Instants.Microsecond;
        var by =
            w.D % 3 == 0 ? Story.Bo
            : w.D % 3 == 1 ? Story.Ada
            : null;
        var updates = Item.Updates;
        var closing = updates.FindAll(u => u.Logged.NeedsConfirmation && !u.IsPending);
        var some = closing.Count > 0 && w.D % 4 == 0 ? closing[w.A % closing.Count] : updates[w.A % updates.Count];
        switch (w.What)
        {
            case < 34:
                LogStep(w, at, by);
                break;
            case < 43:
                var type = (w.A % 4) switch
                {
                    0 => UpdateType.Progress,
                    1 => UpdateType.Milestone,
                    2 => UpdateType.Review,
                    _ => UpdateType.Response,
                };
                Log(NewId("u"), Fields(w, type, at), at, by);
                break;
            case < 49:
                Log(
                    NewId("u"),
                    Fields(w, UpdateType.Deadline, at) with
                    {
                        Due = new Deadline(Day(w with { A = w.B, B = w.A }, at.AddDays(200))),
                    },
                    at,
                    by
                );
                break;
            case < 59:
                DecideOnWaiting(w, at, by);
                break;
            case < 67:
                Correct(
                    some,
                    CorrectionKind.Redate,
                    new NewValues { OccurredOn = (PartialDate?)Day(w with { A = w.B }, at) } is var redated && w.C % 4 == 0
                        ? redated with
                        {
                            Order = w.C % 3 + 1,
                        }
                        : redated,
                    w,
                    at,
                    by
                );
                break;
            case < 74:
                Correct(some, CorrectionKind.Replace, Replacement(some, w, at), w, at, by);
                break;
            case < 88:
                var retracted = updates.FindAll(u => u.IsRetracted);
                if (retracted.Count == 0 || w.B % 5 == 0)
                    Correct(
                        w.D % 3 == 0 ? some : updates[^(1 + (w.A % Math.Min(3, updates.Count)))],
                        CorrectionKind.Retract,
                        null,
                        w,
                        at,
                        by
                    );
                else
                    Correct(
                        retracted[w.A % retracted.Count],
                        w.C % 5 == 0 ? CorrectionKind.Redate : CorrectionKind.Replace,
                        w.C % 5 == 0
                            ? new NewValues { OccurredOn = (PartialDate?)Day(w, at) }
                            : Replacement(retracted[w.A % retracted.Count], w with { C = 2 }, at),
                        w,
                        at,
                        by
                    );
                break;
            case < 93:
                var open = updates.SelectMany(u => u.Disputes).Where(d => d.IsOpen).ToList();
                if (open.Count > 0 && w.B % 2 == 0)
                    Try(Do.Settle(open[w.C % open.Count].Id), at, by);
                else
                    Try(Do.Dispute((w.C % 2 == 0 ? updates[^1] : some).Id, NewId("d")), at, by);
                break;
            case < 95:
                if (w.C % 3 > 0 && updates.Find(u => u.Fields.Note.Zh is null) is { } english)
                    Try(Do.Translate(english.Id, new Text(Zh: "已发生。")), at, by);
                else
                    Try(Do.AddEvidence(some.Id, Sources[w.B % Sources.Length]), at, by);
                break;
            case < 99:
                Try(
                    Do.Change(
                        (w.B % 4) switch
                        {
                            0 => new DetailsChange { Title = new Text($"Title {w.C}") },
                            1 => new DetailsChange
                            {
                                Due =
                                    w.C % 3 == 0
                                        ? new Optional<Deadline>(null)
                                        : new Deadline(Day(w, at), null, w.C % 3 == 1 ? null : Lifecycle.Of(Item.Kind).Stages[w.C % 3]),
                            },
                            2 => new DetailsChange
                            {
                                Binding =
                                    w.C % 3 == 0 ? (bool?)true
                                    : w.C % 3 == 1 ? (bool?)false
                                    : (bool?)null,
                            },
                            _ => new DetailsChange
                            {
                                Themes = new Optional<IReadOnlyList<string>>(w.C % 2 == 0 ? ["theme-b"] : null),
                                Related = new Optional<IReadOnlyList<Link>>([new Link("other-item", Relation.GaveRiseTo)]),
                            },
                        }
                    ),
                    at,
                    by
                );
                break;
            default:
                if (w.B % 3 == 0)
                    Try(Do.TakeOut(w.C % 2 == 0 ? "other-item" : null), at, by);
                break;
        }
    }

    private void LogStep(Wish w, DateTimeOffset at, string? by)
    {
        var fields = Fields(w, UpdateType.Status, at);
        var status = Status(w, fields.OccurredOn);
        Log(NewId("u"), fields with { Status = status, Ground = GroundFor(status, w) }, at, by);
    }

    /// <summary>
    /// Two times in three what is lawful after the last step by then, else anything; once in a while a status of the other table.
    /// </summary>
    private Status Status(Wish w, PartialDate on)
    {
        var statuses = Item.Lifecycle.Statuses.ToList();
        if (w.C % 29 == 28)
            statuses = [.. (Item.Kind == ItemKind.Commitment ? Lifecycle.OfProposals : Lifecycle.OfCommitments).Statuses];
        else if (w.C % 3 != 0 && Item.StandingOn(on.LastDay) is { } standing)
        {
            var lawful = Item.Lifecycle.After(standing.Status, standing.StalledAt, Item.Details.Binding).ToList();
            if (lawful.Count > 0)
                statuses = lawful;
        }

        return statuses[w.B % statuses.Count];
    }

    private static Ground? GroundFor(Status status, Wish w) =>
        status is Lifecycles.Status.PartlyDelivered or Lifecycles.Status.NotDelivered ? Grounds[w.D % 4] : null;

    private NewValues Replacement(LoggedUpdate update, Wish w, DateTimeOffset at)
    {
        var status = Status(w, update.Fields.OccurredOn);
        return (w.C % 5) switch
        {
            0 => new NewValues { Note = new Text("Better said.") },
            1 => new NewValues
            {
                Confidence = (w.B % 2 == 0) ? (Confidence?)Lifecycles.Confidence.Claimed : (Confidence?)null,
                Evidence = new Optional<IReadOnlyList<EvidenceSource>>([Sources[w.B % 3]]),
            },
            _ when update.IsStep && w.D % 3 == 0 => new NewValues
            {
                Status = (Status?)status,
                Ground = GroundFor(status, w),
                OccurredOn = (PartialDate?)Day(w, at),
            },
            _ when update.IsStep => new NewValues { Status = (Status?)status, Ground = GroundFor(status, w) },
            _ when update.Fields.Type == UpdateType.Deadline => new NewValues { Due = new Deadline(Day(w, at)) },
            _ => new NewValues { OccurredOn = (PartialDate?)Day(w, at), Note = new Text("Other day.") },
        };
    }

    private void DecideOnWaiting(Wish w, DateTimeOffset at, string? by)
    {
        var verdict = w.B % 4 == 0 ? Verdict.Reject : Verdict.Confirm;
        if (w.A % 5 != 0)
            by = "person-cy";
        if (Item.Updates.Find(u => u.IsPending && !u.IsGone) is { } update)
            Try(Do.Confirm(update.Id, verdict), at, by);
        else if (Item.Updates.SelectMany(u => u.Corrections).FirstOrDefault(c => c.IsPending) is { } correction)
            Try(Do.ConfirmCorrection(correction.Id, verdict), at, by);
        else
            LogStep(w, at, by);
    }

    private UpdateFields Fields(Wish w, UpdateType type, DateTimeOffset at) =>
        new()
        {
            Type = type,
            OccurredOn = Day(w, at),
            Order = w.C % 4 == 0 ? (w.C / 4 % 3) + 1 : 0,
            Note = new Text("It happened.", w.D % 2 == 0 ? "已发生。" : null),
            Lane = w.D % 2 == 0 ? Lane.Independent : Lane.SelfReported,
            Evidence = (w.D % 5) switch
            {
                0 => [Do.TheRecord],
                1 => [Do.Paper, Do.OtherPaper],
                2 when type == UpdateType.Review => [],
                _ => [Do.Paper],
            },
            Confidence = (w.D % 7) switch
            {
                0 => Confidence.Claimed,
                1 => Confidence.Reported,
                2 => Confidence.Confirmed,
                _ => null,
            },
        };

    /// <summary>
    /// A day up to now: often one that another update has, often behind what is known, sometimes a month or a year, seldom too early or too
    /// late.
    /// </summary>
    private PartialDate Day(Wish w, DateTimeOffset at)
    {
        var today = at.DayOf();
        var first = Item.Updates[0].LastDay;
        var day = (w.A % 20) switch
        {
            0 => today.AddDays(1 + (w.B % 3)),
            1 => first.AddDays(-(w.B % 20)),
            < 6 => Item.Updates[w.B % Item.Updates.Count].LastDay,
            < 12 => today.AddDays(-(w.B % 20)),
            _ => today.DayNumber > first.DayNumber ? first.AddDays(w.B % (today.DayNumber - first.DayNumber + 1)) : first,
        };
        return (w.A / 20 % 10) switch
        {
            0 => PartialDate.Year(day.Year),
            1 or 2 => PartialDate.Month(day.Year, day.Month),
            _ => PartialDate.Day(day),
        };
    }

    private void Log(string id, UpdateFields fields, DateTimeOffset at, string? by) =>
        Try(Do.Log(id, fields), at, by, new LogUpdate(id, fields));

    private void Correct(LoggedUpdate update, CorrectionKind kind, NewValues? values, Wish w, DateTimeOffset at, string? by)
    {
        var id = NewId("c");
        EvidenceSource[] evidence = w.D % 3 == 0 ? [Sources[w.B % 4]] : [];
        Try(
            Do.Correct(id, update.Id, kind, values, false, evidence),
            at,
            by,
            new CorrectUpdate(id, update.Id, kind, values, new Text("It was wrong."), evidence)
        );
    }

    private void Try(Command command, DateTimeOffset at, string? by, object? subject = null)
    {
        var before = Story.Events.Count;
        var decision = Story.TryAt(command, at, by);
        _attempts.Add(new Attempt(before, command, decision, subject, at, by));
    }

    private string NewId(string prefix) => prefix + ++_ids;
}
