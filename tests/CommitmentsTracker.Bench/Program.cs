using System.CommandLine;
using CommitmentsTracker.Bench;

var what = new Argument<string>("WHAT") { Description = "write, read, pages, notices, rebuild or all", DefaultValueFactory = _ => "all" };
what.AcceptOnlyFromAmong("write", "read", "pages", "notices", "rebuild", "all");
var items = new Option<int>("--items")
{
    Description = $"Items of the generated histories; each has {Histories.EventsPerItem} events on average",
    DefaultValueFactory = _ => 100_000,
};
var seconds = new Option<int>("--seconds") { Description = "Length of one round of writing, for each side", DefaultValueFactory = _ => 60 };
var warmUp = new Option<int>("--warm-up")
{
    Description = "Seconds of writing before the first round, for each side",
    DefaultValueFactory = _ => 15,
};
var rounds = new Option<int>("--rounds") { Description = "Rounds of writing, of which the median counts", DefaultValueFactory = _ => 3 };
var clients = new Option<int>("--clients") { Description = "Clients that write at once", DefaultValueFactory = _ => 16 };
var questions = new Option<int>("--questions") { Description = "Random (D, K) to ask", DefaultValueFactory = _ => 300 };
var data = new Option<DirectoryInfo?>("--data")
{
    Description =
        "Folder to keep the database in; the next run with it finds the histories there. Without it, a folder that is removed at the end",
};
var root = new RootCommand("Measures the tracker against bare SQL on the same PostgreSQL, and exits with 1 if a target is missed.")
{
    what,
    items,
    seconds,
    warmUp,
    rounds,
    clients,
    questions,
    data,
};
root.SetAction(
    async (parsed, ct) =>
    {
        var asked = parsed.GetValue(what)!;
        var report = new Report();
        await using var bench = await BenchPlace.OpenAsync(parsed.GetValue(data)?.FullName, parsed.GetValue(items), report, ct);
        if (asked is "rebuild" or "all")
            await Rebuilding.MeasureAsync(bench, report, ct);
        if (asked is "read" or "all")
            await Reading.MeasureAsync(bench, report, parsed.GetValue(questions), ct);
        if (asked is "pages" or "all")
            await Paging.MeasureAsync(bench, report, parsed.GetValue(questions), ct);
        if (asked is "notices" or "all")
            await Noticing.MeasureAsync(bench, report, TimeSpan.FromSeconds(parsed.GetValue(seconds)), ct);
        if (asked is "write" or "all")
        {
            var plan = new WritePlan(
                parsed.GetValue(clients),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                parsed.GetValue(rounds)
            );
            await Writing.MeasureAsync(bench, report, plan, ct);
        }

        report.Print(Console.Out);
        return report.AllMet ? 0 : 1;
    }
);
return await root.Parse(args).InvokeAsync();
