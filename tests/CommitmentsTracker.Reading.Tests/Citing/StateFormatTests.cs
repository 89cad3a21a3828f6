using System.Text;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Citing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;

namespace CommitmentsTracker.Reading.Tests.Citing;

/// <summary>Format 1 of a cited state. Citations in the world carry these hashes: what is written here never changes.</summary>
public sealed class StateFormatTests
{
    private static readonly DateTimeOffset First = new(2025, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly AskedClocks Clocks = new(
        new DateOnly(2026, 1, 31),
        new DateTimeOffset(2026, 2, 1, 12, 0, 0, 250, TimeSpan.Zero),
        new DateTimeOffset(2026, 11, 24, 9, 0, 0, TimeSpan.Zero),
        true
    );

    [Fact]
    public void An_item_has_this_document_and_this_hash()
    {
        var document = StateDocument.Of(Item(), Clocks).ShouldNotBeNull();
        Encoding.UTF8.GetString(document.Bytes()).ShouldBe(GoldenItem);
        document.Hash().ShouldBe("72100c5b8e7abdf6b708a108e133b197209f92dde448848c2efefa9aa46c4ee6");
    }

    [Fact]
    public void A_forum_has_this_document_and_this_hash()
    {
        var summary = new SummaryView
        {
            AsOf = Clocks.AsOf,
            KnownAt = Clocks.KnownAt,
            Forum = "harbour-2025",
            Total = 3,
            Statuses = [new(ItemKind.Commitment, Status.Announced, 2), new(ItemKind.Proposal, Status.TakenUp, 1)],
            Time = Enum.GetValues<TimeSignal>()
                .ToDictionary(
                    t => t,
                    t =>
                        t == TimeSignal.DueSoon ? 1
                        : t == TimeSignal.NoDeadline ? 2
                        : 0
                ),
            Freshness = Enum.GetValues<Freshness>().ToDictionary(f => f, f => f == Freshness.NeverReviewed ? 3 : 0),
            Confidence = Enum.GetValues<Confidence>().ToDictionary(c => c, c => c == Confidence.Confirmed ? 3 : 0),
            Awaiting = 1,
            Flagged = 0,
        };
        var document = StateDocument.Of(summary, Clocks).ShouldNotBeNull();
        Encoding.UTF8.GetString(document.Bytes()).ShouldBe(GoldenForum);
        document.Hash().ShouldBe("afbeaea78c44a6f44ca88a491948bb3016026543597f919925208eb566552538");
    }

    [Fact]
    public void There_is_none_unless_both_clocks_are_named_and_over()
    {
        StateDocument.Of(Item(), Clocks with { AsOfGiven = false }).ShouldBeNull();
        StateDocument.Of(Item(), Clocks with { KnownAt = null }).ShouldBeNull();
        StateDocument.Of(Item(), Clocks with { Now = Clocks.KnownAt!.Value.AddSeconds(60) }).ShouldBeNull();
        StateDocument.Of(Item(), Clocks with { Now = Clocks.KnownAt!.Value.AddSeconds(60.001) }).ShouldNotBeNull();
    }

    /// <summary>A made-up item in which every field says something.</summary>
    private static ItemView Item()
    {
        var details = new Details
        {
            Title = new Text("Keep the harbour clean \"by 2026\"", "保持港口清洁"),
            Summary = new Text("Less oil.\nMore fish."),
            Speaker = "mayor",
            Proposer = "port-authority",
            Responsible = ["port-authority", "city"],
            Addressees = ["sailors"],
            Themes = ["water"],
            MadeOn = PartialDate.Day(2025, 3, 1),
            CitedOn = PartialDate.Month(2025, 3),
            Due = new Deadline(PartialDate.Month(2026, 2), new Text("Said so.")),
            Strength = Strength.Firm,
            Testability = Testability.Partly,
            Binding = false,
            NextActor = new Text("The port"),
            FollowUpQuestion = new Text("Is it clean?"),
            Related = [new Link("old-harbour", Relation.Renews)],
            Citations = [new Citation("🙂 clean", "the ", ".", 10, 17, 3, "mayor", CitationRole.Primary, new string('a', 64))],
            Note = new Text(Zh: "备注"),
            Tier = Tier.Core,
            Relayed = true,
        };
        EvidenceSource[] evidence =
        [
            new(
                "Minutes",
                "Port Gazette",
                "PG/1",
                "https://example.org/1",
                "https://archive.example/1",
                PartialDate.Year(2025),
                Grade.Primary,
                UrlBasis.Read
            ),
        ];
        ItemEvent[] events =
        [
            new ItemRecorded("clean-harbour", ItemKind.Commitment, "harbour-2025", details) { RecordedAt = First },
            new UpdateLogged(
                "u1",
                new UpdateFields
                {
                    Type = UpdateType.Status,
                    Status = Status.Announced,
                    OccurredOn = PartialDate.Day(2025, 3, 1),
                    Note = new Text("Said."),
                    Evidence = evidence,
                    Lane = Lane.SelfReported,
                    Actor = "port-authority",
                }
            )
            {
                RecordedAt = First,
            },
            new UpdateLogged(
                "u2",
                new UpdateFields
                {
                    Type = UpdateType.Status,
                    Status = Status.Underway,
                    OccurredOn = PartialDate.Month(2025, 5),
                    Note = new Text("Began.", "开始"),
                    Evidence = [new("Report")],
                    Order = 1,
                    Actor = "city",
                    CoActors = ["sailors"],
                    Confidence = Confidence.Reported,
                }
            )
            {
                RecordedAt = First.AddDays(200),
                ArchiveRecordedAt = First.AddDays(100),
            },
            new UpdateLogged(
                "u3",
                new UpdateFields
                {
                    Type = UpdateType.Deadline,
                    Due = new Deadline(PartialDate.Day(2026, 2, 15), new Text("Moved."), Status.Delivered),
                    OccurredOn = PartialDate.Day(2025, 12, 1),
                    Note = new Text("Moved."),
                    Evidence = evidence,
                }
            )
            {
                RecordedAt = First.AddDays(280),
            },
            new UpdateLogged(
                "u4",
                new UpdateFields
                {
                    Type = UpdateType.Status,
                    Status = Status.NotDelivered,
                    Ground = Ground.EndedByParty,
                    OccurredOn = PartialDate.Day(2026, 1, 20),
                    Note = new Text("Given up."),
                    Evidence = evidence,
                },
                NeedsConfirmation: true
            )
            {
                RecordedAt = First.AddDays(330),
            },
            new DisputeOpened("d1", "u2", new Text("Not so."), evidence) { RecordedAt = First.AddDays(331) },
            new DisputeSettled("d1", DisputeOutcome.Dismissed, new Text("It was.")) { RecordedAt = First.AddDays(332) },
            new DisputeOpened("d2", "u2", new Text("Again."), []) { RecordedAt = First.AddDays(333) },
            new CorrectionMade(
                "c1",
                "u3",
                CorrectionKind.Replace,
                new NewValues { Note = new Text("Moved by two weeks.") },
                new Text("Wording."),
                [],
                Editorial: true
            )
            {
                RecordedAt = First.AddDays(334),
            },
        ];
        return ItemReader.Answer(events, Clocks).Item.ShouldNotBeNull();
    }

    private static readonly string GoldenItem = """
        {"asOf":"2026-01-31","format":"commitments-tracker-state/1","item":"clean-harbour","knownAt":"2026-02-01T12:00:00.25Z",
        "state":{"addressees":["sailors"],"awaitingConfirmation":1,"binding":false,
        "citations":[{"documentSha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","end":17,"exact":"🙂 clean",
        "line":3,"prefix":"the ","role":"primary","start":10,"suffix":".","voice":"mayor"}],"citedOn":"2025-03",
        "due":{"basis":{"en":"Moved."},"date":"2026-02-15","target":"delivered"},"flags":[],"followUpQuestion":{"en":"Is it clean?"},
        "forum":"harbour-2025","kind":"commitment","lastActivity":"2025-12-01","madeOn":"2025-03-01","nextActor":{"en":"The port"},
        "note":{"zh":"备注"},"proposer":"port-authority","related":[{"relation":"renews","slug":"old-harbour"}],"relayed":true,
        "responsible":["port-authority","city"],"signals":{"confidence":"disputed","freshness":"current","testability":"partly",
        "time":"due_soon"},"speaker":"mayor","status":"underway","statusSince":"2025-05","strength":"firm",
        "summary":{"en":"Less oil.\nMore fish."},"themes":["water"],"tier":"core","title":{"en":"Keep the harbour clean \"by 2026\"",
        "zh":"保持港口清洁"},"updates":[{"actor":"port-authority","coActors":[],"confidence":"confirmed","confirmed":true,"disputes":[],
        "evidence":[{"archivedUrl":"https://archive.example/1","date":"2025","grade":"primary","identifier":"PG/1",
        "publisher":"Port Gazette","title":"Minutes","url":"https://example.org/1","urlBasis":"read"}],"flags":[],"id":"u1",
        "lane":"self_reported","note":{"en":"Said."},"occurredOn":"2025-03-01","order":0,"recordedAt":"2025-03-02T08:00:00Z",
        "status":"announced","type":"status"},{"actor":"city","archiveRecordedAt":"2025-06-10T08:00:00Z","coActors":["sailors"],
        "confidence":"disputed","confirmed":true,"disputes":[{"evidence":[{"archivedUrl":"https://archive.example/1","date":"2025",
        "grade":"primary","identifier":"PG/1","publisher":"Port Gazette","title":"Minutes","url":"https://example.org/1",
        "urlBasis":"read"}],"id":"d1","outcome":"dismissed","reason":{"en":"Not so."},"recordedAt":"2026-01-27T08:00:00Z",
        "settledAt":"2026-01-28T08:00:00Z","settlementNote":{"en":"It was."}},{"evidence":[],"id":"d2","reason":{"en":"Again."},
        "recordedAt":"2026-01-29T08:00:00Z"}],"evidence":[{"grade":"secondary","title":"Report"}],"flags":["late"],"id":"u2",
        "lane":"independent","note":{"en":"Began.","zh":"开始"},"occurredOn":"2025-05","order":1,"recordedAt":"2025-09-18T08:00:00Z",
        "status":"underway","type":"status"},{"coActors":[],"confidence":"confirmed","confirmed":true,"disputes":[],
        "due":{"basis":{"en":"Moved."},"date":"2026-02-15","target":"delivered"},"evidence":[{"archivedUrl":"https://archive.example/1",
        "date":"2025","grade":"primary","identifier":"PG/1","publisher":"Port Gazette","title":"Minutes","url":"https://example.org/1",
        "urlBasis":"read"}],"flags":["corrected"],"id":"u3","lane":"independent","note":{"en":"Moved by two weeks."},
        "occurredOn":"2025-12-01","order":0,"recordedAt":"2025-12-07T08:00:00Z","type":"deadline"},{"coActors":[],
        "confidence":"confirmed","confirmed":false,"disputes":[],"evidence":[{"archivedUrl":"https://archive.example/1","date":"2025",
        "grade":"primary","identifier":"PG/1","publisher":"Port Gazette","title":"Minutes","url":"https://example.org/1",
        "urlBasis":"read"}],"flags":[],"ground":"ended_by_party","id":"u4","lane":"independent","note":{"en":"Given up."},
        "occurredOn":"2026-01-20","order":0,"recordedAt":"2026-01-26T08:00:00Z","status":"not_delivered","type":"status"}]}}
        """.Replace("\n", "", StringComparison.Ordinal);
    private static readonly string GoldenForum = """
        {"asOf":"2026-01-31","format":"commitments-tracker-state/1","forum":"harbour-2025","knownAt":"2026-02-01T12:00:00.25Z",
        "state":{"awaiting":1,"confidence":{"claimed":0,"confirmed":3,"disputed":0,"reported":0},"flagged":0,"freshness":{"ageing":0,
        "current":0,"never_reviewed":3,"stale":0},"statuses":[{"items":2,"kind":"commitment","status":"announced"},{"items":1,
        "kind":"proposal","status":"taken_up"}],"time":{"due":0,"due_soon":1,"ended":0,"met_late":0,"met_on_time":0,"no_deadline":2,
        "overdue":0},"total":3}}
        """.Replace("\n", "", StringComparison.Ordinal);
}
