using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Workers;

/// <summary>A row that a worker cannot read or tell is put aside; the rest goes on, and once repaired it is told once.</summary>
public sealed partial class PoisonRowTests : IAsyncLifetime
{
    private const string Reader = "reader@example.org";
    private const string Other = "other@example.org";
    private PoisonDesk _desk = null!;

    private Tracker Tracker => _desk.Tracker;

    public async ValueTask InitializeAsync() => _desk = await PoisonDesk.StartAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    public static TheoryData<string> SpoiledChanges =>
        [
            """jsonb_set(change, '{after,status}', '"reopened"')""",
            """'{"shape": 2}'::jsonb""",
            "'[]'::jsonb",
            """jsonb_set(change, '{type}', '"item.split"')""",
            """jsonb_set(change, '{themes}', 'null')""",
        ];

    [Theory]
    [MemberData(nameof(SpoiledChanges))]
    public async Task A_change_keeps_its_number_and_is_told_once_late(string spoiled)
    {
        var (receiver, _) = await _desk.SubscribedAsync();
        await _desk.Mailed.SubscribeAsync(Reader);
        var slugs = new List<string>();
        var (no, change) = (0L, "");
        await _desk.UntoldAsync(async () =>
        {
            for (var n = 0; n < 3; n++)
                slugs.Add(await Tracker.Ann.RecordAsync());
            no = await Tracker.AskAsync<long>("select last_no - 1 from change_counter");
            change = await Tracker.AskAsync<string>($"select change::text from changes where change_no = {no}");
            await _desk.RunAsync($"update changes set change = {spoiled} where change_no = {no}");
        });
        await _desk.Mailed.ToldAsync();
        await _desk.SoonAsync(() => Task.FromResult(receiver.Notices.Count == 2), "the notices of the changes around it");
        await OutcomesAsync();
        await _desk.Mailed.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 3), "the mails of the changes around it");
        await _desk.AsideAsync("changes", $"{no}");
        await ShownAsPlaceAsync(no, slugs);
        await _desk.InVainAsync("changes", $"{no}");

        await _desk.RunAsync($"update changes set change = '{change.Replace("'", "''", StringComparison.Ordinal)}' where change_no = {no}");
        await _desk.ReadAgainAsync("changes", $"{no}");
        await _desk.SoonAsync(() => Task.FromResult(receiver.Notices.Count == 3), "the notice of the change itself");
        await OutcomesAsync();
        await _desk.Mailed.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 4), "the mail of the change itself");
        await QuietAsync();
        receiver.Notices.Select(n => (long)n.Json["changeno"]!).ShouldBe([no - 1, no + 1, no], ignoreOrder: true);
        _desk.Mailed.Mails.All.Count(m => m.To == Reader && m.Text.Contains(slugs[1], StringComparison.Ordinal)).ShouldBe(1);
        (await Tracker.Anyone.GetAsync("/feeds/changes.json")).Should(200).Body.ShouldNotContain("cannot be shown yet");
    }

    [Fact]
    public async Task What_was_put_right_of_a_change_reaches_whoever_would_have_been_told_it()
    {
        var (receiver, _) = await _desk.SubscribedAsync();
        var made = await Tracker.Ann.PostAsync(
            "subscriptions",
            new
            {
                channel = "webhook",
                url = receiver.Url,
                filter = new { changes = new[] { "progress" } },
            }
        );
        var narrow = made.Should(201).Id;
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.Mailed.ToldAsync();
        var (no, change) = (0L, "");
        await _desk.UntoldAsync(async () =>
        {
            var update = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-04-01"));
            no = await Tracker.AskAsync<long>("select last_no from change_counter");
            change = await Tracker.AskAsync<string>($"select change::text from changes where change_no = {no}");
            await _desk.RunAsync(
                $$"""update changes set change = jsonb_set(change, '{after,confidence}', '"sworn"') where change_no = {{no}}"""
            );
            (
                await Tracker.Ann.PostAsync(
                    $"items/{slug}/updates/{update}/corrections",
                    new JsonObject
                    {
                        ["kind"] = "retract",
                        ["reason"] = Harbour.Text("It was another item."),
                        ["evidence"] = Harbour.Evidence(),
                    }
                )
            ).Should(201);
        });
        await _desk.Mailed.ToldAsync();
        await _desk.AsideAsync("changes", $"{no}");
        (await ToldAsync(narrow)).ShouldBe([]);
        await _desk.RunAsync($"update changes set change = '{change.Replace("'", "''", StringComparison.Ordinal)}' where change_no = {no}");
        await _desk.ReadAgainAsync("changes", $"{no}");
        (await ToldAsync(narrow)).ShouldBe([$"{no}", $"{no + 1}"]);
    }

    [Theory]
    [InlineData("""{"kind": ["miracle"]}""")]
    [InlineData("""{"signal": ["miraculous"]}""")]
    [InlineData("""{"item": null}""")]
    [InlineData("[]")]
    public async Task A_subscription_whose_filter_cannot_be_read_is_told_later_what_it_missed(string filter)
    {
        var (reads, _) = await _desk.SubscribedAsync();
        var (spoiled, id) = await _desk.SubscribedAsync();
        await _desk.RunAsync($"update subscriptions set filter = '{filter}' where id = '{id}'");
        await _desk.RunAsync("update subscriptions_version set version = version + 1");
        await Tracker.Ann.RecordAsync();
        await _desk.Mailed.ToldAsync();
        await _desk.SoonAsync(() => Task.FromResult(reads.Notices.Count == 1), "the other's notice");
        await _desk.AsideAsync("subscriptions", id);
        await _desk.InVainAsync("subscriptions", id);
        // The list of its owner goes on without it, by itself it fails.
        (await Tracker.Ann.GetAsync("subscriptions")).Should(200).Json["subscriptions"]!.AsArray().Count.ShouldBe(1);
        (await Tracker.Ann.GetAsync($"subscriptions/{id}")).Should(500).Body.ShouldContain("under ");
        await _desk.RunAsync($$"""update subscriptions set filter = '{}' where id = '{{id}}'""");
        await _desk.ReadAgainAsync("subscriptions", id);
        await _desk.SoonAsync(() => Task.FromResult(spoiled.Notices.Count == 1), "what it missed");
        await Tracker.Ann.RecordAsync();
        await _desk.SoonAsync(() => Task.FromResult(spoiled.Notices.Count == 2 && reads.Notices.Count == 2), "the next one");
        await QuietAsync();
        spoiled.Notices.Select(n => n.Id).ShouldBe(reads.Notices.Select(n => n.Id));
    }

    [Fact]
    public async Task A_subscriber_in_a_zone_that_is_unknown_is_told_at_once_what_needs_no_zone_and_later_the_rest()
    {
        await _desk.Mailed.SubscribeAsync(Other, frequency: "daily");
        await _desk.Mailed.SubscribeAsync(Reader, frequency: "daily");
        Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        await _desk.Mailed.SubscribeAsync(Reader, frequency: "immediately", query: "?kind=instrument");
        var id = await Tracker.AskAsync<Guid>($"select id from subscribers where address = '{Reader}'");
        var sent = Mails(Reader);
        await _desk.RunAsync($"update subscribers set zone = 'Mars/Olympus' where id = '{id}'");
        await _desk.RunAsync("update subscriptions_version set version = version + 1");
        var slug = await Tracker.Ann.RecordAsync();
        var instrument = await Tracker.Ann.RecordAsync("instrument");
        await _desk.Mailed.ToldAsync();
        await _desk.AsideAsync("subscribers", $"{id}");
        await _desk.Mailed.RunAsync(new GiveReminders());
        await _desk.Mailed.PassAsync(TimeSpan.FromDays(1));
        await _desk.SoonAsync(
            () => Task.FromResult(_desk.Mailed.Mails.All.Any(m => m.To == Other && m.Text.Contains(slug, StringComparison.Ordinal))),
            "the other's digest"
        );
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == sent + 1), "what needs no zone");
        _desk.Mailed.Mails.All.Last(m => m.To == Reader).Text.ShouldContain(instrument);
        await _desk.InVainAsync("subscribers", $"{id}");
        await _desk.RunAsync($"update subscribers set zone = 'Asia/Shanghai' where id = '{id}'");
        await _desk.ReadAgainAsync("subscribers", $"{id}");
        await _desk.Mailed.PassAsync(TimeSpan.FromDays(1));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == sent + 2), "the digest");
        await QuietAsync();
        _desk.Mailed.Mails.All.Count(m => m.To == Reader && m.Text.Contains(slug, StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_delivery_whose_notice_is_gone_holds_up_none_behind_it()
    {
        var (receiver, _) = await _desk.SubscribedAsync();
        var delivery = 0L;
        await _desk.UnsentAsync(async () =>
        {
            // More than the endpoint has slots.
            for (var n = 0; n < 6; n++)
                await Tracker.Ann.RecordAsync();
            await _desk.Mailed.ToldAsync();
            delivery = await Tracker.AskAsync<long>("select min(id) from deliveries");
            await _desk.RunAsync("delete from notices where change_no <= (select min(change_no) + 4 from deliveries)");
        });
        await _desk.SoonAsync(() => Task.FromResult(receiver.Notices.Count == 1), "the one that can be sent");
        await _desk.AsideAsync("deliveries", $"{delivery}");
        (await Tracker.AskAsync<long>("select count(*) from put_aside")).ShouldBe(5);
        // The next look of the program itself writes what is missing anew.
        Tracker.Time.Advance(TryAgain.Every);
        await _desk.SoonAsync(() => Task.FromResult(receiver.Notices.Count == 6), "the others");
        await QuietAsync();
        receiver.Notices.Select(n => n.Id).Distinct().Count().ShouldBe(6);
        (await Tracker.Anyone.GetAsync("/health/ready")).Should(200).Body.ShouldBe("Healthy");
    }

    [Fact]
    public async Task A_delivery_in_an_unknown_state_is_left_out_of_lists()
    {
        var (receiver, id) = await _desk.SubscribedAsync();
        await Tracker.Ann.RecordAsync();
        await Tracker.Ann.RecordAsync();
        await _desk.SoonAsync(
            async () => receiver.Notices.Count == 2 && await Tracker.AskAsync<bool>("select bool_and(state = 'delivered') from deliveries"),
            "both"
        );
        var delivery = await Tracker.AskAsync<long>("select min(id) from deliveries");
        await _desk.RunAsync($"update deliveries set state = 'parked' where id = {delivery}");
        var page = (await Tracker.Ann.GetAsync($"subscriptions/{id}/deliveries")).Should(200).Json["deliveries"]!.AsArray();
        page.Count.ShouldBe(1);
        await _desk.AsideAsync("deliveries", $"{delivery}");
        await _desk.RunAsync($"update deliveries set state = 'delivered' where id = {delivery}");
        await _desk.ReadAgainAsync("deliveries", $"{delivery}");
        receiver.Notices.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("secret = 'garbage'")]
    [InlineData("url = 'no address'")]
    [InlineData("content_type = '('")]
    public async Task An_endpoint_whose_row_cannot_be_used_is_not_taken_for_one_that_fails(string spoiled)
    {
        var (good, _) = await _desk.SubscribedAsync();
        var (bad, id) = await _desk.SubscribedAsync();
        var kept = (await Tracker.RowsAsync($"select secret, url, content_type from endpoints where subscription = '{id}'"))
            .Single()
            .Split(" | ");
        await _desk.RunAsync($"update endpoints set {spoiled} where subscription = '{id}'");
        await Tracker.Ann.RecordAsync();
        await _desk.SoonAsync(() => Task.FromResult(good.Notices.Count == 1), "the other's notice");
        await _desk.AsideAsync("endpoints", id);
        await _desk.InVainAsync("endpoints", id);
        (await Tracker.AskAsync<int>($"select failures_in_row from endpoints where subscription = '{id}'")).ShouldBe(0);
        await _desk.RunAsync(
            $"update endpoints set secret = '{kept[0]}', url = '{kept[1]}', content_type = '{kept[2]}' where subscription = '{id}'"
        );
        await _desk.ReadAgainAsync("endpoints", id);
        await _desk.SoonAsync(() => Task.FromResult(bad.Notices.Count == 1), "its own notice");
        await QuietAsync();
        (good.Notices.Count, bad.Notices.Count).ShouldBe((1, 1));
    }

    public static TheoryData<string, string> SpoiledMails =>
        new()
        {
            { "kind = 'telegram'", "kind = 'warning'" },
            {
                """content = '{"since": "never"}'""",
                """content = '{"endpoint": "https://example.org", "what": "failing", "since": "2026-01-01T00:00:00Z"}'"""
            },
            {
                "content = 'null'",
                """content = '{"endpoint": "https://example.org", "what": "failing", "since": "2026-01-01T00:00:00Z"}'"""
            },
            { "address = 'no address <'", $"address = '{Reader}'" },
        };

    [Theory]
    [MemberData(nameof(SpoiledMails))]
    public async Task A_mail_that_cannot_be_read_or_written_holds_up_nobody_elses(string spoiled, string repaired)
    {
        var (id, at) = (Guid.CreateVersion7(Tracker.Time.GetUtcNow()), $"{Tracker.Time.GetUtcNow():O}");
        await _desk.RunAsync(
            $$"""
            begin;
            insert into mails (id, address, kind, state, due_at, created_at, message_id, content)
            values ('{{id}}', '{{Reader}}', 'warning', 'waiting', '{{at}}', '{{at}}',
                '{{id:n}}@example.org', '{"endpoint": "https://example.org", "what": "failing", "since": "2026-01-01T00:00:00Z"}');
            update mails set {{spoiled}} where id = '{{id}}';
            commit
            """
        );
        await _desk.Mailed.SubscribeAsync(Other);
        await Tracker.Ann.RecordAsync();
        await _desk.Mailed.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Other) == 2), "the other's mail");
        await _desk.AsideAsync("mails", $"{id}");
        Mails(Reader).ShouldBe(0);
        await _desk.RunAsync($"update mails set {repaired} where id = '{id}'");
        await _desk.ReadAgainAsync("mails", $"{id}");
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 1), "the mail");
        await QuietAsync();
        Mails(Reader).ShouldBe(1);
    }

    [Fact]
    public async Task A_token_that_cannot_be_read_holds_up_the_mails_of_its_subscriber_alone()
    {
        await _desk.Mailed.SubscribeAsync(Reader);
        await _desk.Mailed.SubscribeAsync(Other);
        var token = await Tracker.AskAsync<string>($"select token_protected from subscribers where address = '{Reader}'");
        await _desk.RunAsync($"update subscribers set token_protected = 'garbage' where address = '{Reader}'");
        await Tracker.Ann.RecordAsync();
        await _desk.Mailed.ToldAsync();
        await _desk.Mailed.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Other) == 2), "the other's mail");
        await _desk.SoonAsync(() => Tracker.AskAsync<bool>("select exists (select 1 from put_aside)"), "put aside");
        var mail = await Tracker.AskAsync<string>("select key from put_aside where table_name = 'mails'");
        await _desk.AsideAsync("mails", mail);
        await _desk.InVainAsync("mails", mail);
        await _desk.RunAsync($"update subscribers set token_protected = '{token}' where address = '{Reader}'");
        await _desk.ReadAgainAsync("mails", mail);
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 2), "the mail");
        await QuietAsync();
        Mails(Reader).ShouldBe(2);
    }

    [Fact]
    public async Task Only_administrators_try_again_and_only_with_the_token_of_the_form()
    {
        await _desk.RunAsync(
            "insert into put_aside (table_name, key, why, since) values ('unheard_of', '1', 'for a newer program', now())"
        );
        await _desk.AsideAsync("unheard_of", "1");
        using var editor = await Browser.OfAsync(Tracker, await Tracker.AskAsync<string>("select id from people where name = 'Ann'"));
        (await editor.PostAsync(OperateDeliveries.Page, ("do", "again"), ("value", "unheard_of 1"))).Status.ShouldBeOneOf(302, 400, 403);
        using var ada = await Browser.OfAsync(Tracker, await Tracker.AskAsync<string>("select id from people where name = 'Ada'"));
        (await ada.PostAsync(OperateDeliveries.Page, ("do", "again"), ("value", "unheard_of 1"))).Should(400);
        (await Tracker.AskAsync<long>("select count(*) from audit where act like 'row_%'")).ShouldBe(0);
        // Nobody here reads such rows; they wait.
        await _desk.InVainAsync("unheard_of", "1");
    }

    private int Mails(string to) => _desk.Mailed.Mails.All.Count(m => m.To == to);

    private Task<List<string>> ToldAsync(string subscription) =>
        Tracker.RowsAsync($"select change_no from deliveries where subscription = '{subscription}' order by 1");

    /// <summary>Waits until nothing is due or on its way, so that what would come twice has come twice.</summary>
    private async Task QuietAsync()
    {
        await OutcomesAsync();
        await _desk.Mailed.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.SoonAsync(
            () =>
                Tracker.AskAsync<bool>(
                    "select not exists (select 1 from deliveries where state in ('waiting', 'sending') "
                        + $"and due_at <= '{Tracker.Time.GetUtcNow():O}') "
                        + "and not exists (select 1 from mails where state in ('waiting', 'sending'))"
                ),
            "nothing to send"
        );
    }

    /// <summary>What was taken is sent again when its lease runs out before its outcome is kept; so the clock stands until it is.</summary>
    private Task OutcomesAsync() =>
        Wait.UntilAsync(
            () => Tracker.AskAsync<bool>("select not exists (select 1 from deliveries where state = 'sending' and mail is null)"),
            "the outcomes"
        );

    /// <summary>Everywhere else the change is shown as a place that is kept, with its number and its item.</summary>
    private async Task ShownAsPlaceAsync(long no, List<string> slugs)
    {
        var log = (await Tracker.Anyone.GetAsync($"changes?after={no - 2}")).Should(200).Json["changes"]!.AsArray();
        log.Select(c => (long)c!["changeNo"]!).ShouldBe([no - 1, no, no + 1]);
        ((string)log[1]!["type"]!, (string)log[1]!["item"]!).ShouldBe(("unreadable", slugs[1]));
        ((string)log[1]!["title"]!["en"]!).ShouldBe($"Change {no} cannot be shown yet");
        foreach (var path in new[] { "/feeds/changes.json", "/feeds/changes.atom", $"/feeds/changes.json?item={slugs[1]}" })
        {
            var feed = (await Tracker.Anyone.GetAsync(path)).Should(200).Body;
            feed.ShouldContain($"Change {no} cannot be shown yet", Case.Sensitive, path);
            feed.ShouldContain(slugs[1], Case.Sensitive, path);
        }

        var narrow = (await Tracker.Anyone.GetAsync("/feeds/changes.json?status=announced")).Should(200).Body;
        narrow.ShouldNotContain("cannot be shown yet");
        foreach (
            var path in new[]
            {
                "/",
                $"/forums/{Harbour.Slug}",
                $"/items/{slugs[1]}",
                "/changes",
                "/subscribe",
                "/calendar.ics",
                "/corrections",
            }
        )
            (await Tracker.Anyone.GetAsync(path)).Should(200);
    }
}
