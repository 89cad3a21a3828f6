using System.Text.RegularExpressions;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Server.Tests.Hosting;

/// <summary>The commands of the real program, and its starts.</summary>
public sealed partial class CommandTests
{
    [Fact]
    public async Task Commands_do_their_work_and_fail_in_one_readable_line()
    {
        var schema = TestDatabase.NewSchema();
        using var scratch = new Scratch();

        var help = await ServerProcess.RunAsync(schema, "--help");
        help.Code.ShouldBe(0);
        foreach (var word in new[] { "import", "export", "rebuild", "person", "--urls", "TRACKER_DATA" })
            help.Output.ShouldContain(word);
        var unknown = await ServerProcess.RunAsync(schema, "frobnicate");
        unknown.Code.ShouldNotBe(0);
        (unknown.Errors + unknown.Output).ShouldContain("frobnicate");
        (unknown.Errors + unknown.Output).ShouldNotContain("   at ");

        var import = await ServerProcess.RunAsync(schema, "import", TheForum.Folder);
        import.Code.ShouldBe(0, import.Errors);
        import.Output.ShouldContain("136 items");
        var again = await ServerProcess.RunAsync(schema, "import", TheForum.Folder);
        (again.Code, again.Output.Contains("0 events on 0 items", StringComparison.Ordinal)).ShouldBe((0, true), again.Output);

        var export = await ServerProcess.RunAsync(schema, "export", scratch.Path);
        export.Code.ShouldBe(0, export.Errors);
        Directory.GetFiles(Path.Combine(scratch.Path, "waic-2024-ai-governance-forum")).Length.ShouldBeGreaterThanOrEqualTo(7);
        var rebuild = await ServerProcess.RunAsync(schema, "rebuild");
        (rebuild.Code, rebuild.Output.Contains("136 items", StringComparison.Ordinal)).ShouldBe((0, true), rebuild.Errors);

        await FailsAsync("no forum.json", "import", scratch.Path + "/nothing");
        var broken = Path.Combine(scratch.Path, "waic-2024-ai-governance-forum");
        File.WriteAllText(Path.Combine(broken, "themes.json"), "[{\"slug\":1}]");
        (await FailsAsync("themes.json[0]", "import", broken)).ShouldContain("nothing was stored");
        await FailsAsync("nowhere", "export", scratch.Path, "--forum", "nowhere");
        await FailsAsync("nobody", "person", "link", "nobody");
        await FailsAsync("name", "person", "add", " ");

        var add = await ServerProcess.RunAsync(schema, "person", "add", "Eve");
        add.Code.ShouldBe(0, add.Errors);
        var id = Id().Match(add.Output).Groups[1].Value;
        add.Output.ShouldContain("token  ");
        var list = await ServerProcess.RunAsync(schema, "person", "list");
        list.Output.ShouldContain($"{id}  editor         Eve");
        var link = await ServerProcess.RunAsync(schema, "person", "link", id);
        (link.Code, link.Output.StartsWith("/desk/sign-in/", StringComparison.Ordinal)).ShouldBe((0, true));
        var invite = await ServerProcess.RunAsync(
            schema,
            "person",
            "invite",
            "--role",
            "reviewer",
            "--forum",
            "waic-2024-ai-governance-forum"
        );
        (invite.Code, invite.Output.StartsWith("/desk/invitation/", StringComparison.Ordinal)).ShouldBe((0, true), invite.Errors);
        await FailsAsync("nowhere", "person", "invite", "--role", "reviewer", "--forum", "nowhere");
        await FailsAsync("party", "person", "add", "Rae", "--role", "representative");

        async Task<string> FailsAsync(string says, params string[] arguments)
        {
            var failed = await ServerProcess.RunAsync(schema, arguments);
            failed.Code.ShouldNotBe(0, string.Join(' ', arguments));
            failed.Errors.ShouldContain(says, Case.Insensitive);
            failed.Errors.ShouldNotContain("   at ");
            failed.Errors.ShouldNotContain("Unhandled");
            return failed.Errors;
        }
    }

    [Fact]
    public async Task The_first_start_brings_the_seeds_and_a_link_that_works_once_and_the_second_serves_at_once()
    {
        var schema = TestDatabase.NewSchema();
        string link;
        using (var first = await ServerProcess.ServeAsync(schema))
        {
            await Wait.UntilAsync(() => first.Output.Contains("/desk/sign-in/", StringComparison.Ordinal), "the link");
            link = new Uri(
                first.Output.Split('\n').Single(l => l.Contains("/desk/sign-in/", StringComparison.Ordinal)).Trim()
            ).AbsolutePath;
            using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = first.Address };
            var anyone = new Caller(client, null);
            ((int)(await anyone.GetAsync("summary")).Should(200).Json["total"]!).ShouldBe(136);
            (await anyone.GetAsync("/health/ready")).Should(200);
            (await anyone.GetAsync("/health/live")).Should(200);
            using var browser = new Browser(first.Address);
            Browser
                .To(await browser.SubmitAsync(link, "enter"))
                .ShouldBe("/desk/account?welcome=yes&lang=en", "who has no way of their own is led to make one");
            Browser.To(await browser.GetAsync(link)).ShouldBe("/desk/sign-in?failed=link&lang=en");
            (await first.InterruptAsync()).ShouldBe(0, first.Errors);
        }

        using var second = await ServerProcess.ServeAsync(schema);
        second.Output.ShouldNotContain("/desk/sign-in/");
        using var reader = new HttpClient { BaseAddress = second.Address };
        ((int)(await new Caller(reader, null).GetAsync("summary")).Should(200).Json["total"]!).ShouldBe(136);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_said_in_one_line()
    {
        var environment = new Dictionary<string, string>
        {
            ["ConnectionStrings__Tracker"] = "Host=127.0.0.1;Port=1;Username=x;Database=x;Timeout=3",
        };
        using var program = ServerProcess.Start("x", environment, "person", "list");
        (await program.ExitAsync()).ShouldBe(1);
        program.Errors.ShouldContain("127.0.0.1:1");
        program.Errors.ShouldNotContain("   at ");
    }

    [GeneratedRegex("id +([0-9a-f]{32})")]
    private static partial Regex Id();
}
