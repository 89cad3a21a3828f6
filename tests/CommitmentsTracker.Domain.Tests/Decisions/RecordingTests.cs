using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Domain.Tests.Decisions;

/// <summary>Recording items and logging updates: the first status, dates, texts, sources, names.</summary>
public class RecordingTests
{
    [Theory]
    [InlineData(ItemKind.Commitment, Underway)]
    [InlineData(ItemKind.Proposal, Endorsed)]
    public void Commitments_and_proposals_start_at_their_beginning(ItemKind kind, Status other) =>
        new Story().When(Do.Record(kind, other, Story.MadeOn, Story.Details())).ThenRefused("first-status", field: "first.status");

    [Fact]
    public void An_item_does_not_start_with_a_status_of_the_other_lifecycle() =>
        new Story()
            .When(Do.Record(ItemKind.Instrument, Announced, Story.MadeOn, Story.Details()))
            .ThenRefused("lifecycle", field: "first.status");

    [Fact]
    public void An_instrument_starts_anywhere_in_its_table_and_its_first_status_never_waits()
    {
        foreach (var status in Lifecycle.OfProposals.Statuses)
        {
            var given = Story.Instrument(status);
            given.Item.Updates.ShouldHaveSingleItem().IsPending.ShouldBeFalse();
            given.On("2024-07-10").Standing.Status.ShouldBe(status);
        }
    }

    [Fact]
    public void An_item_starts_with_a_status_and_nothing_else()
    {
        var item = Do.NewItem();
        new Story()
            .When(Do.RecordItem(item with { First = item.First with { Type = UpdateType.Progress, Status = null } }))
            .ThenRefused("first-status", field: "first.type");
        new Story()
            .When(Do.RecordItem(item with { First = item.First with { Status = null } }))
            .ThenRefused("required", field: "first.status");
        new Story()
            .When(Do.RecordItem(item with { First = item.First with { Evidence = [] } }))
            .ThenRefused("evidence", field: "first.evidence");
    }

    [Fact]
    public void The_default_first_status_is_announced_or_proposed_on_the_day_it_was_made()
    {
        var details = Story.Details();
        var first = RecordItem.FirstStatus(ItemKind.Commitment, details, null, null, [Do.Paper]).ShouldNotBeNull();
        (first.Status, first.OccurredOn, first.Type).ShouldBe((Announced, details.MadeOn, UpdateType.Status));
        RecordItem.FirstStatus(ItemKind.Proposal, details, null, null, [Do.Paper])!.Status.ShouldBe(Proposed);
        RecordItem.FirstStatus(ItemKind.Instrument, details, null, null, [Do.Paper]).ShouldBeNull();
        new Story().When(Do.RecordItem(Do.NewItem() with { First = first })).ThenAccepted();
        var named = RecordItem.FirstStatus(ItemKind.Instrument, details, InForce, PartialDate.Month(2024, 6), [Do.Paper])!;
        (named.Status, named.OccurredOn.ToString()).ShouldBe((InForce, "2024-06"));
    }

    [Fact]
    public void Nothing_occurs_before_the_first_status()
    {
        Story.Commitment().When(Do.Progress("2024-07-03")).ThenRefused("before-first-status", RefusalKind.Unlawful, "occurredOn");
        Story.Commitment().When(Do.Progress("2024-06")).ThenRefused("before-first-status", RefusalKind.Unlawful);
        Story.Commitment().When(Do.Progress("2024-07-04")).ThenCountsAtOnce();
    }

    [Theory]
    [InlineData("The-Item")]
    [InlineData("the item")]
    [InlineData("-the-item")]
    [InlineData("the_item")]
    [InlineData("项目")]
    [InlineData("")]
    public void A_slug_is_lower_case_kebab(string slug) =>
        new Story().When(Do.RecordItem(Do.NewItem() with { Slug = slug })).ThenRefused("slug", field: "slug");

    [Fact]
    public void A_slug_has_at_most_120_characters()
    {
        new Story().When(Do.RecordItem(Do.NewItem() with { Slug = new string('a', 121) })).ThenRefused("slug", field: "slug");
        new Story().When(Do.RecordItem(Do.NewItem() with { Slug = new string('a', 120) })).ThenAccepted();
    }

    [Fact]
    public void A_slug_is_taken_once() =>
        new Story()
            .When(Do.RecordItem(Do.NewItem() with { Slug = "other-item" }))
            .ThenRefused("duplicate-slug", RefusalKind.Conflict, "slug");

