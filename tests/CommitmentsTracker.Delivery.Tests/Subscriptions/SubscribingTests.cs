using System.Net.Sockets;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Server.Inbox;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;
using CommitmentsTracker.Testing.Webhooks;

namespace CommitmentsTracker.Delivery.Tests.Subscriptions;

/// <summary>From the form to the last mail, over a real mail conversation.</summary>
public sealed class SubscribingTests : IAsyncLifetime
{
    private MailedTracker _desk = null!;

    private Tracker Tracker => _desk.Tracker;

    public async ValueTask InitializeAsync() => _desk = await MailedTracker.StartAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task Nothing_is_sent_before_the_button_behind_the_link_is_pressed_and_the_link_works_once()
    {
        (await _desk.AskAsync("reader@example.org")).Status.ShouldBe(200);
        var mail = (await _desk.Mails.ForAsync("reader@example.org")).ShouldHaveSingleItem();
        mail.Message.Headers["Auto-Submitted"].ShouldBe("auto-generated");
        var link = MailedTracker.Path(mail.Links.Single(l => l.AbsolutePath.StartsWith("/subscribe/confirm/", StringComparison.Ordinal)));
        // The mail came before it was noted that it had.
        await _desk.QuietAsync();
        var before = await Tracker.FingerprintAsync();
        for (var i = 0; i < 3; i++)
            (await _desk.GetAsync(link)).Status.ShouldBe(200);
        (await Tracker.FingerprintAsync()).ShouldBe(before, "looking at a link changes nothing");
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.QuietAsync();
        _desk.Mails.All.Count.ShouldBe(1);

        var id = await Tracker.AskAsync<Guid>("select id from subscriptions");
        (await _desk.PostAsync(link, [new("id", id.ToString())])).Status.ShouldBe(302);
        (await _desk.PostAsync(link, [new("id", id.ToString())])).Status.ShouldBe(404);
        (await _desk.GetAsync(link)).Status.ShouldBe(404);
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        var notice = (await _desk.Mails.ForAsync("reader@example.org", 2))[1];
        notice.Text.ShouldContain("/items/" + slug);
        notice.Message.Subject.ShouldBe($"[Tracker] Keep {slug}");
    }

