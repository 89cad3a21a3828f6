using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Corrections;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;
using Npgsql;

namespace CommitmentsTracker.Reading.Tests.Corrections;

/// <summary>The list of what was put right in public.</summary>
public sealed class CorrectionListTests : IAsyncLifetime
{
    private readonly SharedDesk _desk = new();

    private Tracker Tracker => _desk.Tracker;

    public ValueTask InitializeAsync() => _desk.InitializeAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_redate_a_replacement_and_a_retraction_say_what_was_said_and_what_is_said()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2026-10-01"));
        var progress = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-10-02", "Half done."));
        await CorrectAsync(
            slug,
            progress,
            new
            {
                kind = "redate",
                newValues = new { occurredOn = "2026-09" },
                reason = Harbour.Text("Only the month is known."),
            }
        );
        await CorrectAsync(
            slug,
            progress,
            new
            {
                kind = "replace",
                newValues = new { note = Harbour.Text("A third done.") },
                reason = Harbour.Text("A slip of the pen."),
                editorial = true,
            }
        );
        await CorrectAsync(
            slug,
            id,
            new
            {
                kind = "retract",
                reason = Harbour.Text("It had not begun."),
                evidence = Harbour.Evidence(),
            }
        );

        var page = await ReadAsync();
        page.Total.ShouldBe(3);
        page.Corrections.Select(c => (c.Kind, c.Editorial, c.Reason.En))
            .ShouldBe([
                (CorrectionKind.Retract, false, "It had not begun."),
                (CorrectionKind.Replace, true, "A slip of the pen."),
                (CorrectionKind.Redate, false, "Only the month is known."),
            ]);
        var (retraction, wording, redate) = (page.Corrections[0], page.Corrections[1], page.Corrections[2]);
        (redate.Said!.OccurredOn.ToString(), redate.Says!.OccurredOn.ToString()).ShouldBe(("2026-10-02", "2026-09"));
        (wording.Said!.Note.En, wording.Says!.Note.En).ShouldBe(("Half done.", "A third done."));
        (retraction.Said!.Status, retraction.Says, retraction.Before!.Status, retraction.After!.Status).ShouldBe(
            (Status.Underway, null, Status.Underway, Status.Announced)
        );
        retraction.Evidence.Count.ShouldBe(1);
        page.Corrections.ShouldAllBe(c => c.EffectiveAt == c.MadeAt && !c.Confirmed && c.Item == slug);
        var events = (await Tracker.Anyone.GetAsync($"items/{slug}/history")).Should(200).Json["events"]!.AsArray();
        foreach (var entry in page.Corrections)
            ((string)events[entry.Version - 1]!["type"]!, (string)events[entry.Version - 1]!["event"]!["kind"]!).ShouldBe(
                ("correction_made", entry.Kind!.Value.Word())
            );
    }

    [Fact]
    public async Task One_that_takes_two_persons_is_told_as_it_was_known_at_each_instant()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2026-10-01"));
        (await Tracker.Bo.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })).Should(201);
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var correction = await CorrectAsync(
            slug,
            id,
            new
            {
                kind = "redate",
                newValues = new { occurredOn = "2026-09-30" },
                reason = Harbour.Text("A day earlier."),
            }
        );
        var made = Tracker.Time.GetUtcNow();
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        (await Tracker.Bo.PostAsync($"items/{slug}/corrections/{correction}/confirmation", new { decision = "confirm" })).Should(201);
        Tracker.Time.Advance(TimeSpan.FromHours(1));
        var rejected = await CorrectAsync(slug, id, new { kind = "retract", reason = Harbour.Text("No.") });
        (await Tracker.Bo.PostAsync($"items/{slug}/corrections/{rejected}/confirmation", new { decision = "reject" })).Should(201);

        (await ReadAsync(made.AddMicroseconds(-1))).Total.ShouldBe(0);
        var waiting = (await ReadAsync(made)).Corrections.ShouldHaveSingleItem();
        (waiting.EffectiveAt, waiting.Confirmed, waiting.Before, waiting.Says!.OccurredOn.ToString()).ShouldBe(
            (null, false, null, "2026-09-30")
        );
        var now = (await ReadAsync()).Corrections;
        now.Select(c => (c.Kind, c.Confirmed, c.EffectiveAt is not null, c.RejectedAt is not null))
            .ShouldBe([(CorrectionKind.Retract, false, false, true), (CorrectionKind.Redate, true, true, false)]);
        now[1].Version.ShouldBe(waiting.Version);
        (now[1].EffectiveAt > now[1].MadeAt, now[1].Before!.StatusSince.ToString(), now[1].After!.StatusSince.ToString()).ShouldBe(
            (true, "2026-10-01", "2026-09-30")
        );
    }

    [Fact]
    public async Task A_day_leaves_out_what_nobody_said_to_have_happened_by_then()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var progress = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-10-02", "Half done."));
        await CorrectAsync(
            slug,
            progress,
            new
            {
                kind = "redate",
                newValues = new { occurredOn = "2026-09" },
                reason = Harbour.Text("Only the month is known."),
            }
        );
        (await ReadAsync(day: new DateOnly(2026, 9, 29))).Total.ShouldBe(0, "the month has not ended");
        (await ReadAsync(day: new DateOnly(2026, 9, 30))).Corrections.ShouldHaveSingleItem();
        var page = (await Tracker.Anyone.GetAsync("/corrections?lang=en&asOf=2026-09-29")).Should(200).Body;
        page.ShouldContain("Only of what had happened by 29 September 2026.");
        page.ShouldContain("Nothing had been corrected by then.");
    }

    [Fact]
    public async Task A_retracted_item_is_told_with_its_reason()
    {
        var (slug, into) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        (await Tracker.Ann.PostAsync($"items/{slug}/retraction", new { mergedInto = into, reason = Harbour.Text("Listed twice.") })).Should(
            201
        );
        var entry = (await ReadAsync()).Corrections.ShouldHaveSingleItem();
        (entry.Kind, entry.Item, entry.MergedInto, entry.Reason.En, entry.Before!.Status, entry.After).ShouldBe(
            (null, slug, into, "Listed twice.", Status.Announced, null)
        );
    }

    [Fact]
    public async Task Pages_follow_each_other_and_a_forum_narrows_them()
    {
        await Tracker.ImportAsync(TheForum.Folder);
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-10-02"));
        for (var day = 3; day < 8; day++)
            await CorrectAsync(
                slug,
                id,
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = $"2026-10-0{day}" },
                    reason = Harbour.Text("So."),
                }
            );

        var list = Tracker.Get<CorrectionList>();
        var seen = new List<PublicCorrection>();
        for (string? cursor = null; ; )
        {
            var page = await list.PageAsync(null, null, null, 2, cursor, TestContext.Current.CancellationToken);
            page.Total.ShouldBe(7);
            seen.AddRange(page.Corrections);
            if ((cursor = page.NextCursor) is null)
                break;
        }

        seen.Select(c => c.MadeAt).ShouldBe(seen.Select(c => c.MadeAt).OrderDescending());
        seen.Select(c => (c.Item, c.Version)).Distinct().Count().ShouldBe(7);
        (await list.PageAsync("waic-2024-ai-governance-forum", null, null, 10, null, TestContext.Current.CancellationToken))
            .Corrections.Select(c => $"{c.Item} {c.Kind} {c.MadeAt:yyyy-MM-dd}")
            .ShouldBe(["coe-framework-convention-on-ai Retract 2026-05-20", "un-resolution-ai-capacity-building Redate 2024-09-20"]);
        (
            await list.PageAsync(
                null,
                null,
                new DateTimeOffset(2026, 5, 19, 23, 0, 0, TimeSpan.Zero),
                10,
                null,
                TestContext.Current.CancellationToken
            )
        ).Total.ShouldBe(1);
        await Should.ThrowAsync<FormatException>(() =>
            list.PageAsync(null, null, null, 2, "nonsense", TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task A_database_from_before_the_list_is_filled_when_the_program_starts()
    {
        await Tracker.ImportAsync(TheForum.Folder);
        var rows = await Tracker.RowsAsync("select c::text from corrections c order by 1");
        rows.Count.ShouldBe(2);
        // The database as an older program left it.
        foreach (var sql in new[] { "drop table corrections", "drop table rebuilds_due", "delete from schema_versions where version = 2" })
        {
            await using var command = Tracker.Get<NpgsqlDataSource>().CreateCommand(sql);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var upgraded = await Tracker.StartAsync(Running.Services, Tracker.Location.Schema, Tracker.Time);
        (await upgraded.RowsAsync("select c::text from corrections c order by 1")).ShouldBe(rows);
        (await upgraded.Get<Rebuild>().RunIfDueAsync(new Progress<string>(), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    private async Task<string> CorrectAsync(string slug, string update, object body) =>
        (await Tracker.Ann.PostAsync($"items/{slug}/updates/{update}/corrections", body)).Should(201).Id;

    private Task<CorrectionPage> ReadAsync(DateTimeOffset? knownAt = null, DateOnly? day = null) =>
        Tracker.Get<CorrectionList>().PageAsync(Harbour.Slug, day, knownAt, 50, null, TestContext.Current.CancellationToken);
}