    [Fact]
    public void Every_name_that_an_item_uses_must_exist()
    {
        Refused("unknown-forum", "forum", item => item with { Forum = "nowhere" });
        Refused("unknown-party", "proposer", Details(d => d with { Proposer = "nobody" }));
        Refused("unknown-party", "speaker", Details(d => d with { Speaker = "nobody" }));
        Refused("unknown-party", "responsible[1]", Details(d => d with { Responsible = ["party-a", "nobody"] }));
        Refused("unknown-party", "addressees[0]", Details(d => d with { Addressees = ["nobody"] }));
        Refused("unknown-theme", "themes[0]", Details(d => d with { Themes = ["nothing"] }));
        Refused("unknown-item", "related[0].slug", Details(d => d with { Related = [new Link("no-item", Relation.Related)] }));
        Refused("link-to-itself", "related[0].slug", Details(d => d with { Related = [new Link(Story.Slug, Relation.Related)] }));
        Refused("unknown-party", "citations[0].voice", Details(d => d with { Citations = [new Citation("words", Voice: "nobody")] }));
        Refused("unknown-party", "first.actor", item => item with { First = item.First with { Actor = "nobody" } });
        Refused("unknown-party", "first.coActors", item => item with { First = item.First with { CoActors = ["party-a", "nobody"] } });
        Refused("repeated", "themes", Details(d => d with { Themes = ["theme-a", "theme-a"] }));
        Refused("required", "proposer", Details(d => d with { Proposer = " " }));
        Refused("required", "title", Details(d => d with { Title = new Text() }));
        Refused("too-many", "themes", Details(d => d with { Themes = [.. Enumerable.Range(0, 101).Select(i => $"t{i}")] }));
    }

    [Fact]
    public void A_citation_fits_its_positions()
    {
        new Story()
            .When(
                Do.RecordItem(
                    Details(d => d with { Citations = [new Citation("a😀b", Start: 10, End: 13, Line: 1, Role: CitationRole.Primary)] })(
                        Do.NewItem()
                    )
                )
            )
            .ThenAccepted();
        Refused("position", "citations[0].end", Details(d => d with { Citations = [new Citation("a😀b", Start: 10, End: 14)] }));
        Refused("position", "citations[0].start", Details(d => d with { Citations = [new Citation("ab", Start: -1)] }));
        Refused("position", "citations[0].start", Details(d => d with { Citations = [new Citation("ab", Start: 3, End: 3)] }));
        Refused("position", "citations[0].start", Details(d => d with { Citations = [new Citation("ab", Line: 0)] }));
        Refused("required", "citations[0].exact", Details(d => d with { Citations = [new Citation("")] }));
    }

