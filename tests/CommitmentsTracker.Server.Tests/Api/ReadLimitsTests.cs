using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Api;

/// <summary>Who may read how much, and from where.</summary>
public sealed class ReadLimitsTests
{
    [Fact]
    public async Task What_is_beyond_the_limit_is_told_when_to_come_again()
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort, readsPerMinute: 3);
        await tracker.ImportAsync(Harbour.Folder());
        var answers = new List<Answer>();
        for (var i = 0; i < 5; i++)
            answers.Add(await tracker.Anyone.GetAsync("summary"));
        // A minute may end between two of them, but not twice.
        answers.Count(a => a.Status == 200).ShouldBeInRange(3, 4);
        var refused = answers.First(a => a.Status != 200);
        refused.ShouldRefuse(429, "rate");
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        refused.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);

        // Health, pages and writes are not counted with the reads.
        for (var i = 0; i < 5; i++)
        {
            (await tracker.Anyone.GetAsync("/health/ready")).Should(200);
            (await tracker.Anyone.GetAsync("/items")).Should(200);
            await tracker.Ann.RecordAsync();
        }
    }

    [Fact]
    public async Task A_file_weighs_more_than_a_read()
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort, readsPerMinute: 300);
        await tracker.ImportAsync(Harbour.Folder());
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++)
            statuses.Add((await tracker.Anyone.GetAsync("items.csv")).Status);
        statuses.Count(s => s == 200).ShouldBeInRange(3, 6);
        statuses.ShouldContain(429);
        (await tracker.Anyone.GetAsync("items")).Should(200);
    }

    [Fact]
    public void A_limit_that_is_no_number_is_named()
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateBuilder([$"--{ReadLimits.Setting}", "many"]);
        Should
            .Throw<InvalidOperationException>(() => builder.Services.AddReadLimits(builder.Configuration))
            .Message.ShouldContain(ReadLimits.Setting);
    }
}

/// <summary>Reads from the pages of other sites, and methods that an address does not take.</summary>
[Collection(nameof(SharedDesk))]
public sealed class OpenReadsTests(SharedDesk desk)
{
    private Caller Anyone => desk.Tracker.Anyone;

    [Theory]
    [InlineData("items", 200)]
    [InlineData("items.csv", 200)]
    [InlineData("items/nothing", 404)]
    [InlineData("items?limit=0", 400)]
    [InlineData("nothing", 404)]
    [InlineData("/openapi/v1.json", 200)]
    public async Task Every_read_may_be_shown_anywhere(string path, int status)
    {
        var answer = (await Anyone.GetAsync(path, ("Origin", "https://elsewhere.example"))).Should(status);
        answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
    }

    [Fact]
    public async Task A_browser_that_asks_is_told_that_only_reading_is_possible()
    {
        foreach (var method in new[] { "GET", "POST" })
        {
            var answer = (
                await Anyone.SendAsync(
                    HttpMethod.Options,
                    "items",
                    null,
                    ("Origin", "https://elsewhere.example"),
                    ("Access-Control-Request-Method", method),
                    ("Access-Control-Request-Headers", "if-none-match")
                )
            ).Should(204);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
            answer.Headers.GetValues("Access-Control-Allow-Methods").ShouldBe(["GET"]);
        }

        var written = await desk.Tracker.Ann.PostAsync("items", Harbour.Item(Harbour.NewSlug()), ("Origin", "https://elsewhere.example"));
        written.Should(201).Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    [Theory]
    [InlineData("DELETE", "items", "GET, POST")]
    [InlineData("GET", "items/x/retraction", "POST")]
    [InlineData("POST", "summary", "GET")]
    [InlineData("POST", "items.csv", "GET")]
    [InlineData("OPTIONS", "changes", "GET")]
    public async Task A_wrong_method_is_told_the_right_ones(string method, string path, string allowed)
    {
        var answer = await Anyone.SendAsync(new HttpMethod(method), path, null);
        answer.ShouldRefuse(405, "method");
        answer.ContentHeaders.Allow.Order(StringComparer.Ordinal).ShouldBe(allowed.Split(", "));
    }

    [Theory]
    [InlineData("/no-such-page")]
    [InlineData("/items/a/b/c")]
    public async Task A_missing_page_is_still_a_page(string path)
    {
        var answer = (await Anyone.GetAsync(path)).Should(404);
        answer.MediaType.ShouldBe("text/html");
        answer.Body.ShouldContain("404");
        answer.ETag.ShouldNotBeNull();
    }

    [Fact]
    public async Task What_is_said_of_people_is_true()
    {
        var post = (await Anyone.GetAsync("/openapi/v1.json")).Should(200).Json["paths"]!["/api/v1/people"]!["post"]!;
        ((string)post["summary"]!).ShouldContain("No Location");
        (post["parameters"]?.AsArray().Select(p => (string)p!["name"]!) ?? []).ShouldNotContain("Idempotency-Key");
        (await desk.Tracker.Ada.PostAsync("people", new { name = "Flo" })).Should(201).Location.ShouldBeNull();
    }
}
