using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Server.Queue;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;

namespace CommitmentsTracker.Server.Tests.Inbox;

/// <summary>What anyone sends in, who may decide on it, and what is kept of the sender.</summary>
public sealed class TipTests : IAsyncLifetime
{
    private MailedTracker _mailed = null!;

    private Tracker Tracker => _mailed.Tracker;
    private InboxStore Store => Tracker.Get<InboxStore>();
    private InboxDesk Desk => Tracker.Get<InboxDesk>();
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _mailed = await MailedTracker.StartAsync((Tips.Setting, "0"));

    public ValueTask DisposeAsync() => _mailed.DisposeAsync();

    [Fact]
    public async Task A_tip_waits_apart_from_its_sender_who_sees_what_becomes_of_it_and_is_forgotten_with_the_decision()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var sent = await SendAsync(slug, "The gate was opened.", also: ("email", "reader@example.org"));
        sent.Status.ShouldBe(302, sent.Body);
        var receipt = sent.Body.Split('?')[0];
        (await _mailed.GetAsync(receipt)).Body.ShouldContain("Waiting to be looked at");
        (await Tracker.RowsAsync("select count(*) from mt_events where data::text like '%reader@example.org%'")).ShouldBe(["0"]);
        (await Tracker.RowsAsync("select i::text from inbox i")).ShouldAllBe(r =>
            !r.Contains("reader@example.org") && !r.Contains("127.0.0.1")
        );
        (await Tracker.RowsAsync("select email, address from inbox_senders")).ShouldBe(["reader@example.org | 127.0.0.1"]);

        var entry = (await Store.ListAsync(new InboxFilter(null), 10, Ct)).Single();
        (await Desk.TakeAsync(entry.Id, await AuthorAsync("Ann"), Ct)).ShouldBeEmpty();
        (await Desk.TakeAsync(entry.Id, await AuthorAsync("Bo"), Ct)).Single().Rule.ShouldBe("entry-taken");
        (await Desk.CloseAsync(entry.Id, InboxState.Refused, "No.", await AuthorAsync("Bo"), Ct)).Single().Rule.ShouldBe("entry-taken");
        var update = Harbour.Update("progress", "2025-06-01", "The gate was opened.");
        update["id"] = entry.RecordId;
        await Tracker.Ann.LogAsync(slug, update);
        (await Desk.FinishTakenAsync(Ct)).ShouldBe(1);

