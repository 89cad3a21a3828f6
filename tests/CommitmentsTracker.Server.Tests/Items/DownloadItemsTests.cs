using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Testing.Forums;
using CsvHelper;

namespace CommitmentsTracker.Server.Tests.Items;

/// <summary>A list as a file.</summary>
public sealed class DownloadItemsTests(TheForum forum) : IClassFixture<TheForum>
{
    private Caller Anyone => forum.Tracker.Anyone;

    [Theory]
    [InlineData("")]
    [InlineData("kind=commitment&sort=slug")]
    [InlineData("asOf=2025-06-01&knownAt=2025-09-01T00:00:00Z&signal=stale,never_reviewed&sort=due")]
    [InlineData("q=scientific&status=adopted")]
    [InlineData("q=%E8%81%94%E5%90%88%E5%9B%BD&sort=since")]
    public async Task It_has_the_rows_of_the_list_in_its_order(string query)
    {
        var list = await Anyone.EveryItemAsync(query, 50);
        var rows = Rows((await Anyone.GetAsync($"items.csv?{query}")).Should(200).Body);

        list.Count.ShouldBeGreaterThan(0);
        rows.Select(r => r["slug"]).ShouldBe(list.Select(i => (string)i["slug"]!));
        foreach (var (row, item) in rows.Zip(list))
        {
            (row["kind"], row["status"], row["status_since"], row["made_on"]).ShouldBe(
                ((string)item["kind"]!, (string)item["status"]!, (string)item["statusSince"]!, (string)item["madeOn"]!)
            );
            (row["title_en"], row["title_zh"], row["summary_zh"]).ShouldBe(
                ((string?)item["title"]!["en"] ?? "", (string?)item["title"]!["zh"] ?? "", (string?)item["summary"]?["zh"] ?? "")
            );
            (row["time"], row["freshness"], row["confidence"], row["testability"]).ShouldBe(
                (
                    (string)item["signals"]!["time"]!,
                    (string)item["signals"]!["freshness"]!,
                    (string)item["signals"]!["confidence"]!,
                    (string)item["signals"]!["testability"]!
                )
            );
            row["due_on"].ShouldBe((string?)item["dueOn"] ?? "");
            row["responsible"].ShouldBe(string.Join(';', item["responsible"]!.AsArray().Select(p => (string)p!)));
        }
    }

    [Fact]
    public async Task It_says_on_every_row_and_in_its_name_where_both_clocks_stand()
    {
        var then = (await Anyone.GetAsync("items.csv?asOf=2025-06-01&knownAt=2025-09-01T12:30:00Z")).Should(200);
        Rows(then.Body).ShouldAllBe(r => r["as_of"] == "2025-06-01" && r["known_at"] == "2025-09-01T12:30:00Z");
        then.ContentHeaders.ContentDisposition!.FileName!.Trim('"').ShouldBe("items_as-of_2025-06-01_known-at_2025-09-01T123000Z.csv");
        then.ContentHeaders.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8; header=present");

        var now = Rows((await Anyone.GetAsync("items.csv")).Should(200).Body);
        now.ShouldAllBe(r => r["as_of"] == "2026-11-24" && r["known_at"] == "2026-11-24T09:00:00Z");
        // Its own address of the row shows the row's state.
        var (path, row) = (new Uri(now[0]["url"]).PathAndQuery, now[0]);
        ((string)(await Anyone.GetAsync("/api/v1" + path)).Should(200).Json["status"]!).ShouldBe(row["status"]);
    }

    [Fact]
    public async Task A_list_without_items_is_a_file_of_names_alone()
    {
        var answer = (await Anyone.GetAsync("items.csv?asOf=1950-01-01")).Should(200);
        answer.Body.TrimStart('\uFEFF').ShouldBe(string.Join(',', DownloadItems.Columns) + "\r\n");
    }

    [Fact]
    public async Task It_begins_with_a_byte_order_mark()
    {
        var bytes = await forum.Tracker.Client.GetByteArrayAsync(
            new Uri("/api/v1/items.csv?kind=commitment", UriKind.Relative),
            TestContext.Current.CancellationToken
        );
        bytes.AsSpan(0, 3).ToArray().ShouldBe([0xEF, 0xBB, 0xBF]);
    }

    /// <summary>The rows by column.</summary>
    internal static List<Dictionary<string, string>> Rows(string csv)
    {
        using var reader = CsvReader.Create(new StringReader(csv.TrimStart('\uFEFF')));
        var rows = new List<Dictionary<string, string>>();
        while (reader.Read())
            rows.Add(DownloadItems.Columns.Select((name, i) => (name, Value: reader.GetString(i))).ToDictionary(c => c.name, c => c.Value));
        return rows;
    }
}

/// <summary>Files of lists that somebody fills with tricks.</summary>
[Collection(nameof(SharedDesk))]
public sealed class DownloadedTricksTests(SharedDesk desk)
{
    [Theory]
    [InlineData("=HYPERLINK(\"https://example.org\",\"x\")")]
    [InlineData("+1+1")]
    [InlineData("-2+3")]
    [InlineData("@SUM(A1)")]
    public async Task No_cell_is_a_formula(string title)
    {
        var slug = await desk.Tracker.Ann.RecordAsync(change: b => b["title"] = Harbour.Text(title));
        var row = (await RowsAsync()).Single(r => r["slug"] == slug);
        row["title_en"].ShouldBe("'" + title);
    }

    [Fact]
    public async Task Commas_quotes_and_lines_stay_in_their_cell()
    {
        const string title = "One, \"two\"; three，四";
        var slug = await desk.Tracker.Ann.RecordAsync(change: b =>
        {
            b["title"] = Harbour.Text(title);
            b["summary"] = Harbour.Text("First line\nsecond, line");
        });
        var row = (await RowsAsync()).Single(r => r["slug"] == slug);
        (row["title_en"], row["summary_en"]).ShouldBe((title, "First line\nsecond, line"));
    }

    private async Task<List<Dictionary<string, string>>> RowsAsync() =>
        DownloadItemsTests.Rows((await desk.Tracker.Anyone.GetAsync("items.csv")).Should(200).Body);
}
