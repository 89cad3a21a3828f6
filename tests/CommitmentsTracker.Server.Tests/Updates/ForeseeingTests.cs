using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Updates;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Server.Tests.Updates;

/// <summary>What would come of logging something is what comes of it.</summary>
public sealed class ForeseeingTests : IAsyncLifetime
{
    private MailedTracker _mailed = null!;
    private Author _ann = null!;

    private Tracker Tracker => _mailed.Tracker;
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _mailed = await MailedTracker.StartAsync();
        var ann = (await Tracker.Get<Accounts>().AllAsync(Ct)).Single(p => p.Name == "Ann");
        _ann = new Author(ann.Id, ann.Rights);
    }

    public ValueTask DisposeAsync() => _mailed.DisposeAsync();

    [Fact]
    public async Task It_reaches_the_subscriptions_that_are_then_told()
    {
        var (slug, other) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        await _mailed.SubscribeAsync("item@example.org", $"?item={slug}");
        await _mailed.SubscribeAsync("forum@example.org", $"?forum={Harbour.Slug}");
        await _mailed.SubscribeAsync("other@example.org", $"?item={other}");
        await _mailed.SubscribeAsync("reviews@example.org", $"?item={slug}", changes: "review");
        foreach (var (id, status) in new[] { ("a", Status.Underway), ("b", Status.Delivered) })
        {
            var command = Step(id, status);
            var foreseen = await Tracker.Get<UpdateDesk>().ForeseeAsync(slug, command, null, _ann, Ct);
            foreseen.Refusals.ShouldBeEmpty();
            foreseen.Reach.ShouldBe(new Dictionary<Channel, int> { [Channel.Email] = 2 });
            var before = await Tracker.AskAsync<long>("select last_no from change_counter");
            (await Tracker.Get<UpdateDesk>().LogAsync(slug, command, null, _ann, Ct)).Refusals.ShouldBeEmpty();
            await _mailed.ToldAsync();
            (await Tracker.AskAsync<long>($"select count(*) from deliveries where change_no > {before}")).ShouldBe(2, status.Word());
        }

        var review = new LogUpdate(
            "c",
            new UpdateFields
            {
                Type = UpdateType.Review,
                OccurredOn = PartialDate.Parse("2026-11-20"),
                Note = new Text("Looked."),
            }
        );
        (await Tracker.Get<UpdateDesk>().ForeseeAsync(slug, review, null, _ann, Ct)).Reach.ShouldBe(
            new Dictionary<Channel, int> { [Channel.Email] = 3 }
        );
    }

    [Fact]
    public async Task It_shows_the_item_as_it_will_stand_and_records_nothing()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var desk = Tracker.Get<UpdateDesk>();
        var step = await desk.ForeseeAsync(slug, Step("a", Status.Underway), null, _ann, Ct);
        (step.After!.Status, step.Update!.Confirmed, step.Reach.Count).ShouldBe((Status.Underway, true, 0));
        var closing = await desk.ForeseeAsync(slug, Step("a", Status.Delivered), null, _ann, Ct);
        (closing.After!.Status, closing.After.AwaitingConfirmation, closing.Update!.Confirmed).ShouldBe((Status.Announced, 1, false));
        (await desk.ForeseeAsync(slug, Step("a", Status.Reversed), null, _ann, Ct))
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("lifecycle");
        (await desk.ForeseeAsync(slug, Step("a", Status.Underway), null, new Author("x", new Rights([new Grant(Role.Contributor)])), Ct))
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("role");
        ((int)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["version"]!).ShouldBe(2);
    }

    [Fact]
    public async Task What_waits_is_mended_by_its_author_and_whoever_decides_is_told_of_it()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-11-01"));
        var desk = Tracker.Get<UpdateDesk>();
        var bo = (await Tracker.Get<Accounts>().AllAsync(Ct)).Single(p => p.Name == "Bo");
        var mended = Step("m", Status.Delivered) with
        {
            Fields = Step("m", Status.Delivered).Fields with { OccurredOn = PartialDate.Parse("2026-11-02") },
        };
        (await desk.MendAsync(slug, mended, new Mending(id, new Text("The minutes say the 2nd.")), 3, new Author(bo.Id, bo.Rights), Ct))
            .Refusals.ShouldHaveSingleItem()
            .Rule.ShouldBe("one-waiting");
        (await desk.MendAsync(slug, mended, new Mending(id, new Text("The minutes say the 2nd.")), 3, _ann, Ct)).Version.ShouldBe(4);
        var row = (await desk.WaitingAsync(ct: Ct)).ShouldHaveSingleItem();
        (row.OccurredOn.ToString(), row.Version, row.Mended.Count).ShouldBe(("2026-11-02", 4, 1));

        // What Bo saw was another version: nothing is confirmed unseen.
        (
            await desk.DecideAsync(slug, new WaitingWord(id, false, Verdict.Confirm, null), 3, new Author(bo.Id, bo.Rights), Ct)
        ).ChangedMeanwhile.ShouldNotBeNull();
        (await desk.DecidedAsync(slug, id, Ct)).ShouldBeNull();
        (
            await desk.DecideAsync(
                slug,
                new WaitingWord(id, false, Verdict.Confirm, new Text("Seen.")),
                4,
                new Author(bo.Id, bo.Rights),
                Ct
            )
        ).Version.ShouldBe(5);
        (await desk.DecidedAsync(slug, id, Ct))
            .ShouldNotBeNull()
            .ShouldSatisfyAllConditions(
                d => d.ByName.ShouldBe("Bo"),
                d => d.Verdict.ShouldBe(Verdict.Confirm),
                d => d.Note.ShouldBe(new Text("Seen."))
            );
        ((string)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["statusSince"]!).ShouldBe("2026-11-02");
    }

    private static LogUpdate Step(string id, Status status) =>
        new(
            id,
            new UpdateFields
            {
                Type = UpdateType.Status,
                Status = status,
                OccurredOn = PartialDate.Parse("2026-11-01"),
                Note = new Text("It happened."),
                Evidence = [new EvidenceSource("Minutes")],
            }
        );
}
