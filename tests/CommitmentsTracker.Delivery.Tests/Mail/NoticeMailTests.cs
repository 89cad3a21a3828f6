using System.Security.Cryptography;
using System.Text;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Mail;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;

namespace CommitmentsTracker.Delivery.Tests.Mail;

/// <summary>What mails say, when they come, and what they never do.</summary>
public sealed partial class NoticeMailTests : IAsyncLifetime
{
    private const string Reader = "reader@example.org";
    private MailedTracker _desk = null!;

    private Tracker Tracker => _desk.Tracker;

    public async ValueTask InitializeAsync() => _desk = await MailedTracker.StartAsync();

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_burst_on_one_item_is_one_mail_that_says_from_what_to_what_when_and_on_what_evidence()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.SubscribeAsync(Reader, "?item=" + slug);
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01", "Work has begun."));
        await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2026-11-01", "Half of it is there."));
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        var mail = (await _desk.Mails.ForAsync(Reader, 2))[1];
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(2);
        foreach (
            var said in new[]
            {
                "Announced → Under way",
                "1 May 2025",
                "24 Nov 2026",
                "Work has begun.",
                "Half of it is there.",
                "Minutes of the port",
                "https://example.org/minutes",
            }
        )
            mail.Text.ShouldContain(said);
        WebUtility.HtmlDecode(mail.Message.HtmlBody)!.ShouldContain("Announced → Under way");
    }

    [Fact]
    public async Task Mails_on_one_item_are_one_thread()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.SubscribeAsync(Reader, "?item=" + slug);
        for (var n = 0; n < 12; n++)
        {
            await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", $"2026-01-{n + 1:00}"));
            await _desk.PassAsync(TimeSpan.FromMinutes(6));
            await _desk.Mails.ForAsync(Reader, n + 2);
        }

        var mails = _desk.Mails.All.Where(m => m.To == Reader).Skip(1).Select(m => m.Message).ToList();
        mails.Select(m => m.Subject).Distinct().Count().ShouldBe(1);
        mails.Select(m => m.References.ShouldHaveSingleItem()).Distinct().Count().ShouldBe(1);
        mails.Select(m => m.InReplyTo).Distinct().ShouldBe(mails[0].References);
        mails.Select(m => m.MessageId).Distinct().Count().ShouldBe(12);
        mails
            .Select(m => Convert.FromBase64String(m.Headers["Thread-Index"]!).Length)
            .ShouldBe(Enumerable.Range(0, 12).Select(n => 22 + (5 * n)));
        mails
            .Select(m => Convert.ToBase64String(Convert.FromBase64String(m.Headers["Thread-Index"]!), 0, 22))
            .Distinct()
            .Count()
            .ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_was_told_the_wrong_thing_is_told_the_correction_whatever_kinds_were_chosen()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.SubscribeAsync(Reader, "?item=" + slug, changes: ["status"]);
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 2);
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "redate",
                    newValues = new { occurredOn = "2025-06-02" },
                    reason = Harbour.Text("The minutes say June."),
                }
            )
        ).Should(201);
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        var mail = (await _desk.Mails.ForAsync(Reader, 3))[2];
        foreach (var said in new[] { "correction of the date", "1 May 2025", "2 June 2025", "The minutes say June." })
            mail.Text.ShouldContain(said);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_stops_neither_the_program_nor_the_mails_of_others()
    {
        await _desk.SubscribeAsync(Reader);
        await _desk.SubscribeAsync("other@example.org");
        await Tracker.RowsAsync($"update subscribers set token_protected = 'x' || token_protected where address = '{Reader}' returning 1");
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync("other@example.org", 2);
        await Tracker.RowsAsync(
            $"update subscribers set token_protected = substr(token_protected, 2) where address = '{Reader}' returning 1"
        );
        await _desk.PassAsync(TimeSpan.FromMinutes(3));
        await _desk.Mails.ForAsync(Reader, 2);
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 3);
    }

    [Fact]
    public async Task What_is_taken_back_within_two_minutes_is_mailed_to_nobody_and_stays_on_record()
    {
        var slug = await Tracker.Ann.RecordAsync();
        await _desk.SubscribeAsync(Reader, "?item=" + slug);
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-05-01"));
        Tracker.Time.Advance(TimeSpan.FromSeconds(90));
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new { kind = "retract", reason = Harbour.Text("Wrong item.") }
            )
        ).Should(201);
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.QuietAsync();
        await Wait.UntilAsync(
            async () => await Tracker.AskAsync<long>("select count(*) from deliveries where state = 'withheld'") == 2,
            "both to be withheld"
        );
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(1);
        (await Tracker.AskAsync<long>("select count(*) from changes where type in ('update.logged', 'correction.made')")).ShouldBe(2);
    }

    [Fact]
    public async Task Corrections_of_words_and_imports_tell_nobody()
    {
        await _desk.SubscribeAsync(Reader);
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Update("progress", "2025-05-01"));
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 2);
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates/{id}/corrections",
                new
                {
                    kind = "replace",
                    editorial = true,
                    newValues = new { note = Harbour.Text("It happened!") },
                    reason = Harbour.Text("A typo."),
                }
            )
        ).Should(201);
        await Tracker.ImportAsync(ManyItems.Folder("many-2025", 30));
        await _desk.ToldAsync();
        (await Tracker.AskAsync<long>("select count(*) from deliveries")).ShouldBe(2);
        await Tracker.Get<ForumImport>().RunAsync(ManyItems.Folder("told-2025", 5), null, CancellationToken.None, announced: true);
        await _desk.ToldAsync();
        (await Tracker.AskAsync<long>("select count(*) from deliveries")).ShouldBeGreaterThan(6, "an import that asks for it is told");
    }

    [Fact]
    public async Task More_than_twenty_mails_in_an_hour_become_one_for_the_rest_of_it()
    {
        await _desk.SubscribeAsync(Reader);
        for (var n = 0; n < 30; n++)
            await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.QuietAsync();
        _desk.Mails.All.Count(m => m.To == Reader).ShouldBe(21);
        await _desk.PassAsync(TimeSpan.FromMinutes(62));
        (await _desk.Mails.ForAsync(Reader, 22))[21].Message.Subject.ShouldBe("[Tracker] 10 changes");
    }

    [Fact]
    public async Task Mails_speak_the_language_of_the_subscriber()
    {
        await _desk.SubscribeAsync(Reader, lang: "zh", zone: "Asia/Shanghai");
        var slug = await Tracker.Ann.RecordAsync();
        await Tracker.Ann.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        var mail = (await _desk.Mails.ForAsync(Reader, 2))[1];
        mail.Message.Subject.ShouldBe("[承诺追踪] 承诺");
        mail.Text.ShouldContain("2025年5月1日");
        mail.Text.ShouldContain("lang=zh");
    }

    [Fact]
    public async Task A_server_that_asks_to_come_again_gets_the_same_mail_later_and_one_that_is_away_costs_nothing()
    {
        await _desk.SubscribeAsync(Reader);
        var tries = 0;
        _desk.Mails.Data = m => m.Message.Subject!.Contains("Keep", StringComparison.Ordinal) && ++tries <= 2 ? "451 later" : null;
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await Wait.UntilAsync(() => tries >= 1, "the first try");
        await Wait.UntilAsync(
            async () => await Tracker.AskAsync<long>("select count(*) from mails where state = 'waiting' and attempts = 1") == 1,
            "the wait"
        );
        await _desk.PassAsync(TimeSpan.FromSeconds(6));
        await Wait.UntilAsync(
            async () => await Tracker.AskAsync<long>("select count(*) from mails where state = 'waiting' and attempts = 2") == 1,
            "the second wait"
        );
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await _desk.Mails.ForAsync(Reader, 2);
        await _desk.QuietAsync();
        (await Tracker.AskAsync<long>("select count(*) from deliveries where state = 'delivered' and attempts = 3")).ShouldBe(1);
    }

    [Fact]
    public async Task An_address_that_is_refused_twice_for_good_gets_nothing_more_until_it_is_confirmed_again()
    {
        var manage = await _desk.SubscribeAsync(Reader);
        _desk.Mails.Recipient = to => to == Reader ? "550 no such mailbox" : null;
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await Wait.UntilAsync(
            async () => await Tracker.AskAsync<long>("select count(*) from subscribers where refusals = 1") == 1,
            "the first refusal"
        );
        await _desk.PassAsync(TimeSpan.FromMinutes(6));
        await Wait.UntilAsync(
            async () => await Tracker.AskAsync<long>("select count(*) from subscribers where suspended_at is not null") == 1,
            "the suspension"
        );
        var asked = _desk.Mails.Asked;
        await Tracker.Ann.RecordAsync();
        await _desk.PassAsync(TimeSpan.FromMinutes(10));
        await _desk.ToldAsync();
        _desk.Mails.Asked.ShouldBe(asked);
        (await _desk.GetAsync(manage)).Body.ShouldContain("the mail server refused the address");
    }

    [Fact]
    public async Task Headers_are_single_lines_and_signed_with_what_unsubscribes()
    {
        using var scratch = new Scratch();
        using var rsa = RSA.Create(2048);
        var key = Path.Combine(scratch.Path, "dkim.pem");
        await File.WriteAllTextAsync(key, rsa.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await using var signed = await MailedTracker.StartAsync(
            ("TRACKER_DKIM_KEY", key),
            ("TRACKER_DKIM_SELECTOR", "s1"),
            ("TRACKER_URL", "https://tracker.example.org"),
            ("TRACKER_MAIL_FROM", "Tracker <tracker@example.org>")
        );
        await signed.SubscribeAsync(Reader);
        await signed.Tracker.Ann.RecordAsync(change: b =>
            b["title"] = new JsonObject
            {
                ["en"] = "A promise with a very long title that goes on and on: " + new string('x', 150) + " 承诺",
            }
        );
        await signed.PassAsync(TimeSpan.FromMinutes(6));
        var mail = (await signed.Mails.ForAsync(Reader, 2))[1];
        var lines = Encoding.Latin1.GetString(mail.Bytes).Split("\r\n");
        lines
            .Where(l => l.StartsWith("List-Unsubscribe:", StringComparison.Ordinal))
            .ShouldHaveSingleItem()
            .ShouldMatch("^List-Unsubscribe: <https://tracker\\.example\\.org/u/[A-Za-z0-9_-]{22}>$");
        lines.ShouldAllBe(l => l.Length <= 998);
        var dkim = mail.Message.Headers[HeaderId.DkimSignature]!.Replace("\t", "", StringComparison.Ordinal).ToLowerInvariant();
        var signedHeaders = dkim.Split("h=")[1].Split(';')[0].Split(':').Select(h => h.Trim()).ToList();
        signedHeaders.ShouldContain("list-unsubscribe");
        signedHeaders.ShouldContain("list-unsubscribe-post");
        var verifier = new DkimVerifier(new Keys(PublicKeyFactory.CreateKey(rsa.ExportSubjectPublicKeyInfo())));
        (
            await verifier.VerifyAsync(
                mail.Message,
                mail.Message.Headers[mail.Message.Headers.IndexOf(HeaderId.DkimSignature)],
                TestContext.Current.CancellationToken
            )
        ).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_a_mail_server_mails_are_files_in_the_data_folder()
    {
        using var scratch = new Scratch();
        await using var tracker = await Tracker.StartAsync(Running.OnPort, settings: [("TRACKER_DATA", scratch.Path)]);
        using var browser = new HttpClient { BaseAddress = tracker.Address };
        using var form = new FormUrlEncodedContent([
            new("email", Reader),
            new("frequency", "daily"),
            new("in", "en"),
            new("zone", "UTC"),
            new("changes", "status"),
        ]);
        (
            await browser.PostAsync(new Uri("/subscribe/ask", UriKind.Relative), form, TestContext.Current.CancellationToken)
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Wait.UntilAsync(
            () =>
                Directory.Exists(Path.Combine(scratch.Path, "mails"))
                && Directory.GetFiles(Path.Combine(scratch.Path, "mails"), "*.eml").Length == 1,
            "the file"
        );
        await Wait.UntilAsync(
            async () => await tracker.AskAsync<long>("select count(*) from mails where state = 'sent'") == 1,
            "the end of writing"
        );
        var mail = await MimeMessage.LoadAsync(
            Directory.GetFiles(Path.Combine(scratch.Path, "mails")).Single(),
            TestContext.Current.CancellationToken
        );
        mail.To.ToString().ShouldBe(Reader);
    }

    private sealed class Keys(AsymmetricKeyParameter key) : IDkimPublicKeyLocator
    {
        public AsymmetricKeyParameter LocatePublicKey(
            string methods,
            string domain,
            string selector,
            CancellationToken cancellationToken = default
        ) => key;

        public Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods,
            string domain,
            string selector,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(key);
    }
}
