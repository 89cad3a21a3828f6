using System.Text;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Store;
using StandardWebhooks;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>What the program of commit 4ada850 left is opened by every later build, and answers as it did.</summary>
public sealed class MadeBy4ada850Tests(MadeBy4ada850 made) : IClassFixture<MadeBy4ada850>
{
    /// <summary>
    /// The numbered rules of the design that answer otherwise than they did at that commit. Each names the members of answers
    /// that it may alter; an answer in which one of them differs is held against the oracle instead.
    /// </summary>
    private static readonly IReadOnlyList<ChangedRule> Changed = [];

    private Tracker Tracker => made.Tracker;
    private JsonNode Counts => made.Facts["counts"]!;

    [Fact]
    public async Task Its_answers_are_the_same_save_where_a_rule_has_changed_and_there_they_are_the_oracles()
    {
        var held = new KeptAnswers(made.Answers, Changed, made.Oracle);
        var problems = (await made.PresentAsync()).Select(a => held.Problem(a.Before, a.Present)).OfType<string>().ToList();
        problems.ShouldBeEmpty();
        held.Unneeded.Select(r => r.Rule).ShouldBeEmpty("these rules alter no kept answer");
    }

    [Fact]
    public void There_are_500_questions_about_items_and_some_about_everything_else()
    {
        made.Answers.Count(a => a.Kind == AskedOf.Item).ShouldBe(500);
        made.Answers.Select(a => a.Kind).Distinct().ShouldBe(Enum.GetValues<AskedOf>(), ignoreOrder: true);
        made.Answers.Select(a => $"{a.Status} {(a.Status == 200 ? "" : a.Body?["rule"])}".TrimEnd())
            .Distinct()
            .ShouldBe(["200", "307", "400 format", "404 no-status-yet", "404 not-yet-recorded", "410 item-retracted"], ignoreOrder: true);
        made.Answers.Select(a => a.Path).Distinct().Count().ShouldBeGreaterThan(550);
    }