        (await _mailed.GetAsync(receipt)).Body.ShouldContain("Taken up");
        (await Tracker.RowsAsync("select * from inbox_senders")).ShouldBeEmpty();
        var mail = (await _mailed.Mails.ForAsync("reader@example.org")).Single();
        mail.Text.ShouldContain("was taken up");
        await Wait.UntilAsync(
            async () =>
                await Tracker.AskAsync<long>("select count(*) from mails where kind = 'decision' and address is null and state = 'sent'")
                == 1,
            "the address of the mail to be erased"
        );
        (await Desk.CloseAsync(entry.Id, InboxState.Refused, "No.", await AuthorAsync("Bo"), Ct)).Single().Rule.ShouldBe("entry-decided");
    }

    [Fact]
    public async Task A_refusal_needs_a_reason_and_its_mail_holds_what_was_written_as_text()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await SendAsync(slug, "<script>alert(1)</script>", also: ("email", "a@example.org"));
        var entry = (await Store.ListAsync(new InboxFilter(null), 10, Ct)).Single();
        (await Desk.CloseAsync(entry.Id, InboxState.Refused, " ", await AuthorAsync("Bo"), Ct)).Single().Field.ShouldBe("reason");
        (
            await Desk.CloseAsync(
                entry.Id,
                InboxState.Refused,
                "It shows <b>nothing</b>.\r\nBcc: x@example.org",
                await AuthorAsync("Bo"),
                Ct
            )
        ).ShouldBeEmpty();
        var mail = (await _mailed.Mails.ForAsync("a@example.org")).Single();
        mail.Message.HtmlBody!.ShouldContain("&lt;b&gt;nothing&lt;/b&gt;");
        mail.Message.Bcc.ShouldBeEmpty();
        mail.Message.To.Mailboxes.Single().Address.ShouldBe("a@example.org");
    }

    [Fact]
    public async Task Spam_is_told_nobody_and_goes_in_time_as_senders_do_of_whom_nobody_decided()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await SendAsync(slug, "Buy ships.", also: ("email", "a@example.org"));
        await SendAsync(slug, "It happened.", also: ("email", "b@example.org"));
        var entries = await Store.ListAsync(new InboxFilter(null), 10, Ct);
        (await Desk.CloseAsync(entries[0].Id, InboxState.Spam, null, await AuthorAsync("Bo"), Ct)).ShouldBeEmpty();
        (await Tracker.RowsAsync("select email from inbox_senders")).ShouldBe(["b@example.org"]);
        (await Tracker.RowsAsync("select kind from mails")).ShouldBeEmpty();
        Tracker.Time.Advance(InboxStore.SendersKept + TimeSpan.FromMinutes(1));
        await _mailed.RunAsync(new ForgetSenders());
        (await Tracker.RowsAsync("select * from inbox_senders")).ShouldBeEmpty();
        (await Tracker.RowsAsync("select state from inbox")).ShouldBe(["open"]);
    }

    [Fact]
    public async Task What_is_wrong_is_named_beside_its_field_and_nothing_is_kept()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var (status, body) = await SendAsync(
            slug,
            "",
            source: "javascript:alert(1)",
            on: "yesterday",
            also: ("email", "a@example.org\r\nBcc: b@example.org")
        );
        status.ShouldBe(400, body);
        foreach (var field in new[] { "what", "occurredOn", "source", "email" })
            body.ShouldContain($"id=\"wrong-{field}\"");
        (await SendAsync("no-such-item", "It happened.")).Status.ShouldBe(404);
        (await SendAsync(slug + "%00", "It happened.")).Status.ShouldBe(404);
        (await SendAsync(slug, "It happened.", update: "no-such-update")).Status.ShouldBe(404);
        (await SendAsync(slug, "It happened.", on: "2025-99")).Status.ShouldBe(400);
        (await SendAsync(slug, new string('x', 5_001))).Status.ShouldBe(400);
        await TooLargeAsync(async () => (await SendAsync(slug, new string('x', 10 * 1024 * 1024))).Status);
        (await SendAsync(slug, "It happened.", also: ("website", "https://spam.example"))).Status.ShouldBe(302);
        (await Tracker.RowsAsync("select * from inbox")).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_API_takes_tips_without_a_token_in_the_same_bounds()
    {
        var slug = await Tracker.Ann.RecordAsync();
        object Tip(string item, string what) =>
            new
            {
                item,
                what,
                occurredOn = "2025-06",
                source = "https://example.org/gate",
                lang = "zh",
            };
        var made = (await Tracker.Anyone.PostAsync("tips", Tip(slug, "闸门已开。"))).Should(201);
        made.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await _mailed.GetAsync(new Uri((string)made.Json["receipt"]!).PathAndQuery)).Status.ShouldBe(200);
        (await Tracker.Anyone.PostAsync("tips", Tip("nowhere", "x"))).ShouldRefuse(404, "unknown-item", "item");
        (await Tracker.Anyone.PostAsync("tips", Tip(slug, ""))).ShouldRefuse(400, "required", "what");
        (
            await Tracker.Anyone.PostAsync(
                "tips",
                new
                {
                    item = slug,
                    what = "x",
                    source = "https://example.org",
                }
            )
        ).ShouldRefuse(400, "required", "occurredOn");
        (
            await Tracker.Anyone.PostAsync(
                "tips",
                new
                {
                    item = slug,
                    what = "x",
                    source = "https://example.org",
                    person = "me",
                }
            )
        ).ShouldRefuse(400, "format", "person");
        await TooLargeAsync(async () => (await Tracker.Anyone.PostAsync("tips", Tip(slug, new string('x', 10 * 1024 * 1024)))).Status);
        (await Tracker.RowsAsync("select kind, lang from inbox")).ShouldBe(["tip | zh"]);
    }

    [Fact]
    public async Task A_dispute_that_is_taken_up_is_public_and_one_that_is_not_shows_its_reason()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var update = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        await SendAsync(slug, "It was in June.", update: update, on: "");
        await SendAsync(slug, "I dislike it.", update: update, on: "");
        var entries = await Store.ListAsync(new InboxFilter([Harbour.Slug], InboxKind.Dispute), 10, Ct);
        entries.Select(e => e.Update).ShouldBe([update, update]);
        var author = await AuthorAsync("Bo");
        (await Desk.OpenDisputeAsync(entries[0].Id, null, "The log of the port", author, Ct)).ShouldBeEmpty();
        (await Desk.CloseAsync(entries[1].Id, InboxState.Refused, "The source says the same.", author, Ct)).ShouldBeEmpty();
        var disputed = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json;
        ((string)disputed["signals"]!["confidence"]!).ShouldBe("disputed");
        ((string)disputed["updates"]!.AsArray().Last()!["disputes"]![0]!["evidence"]![0]!["title"]!).ShouldBe("The log of the port");
        var page = (await _mailed.GetAsync($"/items/{slug}?lang=en")).Body;
        page.ShouldContain("The source says the same.");
        page.ShouldNotContain("I dislike it.");
        (await DisputesAsync()).ShouldBe([entries[0].RecordId]);
        (
            await Tracker.Bo.PostAsync(
                $"items/{slug}/disputes/{entries[0].RecordId}/settlement",
                new { outcome = "upheld", note = Harbour.Text("Indeed.") }
            )
        ).Should(201);
        (await DisputesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_may_not_moderate_in_the_forum_decides_nothing()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await SendAsync(slug, "It happened.");
        var id = (await Store.ListAsync(new InboxFilter(null), 10, Ct)).Single().Id;
        foreach (
            var grant in new[]
            {
                new Grant(Role.Contributor, Harbour.Slug),
                new Grant(Role.Representative, Harbour.Slug, "city"),
                new Grant(Role.Editor, "elsewhere"),
            }
        )
        {
            var author = new Author("somebody", new Rights([grant]));
            (await Desk.CloseAsync(id, InboxState.Spam, null, author, Ct)).Single().Rule.ShouldBe("role");
            (await Desk.TakeAsync(id, author, Ct)).Single().Kind.ShouldBe(Domain.Refusals.RefusalKind.Forbidden);
        }

        var reviewer = new Author("somebody", new Rights([new Grant(Role.Reviewer, Harbour.Slug)]));
        (await Desk.TakeAsync(id, reviewer, Ct)).Single().Rule.ShouldBe("role");
        (await Desk.CloseAsync(id, InboxState.Refused, "It did not.", reviewer, Ct)).ShouldBeEmpty();
    }

    /// <summary>So much is refused, if need be by ending the connection.</summary>
    private static async Task TooLargeAsync(Func<Task<int>> send)
    {
        try
        {
            (await send()).ShouldBe(413);
        }
        catch (HttpRequestException e)
        {
            e.InnerException.ShouldBeOfType<IOException>();
        }
    }

    private async Task<Author> AuthorAsync(string name) =>
        (await Tracker.Get<Accounts>().AllAsync(Ct)).Where(p => p.Name == name).Select(p => new Author(p.Id, p.Rights)).First();

    /// <summary>Ids of the disputes in the queue.</summary>
    private async Task<IEnumerable<string>> DisputesAsync() =>
        (
            await Tracker
                .Get<WorkQueue>()
                .ReadAsync(
                    new Author("x", new Rights([new Grant(Role.Administrator)])),
                    null,
                    false,
                    50,
                    AskedClocks.OfNow(Tracker.Time.GetUtcNow()),
                    Ct
                )
        )
            .Single(s => s.Section.Name == "disputes")
            .Entries.Entries.Select(e => e.Subject);

    private async Task<(int Status, string Body)> SendAsync(
        string item,
        string what,
        string? update = null,
        string on = "2025-06-01",
        string source = "https://example.org/gate",
        (string Name, string Value)? also = null
    )
    {
        // What came first is to be seen by its time.
        Tracker.Time.Advance(TimeSpan.FromMilliseconds(10));
        var query = $"?item={item}&lang=en" + (update is null ? "" : "&update=" + update);
        return await _mailed.PostAsync(
            "/tip/send" + query,
            new Dictionary<string, string>
            {
                ["what"] = what,
                ["occurredOn"] = on,
                ["source"] = source,
                ["email"] = also is { Name: "email" } email ? email.Value : "",
                ["website"] = also is { Name: "website" } website ? website.Value : "",
            }
        );
    }
}

/// <summary>How much one network address may send.</summary>
public sealed class TipLimitTests
{
    [Fact]
    public async Task Of_10000_tips_from_one_address_ten_are_kept()
    {
        await using var tracker = await Tracker.StartAsync(Running.OnPort);
        await tracker.ImportAsync(Harbour.Folder());
        var slug = await tracker.Ann.RecordAsync();
        var body = new
        {
            item = slug,
            what = "It happened.",
            occurredOn = "2025-06-01",
            source = "https://example.org",
        };
        var answers = new System.Collections.Concurrent.ConcurrentBag<int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 10_000),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken },
            async (_, _) => answers.Add((await tracker.Anyone.PostAsync("tips", body)).Status)
        );
        answers.Count(s => s == 201).ShouldBe(Tips.Default);
        answers.Count(s => s == 429).ShouldBe(10_000 - Tips.Default);
        (await tracker.AskAsync<long>("select count(*) from inbox")).ShouldBe(Tips.Default);
        (await tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-06-01"))).Should(201);
    }
}
