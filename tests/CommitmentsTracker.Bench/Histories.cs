using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Bench;

/// <summary>
/// Plausible histories of items over several forums: most facts are learned within weeks, some years late; some are
/// corrected, disputed, confirmed. The same seed gives the same histories.
/// </summary>
internal sealed class Histories(DateTimeOffset now)
{
    public const int Forums = 8;
    public const int Parties = 300;
    public const int Themes = 24;

    /// <summary>Events of an item on average.</summary>
    public const int EventsPerItem = 10;

    private static readonly Status[] CommitmentSteps =
    [
        Status.Announced,
        Status.Formalised,
        Status.Underway,
        Status.Stalled,
        Status.Underway,
        Status.Delivered,
    ];
    private static readonly Status[] ProposalSteps =
    [
        Status.Proposed,
        Status.Endorsed,
        Status.TakenUp,
        Status.InNegotiation,
        Status.Adopted,
        Status.InForce,
        Status.Implemented,
    ];
    private static readonly string[] Words =
    [
        "compute",
        "safety",
        "audit",
        "public",
        "standard",
        "open",
        "model",
        "climate",
        "school",
        "labour",
        "register",
        "fund",
        "research",
        "rights",
        "export",
        "energy",
    ];

    /// <summary>First day of the oldest forum.</summary>
    public static readonly DateOnly FirstDay = new(2016, 1, 1);

    private readonly DateOnly _lastDay = now.AddDays(-2).DayOf();

    public static string Forum(int n) => $"forum-{n}";

    public static string Party(int n) => $"party-{n}";

    public static string Theme(int n) => $"theme-{n}";

    /// <summary>All events of the item with that number, in order.</summary>
    public List<ItemEvent> Of(int number)
    {
        var random = new Random(number * 7919 + 17);
        var kind = random.Next(100) switch
        {
            < 50 => ItemKind.Commitment,
            < 85 => ItemKind.Proposal,
            _ => ItemKind.Instrument,
        };
        var steps = kind == ItemKind.Commitment ? CommitmentSteps : ProposalSteps;
        var wanted = 2 + random.Next(2 * EventsPerItem - 3);
        // Room for the history before today.
        var made = FirstDay.AddDays(random.Next(_lastDay.DayNumber - FirstDay.DayNumber - 400));
        var stride = Math.Max(2, (_lastDay.DayNumber - made.DayNumber) / (wanted + 1));
        var at = Learned(made, random, default);
        var events = new List<ItemEvent>(wanted)
        {
            new ItemRecorded($"item-{number}", kind, Forum(number % Forums), DetailsOf(number, made, random)) { RecordedAt = at },
        };
        var updates = 0;
        var step = 0;
        var day = made;
        Log(
            new UpdateFields
            {
                Type = UpdateType.Status,
                Status = steps[0],
                OccurredOn = PartialDate.Day(made),
                Order = 1,
                Note = Note(random),
                Evidence = Sources(random),
            },
            at
        );
        while (events.Count < wanted)
        {
            var sort = random.Next(100);
            var target = "u" + random.Next(updates);
            at = Instants.NextRecordedAt(at + TimeSpan.FromHours(1 + random.Next(200)), at);
            if (at > now.AddDays(-1))
                at = events[^1].RecordedAt + Instants.Microsecond;
            switch (sort)
            {
                case < 3:
                    events.Add(
                        new CorrectionMade(
                            $"c{events.Count}",
                            target,
                            CorrectionKind.Redate,
                            new NewValues { OccurredOn = PartialDate.Day(made.AddDays(1 + random.Next(stride))) },
                            Note(random),
                            Sources(random)
                        )
                        {
                            RecordedAt = at,
                        }
                    );
                    continue;
                case < 5:
                    events.Add(new EvidenceAdded(target, Sources(random)) { RecordedAt = at });
                    continue;
                case < 6:
                    events.Add(new DisputeOpened($"d{events.Count}", target, Note(random), Sources(random)) { RecordedAt = at });
                    continue;
                case < 8:
                    events.Add(new DetailsChanged(new DetailsChange { Summary = Note(random) }, Note(random)) { RecordedAt = at });
                    continue;
            }

            var late = random.Next(100) < 8;
            var on = late
                ? made.AddDays(random.Next(Math.Max(1, day.DayNumber - made.DayNumber)))
                : day = day.AddDays(1 + random.Next(stride));
            at = Learned(on, random, events[^1].RecordedAt);
            var fields = new UpdateFields
            {
                Type = UpdateType.Progress,
                OccurredOn = PartialDate.Day(on),
                Order = events.Count,
                Note = Note(random),
                Evidence = Sources(random),
                Lane = random.Next(3) == 0 ? Lane.SelfReported : Lane.Independent,
            };
            var waits = false;
            switch (sort)
            {
                case < 30 when !late && step + 1 < steps.Length:
                    fields = fields with { Type = UpdateType.Status, Status = steps[++step] };
                    waits = Lifecycle.NeedSecondPerson.Contains(steps[step]);
                    break;
                case < 55:
                    fields = fields with { Type = UpdateType.Review };
                    break;
                case < 62:
                    fields = fields with { Type = UpdateType.Deadline, Due = new Deadline(PartialDate.Day(on.AddDays(random.Next(900)))) };
                    break;
                case < 70:
                    fields = fields with { Type = UpdateType.Milestone };
                    break;
                case < 75:
                    fields = fields with { Type = UpdateType.Response };
                    break;
            }

            var id = Log(fields, at, waits);
            if (waits)
                events.Add(new UpdateConfirmed(id) { RecordedAt = Instants.NextRecordedAt(at, at) });
        }

        return events;

        string Log(UpdateFields fields, DateTimeOffset recorded, bool waits = false)
        {
            events.Add(new UpdateLogged("u" + updates, fields, waits) { RecordedAt = recorded, By = "bench" });
            return "u" + updates++;
        }
    }