    [Theory]
    [InlineData("\u0000")]
    [InlineData("\u0007bell")]
    [InlineData("escape \u001b[31m")]
    [InlineData("delete \u007f")]
    [InlineData("\u009f")]
    public void A_text_holds_no_control_characters(string text)
    {
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text(null, text) }))
            .ThenRefused("control-characters", field: "note.zh");
        Refused("control-characters", "title.en", Details(d => d with { Title = new Text(text) }));
        Refused(
            "control-characters",
            "first.evidence[0].title",
            item => item with { First = item.First with { Evidence = [new EvidenceSource(text)] } }
        );
    }

    [Fact]
    public void A_text_holds_no_lone_surrogates()
    {
        foreach (
            var text in new[] { "high \ud83d alone", "\ude00 low alone", "ends high \ud83d", "\ud83d\ud83d\ude00", "\ud83d\ude00\ude00" }
        )
            Story
                .Commitment()
                .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text(text) }))
                .ThenRefused("control-characters", field: "note.en");
    }

    [Fact]
    public void A_text_may_hold_lines_tabs_other_planes_and_markup() =>
        Story
            .Commitment()
            .When(
                Do.Log(
                    "u",
                    Do.Fields(UpdateType.Progress, "2024-07-08") with
                    {
                        Note = new Text("a\tb\r\nc 😀 <script>alert(1)</script> 𠮷"),
                    }
                )
            )
            .ThenCountsAtOnce();

    [Theory]
    [InlineData("", "required")]
    [InlineData("   \n", "required")]
    public void A_note_says_something(string note, string rule)
    {
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text(note) }))
            .ThenRefused(rule, field: "note");
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text("Good.", note) }))
            .ThenRefused(rule, field: "note.zh");
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text(null, "好。") }))
            .ThenAccepted();
    }

    [Fact]
    public void Texts_have_a_longest_length()
    {
        Note(20_000).ThenAccepted();
        Note(20_001).ThenRefused("too-long", field: "note.en");
        Note(1_000_000).ThenRefused("too-long", field: "note.en");
        Refused("too-long", "title.zh", Details(d => d with { Title = new Text(null, new string('题', 501)) }));
        Refused("id", "first.id", item => item with { FirstId = new string('i', 201) });
        Refused(
            "too-long",
            "first.evidence[0].publisher",
            item => item with { First = item.First with { Evidence = [Do.Paper with { Publisher = new string('p', 501) }] } }
        );

        static Outcome Note(int length) =>
            Story
                .Commitment()
                .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Note = new Text(new string('n', length)) }));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData(".hidden")]
    [InlineData("更新")]
    public void An_id_that_cannot_stand_in_an_address_is_refused(string id) =>
        Refused("id", "first.id", item => item with { FirstId = id });

    [Fact]
    public void A_title_or_publisher_is_one_line()
    {
        Refused("one-line", "title.en", Details(d => d with { Title = new Text("Two\nlines") }));
        Refused(
            "one-line",
            "first.evidence[0].publisher",
            item => item with { First = item.First with { Evidence = [Do.Paper with { Publisher = "A\r\nBcc: b" }] } }
        );
    }

    [Fact]
    public void Nothing_is_made_in_the_future() => Refused("future", "madeOn", Details(d => d with { MadeOn = PartialDate.Parse("2999") }));

    [Theory]
    [InlineData("https://example.org/a?b=c#d", true)]
    [InlineData("http://例子.中国/路径", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData("JavaScript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("ftp://example.org", false)]
    [InlineData("//example.org", false)]
    [InlineData("example.org", false)]
    [InlineData("https://", false)]
    [InlineData("https://user:secret@example.org/", false)]
    [InlineData("https://user@example.org/", false)]
    [InlineData("", false)]
    public void An_address_is_http_with_a_host_and_without_a_user(string url, bool good)
    {
        foreach (
            var (field, source) in new[] { ("url", Do.Paper with { Url = url }), ("archivedUrl", Do.Paper with { ArchivedUrl = url }) }
        )
        {
            var outcome = Story.Commitment().When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Evidence = [source] }));
            if (good)
                outcome.ThenAccepted();
            else
                outcome.ThenRefused("url", field: $"evidence[0].{field}");
        }
    }

    [Fact]
    public void Only_a_review_needs_no_source()
    {
        foreach (var type in new[] { UpdateType.Progress, UpdateType.Milestone, UpdateType.Response })
            Story
                .Commitment()
                .When(Do.Log("u", Do.Fields(type, "2024-07-08") with { Evidence = [] }))
                .ThenRefused("evidence", field: "evidence");
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Status, "2024-07-08", Underway) with { Evidence = [] }))
            .ThenRefused("evidence", field: "evidence");
        Story.Commitment().When(Do.Review("2024-07-08")).ThenCountsAtOnce();
    }

    [Fact]
    public void What_belongs_to_one_type_is_refused_on_another()
    {
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Status = Underway }))
            .ThenRefused("status-without-step", field: "status");
        Story.Commitment().When(Do.Log("u", Do.Fields(UpdateType.Status, "2024-07-08"))).ThenRefused("required", field: "status");
        Story.Commitment().When(Do.Log("u", Do.Fields(UpdateType.Deadline, "2024-07-08"))).ThenRefused("required", field: "due");
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Due = new Deadline(PartialDate.Year(2025)) }))
            .ThenRefused("due-without-deadline", field: "due");
        Story
            .Commitment()
            .When(Do.Log("u", Do.Fields(UpdateType.Progress, "2024-07-08") with { Confidence = Confidence.Disputed }))
            .ThenRefused("disputed-is-a-dispute", field: "confidence");
        Story.Commitment().When(Do.Progress("2024-07-08", order: -1)).ThenRefused("range", field: "order");
        Story.Commitment().When(Do.Progress("2024-07-08", order: 1_000_001)).ThenRefused("range", field: "order");
    }

    [Fact]
    public void An_id_stands_once_in_its_item()
    {
        Story
            .Commitment()
            .And(Do.Progress("2024-07-08", "same"))
            .When(Do.Progress("2024-07-09", "same"))
            .ThenRefused("duplicate-id", RefusalKind.Conflict, "id");
        Story.Commitment().When(Do.Progress("2024-07-08", "first")).ThenRefused("duplicate-id", RefusalKind.Conflict, "id");
    }

    [Theory]
    [InlineData("2024-09-02", "2024-09-01T09:59:59Z", "future")]
    [InlineData("2024-09-02", "2024-09-01T10:00:00Z", null)]
    [InlineData("2024-09-01", "2024-09-01T00:00:00Z", null)]
    [InlineData("2024-09", "2024-09-15T00:00:00Z", "period-not-ended")]
    [InlineData("2024-08", "2024-08-31T09:59:59Z", "period-not-ended")]
    [InlineData("2024-08", "2024-08-31T10:00:00Z", null)]
    [InlineData("2024-10", "2024-09-30T09:59:59Z", "future")]
    [InlineData("2024", "2024-12-31T09:59:59Z", "period-not-ended")]
    [InlineData("2024", "2024-12-31T10:00:00Z", null)]
    [InlineData("2025", "2024-12-31T09:00:00Z", "future")]
    [InlineData("2024-02-29", "2024-09-01T00:00:00Z", "before-first-status")]
    public void A_day_counts_as_begun_once_it_has_begun_anywhere_and_a_period_must_have_ended(string occurredOn, string now, string? rule)
    {
        var outcome = Story.Commitment().When(Do.Progress(occurredOn), now);
        if (rule is null)
            outcome.ThenCountsAtOnce();
        else
            outcome.ThenRefused(rule, rule == "before-first-status" ? RefusalKind.Unlawful : RefusalKind.Invalid, "occurredOn");
    }

    [Fact]
    public void Lateness_is_never_a_reason_to_refuse() =>
        Story.Commitment().When(Do.Step(Underway, "2024-07-05"), "2044-01-01").ThenCountsAtOnce();

    [Theory]
    [InlineData("2024-02-30")]
    [InlineData("2023-02-29")]
    [InlineData("2024-13")]
    [InlineData("2024-00")]
    [InlineData("24")]
    [InlineData("2024-1-1")]
    [InlineData("2024-01-01T00:00:00Z")]
    [InlineData(" 2024")]
    [InlineData("0999")]
    [InlineData("0000")]
    [InlineData("２０２４")]
    [InlineData("2024/01/01")]
    [InlineData("")]
    [InlineData(null)]
    public void What_is_no_date_is_not_read(string? text) => PartialDate.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2024", "2024-01-01", "2024-12-31")]
    [InlineData("2024-02", "2024-02-01", "2024-02-29")]
    [InlineData("2023-02", "2023-02-01", "2023-02-28")]
    [InlineData("9999-12", "9999-12-01", "9999-12-31")]
    [InlineData("2024-02-29", "2024-02-29", "2024-02-29")]
    public void A_partial_date_spans_its_period_and_is_written_as_it_was_read(string text, string first, string last)
    {
        var date = PartialDate.Parse(text);
        (Story.Write(date.FirstDay), Story.Write(date.LastDay), date.ToString()).ShouldBe((first, last, text));
    }

    [Fact]
    public void The_known_clock_always_moves_on_by_a_microsecond()
    {
        var now = Story.Instant("2024-07-10T12:00:00.1234567Z");
        var cut = Story.Instant("2024-07-10T12:00:00.123456Z");
        Instants.NextRecordedAt(now, null).ShouldBe(cut);
        Instants.NextRecordedAt(now, cut.AddSeconds(-1)).ShouldBe(cut);
        Instants.NextRecordedAt(now, cut).ShouldBe(cut.AddMicroseconds(1));
        Instants.NextRecordedAt(now, cut.AddHours(1)).ShouldBe(cut.AddHours(1).AddMicroseconds(1));
        Instants.EndOf(Story.Day("2024-07-10")).ShouldBe(Story.Instant("2024-07-10T23:59:59.999999Z"));
        Story.Instant("2024-07-10T23:00:00-05:00").DayOf().ShouldBe(Story.Day("2024-07-11"));
    }

    private static Func<RecordItem, RecordItem> Details(Func<Details, Details> change) =>
        item => item with { Details = change(item.Details) };

    private static void Refused(string rule, string field, Func<RecordItem, RecordItem> change) =>
        new Story().When(Do.RecordItem(change(Do.NewItem()))).ThenRefused(rule, field: field);
}