    [Fact]
    public async Task A_link_older_than_two_days_confirms_nothing_and_the_address_is_erased()
    {
        await _desk.AskAsync("late@example.org");
        var link = MailedTracker.Path(
            (await _desk.Mails.ForAsync("late@example.org"))[0]
                .Links.Single(l => l.AbsolutePath.StartsWith("/subscribe/confirm/", StringComparison.Ordinal))
        );
        var id = await Tracker.AskAsync<Guid>("select id from subscriptions");
        Tracker.Time.Advance(TimeSpan.FromHours(49));
        (await _desk.PostAsync(link, [new("id", id.ToString())])).Status.ShouldBe(404);
        await _desk.RunAsync(new ForgetAddresses());
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(0);
        (await _desk.PostAsync("/subscribe/confirm/forged", [new("id", id.ToString())])).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Looking_at_every_link_of_every_mail_changes_no_row_and_one_post_ends_everything()
    {
        var manage = await _desk.SubscribeAsync("gone@example.org");
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        var notice = (await _desk.Mails.ForAsync("gone@example.org", 2))[1];
        await _desk.QuietAsync();
        var before = await Tracker.FingerprintAsync();
        foreach (var link in _desk.Mails.All.SelectMany(m => m.Links).Where(l => l.Host == "localhost"))
            await _desk.GetAsync(MailedTracker.Path(link));
        (await Tracker.FingerprintAsync()).ShouldBe(before);

        var header = notice.Message.Headers["List-Unsubscribe"];
        notice.Message.Headers["List-Unsubscribe-Post"].ShouldBe("List-Unsubscribe=One-Click");
        var one = MailedTracker.Path(new Uri(header!.Trim('<', '>')));
        one.ShouldBe(manage);
        for (var i = 0; i < 2; i++)
        {
            var (status, page) = await _desk.PostAsync(one, [new("List-Unsubscribe", "One-Click")]);
            (status, page.Contains("All notices have ended", StringComparison.Ordinal)).ShouldBe((200, true));
        }

        foreach (var table in new[] { "subscribers", "subscriptions", "deliveries", "mails", "confirmations" })
            (await Tracker.AskAsync<long>($"select count(*) from {table}")).ShouldBe(0, table);
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == "gone@example.org").ShouldBe(2);
    }

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task Looking_at_the_links_of_every_kind_of_mail_changes_no_row_of_any_table(string lang)
    {
        const string reader = "crawled@example.org";
        await _desk.SubscribeAsync(reader, lang: lang);
        Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        await _desk.SubscribeAsync(reader, "?forum=harbour-2025", "daily", lang: lang);
        // At once and in a digest, near a deadline, of an endpoint that is gone, of a tip that is decided, and one more that nobody
        // confirmed.
        await Tracker.Ann.RecordAsync(change: b => b["due"] = new JsonObject { ["date"] = "2026-12-02" });
        for (var n = 0; n < 80; n++)
            await Tracker.Ann.RecordAsync();
        await using (var webhook = await Receiver.StartAsync())
        {
            (
                await Tracker.Ann.PostAsync(
                    "subscriptions",
                    new
                    {
                        channel = "webhook",
                        url = webhook.Url,
                        contact = reader,
                    }
                )
            ).Should(201);
            webhook.AnswersWith(410);
            await Tracker.Ann.RecordAsync();
            await Wait.UntilAsync(
                async () => await Tracker.AskAsync<long>("select count(*) from subscriptions where state = 'disabled'") == 1,
                "the end of the endpoint"
            );
        }

        var (told, inbox) = (await Tracker.Ann.RecordAsync(), Tracker.Get<InboxStore>());
        (
            await Tracker.Anyone.PostAsync(
                "tips",
                new
                {
                    item = told,
                    what = "It happened.",
                    occurredOn = "2025-06-01",
                    source = "https://example.org/gate",
                    email = reader,
                    lang,
                }
            )
        ).Should(201);
        var tip = (await inbox.ListAsync(new InboxFilter(null), 1, TestContext.Current.CancellationToken)).Single();
        (
            await inbox.DecideAsync(tip, InboxState.Refused, "somebody", "It is known.", TestContext.Current.CancellationToken)
        ).ShouldBeTrue();

        await _desk.PassAsync(TimeSpan.FromHours(24));
        await _desk.RunAsync(new GiveReminders());
        await _desk.QuietAsync();
        // What is too much for single mails comes an hour later.
        await _desk.PassAsync(TimeSpan.FromMinutes(62));
        await _desk.AskAsync(reader, "?theme=noise", lang: lang);
        await _desk.QuietAsync();
        await Wait.UntilAsync(
            async () =>
                await Tracker.AskAsync<long>("select count(distinct kind) from mails where state = 'sent'")
                == Enum.GetValues<MailKind>().Length,
            "every kind of mail"
        );
        var mails = await Tracker.AskAsync<long>("select count(*) from mails");
        await Wait.UntilAsync(() => _desk.Mails.All.Count == mails, "all mails");
        await _desk.QuietAsync();

        var links = _desk
            .Mails.All.SelectMany(m =>
                m.Links.Append(new Uri(m.Message.Headers["List-Unsubscribe"]?.Trim('<', '>') ?? "http://localhost/"))
            )
            .Where(l => l.Host == "localhost")
            .Select(MailedTracker.Path)
            .Distinct()
            .ToList();
        foreach (var part in new[] { "/subscribe/confirm/", "/u/", "/items/", "/changes?", "/docs" })
            links.ShouldContain(l => l.StartsWith(part, StringComparison.Ordinal), part);
        var before = await Tracker.FingerprintAsync();
        foreach (var link in links)
        {
            (await _desk.GetAsync(link)).Status.ShouldBeLessThan(500, link);
            using var head = new HttpRequestMessage(HttpMethod.Head, link);
            using var answer = await _desk.Browser.SendAsync(head, TestContext.Current.CancellationToken);
        }

        (await Tracker.FingerprintAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_hundred_sign_ups_for_one_address_ask_it_three_times_a_day_and_answer_alike()
    {
        await _desk.SubscribeAsync("known@example.org");
        for (var i = 0; i < 50; i++)
        {
            var answers = new HashSet<string>();
            foreach (var address in new[] { "known@example.org", "stranger@example.org" })
            {
                var (status, page) = await _desk.AskAsync(address);
                status.ShouldBe(200);
                answers.Add(page.Replace(address, "", StringComparison.Ordinal));
            }

            answers.Count.ShouldBe(1);
            Tracker.Time.Advance(TimeSpan.FromMinutes(20));
        }

        await _desk.QuietAsync();
        foreach (var address in new[] { "known@example.org", "stranger@example.org" })
            _desk
                .Mails.All.Count(m => m.To == address && m.Text.Contains("/subscribe/confirm/", StringComparison.Ordinal))
                .ShouldBeLessThanOrEqualTo(3, address);
    }

    [Fact]
    public async Task A_hundred_network_addresses_at_once_cannot_make_more_than_three_mails_a_day_to_one_person()
    {
        await using var limited = await MailedTracker.StartAsync(("TRACKER_SIGNUPS_PER_HOUR", "10"));
        const string victim = "victim@example.org";
        for (var round = 0; round < 4; round++)
        {
            var answers = await Task.WhenAll(
                Enumerable
                    .Range(1, 100)
                    .Select(async n =>
                    {
                        // Each comes from another address of this machine.
                        using var client = new HttpClient(
                            new SocketsHttpHandler
                            {
                                ConnectCallback = async (context, ct) =>
                                {
                                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                                    socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.1.{n}"), 0));
                                    await socket.ConnectAsync(context.DnsEndPoint, ct);
                                    return new NetworkStream(socket, ownsSocket: true);
                                },
                            }
                        )
                        {
                            BaseAddress = limited.Tracker.Address,
                        };
                        using var form = new FormUrlEncodedContent([
                            new("email", victim),
                            new("frequency", "daily"),
                            new("in", "en"),
                            new("zone", "UTC"),
                            new("changes", "status"),
                        ]);
                        using var answer = await client.PostAsync(
                            new Uri("/subscribe/ask", UriKind.Relative),
                            form,
                            TestContext.Current.CancellationToken
                        );
                        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
                    })
            );
            answers.Distinct().ShouldHaveSingleItem().ShouldStartWith("200 ");
            await limited.QuietAsync();
            limited.Mails.All.Count.ShouldBe(Math.Min(round + 1, 3));
            limited.Tracker.Time.Advance(TimeSpan.FromHours(5));
        }

        // The same form from one address: the limit counts there.
        var statuses = new List<int>();
        for (var n = 0; n < 12; n++)
            statuses.Add((await limited.AskAsync($"other{n}@example.org")).Status);
        statuses.Count(s => s == 429).ShouldBe(2);
    }

    [Fact]
    public async Task Who_manages_by_the_link_changes_pauses_mutes_and_ends()
    {
        var manage = await _desk.SubscribeAsync("manager@example.org");
        var id = (await Tracker.AskAsync<Guid>("select id from subscriptions")).ToString();
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync("manager@example.org", 2);

        (await ChangeAsync("mute", ("value", slug))).ShouldBe("mute");
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        (await ChangeAsync("pause", ("id", id))).ShouldBe("pause");
        var meanwhile = await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(10));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == "manager@example.org").ShouldBe(2);
        (await ChangeAsync("resume", ("id", id))).ShouldBe("resume");
        await _desk.QuietAsync();
        (await _desk.Mails.ForAsync("manager@example.org", 3))[2].Text.ShouldContain(meanwhile);

        (await ChangeAsync("frequency", ("id", id), ("value", "weekly"))).ShouldBe("frequency");
        (await ChangeAsync("place", ("in", "zh"), ("value", "Asia/Shanghai"))).ShouldBe("place");
        (
            await Tracker.RowsAsync("select s.frequency, x.lang, x.zone from subscriptions s join subscribers x on x.id = s.subscriber")
        ).ShouldBe(["weekly | zh | Asia/Shanghai"]);
        (await ChangeAsync("frequency", ("id", id), ("value", "hourly"))).ShouldBe("refused");
        (await ChangeAsync("place", ("in", "zh"), ("value", "Mars/Olympus"))).ShouldBe("refused");
        (await ChangeAsync("end", ("id", Guid.CreateVersion7().ToString()))).ShouldBe("refused");
        (await _desk.PostAsync(manage + "/change", [new("do", "end"), new("id", id)])).Status.ShouldBe(200);
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(0);
        (await _desk.GetAsync(manage)).Status.ShouldBe(404);

        async Task<string> ChangeAsync(string what, params (string Name, string Value)[] fields)
        {
            var (status, to) = await _desk.PostAsync(
                manage + "/change",
                fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)).Prepend(new("do", what))
            );
            status.ShouldBe(302, to);
            return to.Split("done=")[1].Split('&')[0];
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("a@b")]
    [InlineData("a b@example.org")]
    [InlineData("a@example.org\r\nBcc: victim@example.org")]
    [InlineData("\"a\"@example.org, victim@example.org")]
    [InlineData("Somebody <a@example.org>")]
    [InlineData("a@exa mple.org")]
    [InlineData("a@-.org")]
    public async Task What_is_no_address_is_refused_beside_the_field_and_nothing_is_kept(string address)
    {
        var (status, page) = await _desk.AskAsync(address);
        status.ShouldBe(400);
        page.ShouldContain("id=\"email-hint\" class=\"wrong\"");
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(0);
    }

    [Fact]
    public async Task Wrong_choices_are_named_beside_their_fields()
    {
        (await _desk.AskAsync("a@example.org", zone: "Mars/Olympus")).Body.ShouldContain("zone-wrong");
        (await _desk.AskAsync("a@example.org", frequency: "hourly")).Status.ShouldBe(400);
        (await _desk.AskAsync("a@example.org", changes: ["weather"])).Body.ShouldContain("changes-wrong");
        (await _desk.AskAsync("a@example.org", "?status=hoped")).Status.ShouldBe(400);
        (
            await _desk.PostAsync(
                "/subscribe/ask",
                [
                    new("email", "a@example.org"),
                    new("frequency", "daily"),
                    new("zone", "UTC"),
                    new("in", "en"),
                    new("changes", "status"),
                    new("website", "spam"),
                ]
            )
        ).Status.ShouldBe(200);
        (await Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(0);
    }

    [Fact]
    public async Task One_network_address_signs_up_ten_times_an_hour_and_no_more()
    {
        await using var limited = await MailedTracker.StartAsync(("TRACKER_SIGNUPS_PER_HOUR", "10"));
        for (var i = 0; i < 10; i++)
            (await limited.AskAsync($"a{i}@example.org")).Status.ShouldBe(200);
        for (var i = 10; i < 200; i++)
            (await limited.AskAsync($"a{i}@example.org")).Status.ShouldBe(429);
        (await limited.Tracker.AskAsync<long>("select count(*) from subscribers")).ShouldBe(10);
    }
}
