using System.Net.Http.Headers;
using System.Text;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Batches;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Batches;

/// <summary>Updates from a CSV file: first every row is reported, then all are recorded or none.</summary>
[Collection(nameof(SharedDesk))]
public sealed class UpdateFileTests(SharedDesk desk)
{
    private const string Head = "item,type,status,occurred_on,note_en,note_zh,evidence_title,id";

    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_dry_run_reports_every_row_by_field_and_rule_and_records_nothing()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answer = (
            await SendAsync(
                Tracker.Ann,
                $"""
                {Head}
                {slug},status,underway,2025-04,It began.,,Minutes,
                {slug},status,formalised,2025-05,"Too late, and ""quoted"".",,Minutes,
                {slug},progress,,2025-13,,,,
                no-such-item,progress,,2025-05,Something.,,Minutes,
                {slug},progress,,2027-01-01,Later.,,Minutes,
                {slug},status,delivered,2025-06-01,全部完成。,,Minutes,
                {slug},review,,2025-07-01,Reviewed.,已核查。,,
                """,
                dryRun: true
            )
        ).Should(200);
        (
            (bool)answer.Json["recorded"]!,
            (bool)answer.Json["dryRun"]!,
            (int)answer.Json["accepted"]!,
            (int)answer.Json["refused"]!
        ).ShouldBe((false, true, 3, 4));
        var rows = answer.Json["rows"]!.AsArray();
        rows.Select(r => (int)r!["row"]!).ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        rows.Select(r => string.Join(' ', r!["errors"]!.AsArray().Select(e => $"{e!["field"]}:{e["rule"]}")))
            .ShouldBe(["", "status:lifecycle", "occurred_on:date note_en:required", "item:unknown-item", "occurred_on:future", "", ""]);
        rows[1]!["errors"]![0]!["lawful"]!.AsArray().Select(l => (string)l!).ShouldContain("stalled");
        ((bool)rows[5]!["waits"]!, (bool)rows[0]!["waits"]!).ShouldBe((true, false));
        ((int)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["version"]!).ShouldBe(2, "nothing was recorded");
    }

    [Fact]
    public async Task A_clean_file_is_recorded_whole_and_once()
    {
        var (one, two) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        var file = $"""
            {Head}
            {one},status,underway,2025-04,It began.,,Minutes,{one}-a
            {two},progress,,2025-05,Something.,,Minutes,{two}-a
            {one},status,delivered,2025-06-01,Done.,,Minutes,{one}-b
            """;
        (await SendAsync(Tracker.Ann, file, dryRun: true)).Should(200);
        var answer = (await SendAsync(Tracker.Ann, file)).Should(201);
        ((bool)answer.Json["recorded"]!, (int)answer.Json["accepted"]!).ShouldBe((true, 3));
        var item = (await Tracker.Anyone.GetAsync($"items/{one}")).Json;
        ((string)item["status"]!, (int)item["awaitingConfirmation"]!, (int)item["version"]!).ShouldBe(("underway", 1, 4));
        (
            await Tracker.RowsAsync(
                "select string_agg(c.type, ' ' order by c.change_no) from changes c join items i using (item_id) where i.slug "
                    + $"in ('{one}', '{two}') and c.type <> 'item.recorded'"
            )
        )
            .ShouldHaveSingleItem()
            .Split(' ')
            .Order()
            .ShouldBe(["item.status_changed", "update.awaiting", "update.logged"]);

        var again = (await SendAsync(Tracker.Ann, file)).Should(422);
        again.Json["rows"]!
            .AsArray()
            .Select(r => (string)r!["errors"]![0]!["rule"]!)
            .ShouldBe(["duplicate-id", "duplicate-id", "duplicate-id"]);
        ((int)(await Tracker.Anyone.GetAsync($"items/{one}")).Json["version"]!).ShouldBe(4);
    }

    [Fact]
    public async Task One_refused_row_keeps_all_of_them_out()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answer = (
            await SendAsync(
                Tracker.Ann,
                $"{Head}\n{slug},status,underway,2025-04,It began.,,Minutes,\n{slug},status,announced,2025-05,Again.,,Minutes,"
            )
        ).Should(422);
        ((bool)answer.Json["recorded"]!, (int)answer.Json["accepted"]!, (int)answer.Json["refused"]!).ShouldBe((false, 1, 1));
        ((int)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["version"]!).ShouldBe(2);
    }

    [Fact]
    public async Task A_file_does_what_its_sender_may_and_no_more()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var file =
            "item,type,occurred_on,note_en,actor,lane,evidence_title\n"
            + $"{slug},progress,2025-05,Ours.,city,self_reported,Paper\n{slug},progress,2025-05,Theirs.,city,independent,Paper";
        (await SendAsync(await OfAsync(Role.Contributor), file)).ShouldRefuse(403, "role");
        (await SendAsync(await OfAsync(Role.Reviewer), file)).ShouldRefuse(403, "role");
        (await SendAsync(Tracker.Anyone, file)).Should(401);
        var spoken = (await SendAsync(await OfAsync(Role.Representative, "city"), file)).Should(422);
        spoken.Json["rows"]!
            .AsArray()
            .Select(r => string.Join(' ', r!["errors"]!.AsArray().Select(e => $"{e!["field"]}:{e["rule"]}")))
            .ShouldBe(["", "lane:own-lane"]);
    }

    [Fact]
    public async Task A_version_that_was_overtaken_is_refused()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answer = (
            await SendAsync(
                Tracker.Ann,
                "item,type,occurred_on,note_en,evidence_title,version\n"
                    + $"{slug},progress,2025-05,One.,Paper,2\n{slug},progress,2025-05,Two.,Paper,1\n"
                    + $"{slug},progress,2025-05,Three.,Paper,x",
                dryRun: true
            )
        ).Should(200);
        answer.Json["rows"]!
            .AsArray()
            .Select(r => string.Join(' ', r!["errors"]!.AsArray().Select(e => $"{e!["field"]}:{e["rule"]}")))
            .ShouldBe(["", "version:version", "version:range"]);
    }

    [Theory]
    [InlineData("", "required")]
    [InlineData("item,type,occurred_on\n", "required")]
    [InlineData("item,type,occurred_on,colour\na,b,c,d", "unknown-column")]
    [InlineData("item,type\na,b", "missing-column")]
    [InlineData("item,type,occurred_on,item\na,b,c,d", "repeated")]
    [InlineData("item,type,occurred_on\na,b,c,d,e", "csv")]
    [InlineData("item,type,occurred_on\n\"a,b,c", "csv")]
    public async Task What_is_no_file_of_updates_is_refused_as_a_whole(string file, string rule) =>
        (await SendAsync(Tracker.Ann, file, dryRun: true)).ShouldRefuse(400, rule, "file");

    [Fact]
    public async Task Files_are_bounded()
    {
        (await SendAsync(Tracker.Ann, $"{Head}\n" + new string('x', 256 * 1024))).ShouldRefuse(413, "too-large");
        (
            await SendAsync(Tracker.Ann, "item,type,occurred_on\n" + string.Concat(Enumerable.Repeat("a,b,c\n", UpdateFile.MostRows + 1)))
        ).ShouldRefuse(400, "too-many", "file");
        (await Tracker.Ann.PostAsync("updates.csv", "{}")).ShouldRefuse(415, "content-type");
        (await SendAsync(Tracker.Ann, Head, query: "?dryrun=true")).ShouldRefuse(400, "unknown-parameter", "dryrun");
        (await SendAsync(Tracker.Ann, Head, query: "?dryRun=perhaps")).ShouldRefuse(400, "unknown-word", "dryRun");
    }

    [Fact]
    public async Task The_example_can_be_read_and_has_every_column()
    {
        var example = (await Tracker.Anyone.GetAsync("updates/example.csv")).Should(200);
        example.MediaType.ShouldBe("text/csv");
        var (rows, refusal) = UpdateFile.Read(example.Body);
        refusal.ShouldBeNull();
        rows.SelectMany(r => r.Refusals.Concat(r.Form.Read().Refusals)).ShouldBeEmpty();
        example.Body.TrimStart('\uFEFF').Split('\n')[0].Trim().Split(',').ShouldBe(UpdateFile.Columns);
    }

    private async Task<Caller> OfAsync(Role role, string? party = null) =>
        new(
            Tracker.Client,
            (
                await Tracker
                    .Get<Accounts>()
                    .AddAsync($"A {role}", [new Grant(role, Harbour.Slug, party)], null, null, TestContext.Current.CancellationToken)
            ).Token
        );

    private static Task<Answer> SendAsync(Caller by, string file, bool dryRun = false, string? query = null)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(file));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/csv; charset=utf-8");
        return by.SendAsync(HttpMethod.Post, "updates.csv" + (query ?? (dryRun ? "?dryRun=true" : "")), content);
    }
}
