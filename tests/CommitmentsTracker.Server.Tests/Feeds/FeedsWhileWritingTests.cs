using CommitmentsTracker.Testing.Changes;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Feeds;

/// <summary>Feeds of a tracker to which people write.</summary>
public sealed class FeedsWhileWritingTests : IAsyncLifetime
{
    private readonly SharedDesk _desk = new();

    private Tracker Tracker => _desk.Tracker;

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_walk_has_neither_gap_nor_repeat_while_others_write()
    {
        string[] themes = ["water", "noise"];
        await Tracker.ImportAsync(ManyItems.Folder("gates", 40));
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async writer =>
                {
                    for (var i = 0; i < 60; i++)
                        await Tracker.Ann.RecordAsync(change: b => b["themes"] = new JsonArray(themes[(i + writer) % 2]));
                })
        );
        var walks = 0;
        do
        {
            var numbers = (await Tracker.Anyone.WalkAsync("")).ConvertAll(e => e.ChangeNo());
            numbers.ShouldBe(Enumerable.Range(1, numbers.Count).Select(n => (long)n).Reverse());
            var noise = (await Tracker.Anyone.WalkAsync("theme=noise")).ConvertAll(e => e.ChangeNo());
            noise.ShouldBe(noise.Distinct().OrderDescending());
            walks++;
        } while (!writing.IsCompleted);
        await writing;
        walks.ShouldBeGreaterThan(0);
        (await Tracker.Anyone.WalkAsync("")).Count.ShouldBe(360);
        var water = (await Tracker.Anyone.WalkAsync("theme=water")).ConvertAll(e => e.ChangeNo());
        water.ShouldBe(
            (
                await Tracker.RowsAsync("select change_no from changes where change -> 'themes' ? 'water' order by change_no desc")
            ).ConvertAll(n => long.Parse(n, System.Globalization.CultureInfo.InvariantCulture))
        );
    }

    [Fact]
    public async Task Ten_thousand_changes_are_rebuilt_from_the_archives_while_more_are_added()
    {
        await Tracker.AppendAsync(10_000);
        await Wait.UntilAsync(async () => (await Tracker.Anyone.GetAsync("/feeds/changes.atom")).Status == 200, "the feeds to catch up");
        using var walked = new CancellationTokenSource();
        var adding = Task.Run(
            async () =>
            {
                while (!walked.IsCancellationRequested)
                {
                    await Tracker.AppendAsync(1);
                    (await Tracker.Anyone.GetAsync("/feeds/changes.json")).Should(200);
                }
            },
            TestContext.Current.CancellationToken
        );
        foreach (var query in new[] { "", "theme=water" })
        {
            var numbers = (await Tracker.Anyone.WalkAsync(query)).ConvertAll(e => e.ChangeNo());
            numbers.Count.ShouldBeGreaterThanOrEqualTo(10_000);
            numbers.ShouldBe(Enumerable.Range(1, numbers.Count).Select(n => (long)n).Reverse());
        }

        await walked.CancelAsync();
        await adding;
    }

    [Fact]
    public async Task Bytes_and_tag_stay_until_a_change_of_the_filter_comes()
    {
        var slug = await Tracker.Ann.RecordAsync();
        foreach (
            var address in new[]
            {
                "/feeds/changes.atom?theme=water",
                "/feeds/changes.json?theme=water&lang=zh",
                "/feeds/changes.atom?theme=noise",
            }
        )
        {
            var first = (await Tracker.Anyone.GetAsync(address)).Should(200);
            for (var hour = 0; hour < 24; hour++)
            {
                Tracker.Time.Advance(TimeSpan.FromHours(1));
                var again = (await Tracker.Anyone.GetAsync(address)).Should(200);
                (again.Body, again.ETag).ShouldBe((first.Body, first.ETag));
                (await Tracker.Anyone.GetAsync(address, ("If-None-Match", first.ETag!))).Should(304);
            }

            await Tracker.Ann.RecordAsync(change: b => b["themes"] = new JsonArray());
            (await Tracker.Anyone.GetAsync(address)).ETag.ShouldBe(first.ETag, "the new change is none of the filter's");
        }

        var before = (await Tracker.Anyone.GetAsync("/feeds/changes.atom?theme=water")).ETag;
        await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-10-01"));
        (await Tracker.Anyone.GetAsync("/feeds/changes.atom?theme=water", ("If-None-Match", before!))).Should(200).ETag.ShouldNotBe(before);
    }

    [Fact]
    public async Task The_order_of_values_in_the_address_does_not_matter()
    {
        await Tracker.Ann.RecordAsync();
        var one = await Tracker.Anyone.GetAsync("/feeds/changes.atom?theme=water&theme=noise&kind=commitment");
        var other = await Tracker.Anyone.GetAsync("/feeds/changes.atom?kind=commitment&theme=noise,water&lang=en");
        (other.ETag, other.Body).ShouldBe((one.ETag, one.Body));
    }

    [Fact]
    public async Task Whoever_was_told_the_wrong_thing_is_told_the_correction_but_not_the_editorial_one()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var step = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-10-01", "The dredger started."));
        var before = (await Tracker.Anyone.WalkAsync($"item={slug}&changes=status&q=dredger")).Count;
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{step}/corrections",
                new
                {
                    kind = "replace",
                    newValues = new { note = Harbour.Text("A dredger started.") },
                    reason = Harbour.Text("A word."),
                    editorial = true,
                }
            )
        ).Should(201);
        (await Tracker.Anyone.WalkAsync($"item={slug}&changes=status&q=dredger")).Count.ShouldBe(before);
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{step}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2026-10-05" },
                    reason = Harbour.Text("Misread."),
                }
            )
        ).Should(201);
        var entries = await Tracker.Anyone.WalkAsync($"item={slug}&changes=status&q=dredger");
        entries.Count.ShouldBe(before + 1);
        entries[0].Title.Text.ShouldStartWith("Correction · ");
        entries[0].Html().ShouldContain("What we had said on");
        entries[0].Html().ShouldContain("happened 1 October 2026");
        entries[0].Html().ShouldContain("Misread.");
        entries[1].Html().ShouldContain("Announced → Under way");
    }

    [Fact]
    public async Task An_empty_feed_is_a_whole_document_that_does_not_change()
    {
        var first = (await Tracker.Anyone.GetAsync("/feeds/changes.atom")).Should(200);
        var feed = await Tracker.Anyone.AtomAsync("/feeds/changes.atom");
        (feed.Items.Count(), feed.Link("prev-archive")).ShouldBe((0, null));
        feed.LastUpdatedTime.Year.ShouldBeGreaterThan(2000);
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        (await Tracker.Anyone.GetAsync("/feeds/changes.atom")).Body.ShouldBe(first.Body);
        (await Tracker.Anyone.AtomAsync("/feeds/changes.atom?archive=1")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_xml_cannot_hold_gives_way_and_markup_stays_text()
    {
        var slug = await Tracker.Ann.RecordAsync(change: b =>
            b["title"] = new JsonObject { ["en"] = "<script>alert(1)</script> & \"more\" 𠮷" }
        );
        var entry = (await Tracker.Anyone.WalkAsync($"item={slug}")).ShouldHaveSingleItem();
        entry.Title.Text.ShouldContain("<script>alert(1)</script> & \"more\" 𠮷");
        (await Tracker.Anyone.GetAsync($"/feeds/changes.json?item={slug}")).Should(200).Json["items"]![0]!["content_html"]!
            .ToString()
            .ShouldNotContain("<script");
    }
}