    [Fact]
    public async Task The_oracle_says_the_same_as_the_present_answers()
    {
        var judged = (await made.PresentAsync())
            .Select(a => a.Present)
            .Where(a => a.Status == 200 || a.Kind == AskedOf.Item && a.Status != 400);
        var problems = judged.Select(a => (a.Path, Other: made.Oracle.Disagreement(a))).Where(a => a.Other is not null);
        problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_tables_are_those_of_a_new_tracker()
    {
        var (here, there) = (await ShapeAsync(Tracker), await ShapeAsync(made.Fresh));
        here.Except(there).ShouldBeEmpty("only in the migrated database");
        there.Except(here).ShouldBeEmpty("only in the new database");
        here.Count.ShouldBeGreaterThan(300);
        const string versions = "select version::text from schema_versions order by version";
        (await Tracker.RowsAsync(versions)).ShouldBe(await made.Fresh.RowsAsync(versions));
        (await Tracker.AskAsync<int>("select max(version) from schema_versions")).ShouldBeGreaterThanOrEqualTo(
            (int)Counts["schemaVersion"]!
        );
    }

    [Fact]
    public async Task Its_tokens_are_valid_within_their_bounds()
    {
        var tokens = (await made.Holder("editor").GetAsync("tokens")).Should(200).Json["tokens"]!.AsArray();
        tokens.Select(t => (string?)t!["name"]).ShouldContain("For the lake");
        (await made.Holder("administrator").GetAsync("people")).Should(200);
        (await made.Holder("bounded").GetAsync("people")).Should(403);
        (await Tracker.Anyone.GetAsync("tokens")).Should(401);
        (await made.Holder("bounded").PostAsync("items/clean-shore/updates", Harbour.Update("progress", "2026-05-05"))).Should(201);
        (await made.Holder("bounded").PostAsync("items/eu-ai-act/updates", Harbour.Update("progress", "2026-05-05"))).Should(403);
    }

    [Fact]
    public async Task A_write_that_was_acknowledged_is_repeated_with_the_same_answer_and_not_written_again()
    {
        var (key, item, id) = (
            (string)made.Facts["idempotent"]!["key"]!,
            (string)made.Facts["idempotent"]!["item"]!,
            (string)made.Facts["idempotent"]!["id"]!
        );
        var body = new JsonObject
        {
            ["type"] = "review",
            ["occurredOn"] = "2026-06-02",
            ["note"] = Harbour.Text("It happened."),
            ["evidence"] = new JsonArray(),
        };
        (await made.Holder("editor").PostAsync($"items/{item}/updates", body.ToJsonString(), ("Idempotency-Key", key)))
            .Should(201)
            .Id.ShouldBe(id);
    }

    [Fact]
    public async Task People_subscriptions_deliveries_and_receipts_are_there()
    {
        var people = (await made.Holder("administrator").GetAsync("people")).Should(200).Json["people"]!.AsArray();
        people
            .Select(p => (string)p!["name"]!)
            .ShouldBeSubsetOf([.. made.Facts["people"]!.AsArray().Select(p => (string)p!), "Ann", "Bo", "Ada"]);
        people.Count.ShouldBe((int)Counts["people"]! + 3);

        var mine = (await made.Holder("editor").GetAsync("subscriptions")).Should(200).Json["subscriptions"]!.AsArray();
        mine.ToDictionary(s => (string)s!["id"]!, s => (string)s!["channel"]!)
            .ShouldBe(
                made.Facts["subscriptions"]!.AsObject().ToDictionary(s => (string)s.Value!, s => s.Key == "email" ? "email" : "webhook"),
                ignoreOrder: true
            );
        mine.ShouldAllBe(s => (string)s!["state"]! == "active");

        var told = await made.Holder("editor").GetAsync($"subscriptions/{made.Facts["subscriptions"]!["takes"]}/deliveries?limit=1");
        told.Should(200).Json["deliveries"]!.AsArray().ShouldHaveSingleItem();
        (await Tracker.Anyone.GetAsync((string)made.Facts["receipt"]!)).Should(200).Body.ShouldContain("lake-lights");
    }

    [Fact]
    public async Task The_secret_of_a_webhook_still_signs_what_its_receiver_verifies()
    {
        var kept = await Tracker.AskAsync<string>(
            $"select secret from endpoints where subscription = '{made.Facts["subscriptions"]!["takes"]}'"
        );
        var body = Encoding.UTF8.GetBytes("{}");
        var sent = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var signed = Tracker.Get<WebhookSecrets>().Sign([kept], "an-id", sent.ToUnixTimeSeconds(), body);
        new StandardWebhook((string)made.Facts["takesSecret"]!).Sign("an-id", sent, "{}").ShouldBe(signed);
    }

    [Fact]
    public async Task The_change_log_goes_on_under_its_number()
    {
        var page = (await Tracker.Anyone.GetAsync("changes?after=0&limit=1000")).Should(200).Json;
        var numbers = page["changes"]!.AsArray().Select(c => (long)c!["changeNo"]!).ToList();
        numbers.ShouldBe(Enumerable.Range(1, numbers.Count).Select(n => (long)n));
        numbers.Count.ShouldBeGreaterThanOrEqualTo((int)Counts["changes"]!);
        (await Tracker.AskAsync<Guid>("select feed_id from change_counter")).ShouldBe(Guid.Parse((string)made.Facts["feedId"]!));
    }

    [Fact]
    public async Task It_exports_what_it_exported_and_the_archive_gives_the_same_tracker_again()
    {
        var known = KeptAnswers.Paths(made.Exported, "").ToHashSet(StringComparer.Ordinal);
        using var scratch = new Scratch();
        foreach (var (_, files) in made.Exported.OrderByDescending(f => f.Key, StringComparer.Ordinal))
        {
            var forum = (string)files!["forum.json"]!["slug"]!;
            var now = Path.Combine(made.ExportedNow, forum);
            foreach (var (name, content) in files.AsObject())
                KeptAnswers
                    .Differences(content, JsonNode.Parse(File.ReadAllText(Path.Combine(now, name))), $"{forum}.{name}", known)
                    .ShouldBeEmpty();
            (await made.Fresh.ImportAsync(now)).IsCopy.ShouldBeTrue();
            Folders.ShouldBeEqual(now, await made.Fresh.ExportAsync(forum, scratch.Path));
        }

        // Rows that are alike in what a list is sorted by stand in the order of their ids, which are new in the copy.
        var sure = made.Answers.Where(a => a.Kind != AskedOf.History && (a.Kind != AskedOf.List || a.Parameter("sort") == "slug"));
        var held = new KeptAnswers(made.Answers, Changed, made.Oracle);
        foreach (var before in sure.Where((_, n) => n % 5 == 0))
            held.Problem(before, before.With(await made.Fresh.Anyone.GetAsync(before.Path))).ShouldBeNull();
    }

    [Theory]
    [InlineData(AskedOf.Item, "signals", "freshness")]
    [InlineData(AskedOf.List, "items", "signals", "freshness")]
    [InlineData(AskedOf.Summary, "freshness", "stale")]
    [InlineData(AskedOf.Timeline, "points", "statuses", "items")]
    [InlineData(AskedOf.History, "events", "statusAfter")]
    public void An_answer_that_a_changed_rule_names_passes_if_the_oracle_agrees_and_fails_otherwise(AskedOf kind, params string[] member)
    {
        var present = made.Answers.First(a => a.Kind == kind && a.Status == 200 && Altered(a, member, 1) is not null);
        // As if the earlier program had answered otherwise, and as if the present one were wrong.
        var (before, wrong) = (Altered(present, member, 1)!, Altered(present, member, 2)!);
        ChangedRule named = new("3a.11", "An artificial entry.", member[^1]);
        ChangedRule other = new("3a.8", "Another one.", "flags");

        var unnamed = new KeptAnswers(made.Answers, [other], made.Oracle);
        unnamed.Problem(before, present).ShouldNotBeNull().ShouldContain("no changed rule names them");
        unnamed.Unneeded.ShouldBe([other]);
        var held = new KeptAnswers(made.Answers, [named, other], made.Oracle);
        held.Problem(present, present).ShouldBeNull();
        held.Unneeded.ShouldBe([named, other]);
        held.Problem(before, present).ShouldBeNull();
        held.Unneeded.ShouldBe([other]);
        held.Problem(before, wrong).ShouldNotBeNull().ShouldContain("the oracle says otherwise");
    }

    [Fact]
    public void A_new_member_is_passed_over_and_one_that_other_answers_had_is_not()
    {
        var held = new KeptAnswers(made.Answers, [], made.Oracle);
        var before = made.Answers.First(a => a is { Kind: AskedOf.Item, Status: 200 } && a.Body!["due"] is null);
        held.Differences(before, With("participation")).ShouldBeEmpty();
        held.Differences(before, With("due")).ShouldBe(["due"]);
        held.Differences(With("due"), before).ShouldBe(["due"]);
        held.Problem(before, before with { Status = 404 }).ShouldNotBeNull().ShouldContain("answer differ");

        KeptAnswer With(string member)
        {
            var body = before.Body!.DeepClone();
            body[member] = new JsonObject { ["date"] = "2030" };
            return before with { Body = body };
        }
    }

    /// <summary>The answer with another word or number at the last place that the member has; null if it has none.</summary>
    private static KeptAnswer? Altered(KeptAnswer answer, string[] member, int by)
    {
        var body = answer.Body!.DeepClone();
        var holder = body;
        foreach (var name in member[..^1])
            holder = holder?[name] is JsonArray list ? list.LastOrDefault() : holder?[name];
        if (holder?[member[^1]] is not JsonValue value)
            return null;
        holder[member[^1]] = value.TryGetValue<int>(out var number) ? number + by : $"{(string)value!} {by}";
        return answer with { Body = body };
    }

    /// <summary>Columns and indexes of all tables, a line each.</summary>
    private static async Task<List<string>> ShapeAsync(Tracker tracker)
    {
        var schema = tracker.Location.Schema;
        return
        [
            .. await tracker.RowsAsync(
                $"""
                select table_name || '.' || column_name, data_type, is_nullable, is_identity
                from information_schema.columns where table_schema = '{schema}'
                """
            ),
            .. await tracker.RowsAsync(
                $"select replace(replace(indexdef, '{schema}.', ''), '\"{schema}\".', '') from pg_indexes where schemaname = '{schema}'"
            ),
        ];
    }
}
