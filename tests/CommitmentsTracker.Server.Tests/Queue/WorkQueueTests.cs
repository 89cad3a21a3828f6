using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Queue;
using CommitmentsTracker.Server.Updates;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Queue;

/// <summary>What needs attention, for whom.</summary>
public sealed class WorkQueueTests : IAsyncLifetime
{
    private const string Elsewhere = "pier-2026";

    private Tracker _tracker = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _tracker = await Tracker.StartAsync();
        await _tracker.ImportAsync(Harbour.Folder());
        await _tracker.ImportAsync(
            Harbour.Folder(Elsewhere) with
            {
                Parties = [],
                Themes = [],
                Forum = Harbour.Folder(Elsewhere).Forum with { Organisers = [] },
            }
        );
    }

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task Every_section_finds_what_belongs_to_it_the_longest_first()
    {
        var waiting = await _tracker.Ann.RecordAsync();
        await _tracker.Ann.LogAsync(waiting, Harbour.Step("delivered", "2026-11-01"));
        var disputed = await _tracker.Ann.RecordAsync();
        var update = await _tracker.Ann.LogAsync(disputed, Harbour.Step("underway", "2026-11-01"));
        (
            await _tracker.Bo.PostAsync(
                $"items/{disputed}/updates/{update}/disputes",
                new { reason = Harbour.Text("No."), evidence = Harbour.Evidence() }
            )
        ).Should(201);
        var flagged = await _tracker.Ann.RecordAsync();
        await _tracker.Ann.LogAsync(flagged, Harbour.Step("underway", "2026-11-01"));
        await _tracker.Ann.LogAsync(flagged, Harbour.Step("withdrawn", "2026-10-01"));
        var overdue = await _tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2025-06-30" });
        var older = await _tracker.Ann.RecordAsync(madeOn: "2025-02-01");
        var fresh = await _tracker.Ann.RecordAsync();
        await _tracker.Ann.LogAsync(fresh, Harbour.Update("review", "2026-11-20"));

        (
            await _tracker.Anyone.PostAsync(
                "tips",
                new
                {
                    item = fresh,
                    what = "More.",
                    occurredOn = "2026-11-21",
                    source = "https://example.org/more",
                }
            )
        ).Should(201);

        var seen = await ReadAsync(Author("x", new Grant(Role.Administrator)));
        seen.Keys.ShouldBe(["awaiting", "sent-back", "inbox", "disputes", "flagged", "overdue", "review"]);
        seen["inbox"].ShouldBe([fresh]);
        seen["awaiting"].ShouldBe([waiting]);
        seen["disputes"].ShouldBe([disputed]);
        seen["flagged"].ShouldBe([flagged]);
        seen["overdue"].ShouldBe([overdue]);
        seen["review"][0].ShouldBe(older);
        seen["review"].ShouldContain(overdue);
        seen["review"].ShouldNotContain(fresh);
        seen["sent-back"].ShouldBeEmpty();

        var dispute = (await _tracker.Anyone.GetAsync($"items/{disputed}")).Json["updates"]!
            .AsArray()
            .SelectMany(u => u!["disputes"]!.AsArray())
            .Single()!["id"];
        (
            await _tracker.Ann.PostAsync(
                $"items/{disputed}/disputes/{dispute}/settlement",
                new { outcome = "dismissed", note = Harbour.Text("It stands.") }
            )
        ).Should(201);
        (await ReadAsync(Author("x", new Grant(Role.Administrator))))["disputes"].ShouldBeEmpty();
    }

    [Fact]
    public async Task A_role_sees_the_sections_that_it_can_do_something_about_in_its_forum_alone()
    {
        var slug = await _tracker.Ann.RecordAsync();
        await _tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-11-01"));
        (await ReadAsync(Author("x", new Grant(Role.Reviewer, Harbour.Slug)))).ShouldSatisfyAllConditions(
            s => s.Keys.ShouldBe(["awaiting", "inbox", "disputes"]),
            s => s["awaiting"].ShouldBe([slug])
        );
        (await ReadAsync(Author("x", new Grant(Role.Reviewer, Elsewhere))))["awaiting"].ShouldBeEmpty();
        (await ReadAsync(Author("x", new Grant(Role.Editor, Harbour.Slug)))).ShouldSatisfyAllConditions(
            s => s.Keys.ShouldBe(["sent-back", "inbox", "flagged", "overdue", "review"]),
            s => s["review"].ShouldContain(slug)
        );
        (await ReadAsync(Author("x", new Grant(Role.Editor, Elsewhere))))["review"].ShouldBeEmpty();
        (await ReadAsync(Author("x", new Grant(Role.Representative, Harbour.Slug, "city")))).Keys.ShouldBe(["sent-back"]);
        (await ReadAsync(Author("x", new Grant(Role.Contributor, Harbour.Slug)))).ShouldBeEmpty();
        (await ReadAsync(Author("x", new Grant(Role.Administrator)), Elsewhere))["awaiting"].ShouldBeEmpty();
    }

    [Fact]
    public async Task A_question_sends_it_back_to_its_author_and_leaves_it_waiting()
    {
        var slug = await _tracker.Ann.RecordAsync();
        var id = await _tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-11-01"));
        var people = await _tracker.Get<Accounts>().AllAsync(Ct);
        var (ann, bo) = (people.Single(p => p.Name == "Ann"), people.Single(p => p.Name == "Bo"));
        var questions = _tracker.Get<Questions>();
        await questions.AskAsync(slug, id, bo.Id, ann.Id, "Who handed it over?", Ct);
        (await ReadAsync(new Author(ann.Id, ann.Rights)))["sent-back"].ShouldBe([slug]);
        (await ReadAsync(new Author(bo.Id, bo.Rights)))["sent-back"].ShouldBeEmpty();
        (await ReadAsync(new Author(bo.Id, bo.Rights)))["awaiting"].ShouldBe([slug]);
        ((int)(await _tracker.Anyone.GetAsync($"items/{slug}")).Json["version"]!).ShouldBe(3, "a question is no event");

        (await questions.AnswerAsync(slug, id, "I did.", bo.Id, Ct)).ShouldBeFalse("it was asked of somebody else");
        (await questions.AnswerAsync(slug, id, "The port did.", ann.Id, Ct)).ShouldBeTrue();
        (await ReadAsync(new Author(ann.Id, ann.Rights)))["sent-back"].ShouldBeEmpty();
        (await questions.OfAsync(slug, id, Ct)).ShouldHaveSingleItem().Answer.ShouldBe("The port did.");
    }

    [Fact]
    public async Task A_claim_is_somebodys_for_seven_days_or_until_it_is_given_back()
    {
        var claims = _tracker.Get<Assignments>();
        var people = await _tracker.Get<Accounts>().AllAsync(Ct);
        var (ann, bo) = (people.Single(p => p.Name == "Ann"), people.Single(p => p.Name == "Bo"));
        var slug = await _tracker.Ann.RecordAsync();
        var other = await _tracker.Ann.RecordAsync();
        var key = $"review/{slug}/";
        (await claims.TakeAsync(key, ann.Id, Ct)).ShouldBeTrue();
        (await claims.TakeAsync(key, bo.Id, Ct)).ShouldBeFalse();
        (await claims.GiveBackAsync(key, bo.Id, Ct)).ShouldBeFalse();
        (await claims.AllAsync(Ct))[key].Name.ShouldBe("Ann");
        (await ReadAsync(new Author(ann.Id, ann.Rights), mine: true))["review"].ShouldBe([slug]);
        (await ReadAsync(new Author(bo.Id, bo.Rights), mine: true))["review"].ShouldBeEmpty();
        (await ReadAsync(new Author(bo.Id, bo.Rights)))["review"].ShouldContain(other);
        (await claims.GiveBackAsync(key, ann.Id, Ct)).ShouldBeTrue();
        (await claims.TakeAsync(key, bo.Id, Ct)).ShouldBeTrue();
        _tracker.Time.Advance(Assignments.Lasts);
        (await claims.AllAsync(Ct)).ShouldBeEmpty();
        (await claims.TakeAsync(key, ann.Id, Ct)).ShouldBeTrue();
    }

    private static Author Author(string person, params Grant[] grants) => new(person, new Rights(grants));

    /// <summary>The slugs of each section.</summary>
    private async Task<Dictionary<string, List<string>>> ReadAsync(Author by, string? forum = null, bool mine = false) =>
        (
            await _tracker.Get<WorkQueue>().ReadAsync(by, forum, mine, WorkQueue.Shown, AskedClocks.OfNow(_tracker.Time.GetUtcNow()), Ct)
        ).ToDictionary(s => s.Section.Name, s => s.Entries.Entries.Select(e => e.Slug).ToList());
}
