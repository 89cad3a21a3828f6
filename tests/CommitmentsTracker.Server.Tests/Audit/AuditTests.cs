using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Server.Settings;
using CommitmentsTracker.Server.Updates;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Server.Tests.Audit;

/// <summary>Who did what, from where; what corrections reach; who sets forums up.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private MailedTracker _mailed = null!;

    private Tracker Tracker => _mailed.Tracker;
    private AuditLog Log => Tracker.Get<AuditLog>();
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mailed = await MailedTracker.StartAsync();

    public ValueTask DisposeAsync() => _mailed.DisposeAsync();

    [Fact]
    public async Task Each_write_stands_there_with_role_and_address_and_the_address_goes_after_90_days()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        (await Tracker.Ann.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).ShouldRefuse(
            403,
            "second-person"
        );
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).Should(201);
        var rows = await Log.ReadAsync(new AuditFilter([Harbour.Slug]), 10, Ct);
        rows.Select(r => $"{r.Name} {r.Role} {r.Act} {r.Version} {r.Confirmation} {r.Address}")
            .ShouldBe([
                "Bo Reviewer update_confirmed 4  127.0.0.1",
                "Ann Editor update_logged 3 update_confirmed 127.0.0.1",
                "Ann Editor update_logged 2  127.0.0.1",
                "Ann Editor item_recorded 1  127.0.0.1",
            ]);
        (await Log.ReadAsync(new AuditFilter(["elsewhere"]), 10, Ct)).ShouldBeEmpty();
        (
            await Log.ReadAsync(
                new AuditFilter(
                    null,
                    Act: "update_logged",
                    From: new DateOnly(2026, 11, 24),
                    To: new DateOnly(2026, 11, 24),
                    Before: rows[1].Id
                ),
                10,
                Ct
            )
        ).Count.ShouldBe(1);
        var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json["updates"]!.AsArray().Last()!;
        ((string)item["role"]!, (string)item["confirmedRole"]!).ShouldBe(("editor", "reviewer"));
        item.ToJsonString().ShouldNotContain("Ann");
        var file =
            $"item,type,occurred_on,note_en,evidence_title\n{slug},progress,2025-06-02,From a "
            + $"file.,Minutes\n{slug},milestone,2025-06-03,From a file.,Minutes\n";
        using var content = new StringContent(file, System.Text.Encoding.UTF8, "text/csv");
        (await Tracker.Ann.SendAsync(HttpMethod.Post, "updates.csv", content)).Should(201);
        (await Log.ReadAsync(new AuditFilter(null), 2, Ct))
            .Select(r => $"{r.Name} {r.Role} {r.Act} {r.Version}")
            .ShouldBe(["Ann Editor update_logged 6", "Ann Editor update_logged 5"]);
        ((string)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["updates"]!.AsArray().Last()!["role"]!).ShouldBe("editor");
        Tracker.Time.Advance(Visitor.AddressesKept + TimeSpan.FromMinutes(1));
        await _mailed.RunAsync(new ForgetAuditAddresses());
        (await Log.ReadAsync(new AuditFilter(null), 10, Ct)).ShouldAllBe(r => r.Address == null);
    }

    [Fact]
    public async Task Roles_travel_with_export_and_import()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var zip = ForumZip.Write((await Tracker.Get<ForumExport>().ReadAsync(Harbour.Slug, Ct))!);
        await using var other = await Tracker.StartAsync();
        await other.ImportAsync(ForumZip.Read(zip));
        ForumZip.Write((await other.Get<ForumExport>().ReadAsync(Harbour.Slug, Ct))!).ShouldBe(zip);
        ((string)(await other.Anyone.GetAsync($"items/{slug}")).Should(200).Json["updates"]![0]!["role"]!).ShouldBe("editor");
    }

    [Fact]
    public async Task A_correction_foresees_whom_it_reaches_and_reaches_them()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        await _mailed.SubscribeAsync("told@example.org", "?item=" + slug);
        await _mailed.SubscribeAsync("other@example.org", "?item=" + await Tracker.Ann.RecordAsync());
        var by = await AuthorAsync("Ann");
        var desk = Tracker.Get<UpdateDesk>();
        var command = new CorrectUpdate(
            "c1",
            id,
            CorrectionKind.Redate,
            new NewValues { OccurredOn = new Optional<PartialDate?>(PartialDate.Day(2025, 6, 1)) },
            new Text("The minutes say June."),
            []
        );
        var (preview, refusals) = await desk.PreviewAsync(slug, command, by, Ct);
        refusals.ShouldBeEmpty();
        preview!.Reach.ShouldBe(1);
        preview.Waits.ShouldBeFalse();
        preview
            .Spans.Select(s => (s.From.Month, s.Was!.Status.ToString(), s.Now!.Status.ToString(), s.Now.Since.ToString()))
            .ShouldBe([(5, "Underway", "Announced", "2025-03-01"), (6, "Underway", "Underway", "2025-06-01")]);
        (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Body.ShouldNotContain("The minutes say June.");
        (await desk.CorrectAsync(slug, command, 1, by, Ct)).ChangedMeanwhile.ShouldNotBeNull();
        (await desk.CorrectAsync(slug, command, 3, by, Ct)).Version.ShouldBe(4);
        await _mailed.PassAsync(TimeSpan.FromMinutes(5));
        await _mailed.QuietAsync();
        (await _mailed.Mails.ForAsync("told@example.org", 2))[^1].Text.ShouldContain("The minutes say June.");
        _mailed.Mails.All.Count(m => m.To == "other@example.org").ShouldBe(1);
        (await _mailed.GetAsync("/corrections?lang=en")).Body.ShouldContain("The minutes say June.");
        (await desk.PreviewAsync(slug, command with { Id = "c2" }, new Author("nobody", new Rights([new Grant(Role.Contributor)])), Ct))
            .Refusals.Single()
            .Rule.ShouldBe("role");
    }

    [Fact]
    public async Task A_new_forum_takes_an_administrator_of_all_and_an_upload_stays_its_owners()
    {
        var desk = Tracker.Get<ForumDesk>();
        var (all, one) = (await AuthorAsync("Ada"), new Author("one", new Rights([new Grant(Role.Administrator, Harbour.Slug)])));
        var forum = new Forum
        {
            Slug = "quay-2026",
            Name = new Text("Quay Forum"),
            Date = PartialDate.Day(2026, 3, 1),
        };
        (await desk.CreateAsync(forum, one, Ct)).Single().Rule.ShouldBe("role");
        (await desk.CreateAsync(forum, all, Ct)).ShouldBeEmpty();
        (await desk.CreateAsync(forum, all, Ct)).Single().Rule.ShouldBe("duplicate-slug");
        (
            await desk.AddPartyAsync(
                "quay-2026",
                new Party
                {
                    Slug = "crane",
                    Type = PartyType.Group,
                    Name = new Text("The Crane"),
                },
                one,
                Ct
            )
        ).Single().Rule.ShouldBe("role");
        // A name that another forum uses as well is not changed from here.
        (
            await desk.AddPartyAsync(
                "quay-2026",
                new Party
                {
                    Slug = "city",
                    Type = PartyType.Person,
                    Name = new Text("Mallory"),
                },
                all,
                Ct
            )
        ).ShouldBeEmpty();
        (await Tracker.Get<ForumDirectory>().NamesAsync(Ct)).PartyName("city", "en").ShouldBe("The City");

        var zip = ForumZip.Write(Harbour.Folder("pier-2026"));
        (await desk.UploadAsync(zip, one, Ct)).Refusals.Single().Rule.ShouldBe("role");
        var upload = await desk.UploadAsync(zip, all, Ct);
        upload.Report.ShouldNotBeNull();
        (await Tracker.RowsAsync("select slug from forums where slug = 'pier-2026'")).ShouldBeEmpty();
        (await desk.ImportAsync(upload.Upload!.Value, one, Ct)).Refusals.Single().Rule.ShouldBe("unknown-upload");
        (await desk.ImportAsync(upload.Upload.Value, all, Ct)).Report.ShouldNotBeNull();
        (await Tracker.Get<ForumDirectory>().NamesAsync(Ct)).Forums.ShouldContainKey("pier-2026");
        (await desk.ExportAsync("pier-2026", one, Ct)).ShouldBeNull();
        ForumZip.Read((await desk.ExportAsync("pier-2026", all, Ct))!).Parties.Count.ShouldBe(3);
    }

    private async Task<Author> AuthorAsync(string name) =>
        (await Tracker.Get<Accounts>().AllAsync(Ct)).Where(p => p.Name == name).Select(p => new Author(p.Id, p.Rights)).First();
}