    /// <summary>When a fact of that day was learned: never before the last event, never after now.</summary>
    private DateTimeOffset Learned(DateOnly day, Random random, DateTimeOffset last)
    {
        var learned = new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddMinutes(
            60 + random.Next(random.Next(10) == 0 ? 600_000 : 40_000)
        );
        var latest = now.AddDays(-1);
        return Instants.NextRecordedAt(
            learned > latest
                ? last > latest
                    ? last
                    : latest
                : learned < last
                    ? last
                    : learned,
            last
        );
    }

    private static Details DetailsOf(int number, DateOnly made, Random random) =>
        new()
        {
            Title = new Text($"{Word(random)} {Word(random)} {Word(random)} {number}", $"承诺 {number}"),
            Summary = Note(random),
            Proposer = Party(random.Next(Parties)),
            Responsible = [Party(random.Next(Parties))],
            Addressees = [Party(random.Next(Parties))],
            Themes = [Theme(random.Next(Themes / 2)), Theme(Themes / 2 + random.Next(Themes / 2))],
            MadeOn = PartialDate.Day(made),
            Due = random.Next(2) == 0 ? new Deadline(PartialDate.Year(made.Year + 1 + random.Next(5))) : null,
            Testability = (Testability)random.Next(3),
            Citations =
            [
                new Citation(
                    $"We will {Word(random)} the {Word(random)} of the {Word(random)} with all that it takes",
                    "Then she said: ",
                    " and sat down.",
                    100,
                    180
                ),
            ],
        };

    private static Text Note(Random random) =>
        new($"The party {Word(random)} its {Word(random)} {Word(random)} and the {Word(random)} said that the {Word(random)} goes on.");

    private static EvidenceSource[] Sources(Random random) =>
        [
            new(
                $"Report {random.Next(10_000)} on {Word(random)}",
                $"Publisher {random.Next(200)}",
                Url: $"https://example.org/{random.Next(100_000)}",
                Grade: random.Next(3) == 0 ? Grade.Primary : Grade.Secondary
            ),
        ];

    private static string Word(Random random) => Words[random.Next(Words.Length)];
}
