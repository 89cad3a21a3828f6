using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Testing.Forums;
using Microsoft.Extensions.Configuration;

namespace CommitmentsTracker.Reading.Tests.Items;

/// <summary>What the pages of an item read.</summary>
[Collection(nameof(SharedDesk))]
public sealed class ItemRecordTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task State_and_record_come_from_one_load_and_are_cut_at_the_instant()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var then = Tracker.Time.GetUtcNow();
        Tracker.Time.Advance(TimeSpan.FromMinutes(2));
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-06-01"));
        var record = (
            await Tracker
                .Get<ItemReader>()
                .RecordAsync(
                    slug,
                    AskedClocks.OfNow(Tracker.Time.GetUtcNow()) with
                    {
                        KnownAt = then,
                    },
                    TestContext.Current.CancellationToken
                )
        ).ShouldNotBeNull();
        (record.Item!.Status.ToString(), record.Now!.Status.ToString(), record.Absent).ShouldBe(("Announced", "Underway", null));
        record.History!.Events.Select(e => e.Type).ShouldBe(["item_recorded", "update_logged"]);
        record.Later.Select(e => (e.Version, e.Type, e.Effect.After.ToString())).ShouldBe([(3, "update_logged", "Underway")]);
    }

    [Fact]
    public async Task Before_it_was_recorded_there_is_no_record_but_the_reason()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var before = AskedClocks.OfNow(Tracker.Time.GetUtcNow()) with { KnownAt = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var record = (await Tracker.Get<ItemReader>().RecordAsync(slug, before, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (record.Item, record.History, record.Absent!.Reason, record.Later.Count).ShouldBe((null, null, Absence.NotYetRecorded, 2));
        (await Tracker.Get<ItemReader>().RecordAsync("no-such-item", before, TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Links_are_read_in_both_directions()
    {
        var (old, source) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync("proposal"));
        var slug = await Tracker.Ann.RecordAsync(change: b => b["related"] = Links((old, "renews"), (source, "related")));
        var part = await Tracker.Ann.RecordAsync(change: b => b["related"] = Links((slug, "part_of"), (old, "related")));
        var cause = await Tracker.Ann.RecordAsync(change: b => b["related"] = Links((slug, "gave_rise_to")));
        var gone = await Tracker.Ann.RecordAsync(change: b => b["related"] = Links((slug, "refers_to")));
        Tracker.Time.Advance(TimeSpan.FromMinutes(2));
        var then = Tracker.Time.GetUtcNow();
        Tracker.Time.Advance(TimeSpan.FromMinutes(2));
        (await Tracker.Ann.PostAsync($"items/{gone}/retraction", new { reason = Harbour.Text("A slip.") })).Should(201);
        // The other side says the same: one link.
        (
            await Tracker.Ann.PatchAsync(
                $"items/{source}",
                new { related = new[] { new { slug, relation = "related" } }, reason = Harbour.Text("It is.") }
            )
        ).Should(200);

        (await LinksAsync(null)).ShouldBe(
            [
                (old, "Renews", false, LineagePlace.Before),
                (source, "Related", false, LineagePlace.Beside),
                (part, "PartOf", true, LineagePlace.After),
                (cause, "GaveRiseTo", true, LineagePlace.Before),
            ],
            ignoreOrder: true
        );
        (await LinksAsync(then)).ShouldContain((gone, "RefersTo", true, LineagePlace.After));

        async Task<List<(string, string, bool, LineagePlace)>> LinksAsync(DateTimeOffset? known)
        {
            var clocks = AskedClocks.OfNow(Tracker.Time.GetUtcNow()) with { KnownAt = known };
            var item = (await Tracker.Get<ItemReader>().ReadAsync(slug, clocks, TestContext.Current.CancellationToken)).Item!;
            var links = await Tracker
                .Get<RelatedItems>()
                .ReadAsync(slug, item.Details.Related, clocks, TestContext.Current.CancellationToken);
            links.ShouldAllBe(l => l.Item != null);
            return [.. links.Select(l => (l.Slug, l.Relation.ToString(), l.IsBack, l.Place))];
        }

        static JsonArray Links(params (string Slug, string Relation)[] links) =>
            new([.. links.Select(l => new JsonObject { ["slug"] = l.Slug, ["relation"] = l.Relation })]);
    }

    [Fact]
    public async Task A_link_to_what_had_no_status_yet_is_told_all_the_same()
    {
        var young = await Tracker.Ann.RecordAsync(madeOn: "2026-01-01");
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            b["related"] = new JsonArray(new JsonObject { ["slug"] = young, ["relation"] = "gave_rise_to" })
        );
        var page = (await Tracker.Anyone.GetAsync($"/items/{slug}?lang=en&asOf=2025-06-01")).Should(200).Body;
        page.ShouldContain($">{young}</a> <span class=\"tag\">not there on these clocks");
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("records@example.org", true)]
    [InlineData("The records <records@example.org>", false)]
    [InlineData("records", false)]
    [InlineData("a@example.org\nBcc: b@example.org", false)]
    public void A_contact_is_one_address_or_none(string? setting, bool valid)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(OperatorContact.Setting, setting)]).Build();
        if (valid)
            OperatorContact.Of(configuration).Address.ShouldBe(setting is { Length: > 0 } ? setting : null);
        else
            Should.Throw<InvalidOperationException>(() => OperatorContact.Of(configuration)).Message.ShouldContain("TRACKER_CONTACT");
    }

    [Fact]
    public void A_letter_holds_nothing_that_the_address_line_would_take_for_its_own()
    {
        var letter = new OperatorContact("records@example.org").Letter("A & b=c?", "Line\nline").ShouldNotBeNull();
        letter.ShouldBe("mailto:records@example.org?subject=A%20%26%20b%3Dc%3F&body=Line%0Aline");
        new OperatorContact((string?)null).Letter("A", "B").ShouldBeNull();
    }
}
