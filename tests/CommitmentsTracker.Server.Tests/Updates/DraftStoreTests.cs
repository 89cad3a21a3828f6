using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Updates;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.Updates;

/// <summary>Drafts are kept for each person and item until they are logged, thrown away or old.</summary>
public sealed class DraftStoreTests : IAsyncLifetime
{
    private Tracker _tracker = null!;

    private DraftStore Drafts => _tracker.Get<DraftStore>();
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _tracker = await Tracker.StartAsync(Running.Services);

    public ValueTask DisposeAsync() => _tracker.DisposeAsync();

    [Fact]
    public async Task A_draft_is_kept_as_it_was_typed_and_once_for_each_item()
    {
        var (ann, bo) = (await PersonAsync(), await PersonAsync());
        await Drafts.SaveAsync(ann, "one", new LogForm { NoteEn = "First" }, Ct);
        _tracker.Time.Advance(TimeSpan.FromMinutes(1));
        await Drafts.SaveAsync(
            ann,
            "one",
            new LogForm
            {
                Id = "x",
                Version = 3,
                NoteEn = "Half a \"thought\"",
                NoteZh = "半句话",
                OccurredOn = "2025-02-31",
                Evidence = [new() { Title = "T" }, new() { Pasted = "A/RES" }],
            },
            Ct
        );
        await Drafts.SaveAsync(ann, "two", new LogForm { Status = "underway" }, Ct);
        (await Drafts.AllAsync(bo, Ct)).ShouldBeEmpty();
        (await Drafts.AllAsync(ann, Ct)).Select(d => d.Item).ShouldBe(["one", "two"], ignoreOrder: true);
        var kept = (await Drafts.OfAsync(ann, "one", Ct)).ShouldNotBeNull();
        kept.SavedAt.ShouldBe(_tracker.Time.GetUtcNow());
        (kept.Form.Id, kept.Form.Version, kept.Form.NoteEn, kept.Form.NoteZh, kept.Form.OccurredOn).ShouldBe(
            ("x", 3, "Half a \"thought\"", "半句话", "2025-02-31")
        );
        kept.Form.Evidence.Select(e => e.Title ?? e.Pasted).ShouldBe(["T", "A/RES"]);
    }

    [Fact]
    public async Task A_form_in_which_nothing_was_typed_is_no_draft()
    {
        var ann = await PersonAsync();
        await Drafts.SaveAsync(ann, "one", new LogForm { NoteEn = "Something" }, Ct);
        await Drafts.SaveAsync(ann, "one", new LogForm { Id = "x", NoteEn = " " }, Ct);
        (await Drafts.OfAsync(ann, "one", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task A_draft_is_erased_after_30_days_and_with_its_account()
    {
        var (ann, bo) = (await PersonAsync(), await PersonAsync());
        await Drafts.SaveAsync(ann, "one", new LogForm { NoteEn = "Old" }, Ct);
        _tracker.Time.Advance(DraftStore.Kept - TimeSpan.FromMinutes(1));
        await Drafts.SaveAsync(bo, "one", new LogForm { NoteEn = "New" }, Ct);
        (await Drafts.OfAsync(ann, "one", Ct)).ShouldNotBeNull();
        _tracker.Time.Advance(TimeSpan.FromMinutes(1));
        (await Drafts.OfAsync(ann, "one", Ct)).ShouldBeNull();
        await ForgetDraftsHandler.Handle(new ForgetDrafts(), _tracker.Get<NpgsqlDataSource>(), _tracker.Time, Ct);
        (await _tracker.RowsAsync("select person from drafts")).ShouldBe([bo]);
        (await _tracker.Get<Accounts>().EraseAsync(bo, Ct)).ShouldBeTrue();
        (await _tracker.RowsAsync("select person from drafts")).ShouldBeEmpty();
    }

    private async Task<string> PersonAsync() => (await _tracker.Get<Accounts>().AddAsync("Somebody", Roles.Editor, ct: Ct)).Person.Id;
}
