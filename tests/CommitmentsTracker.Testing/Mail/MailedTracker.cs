using System.Text.RegularExpressions;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Wolverine;

namespace CommitmentsTracker.Testing.Mail;

/// <summary>A tracker with a mail server, and what subscribers do with it.</summary>
public sealed partial class MailedTracker : IAsyncDisposable
{
    private MailedTracker(Tracker tracker, MailServer mails, HttpClient browser) => (Tracker, Mails, Browser) = (tracker, mails, browser);

    public Tracker Tracker { get; }
    public MailServer Mails { get; }

    /// <summary>A browser that follows nothing by itself.</summary>
    public HttpClient Browser { get; }

    public static async Task<MailedTracker> StartAsync(params (string Name, string Value)[] settings)
    {
        var mails = new MailServer();
        var tracker = await Tracker.StartAsync(
            Running.OnPort,
            settings: [("TRACKER_SMTP", mails.Address), ("TRACKER_SIGNUPS_PER_HOUR", "0"), .. settings]
        );
        await tracker.ImportAsync(Harbour.Folder());
        return new MailedTracker(
            tracker,
            mails,
            new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = tracker.Address }
        );
    }

    public async ValueTask DisposeAsync()
    {
        Browser.Dispose();
        await Tracker.DisposeAsync();
        await Mails.DisposeAsync();
    }

    /// <summary>Fills in the form of the page.</summary>
    public async Task<(int Status, string Body)> AskAsync(
        string email,
        string query = "",
        string frequency = "immediately",
        string lang = "en",
        string zone = "UTC",
        params string[] changes
    )
    {
        var fields = new List<KeyValuePair<string, string>>
        {
            new("email", email),
            new("frequency", frequency),
            new("in", lang),
            new("zone", zone),
        };
        foreach (var kind in changes is [] ? ["status", "deadline", "correction", "new", "progress", "review"] : changes)
            fields.Add(new("changes", kind));
        return await PostAsync("/subscribe/ask" + query, fields);
    }

    public async Task<(int Status, string Body)> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await Browser.PostAsync(new Uri(path, UriKind.RelativeOrAbsolute), form, TestContext.Current.CancellationToken);
        return (
            (int)answer.StatusCode,
            answer.Headers.Location?.ToString() ?? await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var answer = await Browser.GetAsync(new Uri(path, UriKind.RelativeOrAbsolute), TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Signs up and confirms what the mail asks; gives the address of the page that manages it.</summary>
    public async Task<string> SubscribeAsync(
        string email,
        string query = "",
        string frequency = "immediately",
        string lang = "en",
        string zone = "UTC",
        params string[] changes
    )
    {
        var before = Mails.All.Count(m => m.To == email);
        (await AskAsync(email, query, frequency, lang, zone, changes)).Status.ShouldBe(200);
        var link = Path(
            (await Mails.ForAsync(email, before + 1))[^1]
                .Links.Single(l => l.AbsolutePath.StartsWith("/subscribe/confirm/", StringComparison.Ordinal))
        );
        var (_, page) = await GetAsync(link);
        var ids = Ids().Matches(page).Select(m => new KeyValuePair<string, string>("id", m.Groups[1].Value)).ToList();
        ids.ShouldNotBeEmpty(page);
        var (status, to) = await PostAsync(link, ids);
        status.ShouldBe(302, to);
        return to.Split('?')[0];
    }

    /// <summary>The path of an address on the tracker: the links of mails name its public address, the test its port.</summary>
    public static string Path(Uri link) => link.PathAndQuery;

    /// <summary>Waits until every change was turned into deliveries.</summary>
    public async Task ToldAsync()
    {
        var last = await Tracker.AskAsync<long>("select last_no from change_counter");
        await Wait.UntilAsync(
            async () =>
            {
                if (await Tracker.AskAsync<long>("select last_no from delivery_progress") >= last)
                    return true;
                // The worker looks again every two seconds of the tracker's clock.
                Tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            "the changes to be told"
        );
    }

    /// <summary>Lets time pass in steps at which the senders look.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await ToldAsync();
        // A mail arrives before it is noted that it did; time that passes in between would have it sent once more.
        await Wait.UntilAsync(
            () =>
                Tracker.AskAsync<bool>(
                    $"""
                    select not exists (select 1 from mails m where m.state = 'sending' and m.leased_until > '{Tracker.Time.GetUtcNow():O}'
                        and not exists (select 1 from put_aside p where p.table_name = 'mails' and p.key = m.id::text))
                    """
                ),
            "no mail on its way"
        );
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMinutes(1))
            Tracker.Time.Advance(left < TimeSpan.FromMinutes(1) ? left : TimeSpan.FromMinutes(1));
        Tracker.Get<DeliverySignal>().Wake();
    }

    /// <summary>Waits until nothing is due or on its way.</summary>
    public async Task QuietAsync()
    {
        await ToldAsync();
        Tracker.Get<DeliverySignal>().Wake();
        await Wait.UntilAsync(
            async () =>
                await Tracker.AskAsync<long>(
                    "select (select count(*) from mails where state = 'sending' or (state = 'waiting' and due_at <= "
                        + $"'{Tracker.Time.GetUtcNow():O}')) + (select count(*) from deliveries d join subscriptions s on s.id = "
                        + "d.subscription where s.state = 'active' and d.state = 'waiting' and d.due_at <= "
                        + $"'{Tracker.Time.GetUtcNow():O}')"
                ) == 0,
            "quiet"
        );
    }

    /// <summary>What the program does at its regular times.</summary>
    public async Task RunAsync(object message)
    {
        await using var scope = Tracker.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageBus>().InvokeAsync(message, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("name=\"id\" value=\"([0-9a-f-]{36})\"")]
    private static partial Regex Ids();
}
